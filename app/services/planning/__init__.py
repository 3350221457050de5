"""Who goes: rows into a problem, a plan into assignments, and everything that changes either."""
