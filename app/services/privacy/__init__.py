"""Personal data: the rights of a person, retention, erasure, and the register of breaches."""
