"""Door 1, pages: a view reads, checks, calls one service in one transaction, answers."""
