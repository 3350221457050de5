"""What exists: tables, closed sets and the ticket's life. Knows neither web nor planning."""
