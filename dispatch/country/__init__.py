"""A whole country: decomposed by team and region, and the estimates that this needs."""
