"""What exists: the tables, the closed sets and the ticket's life. Knows neither web nor planning."""
