"""Text messages: what is said, what is heard, and what a text means."""
