"""Backups by the databases' own tools, made while Rinko writes, are whole; docs/operating.md says how."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.queue_tables import queue_state, upgrade_queue
from digest.store.checking import Checking
from digest.store.engine import Database, open_database
from digest.store.indexes import index_for
from digest.store.ledger import SqlLedger
from digest.store.library import SqlLibrary
from tests.builders import NOON, PLACE, WEEK, issue, paper
from tests.clocks import ManualClock
from tests.digest.store.test_checking import filled
from tests.postgres import PostgresServer


@asynccontextmanager
async def written_to(database: Database) -> AsyncIterator[None]:
    """The database, with somebody who writes all the time."""

    async def write() -> None:
        library = SqlLibrary(database, ManualClock(), index_for(database))
        for number in range(100, 100_000):
            await library.keep_issue(issue(week=WEEK.plus(number % 50)))
            await library.keep_paper(paper(number))

    writing = asyncio.create_task(write())
    try:
        yield
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing


async def run(*command: str) -> None:
    environment = {**os.environ, "PGPASSWORD": ""}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=subprocess.PIPE)
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()


async def is_whole(url: str) -> None:
    """The copy is sound, and holds what was there before."""
    copy = open_database(url)
    wrong = [one async for one in Checking(copy, lambda: NOON).findings() if not one.ok]
    assert [one for one in wrong if one.about not in {"disk", "clocks"}] == []
    assert await SqlLedger(copy).at(PLACE, "1") is not None
    found, _ = await SqlLibrary(copy, ManualClock(), index_for(copy)).search("main", "LampNet", 0, 5)
    assert found
    await copy.close()


@pytest.mark.parametrize("how", [".backup '{copy}'", "VACUUM INTO '{copy}'"], ids=["backup", "vacuum"])
async def test_a_file_is_copied_whole_while_it_is_written_to(
    database: Database, tmp_path: Path, how: str
) -> None:
    tool = shutil.which("sqlite3")
    await filled(database)
    copy = tmp_path / "copy.db"
    async with written_to(database):
        if tool is not None:
            await run(tool, "-cmd", ".timeout 15000", str(tmp_path / "rinko.db"), how.format(copy=copy))
        else:
            await asyncio.to_thread(as_the_tool_does, tmp_path / "rinko.db", copy, how)
    await is_whole(f"sqlite+aiosqlite:///{copy}")


def as_the_tool_does(source: Path, target: Path, how: str) -> None:
    """What `sqlite3` would do, where it is not installed."""
    with sqlite3.connect(source) as original:
        if how.startswith("VACUUM"):
            original.execute("VACUUM INTO ?", [str(target)])
        else:
            with sqlite3.connect(target) as copy:
                original.backup(copy)
            copy.close()
    original.close()


async def test_a_dump_is_whole_and_leaves_out_only_the_jobs(
    postgres_database: Database, postgres: PostgresServer, tmp_path: Path
) -> None:
    await filled(postgres_database)
    await upgrade_queue(postgres_database)
    dump = tmp_path / "rinko.dump"
    name = str(postgres_database.engine.url.database)
    ((tools,),) = postgres.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'")

    def tool(tool: str, database: str, *options: str) -> list[str]:
        where = f"host={postgres.folder} user=postgres dbname={database}"
        return [str(Path(str(tools)) / tool), *options, f"--dbname={where}"]

    async with written_to(postgres_database):
        options = ("--format=custom", "--exclude-table-data=procrastinate_*", f"--file={dump}")
        await run(*tool("pg_dump", name, *options))
    with postgres.fresh(migrated=False) as url:
        target = str(make_url(url).database)
        await run(*tool("pg_restore", target, "--no-owner", "--exit-on-error"), str(dump))
        await is_whole(url)
        restored = open_database(url)
        assert not await upgrade_queue(restored), "nothing is to be made anew"
        assert (await queue_state(restored)).waiting == 0
        await restored.close()
