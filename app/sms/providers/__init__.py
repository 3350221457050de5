"""One module for each vendor of text messages."""
