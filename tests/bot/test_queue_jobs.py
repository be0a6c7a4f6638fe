"""Jobs among several processes on PostgreSQL: each runs in one, and outlives whoever had it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from procrastinate.schema import SchemaManager
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.doctor.workers import workers_finding
from bot.job_queue import JobQueue
from bot.queue_jobs import Pace, QueueJobs
from bot.queue_tables import queue_state, upgrade_queue
from digest.store.engine import Database, open_database
from tests.postgres import PostgresServer

PACE = Pace(poll_seconds=0.05, beat_seconds=0.1, stalled=timedelta(seconds=0.5))
EMPTY = (
    "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_events, procrastinate_periodic_defers"
)


@dataclass
class Process:
    """What one process has: its own connections, and what ran in it."""

    jobs: QueueJobs
    runs: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    most: int = 0

    async def see(self, argument: str) -> None:
        self.runs.put_nowait(argument)

    async def work(self, argument: str) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            self.runs.put_nowait(argument)
            await self.go_on.wait()
        finally:
            self.under_way -= 1

    async def next(self) -> str:
        return await asyncio.wait_for(self.runs.get(), timeout=20)


@asynccontextmanager
async def process(url: str, *, works: bool = True) -> AsyncIterator[Process]:
    database = open_database(url)
    made = Process(QueueJobs(database, SystemClock(), 5, PACE))
    if works:
        made.jobs.handle("see", made.see)
        made.jobs.handle("work", made.work)
    try:
        await made.jobs.start()
        yield made
    finally:
        made.go_on.set()
        await made.jobs.stop()
        await database.close()


@dataclass
class Ground:
    server: PostgresServer
    url: str

    @property
    def name(self) -> str:
        return urlsplit(self.url).path.strip("/")

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        return self.server.execute(statement, self.name)

    def close(self) -> None:
        """Let nobody in, and throw all out."""
        self.server.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        kick = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"
        self.server.execute(kick)

    def open(self) -> None:
        self.server.execute(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")


@pytest.fixture
async def ground(postgres: PostgresServer, postgres_url: str, postgres_database: Database) -> Ground:
    await upgrade_queue(postgres_database)
    return Ground(postgres, postgres_url)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - asked, as the health page does
            await asyncio.sleep(0.02)


async def test_each_job_runs_in_one_process_and_all_of_them_run(ground: Ground) -> None:
    async with process(ground.url) as one, process(ground.url) as other:
        names = {str(number) for number in range(30)}
        for name in sorted(names):
            await one.jobs.put("see", name)
        await until(lambda: one.runs.qsize() + other.runs.qsize() >= len(names))
        ran = [await each.next() for each in (one, other) for _ in range(each.runs.qsize())]
        assert sorted(ran) == sorted(names)
    assert ground.execute("SELECT * FROM procrastinate_jobs") == []


async def test_what_a_killed_process_ran_is_taken_up_by_another(ground: Ground) -> None:
    killed = open_database(ground.url)
    queue = JobQueue(killed, SystemClock())
    await queue.open()
    await queue.put("see", "a")
    taken = await queue.take(["see"])
    assert taken
    async with process(ground.url) as other:
        await other.jobs.put("see", "a")  # as the timer does meanwhile
        assert await other.next() == "a"
        assert not await queue.finish(taken), "whoever was dead has nothing to finish"
        await until(lambda: not ground.execute("SELECT * FROM procrastinate_jobs"))
    await queue.close()
    await killed.close()


async def test_what_runs_when_a_process_is_stopped_in_haste_goes_to_another_at_once(ground: Ground) -> None:
    async with process(ground.url) as one:
        await one.jobs.put("work", "a")
        assert await one.next() == "a"
        async with process(ground.url) as other:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(one.jobs.stop(), timeout=0.05)
            assert one.under_way == 0
            assert await other.next() == "a"


async def test_emptied_tables_disturb_nothing_that_runs_and_nothing_that_is_put_again(ground: Ground) -> None:
    async with process(ground.url) as one:
        await one.jobs.put("work", "a")
        assert await one.next() == "a"
        ground.execute(EMPTY)
        await one.jobs.put("work", "a")
        await one.jobs.put("see", "b")
        assert await one.next() == "b"
        assert one.under_way == 1
        one.go_on.set()
        assert await one.next() == "a"
        assert one.most == 1, "jobs that are alike never run side by side"
        await until(lambda: ground.execute("SELECT * FROM procrastinate_workers"))
        await until(lambda: one.jobs.state().ok)


async def test_a_job_whose_handing_out_was_not_heard_is_put_anew(ground: Ground) -> None:
    async with process(ground.url) as one:
        await until(lambda: one.jobs.state().ok)
        worker = one.jobs.state().detail.split()[-1]
        ground.execute(
            f"""INSERT INTO procrastinate_jobs
                       (queue_name, task_name, lock, queueing_lock, args, status, worker_id)
                VALUES ('see', 'see', 'see a', 'see a', '{{"argument": "a"}}', 'doing', {worker})"""
        )
        assert await one.next() == "a"


async def test_broken_connections_are_made_anew_and_told_of(ground: Ground) -> None:
    async with process(ground.url) as one:
        await until(lambda: one.jobs.state().ok)
        with capture_logs() as logs:
            ground.close()
            await until(lambda: not one.jobs.state().ok)
            ground.open()
            await until(lambda: one.jobs.state().ok)
        await one.jobs.put("see", "a")
        assert await one.next() == "a"
    told = [(log["log_level"], log["ok"]) for log in logs if log["event"] == "job queue"]
    assert told == [("warning", False), ("info", True)]
    assert "password" not in str(logs)


async def test_a_process_that_runs_no_jobs_says_whether_another_does(
    ground: Ground, postgres_database: Database
) -> None:
    async with process(ground.url, works=False) as gateway:
        await until(lambda: gateway.jobs.state().detail == "no worker is running")
        assert (await workers_finding(postgres_database, SystemClock())).ok, "nothing waits for one"
        await gateway.jobs.put("see", "a")
        finding = await workers_finding(postgres_database, SystemClock())
        assert not finding.ok
        assert "rinko run --role worker" in (finding.hint or "")
        state = await queue_state(postgres_database)
        assert (state.heard_of, state.waiting) == (None, 1)
        async with process(ground.url) as worker:
            assert await worker.next() == "a"
            await until(lambda: gateway.jobs.state().ok)
            assert "seconds ago" in (await workers_finding(postgres_database, SystemClock())).detail
        await until(lambda: not gateway.jobs.state().ok)


async def test_the_job_tables_are_made_once_however_many_make_them(postgres: PostgresServer) -> None:
    with postgres.fresh() as url:
        databases = [open_database(url) for _ in range(3)]
        await asyncio.gather(*map(upgrade_queue, databases))
        assert not await upgrade_queue(databases[0])
        for database in databases:
            await database.close()


async def test_job_tables_of_an_earlier_version_are_brought_up_to_date(postgres: PostgresServer) -> None:
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))  # noqa: ASYNC240 - a few
    fresh_columns = []
    with postgres.fresh() as url, postgres.fresh() as new:
        old = Ground(postgres, url)
        for script in scripts[: len(scripts) // 2]:
            old.execute(script.read_text(encoding="utf-8"))
        reached = scripts[len(scripts) // 2 - 1].stem
        old.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{reached}'")
        for address in (url, new):
            database = open_database(address)
            assert await upgrade_queue(database)
            await database.close()
            columns = "SELECT table_name, column_name, data_type FROM information_schema.columns"
            where = "WHERE table_name LIKE 'procrastinate%' ORDER BY 1, 2"
            fresh_columns.append(Ground(postgres, address).execute(f"{columns} {where}"))
    assert fresh_columns[0] == fresh_columns[1]
