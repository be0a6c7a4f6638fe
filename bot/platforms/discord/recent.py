"""A memory of the latest things, so that a process may run for months."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A mapping that forgets what was set longest ago."""

    def __init__(self, most: int = 2_000) -> None:
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._most = most

    def get(self, key: K) -> V | None:
        """What was set, None where nothing was or where it is forgotten."""
        return self._kept.get(key)

    def set(self, key: K, value: V) -> None:
        """Set a value, and forget the oldest where there are too many."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forget a value."""
        self._kept.pop(key, None)
