"""What goes wrong with a request, on order: refused, limited, stalled, lost once stored, or a hook."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tests.servers.slack.nouns import Json, Workspace
from tests.servers.slack.state import SlackError

Point = Literal["before_store", "after_store", "after_answer"]
"""When nothing was done yet; when it was done, or refused, and not answered; when the answer is out.

A bot that is killed at the first has still sent its request, and it is carried out; unless it is dropped too.
"""


@dataclass(eq=False)
class Call:
    """One request to the server, as its log keeps it.

    `method` is the name of the Web API method, `response_url`, or `files.download`. `status` is 0 as long as
    there was no answer, and stays 0 where the connection was dropped.
    """

    method: str
    verb: str
    args: Json
    at: datetime
    headers: dict[str, str]
    token: str = field(default="", repr=False)
    team: Workspace | None = None
    status: int = 0
    error: str | None = None
    answer: Json | None = None

    @property
    def ok(self) -> bool:
        """Whether it was answered, and well."""
        return self.status == 200 and self.error is None


class HttpFailure(Exception):
    """An answer with another status than 200, or a page of a proxy's in place of one."""

    def __init__(self, status: int, retry_after: int | None = None, page: str | None = None) -> None:
        super().__init__(str(status))
        self.status = status
        self.retry_after = retry_after
        self.page = page


class Dropped(Exception):
    """The connection is cut, without an answer."""


Which = str | Callable[[Call], bool]
Do = Callable[[Call], Awaitable[None] | None]


@dataclass(eq=False)
class Ordered:
    """Something to do at a point; `left` is how many more times, None for ever."""

    point: Point
    which: Which
    do: Do
    left: int | None
    done: int = 0

    def meets(self, point: Point, call: Call) -> bool:
        """Whether it is this one's turn."""
        if self.point != point or self.left == 0:
            return False
        return call.method == self.which if isinstance(self.which, str) else self.which(call)


@dataclass
class Faults:
    """What was ordered. `which` is a method's name or a predicate over the call, good for `times` calls."""

    ordered: list[Ordered] = field(default_factory=list)

    def at(self, point: Point, which: Which, do: Do, times: int | None = 1) -> Ordered:
        """Do something at a point; what it raises, as below, becomes the answer."""
        self.ordered.append(Ordered(point, which, do, times))
        return self.ordered[-1]

    def refuse(self, which: Which, error: str, times: int | None = 1) -> Ordered:
        """Answer `ok: false` with this error; nothing is stored."""

        def do(_call: Call) -> None:
            raise SlackError(error)

        return self.at("before_store", which, do, times)

    def status(
        self, which: Which, status: int, times: int | None = 1, retry_after: int | None = None
    ) -> Ordered:
        """Answer with a status such as 429, 500 or 503; nothing is stored."""

        def do(_call: Call) -> None:
            raise HttpFailure(status, retry_after or (1 if status == 429 else None))

        return self.at("before_store", which, do, times)

    def drop(self, which: Which, times: int | None = 1) -> Ordered:
        """Cut the connection; nothing is stored."""
        return self.at("before_store", which, _drop, times)

    def lose_answer(self, which: Which, times: int | None = 1) -> Ordered:
        """Store, then cut the connection."""
        return self.at("after_store", which, _drop, times)

    def stall(
        self, which: Which, until: asyncio.Event, point: Point = "before_store", times: int | None = 1
    ) -> Ordered:
        """Let the request hang until the event is set."""

        async def do(_call: Call) -> None:
            await until.wait()

        return self.at(point, which, do, times)

    async def meet(self, point: Point, call: Call) -> None:
        """Do what was ordered for this point, in the order in which it was."""
        for each in self.ordered:
            if each.meets(point, call):
                each.left = None if each.left is None else each.left - 1
                each.done += 1
                result = each.do(call)
                if inspect.isawaitable(result):
                    await result


def _drop(_call: Call) -> None:
    raise Dropped
