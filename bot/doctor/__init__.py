"""`rinko doctor`: what works, and what to do about what does not."""
