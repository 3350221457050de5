"""The bench of the dispatch library: every engine on the same days, one run, one page."""
