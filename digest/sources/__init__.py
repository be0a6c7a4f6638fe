"""Places that list papers by week, and what is known about papers."""
