"""A post in each dialect."""
