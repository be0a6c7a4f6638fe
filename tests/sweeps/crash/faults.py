"""What may happen at a call, and at which point of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Point(StrEnum):
    """When the server got the request; when it did what was asked; when its answer is out."""

    BEFORE = "before"
    AFTER = "after"
    ANSWERED = "answered"


class Kind(StrEnum):
    """What happens."""

    KILL = "kill"
    """The process is killed; a request that was not carried out never is."""
    STOP = "stop"
    """The process stands still, another takes over, and then the first goes on."""
    LIMIT = "429"
    FAIL = "500"
    AWAY = "503"
    TIMEOUT = "timeout"
    """No answer comes, however long one waits."""
    DROP = "drop"
    """The connection is cut."""
    LATE = "late"
    """No answer comes, and what was asked is done only once somebody else has begun to do it again."""


@dataclass(frozen=True)
class Fault:
    """One thing that happens at one point of a call."""

    kind: Kind
    point: Point

    def __str__(self) -> str:
        return f"{self.kind} {self.point}"

    @property
    def stored(self) -> bool:
        """Whether what was asked is done, and nobody is told: where a message may come twice."""
        return self.point is not Point.BEFORE or self.kind is Kind.LATE


_TWICE = (Point.BEFORE, Point.AFTER)
FAULTS = (
    *(Fault(Kind.KILL, point) for point in Point),
    *(Fault(Kind.STOP, point) for point in Point),
    Fault(Kind.LIMIT, Point.BEFORE),
    *(Fault(kind, point) for kind in (Kind.FAIL, Kind.AWAY, Kind.TIMEOUT, Kind.DROP) for point in _TWICE),
    Fault(Kind.LATE, Point.BEFORE),
)
