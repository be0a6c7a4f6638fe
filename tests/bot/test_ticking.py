"""Intervals pass whatever becomes of the clock: set back, set forward, or asleep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.jobs import TimerJobs
from bot.ticking import tick

SHORT = timedelta(milliseconds=20)


@dataclass
class WallClock:
    """The time of this machine, as somebody sets it."""

    wrong_by: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.wrong_by

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class Calls:
    """What ticks call, with a signal for each."""

    came: asyncio.Queue[float] = field(default_factory=asyncio.Queue)
    fails: bool = False

    async def __call__(self, _: str = "") -> None:
        self.came.put_nowait(time.monotonic())
        if self.fails:
            raise RuntimeError("the database is away")

    async def next(self) -> float:
        return await asyncio.wait_for(self.came.get(), 10)


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
async def calls() -> Calls:
    return Calls()


@pytest.fixture
async def jobs(clock: WallClock, calls: Calls) -> AsyncIterator[TimerJobs]:
    made = TimerJobs(clock, 20)
    made.handle("see", calls)
    yield made
    await made.stop()


@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(days=-7), timedelta(days=-400)])
async def test_a_clock_that_is_set_back_keeps_no_look_waiting(
    jobs: TimerJobs, clock: WallClock, calls: Calls, by: timedelta
) -> None:
    await jobs.every(SHORT, "see", "")
    await jobs.start()
    await calls.next()
    clock.wrong_by = by
    for _ in range(3):
        await calls.next()


async def test_what_passed_while_the_machine_slept_is_noticed_at_the_next_look(clock: WallClock) -> None:
    """A sleeping machine's time awake stands still; only the clock on the wall went on."""
    calls, day = Calls(), timedelta(days=1)
    ticks = asyncio.create_task(tick(day, clock, calls, look_seconds=0.01))
    await asyncio.sleep(0.05)
    assert calls.came.empty()
    clock.wrong_by = day
    await calls.next()
    ticks.cancel()


async def test_an_error_ends_no_interval(clock: WallClock) -> None:
    calls = Calls(fails=True)
    with capture_logs() as logs:
        ticks = asyncio.create_task(tick(SHORT, clock, calls))
        for _ in range(3):
            await calls.next()
        ticks.cancel()
    assert "the database is away" in {log["error"] for log in logs}


async def test_a_job_is_taken_up_at_once_whatever_time_it_is(
    jobs: TimerJobs, clock: WallClock, calls: Calls
) -> None:
    await jobs.start()
    clock.wrong_by = timedelta(days=3)
    await jobs.put("see", "a")
    await jobs.put("see", "b", clock.now())
    await calls.next()
    await calls.next()
