"""Clocks that tests turn by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class ManualClock:
    """Stands still until told otherwise; waiting for it moves it on at once."""

    def __init__(self, time: datetime = datetime(2024, 3, 5, 0, 0, tzinfo=UTC)) -> None:
        self.time = time
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)  # others get their turn, as in a real wait

    def advance(self, **by: float) -> None:
        """Move on by `timedelta(**by)`."""
        self.time += timedelta(**by)


class RunningClock:
    """The real time, which a test can move on at once."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, **by: float) -> None:
        """Move on by `timedelta(**by)`."""
        self._ahead += timedelta(**by)
