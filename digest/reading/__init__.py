"""From an address to passages: fetching, PDF, web pages."""
