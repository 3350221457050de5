"""One module for each video vendor."""
