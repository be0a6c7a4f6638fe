"""Platforms that show posts and take commands."""
