"""Where a digest is posted to in a run: a local server with a channel, and what can be seen of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from digest.models import Week
from digest.places import Place
from tests.sweeps.crash.faults import Point
from tests.sweeps.crash.timeline import Timeline
from tests.sweeps.crash.verdict import Shown, Wanted


class Cut(Exception):
    """In place of an answer the connection is cut."""


class Answer(Exception):
    """In place of the answer comes this status."""

    def __init__(self, status: int, retry_after: int = 0) -> None:
        super().__init__(str(status))
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Met:
    """A call at a point."""

    number: int
    """From 1."""
    name: str
    """Method, or method and route."""
    point: Point


Meet = Callable[[Met], Awaitable[None]]
"""Called for each call at each point; what it raises, `Cut` or `Answer`, comes in place of the answer."""


class Ground(Protocol):
    """A server with a channel in it."""

    place: Place

    async def start(self, timeline: Timeline, meet: Meet) -> None:
        """Listen."""

    async def stop(self) -> None:
        """Listen no more."""

    def lag(self) -> None:
        """Be as slow from now on to show what is new as the platform may be."""

    def settings(self) -> str:
        """What a settings file says of it."""

    def calls(self) -> list[str]:
        """Every call so far, by its name and what came of it."""

    def shown(self, wanted: Wanted, week: Week) -> list[Shown]:
        """What stands in the channel and in its threads."""

    def made(self, wanted: Wanted, week: Week) -> Mapping[str, int]:
        """How many messages each part ever had, also such as were deleted again."""
