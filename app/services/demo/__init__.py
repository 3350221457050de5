"""Made-up people and history for a first look, and the rows that ship with the product."""
