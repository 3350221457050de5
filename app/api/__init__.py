"""Door 1, JSON: the same services for programs."""
