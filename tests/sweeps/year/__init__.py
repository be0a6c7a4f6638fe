"""A year of ten channels, and what is wrong with it in the end."""
