"""Runs acts in the background, so that Slack is answered at once, and brings each of them to an end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

from bot.traces import traced

_log = structlog.get_logger(__name__)

_BY_ONE = 6
"""Most acts of one person that are under way."""
_AT_ONCE = 300
"""Most acts that are under way."""
_LAST_LINES_SECONDS = 5.0

Work = Callable[[], Awaitable[None]]


class Tasks:
    """What is under way, bounded in all and for each person."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._people: Counter[str] = Counter()
        self._closing = False

    def begin(self, work: Work) -> None:
        """Begin something; what it raises is logged."""
        with traced(anew=True):
            task = asyncio.create_task(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @contextmanager
    def turn(self, who: str) -> Iterator[bool]:
        """Hold one of a person's turns; gives False where too much is under way for one more."""
        full = self._closing or self._people.total() >= _AT_ONCE or self._people[who] >= _BY_ONE
        if full:
            yield False
            return
        self._people[who] += 1
        try:
            yield True
        finally:
            self._people[who] -= 1
            if not self._people[who]:
                del self._people[who]

    async def close(self, seconds: float) -> None:
        """Let what is under way finish for so long, then end it; each says that it was ended."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        if self._tasks:  # the lines that say so are not waited for without end either
            await asyncio.wait(self._tasks, timeout=_LAST_LINES_SECONDS)


async def _guarded(work: Work) -> None:
    try:
        await work()
    except Exception:  # noqa: BLE001 - nobody waits for this task: the log is where its fault is seen
        _log.exception("slack act failed")
