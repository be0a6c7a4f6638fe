"""What a platform's answers are taken for where they make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from digest.errors import DeliveryError


@contextmanager
def understood(platform: str) -> Iterator[None]:
    """Around what reads an answer: one that is none, as of a proxy, leaves unknown what was done."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        kind = type(error).__name__
        raise DeliveryError(f"{platform} gave an answer that makes no sense ({kind}).") from error
