"""A channel in the browser: the default, and the preview."""
