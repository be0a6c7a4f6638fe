"""Runs acts in the background, so that Slack is answered at once, and brings each of them to an end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

_log = structlog.get_logger(__name__)

_BY_ONE = 6
"""Most acts of one person that are under way."""
_AT_ONCE = 300
"""Most acts that are under way."""
_LAST_LINES_SECONDS = 5.0

Work = Callable[[], Awaitable[None]]


class Tasks:
    """What is under way, bounded for each person and in all."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._closing = False

    def begin(self, who: str, work: Work) -> bool:
        """Begin something that somebody asked for; False where too much is under way."""
        if self._closing or len(self._tasks) >= _AT_ONCE or Counter(self._tasks.values())[who] >= _BY_ONE:
            return False
        self.aside(work, who)
        return True

    def aside(self, work: Work, who: str = "") -> None:
        """Begin something short, whatever is under way."""
        task = asyncio.create_task(_guarded(work))
        self._tasks[task] = who
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

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
