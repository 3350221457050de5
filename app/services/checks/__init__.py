"""What must always hold, checked on a database and its files."""
