"""A ticket's life: filed, worked on, closed; and its pages, lists and files."""
