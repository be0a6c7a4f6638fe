"""What a person's client does not let them do."""

from __future__ import annotations


class NotOffered(Exception):
    """There is no such thing to press, choose or send in a client; the test asks for the impossible."""


def offered(condition: object, otherwise: str) -> None:
    """NotOffered unless it holds."""
    if not condition:
        raise NotOffered(otherwise)
