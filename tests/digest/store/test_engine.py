"""The database file: brought up to date, shared, locked, damaged, or from the future."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text

from digest.errors import StoreError
from digest.models import Week
from digest.places import Message, PartKey, PartRow, PartState, Place
from digest.store.engine import Database, is_current, open_database, revision, upgrade
from digest.store.indexes import index_for
from digest.store.ledger import SqlLedger
from digest.store.library import SqlLibrary
from tests.builders import issue, paper
from tests.clocks import ManualClock


def library(database: Database) -> SqlLibrary:
    return SqlLibrary(database, ManualClock(), index_for(database))


async def opened(path: Path, busy_seconds: float = 15.0) -> Database:
    return open_database(f"sqlite+aiosqlite:///{path}", busy_seconds)


def contents(path: Path) -> bytes:
    return path.read_bytes()


async def closed_database(path: Path) -> bytes:
    """A whole database with a paper in it, closed; its bytes."""
    database = await opened(path)
    await upgrade(database)
    await library(database).keep_paper(paper())
    await database.close()
    return contents(path)


async def test_upgrading_twice_changes_nothing(each_database: Database) -> None:
    before, after = await upgrade(each_database)
    assert before == after
    assert await is_current(each_database)


async def test_two_processes_may_make_the_database_at_once(tmp_path: Path) -> None:
    databases = [await opened(tmp_path / "rinko.db") for _ in range(4)]
    await asyncio.gather(*(upgrade(database) for database in databases))
    assert await is_current(databases[0])
    for database in databases:
        await database.close()


async def test_an_empty_database_says_what_to_do(tmp_path: Path) -> None:
    database = await opened(tmp_path / "deep" / "folder" / "rinko.db")
    assert await revision(database) is None
    with pytest.raises(StoreError, match="rinko db upgrade"):
        await library(database).paper("arxiv:1")
    await database.close()


async def test_a_database_from_the_future_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rinko.db"
    await closed_database(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = path.read_bytes()
    database = await opened(path)
    with pytest.raises(StoreError, match=r"newer Rinko.*9999.*nothing was changed"):
        await upgrade(database)
    await database.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["not a database", "cut", "overwritten"])
async def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "rinko.db"
    whole = await closed_database(path)
    if damage == "not a database":
        path.write_bytes(b"This is a letter, and no database at all.\n" * 300)
    elif damage == "cut":
        path.write_bytes(whole[: len(whole) // 3])
    else:
        path.write_bytes(whole[:100] + b"\xa5" * (len(whole) - 100))
    before = path.read_bytes()
    database = await opened(path)

    async def use() -> None:
        await upgrade(database)
        await library(database).keep_issue(issue())

    with pytest.raises(StoreError, match=r"damaged") as raised:
        await use()
    await database.close()
    assert path.read_bytes() == before
    assert raised.value.hint
    assert not re.search(r"sqlalche|sqlite3\.|\[SQL", str(raised.value))


def test_a_folder_in_place_of_the_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        open_database(f"sqlite+aiosqlite:///{tmp_path}")


async def test_a_database_that_another_program_holds_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "rinko.db"
    await closed_database(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    database = await opened(path, busy_seconds=0.05)
    with pytest.raises(StoreError, match="locked by another program"):
        await library(database).keep_paper(paper(2))
    other.execute("ROLLBACK")
    other.close()
    await library(database).keep_paper(paper(2))
    await database.close()


@pytest.mark.parametrize(
    "url", ["", "rinko.db", "nosuch://x", "postgresql+nosuch://x/y", "sqlite+aiosqlite:////proc/x/y"]
)
async def test_an_address_that_is_none_is_a_clear_error_that_keeps_its_secrets(url: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_database(url)
    assert raised.value.hint


async def test_what_fails_midway_is_not_kept_at_all(each_database: Database) -> None:
    async def fails(error: str) -> None:
        async with each_database.write() as connection:
            await connection.execute(text("DELETE FROM papers"))
            if error == "ours":
                raise ZeroDivisionError
            await connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    await library(each_database).keep_paper(paper())
    with pytest.raises(StoreError):
        await fails("the database's")
    with pytest.raises(ZeroDivisionError):
        await fails("ours")
    assert await library(each_database).paper(paper().key) == paper()


async def test_a_writer_that_is_cancelled_leaves_the_database_free(each_database: Database) -> None:
    inside = asyncio.Event()

    async def slow() -> None:
        async with each_database.write() as connection:
            await connection.execute(text("DELETE FROM papers"))
            inside.set()
            await asyncio.Event().wait()

    await library(each_database).keep_paper(paper())
    task = asyncio.create_task(slow())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(library(each_database).keep_paper(paper(2)), timeout=5)
    assert await library(each_database).paper(paper().key) is not None


async def test_writers_of_one_process_queue_instead_of_giving_up(tmp_path: Path) -> None:
    path = tmp_path / "rinko.db"
    await closed_database(path)
    database = await opened(path, busy_seconds=0.0)
    await asyncio.gather(*(library(database).keep_paper(paper(n)) for n in range(30)))
    assert len(await library(database).papers("", 1000)) == 30
    await database.close()


async def test_writers_of_two_processes_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "rinko.db"
    await closed_database(path)
    databases = [await opened(path), await opened(path)]
    stores = [library(database) for database in databases]
    await asyncio.gather(
        *(stores[n % 2].keep_paper(paper(n)) for n in range(100)),
        *(stores[n % 2].keep_issue(issue(week=issue().week.plus(n))) for n in range(10)),
        *(stores[n % 2].search("main", "lampnet", 0, 5) for n in range(20)),
    )
    assert len(await stores[0].papers("", 1000)) == 100
    assert len(await stores[1].weeks("main")) == 10
    for database in databases:
        await database.close()


@pytest.mark.parametrize("instead", ["nothing", "another"])
async def test_a_file_that_vanishes_is_told_and_not_made_anew(tmp_path: Path, instead: str) -> None:
    path, aside = tmp_path / "data" / "rinko.db", tmp_path / "aside"
    await closed_database(path)
    database = await opened(path)
    await library(database).keep_paper(paper(2))
    path.parent.rename(aside)
    if instead == "another":
        await closed_database(path)
    before = path.read_bytes() if path.exists() else None

    async def use() -> None:
        await asyncio.gather(*(library(database).papers("", 9) for _ in range(3)))

    for work in (use, lambda: library(database).keep_paper(paper(3))):
        with pytest.raises(StoreError, match=r"is gone, or another is in its place.*start Rinko again"):
            await work()
    assert (path.read_bytes() if path.exists() else None) == before
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    aside.rename(path.parent)
    await library(database).keep_paper(paper(4))
    assert {one.key for one in await library(database).papers("", 9)} == {paper(n).key for n in (1, 2, 4)}
    await database.close()


async def test_what_may_be_posted_from_now_on_is_written_through_to_the_disk(database: Database) -> None:
    """After a loss of power nobody may find a message that the ledger knows nothing of."""
    said: list[str] = []
    event.listen(
        database.engine.sync_engine, "before_cursor_execute", lambda _, __, words, *___: said.append(words)
    )
    ledger, key = SqlLedger(database), PartKey(Place("slack", "T", "C"), Week(2024, 9), "header")
    row = PartRow(key, PartState.SENDING, "hash", datetime(2024, 3, 5, tzinfo=UTC), "one")
    await ledger.mark_sending(row)
    await ledger.mark_sending(row, row)
    await ledger.mark_sent(key, "hash", Message("1", key.place))
    levels = [words.rpartition("= ")[2] for words in said if words.startswith("PRAGMA synchronous")]
    assert levels == ["FULL", "FULL", "NORMAL"]
