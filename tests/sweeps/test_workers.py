"""Two workers as anybody starts them: what one leaves when it is killed, the other takes up."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.app import open_app
from config.settings import load_settings
from digest.models import Week
from digest.store.engine import open_database
from digest.store.ledger import SqlLedger
from tests.conftest import FIGURES
from tests.postgres import PostgresServer
from tests.sweeps.crash.faults import Point
from tests.sweeps.crash.ground import Cut, Met
from tests.sweeps.crash.on_slack import OnSlack
from tests.sweeps.crash.timeline import Timeline
from tests.sweeps.crash.verdict import Verdict, Wanted, judge, texts_of

_RINKO = Path(sys.executable).with_name("rinko")
_TABLES = "procrastinate_jobs, procrastinate_workers, procrastinate_events, procrastinate_periodic_defers"
_MID = 6
"""The message in the midst of a digest that it happens at."""


@dataclass
class Scene:
    """A workspace on Slack with a channel, a database on PostgreSQL with a digest for it, and workers."""

    folder: Path
    server: PostgresServer
    url: str
    slack: OnSlack
    wanted: Wanted
    week: Week
    at_message: Callable[[int, Point], Awaitable[None]] | None = None
    messages: int = 0

    async def meet(self, met: Met) -> None:
        """Called by the local Slack for each call."""
        if met.name == "chat.postMessage":
            self.messages += met.point is Point.BEFORE
            if self.at_message:
                await self.at_message(self.messages, met.point)

    @contextmanager
    def worker(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """`rinko run --role worker`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [_RINKO, "run", "--role", "worker"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "RINKO_LOCAL__PORT": "0"},
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8")

    def empty(self) -> None:
        """Empty all job tables."""
        self.server.execute(f"TRUNCATE {_TABLES}", urlsplit(self.url).path.strip("/"))

    async def until_at_work(self, count: int) -> None:
        """Wait until so many workers have told of themselves."""
        database, query = urlsplit(self.url).path.strip("/"), "SELECT * FROM procrastinate_workers"
        async with asyncio.timeout(30):
            while len(self.server.execute(query, database)) < count:  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.05)

    async def until_finished(self) -> None:
        """Wait until the ledger has all of the digest."""
        database = open_database(self.url)
        async with asyncio.timeout(180):
            ledger = SqlLedger(database)
            while await ledger.finished(self.slack.place, self.week) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await database.close()

    def verdict(self) -> Verdict:
        """What is wrong with what stands there; of what each part shows, nothing is known here."""
        shown = self.slack.shown(self.wanted, self.week)
        return judge(self.wanted, shown, texts_of(shown))

    def copies(self) -> int:
        """How many messages there ever were beyond those wanted."""
        return sum(self.slack.made(self.wanted, self.week).values()) - len(self.wanted.names)


@asynccontextmanager
async def scene(folder: Path, server: PostgresServer, url: str) -> AsyncIterator[Scene]:
    """All is written up, and nothing is posted yet."""
    slack = OnSlack()
    made: list[Scene] = []

    async def meet(met: Met) -> None:
        await made[0].meet(met)

    await slack.start(Timeline.make(folder / "time", datetime.now(UTC), 1.0), meet)
    try:
        week, wanted = await _prepare(folder, url, slack)
        made.append(Scene(folder, server, url, slack, wanted, week))
        yield made[0]
    finally:
        await slack.stop()


async def _prepare(folder: Path, url: str, slack: OnSlack) -> tuple[Week, Wanted]:
    channel = (
        f'platform = "slack"\nworkspace = "{slack.place.workspace}"\nchannel = "{slack.place.channel}"\n'
    )
    settings = folder / "rinko.toml"
    settings.write_text(
        f'data_dir = "{folder / "data"}"\n[database]\nurl = "{url}"\n[digest]\npapers = 5\n'
        f"{slack.settings()}\n[[channels]]\n{channel}",
        encoding="utf-8",
    )
    async with open_app(load_settings(settings)) as app:
        posting, week = app.services.posting, await app.services.current_week()
        issue = await posting.weekly.build(week, "ja")
        limits = posting.outlet("slack").limits
        parts = posting.composer("ja", "qa", limits).parts(issue)
    roots = [part.name for part in parts if part.under is None]
    return week, Wanted(
        tuple((root, tuple(part.name for part in parts if part.under == root)) for root in roots)
    )


@pytest.mark.sweep
@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", list(Point))
async def test_a_killed_workers_digest_is_finished_by_the_other_within_a_minute(
    point: Point,
    tmp_path: Path,
    postgres: PostgresServer,
    postgres_url: str,
    record_property: Callable[[str, object], None],
) -> None:
    async with scene(tmp_path, postgres, postgres_url) as here:
        reached, killed = asyncio.Event(), 0.0

        async def at_message(number: int, at: Point) -> None:
            nonlocal killed
            if number == _MID and at is point and not reached.is_set():
                await here.until_at_work(2)
                killed = time.monotonic()
                first.send_signal(signal.SIGKILL)
                reached.set()
                if point is Point.BEFORE:
                    raise Cut

        here.at_message = at_message
        with here.worker("first") as first:
            await here.until_at_work(1)
            with here.worker("second"):
                await asyncio.wait_for(reached.wait(), 120)
                posted_before = here.messages
                await here.until_finished()
                seconds = time.monotonic() - killed
        told = (
            f"killed {point} message {_MID}: the other finished {seconds:.1f} s after, {here.copies()} copies"
        )
        record_property(FIGURES, told)
        assert here.verdict() == Verdict(), here.said("second")
        assert here.messages > posted_before, "there was something left to do"
        assert seconds < 60


@pytest.mark.sweep
@pytest.mark.timeout(300)
async def test_emptied_job_tables_lose_and_double_nothing(
    tmp_path: Path,
    postgres: PostgresServer,
    postgres_url: str,
    record_property: Callable[[str, object], None],
) -> None:
    async with scene(tmp_path, postgres, postgres_url) as here:
        emptied = 0

        async def at_message(number: int, at: Point) -> None:
            nonlocal emptied
            if at is Point.AFTER and number in {2, _MID}:
                here.empty()
                emptied += 1

        here.at_message = at_message
        with here.worker("first") as first, here.worker("second"):
            await here.until_finished()
            here.empty()
            first.terminate()
            assert await asyncio.to_thread(first.wait, 10) == 0
        record_property(FIGURES, f"job tables emptied {emptied} times in a digest: {here.copies()} copies")
        assert emptied == 2
        assert here.verdict() == Verdict()
        assert here.copies() == 0
