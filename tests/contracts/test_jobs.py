"""What runs jobs must do, whatever it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.jobs import TimerJobs
from digest.ports import Jobs

ADAPTERS: dict[str, Callable[[], Jobs]] = {"timer": lambda: TimerJobs(SystemClock())}
SOON, LATER = timedelta(milliseconds=60), timedelta(hours=1)


@dataclass
class Seen:
    """What ran, and a signal for each."""

    runs: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def __call__(self, argument: str) -> None:
        self.runs.put_nowait(argument)

    async def next(self) -> str:
        return await asyncio.wait_for(self.runs.get(), timeout=10)


@pytest.fixture(params=ADAPTERS)
async def jobs(request: pytest.FixtureRequest) -> AsyncIterator[Jobs]:
    made = ADAPTERS[request.param]()
    yield made
    await made.stop()


@pytest.fixture
async def seen(jobs: Jobs) -> Seen:
    seen = Seen()
    jobs.handle("see", seen)
    return seen


async def test_a_job_runs_at_once_with_its_argument(jobs: Jobs, seen: Seen) -> None:
    await jobs.start()
    await jobs.put("see", "a")
    assert await seen.next() == "a"
    await jobs.put("see", "a")
    assert await seen.next() == "a"


async def test_what_was_put_before_the_start_runs_after_it(jobs: Jobs, seen: Seen) -> None:
    await jobs.put("see", "early")
    await jobs.put("see", "long due", SystemClock().now() - timedelta(days=400))
    assert seen.runs.empty()
    await jobs.start()
    assert {await seen.next(), await seen.next()} == {"early", "long due"}


async def test_a_job_runs_at_its_time_and_not_before(jobs: Jobs, seen: Seen) -> None:
    await jobs.start()
    at = SystemClock().now() + SOON
    await jobs.put("see", "later", at)
    await jobs.put("see", "now")
    assert [await seen.next(), await seen.next()] == ["now", "later"]
    assert SystemClock().now() >= at


async def test_a_job_replaces_the_one_with_its_name_and_argument(jobs: Jobs, seen: Seen) -> None:
    await jobs.start()
    await jobs.put("see", "a", SystemClock().now() + LATER)
    await jobs.put("see", "b", SystemClock().now() + LATER)
    await jobs.put("see", "a", SystemClock().now() + SOON)
    assert await seen.next() == "a"
    await jobs.put("see", "end", SystemClock().now() + SOON)
    assert await seen.next() == "end"
    assert seen.runs.empty()


async def test_an_error_is_logged_and_stops_nothing_else(jobs: Jobs, seen: Seen) -> None:
    async def fail(argument: str) -> None:
        raise RuntimeError(f"broken by {argument}")

    jobs.handle("fail", fail)
    with capture_logs() as logs:
        await jobs.start()
        await jobs.put("fail", "x")
        await jobs.put("see", "a")
        assert await seen.next() == "a"
        await jobs.put("fail", "x")
        await jobs.put("see", "b")
        assert await seen.next() == "b"
        await jobs.stop()
    assert [log["error"] for log in logs if log["log_level"] == "error"] == ["broken by x"] * 2


async def test_a_job_may_put_itself_again(jobs: Jobs, seen: Seen) -> None:
    async def twice(argument: str) -> None:
        await seen(argument)
        if argument == "1":
            await jobs.put("twice", "2")
        elif argument == "2":
            await jobs.put("twice", "2", SystemClock().now() + LATER)

    jobs.handle("twice", twice)
    await jobs.start()
    await jobs.put("twice", "1")
    assert [await seen.next(), await seen.next()] == ["1", "2"]


async def test_stopping_waits_for_what_runs_and_takes_up_nothing_more(jobs: Jobs, seen: Seen) -> None:
    running, go_on, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(_: str) -> None:
        running.set()
        await go_on.wait()
        finished.set()

    jobs.handle("work", work)
    await jobs.start()
    await jobs.put("work", "")
    await asyncio.wait_for(running.wait(), timeout=10)
    stopping = asyncio.create_task(jobs.stop())
    await jobs.put("see", "too late")
    done, _ = await asyncio.wait({stopping}, timeout=0.05)
    assert not done
    go_on.set()
    await asyncio.wait_for(stopping, timeout=10)
    assert finished.is_set()
    assert seen.runs.empty()


async def test_stopping_what_never_started_is_no_error(jobs: Jobs) -> None:
    await jobs.stop()
