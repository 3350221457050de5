"""Use cases: each takes a session, changes tickets and writes down what must be said."""
