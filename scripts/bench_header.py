"""The header by which the bench's application tells how many statements an answer took."""

HEADER = "X-Bench-Statements"
