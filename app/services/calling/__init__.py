"""Video calls: when a ticket becomes one, who may be in it, and how it ends."""
