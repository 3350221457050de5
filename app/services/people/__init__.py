"""Who may come in: log-ins, second factors, tokens, throttles, and people from a file."""
