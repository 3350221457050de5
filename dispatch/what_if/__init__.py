"""What if one fact were different: facts, the comparison and its files."""
