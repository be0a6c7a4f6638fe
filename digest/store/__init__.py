"""The stores on a database."""
