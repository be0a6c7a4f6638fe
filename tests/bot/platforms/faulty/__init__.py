"""Platforms on which a digest meets with every fault, and what is seen of it there."""
