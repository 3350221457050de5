"""The commands: set up, run, test, manage. Nothing imports them but each other and the tests."""
