"""Video providers: how two browsers meet."""
