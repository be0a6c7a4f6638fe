"""What a platform's answers are taken for, where they are no sense, and how long one waits for its leave."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from digest.errors import DeliveryError

_PATIENCE: ContextVar[float | None] = ContextVar("patience", default=None)
_WHILE_MARKED = 5.0
"""Most seconds to wait within a call while others wait for whoever makes it."""


@contextmanager
def impatient() -> Iterator[None]:
    """A call in which a part is marked: what the platform makes wait for longer is raised at once."""
    before = _PATIENCE.set(_WHILE_MARKED)
    try:
        yield
    finally:
        _PATIENCE.reset(before)


def patience(otherwise: float) -> float:
    """Most seconds that may be waited now within a call, where that is less than otherwise."""
    own = _PATIENCE.get()
    return otherwise if own is None else min(own, otherwise)


@contextmanager
def understood(platform: str) -> Iterator[None]:
    """Around what reads an answer: one that is no answer, as of a proxy, leaves everything unknown."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise DeliveryError(f"{platform} gave an answer that makes no sense ({type(error).__name__}).") from error
