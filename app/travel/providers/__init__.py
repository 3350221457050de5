"""The sources of travel times, one module each."""
