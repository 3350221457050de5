"""The service: two doors, the use cases behind them, and the adapters to the vendors."""
