"""What runs jobs must do, whatever it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.jobs import TimerJobs
from bot.queue_jobs import Pace, QueueJobs
from bot.queue_tables import upgrade_queue
from digest.ports import Jobs
from digest.store.engine import Database

AT_ONCE = 3
SOON, LATER = timedelta(milliseconds=60), timedelta(hours=1)


@dataclass
class Seen:
    """What ran, and a signal for each."""

    runs: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def __call__(self, argument: str) -> None:
        self.runs.put_nowait(argument)

    async def next(self) -> str:
        return await asyncio.wait_for(self.runs.get(), timeout=10)


@pytest.fixture(params=["timer", "queue"])
def queue_database(request: pytest.FixtureRequest) -> Database | None:
    return request.getfixturevalue("postgres_database") if request.param == "queue" else None


@pytest.fixture
async def jobs(queue_database: Database | None) -> AsyncIterator[Jobs]:
    made: Jobs = TimerJobs(SystemClock(), AT_ONCE)
    if queue_database is not None:
        await upgrade_queue(queue_database)
        made = QueueJobs(queue_database, SystemClock(), AT_ONCE, Pace(poll_seconds=0.05))
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
    await jobs.put("see", "later", SystemClock().now() + LATER)
    await jobs.put("see", "now")
    assert await seen.next() == "now"
    at = SystemClock().now() + SOON
    await jobs.put("see", "soon", at)
    assert await seen.next() == "soon"
    assert SystemClock().now() >= at
    assert seen.runs.empty()


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


async def test_many_jobs_of_one_name_take_turns_and_hold_up_no_other(jobs: Jobs, seen: Seen) -> None:
    running, most, go_on = 0, 0, asyncio.Event()

    async def work(argument: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await go_on.wait()
        running -= 1
        await seen(argument)

    jobs.handle("work", work)
    await jobs.start()
    for number in range(2 * AT_ONCE + 1):
        await jobs.put("work", str(number))
    await jobs.put("see", "another name")
    assert await seen.next() == "another name"
    go_on.set()
    assert {await seen.next() for _ in range(2 * AT_ONCE + 1)} == {str(n) for n in range(2 * AT_ONCE + 1)}
    assert most == AT_ONCE


async def test_a_job_that_runs_is_let_finish_before_it_runs_again(jobs: Jobs, seen: Seen) -> None:
    go_on: asyncio.Queue[None] = asyncio.Queue()

    async def work(argument: str) -> None:
        await seen(f"begins {argument}")
        await go_on.get()
        await seen("ends")

    jobs.handle("work", work)
    await jobs.start()
    await jobs.put("work", "a")
    assert await seen.next() == "begins a"
    await jobs.put("work", "a")
    await jobs.put("see", "meanwhile")
    assert await seen.next() == "meanwhile"
    go_on.put_nowait(None)
    go_on.put_nowait(None)
    assert [await seen.next() for _ in range(3)] == ["ends", "begins a", "ends"]


async def test_a_job_comes_again_and_again(jobs: Jobs, seen: Seen) -> None:
    await jobs.every(SOON, "see", "before the start")
    await jobs.start()
    assert [await seen.next(), await seen.next()] == ["before the start"] * 2


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


async def test_being_cancelled_while_stopping_cancels_what_runs(jobs: Jobs, seen: Seen) -> None:
    running, ended = asyncio.Event(), asyncio.Event()

    async def work(_: str) -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    jobs.handle("work", work)
    await jobs.start()
    await jobs.put("work", "")
    await asyncio.wait_for(running.wait(), timeout=10)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(jobs.stop(), timeout=0.05)
    assert ended.is_set()


async def test_stopping_what_never_started_is_no_error(jobs: Jobs) -> None:
    await jobs.stop()
