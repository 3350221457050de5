"""What ``python -m dispatch`` can do, a module a command; ``dispatch.__main__`` lists them."""
