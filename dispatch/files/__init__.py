"""The files: instances, days and plans, read with the path of every mistake."""
