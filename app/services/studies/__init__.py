"""Questions about other facts: what if, and reports on past months; answered by the worker."""
