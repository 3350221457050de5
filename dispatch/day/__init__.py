"""A day as it goes on: arrivals, mishaps, what was told, and the policies that decide."""
