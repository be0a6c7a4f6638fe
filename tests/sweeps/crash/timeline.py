"""One time for the processes and servers of a run: it goes faster than the real one, and can jump."""

from __future__ import annotations

import asyncio
import mmap
import selectors
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_LAYOUT = struct.Struct("dddd")
_LOOK_AGAIN = 0.02
"""Real seconds after which a waiting process sees that time jumped."""


class Timeline:
    """A clock in a file that several processes share: when it began, how fast it goes, how far it jumped.

    It counts on the machine's monotonic clock, which is the same for all processes and goes on while one of
    them is stopped.
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _LAYOUT.size)
        self._origin, self._began, self.speed, _ = _LAYOUT.unpack(self._memory[:])

    @classmethod
    def make(cls, path: Path, start: datetime, speed: float) -> Timeline:
        """A new one: `speed` seconds pass in each real one."""
        path.write_bytes(_LAYOUT.pack(start.timestamp(), time.monotonic(), speed, 0.0))
        return cls(path)

    def seconds(self) -> float:
        """Seconds since 1970."""
        (jumped,) = struct.unpack_from("d", self._memory, 24)
        return self._origin + (time.monotonic() - self._began) * self.speed + jumped

    def now(self) -> datetime:
        """The time."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait, in a process whose loop goes by this time."""
        await asyncio.sleep(seconds)

    def advance(self, **by: float) -> None:
        """Jump on by `timedelta(**by)`, for all processes."""
        (jumped,) = struct.unpack_from("d", self._memory, 24)
        struct.pack_into("d", self._memory, 24, jumped + timedelta(**by).total_seconds())


class _Selector(selectors.DefaultSelector):
    """Waits as long as the loop's time says, and looks often whether that jumped."""

    speed = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            timeout = min(timeout / self.speed, _LOOK_AGAIN)
        return super().select(timeout)


class FastLoop(asyncio.SelectorEventLoop):
    """A loop whose time is a timeline's: every timeout, pause and pace in it goes by that."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        selector = _Selector()
        selector.speed = timeline.speed
        super().__init__(selector)

    def time(self) -> float:
        return self._timeline.seconds()


def in_time(timeline: Timeline, work: Any) -> Any:
    """Run a coroutine in a loop of its own that goes by the timeline."""
    with asyncio.Runner(loop_factory=lambda: FastLoop(timeline)) as runner:
        return runner.run(work)
