"""What exists: the tables, the closed sets and the ticket's life. Knows nothing of web, SMS or planning."""
