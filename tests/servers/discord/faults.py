"""What can be made to go wrong with a request, and the record of each."""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.servers.discord.state import Upload


@dataclass(eq=False)
class Call:
    """One request, and what became of it."""

    number: int
    """From 1."""
    method: str
    path: str
    """Without `/api/v10`."""
    time: datetime
    """By the server's clock."""
    at: float
    """In real seconds, as `time.monotonic()`."""
    route: str = ""
    """`/channels/{channel}/messages`; empty where there is no such route."""
    ids: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    json: Any = None
    has_body: bool = False
    files: dict[int, Upload] = field(default_factory=dict)
    authorization: str | None = None
    status: int | None = None
    """None while it is under way, and where the connection was dropped."""
    answer: Any = None
    stored: bool = False
    """The server did what was asked."""
    took: float | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Refuse:
    """Answer with this status and do nothing; for 429 say how long to wait, and by which scope."""

    status: int
    retry_after: float = 1.0
    scope: str = "fault"


@dataclass(frozen=True)
class Drop:
    """Drop the connection and do nothing."""


@dataclass(frozen=True)
class Lose:
    """Do what is asked, then lose the answer: drop the connection, or answer with a status such as 500."""

    status: int | None = None


@dataclass(frozen=True)
class Stall:
    """Wait before doing what is asked (or before answering, where `stored`) until an event is set."""

    until: asyncio.Event
    stored: bool = False


class Dropped(Exception):
    """Raised by a hook: the connection is dropped, without an answer."""


class Failed(Exception):
    """Raised by a hook: the answer is this refusal, whatever was done."""

    def __init__(self, fault: Refuse) -> None:
        super().__init__(str(fault.status))
        self.fault = fault


Fault = Refuse | Drop | Lose | Stall
When = Callable[[Call], bool]
Hook = Callable[[Call], Awaitable[None] | None]


@dataclass
class _Rule:
    when: When
    fault: Fault
    times: int | None
    after: int


class Faults:
    """Faults waiting for their requests; the first rule that fits is taken."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []

    def add(self, when: When, fault: Fault, *, times: int | None = 1, after: int = 0) -> None:
        """Let `fault` happen to `times` requests (None: to all), leaving the first `after` alone."""
        self._rules.append(_Rule(when, fault, times, after))

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self._rules.clear()

    def take(self, call: Call) -> Fault | None:
        """What happens to a request."""
        for rule in self._rules:
            if not rule.when(call):
                continue
            if rule.after:
                rule.after -= 1
                continue
            if rule.times is not None:
                rule.times -= 1
                if not rule.times:
                    self._rules.remove(rule)
            return rule.fault
        return None


def on(method: str = "*", path: str = "*") -> When:
    """Requests whose method and path fit these patterns, as `on("POST", "/channels/*/messages")`."""

    def fits(call: Call) -> bool:
        return fnmatch.fnmatchcase(call.method, method) and fnmatch.fnmatchcase(call.path, path)

    return fits
