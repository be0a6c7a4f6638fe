"""Copying a database into another: all of it or nothing."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, func, select

from bot.platforms.local.messages import Draft
from bot.platforms.local.sql_messages import SqlMessages
from digest.accounts import JournalEntry
from digest.errors import StoreError
from digest.places import Subscription
from digest.ports import Step
from digest.store.copying import copy
from digest.store.engine import Database, open_database, revision, upgrade
from digest.store.indexes import index_for
from digest.store.library import SqlLibrary
from digest.store.others import SqlJournal, SqlSubscriptions
from digest.store.tables import Moment, metadata
from tests.builders import NOON, PLACE, document, issue, paper
from tests.clocks import ManualClock
from tests.databases import tables_of
from tests.digest.channel import post
from tests.postgres import PostgresServer


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


SOMETHING = {str: "見出し \\ % ' \"", int: 7, bool: True, float: 0.1}


def something(column: Column[Any]) -> object:
    """A value that a column may have."""
    return NOON if isinstance(column.type, Moment) else SOMETHING[column.type.python_type]


async def filled(database: Database) -> None:
    """Something in every table."""
    library = SqlLibrary(database, ManualClock(), index_for(database))
    for number in range(1, 6):
        await library.keep_paper(paper(number))
    await library.keep_document(paper(), document(), NOON)
    for language in ("en", "ja"):
        await library.keep_issue(issue(language=language))
    await SqlJournal(database).record(JournalEntry(NOON, "-", "ann", "here", "「日本語」", failed=True))
    await SqlMessages(database).insert(Draft("x", "papers", "ann", post("hello"), NOON, only_for="ann"))
    async with database.write() as connection:
        for table in metadata.sorted_tables:
            if not await connection.scalar(select(func.count()).select_from(table)):
                row = {column.name: something(column) for column in table.columns}
                await connection.execute(table.insert().values(**row))


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables but the index's own, sorted."""
    with sqlite3.connect(path) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        found = {
            name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr)
            for name in names
            if not name.startswith("search_") and not name.startswith("sqlite_")
        }
    connection.close()
    return found


async def test_a_copy_there_and_back_has_every_row_and_is_searched_alike(
    tmp_path: Path, database: Database, database_url: str, postgres: PostgresServer
) -> None:
    """From SQLite to PostgreSQL, to another one, and back."""
    await filled(database)
    with postgres.fresh(migrated=False) as first, postgres.fresh(migrated=False) as second:
        back = tmp_path / "back.db"
        way = [database_url, first, second, url(back)]
        told: list[Step] = []
        for source, target in pairwise(way):
            counts = await copy(source, target, told.append)
        before, after = rows(tmp_path / "rinko.db"), rows(back)
        assert after == before
        assert all(after.values()), "this test has a row in every table"
        assert {name: len(found) for name, found in after.items() if name != "alembic_version"} == {
            name: count for name, count in counts.items() if name != "search_entries"
        }
        assert {step.subject: step.done for step in told if step.done == step.total} == counts
        databases = [open_database(one) for one in way]
        for query in ("LampNet", "lamps", "2402.00001"):
            results = [
                await SqlLibrary(one, ManualClock(), index_for(one)).search("main", query, 0, 10)
                for one in databases
            ]
            assert results[0][0]
            assert all(one == results[0] for one in results)
        for one in databases:
            await SqlJournal(one).record(JournalEntry(NOON, "-", "ann", "here", "the newest"))
            latest = await SqlJournal(one).latest("-", 2)
            assert [entry.detail for entry in latest] == ["the newest", "「日本語」"]
            assert (
                await SqlMessages(one).insert(Draft("y", "papers", "ann", post("new"), NOON))
            ).revision == 2
            await SqlLibrary(one, ManualClock(), index_for(one)).keep_issue(issue(week=issue().week.plus(1)))
            await one.close()


async def test_a_copy_into_a_database_in_use_is_refused_and_changes_nothing(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    await filled(database)
    target = tmp_path / "other.db"
    other = open_database(url(target))
    await upgrade(other)
    await SqlSubscriptions(other).set(Subscription(PLACE, "en", "mon 10:00", "UTC"))
    await other.close()
    before = rows(target)
    with pytest.raises(StoreError, match="not empty"):
        await copy(database_url, url(target))
    assert rows(target) == before
    with pytest.raises(StoreError, match="not empty"):
        await copy(database_url, database_url)


async def test_a_copy_that_fails_midway_leaves_nothing(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    await filled(database)
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE usages SET at = 'noon'")
    target = tmp_path / "copy.db"
    with pytest.raises(StoreError, match=r"cannot be read \(usages"):
        await copy(database_url, url(target))
    assert not any(found for name, found in rows(target).items() if name != "alembic_version")


async def test_what_is_not_of_rinko_is_not_left_behind_in_silence(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql("CREATE TABLE diary (day TEXT)")
    with pytest.raises(StoreError, match="not Rinko's: diary"):
        await copy(database_url, url(tmp_path / "copy.db"))


async def test_a_source_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no database to copy from: .*/typo\.db"):
        await copy(url(tmp_path / "typo.db"), url(tmp_path / "copy.db"))
    assert files(tmp_path) == []


async def test_a_source_that_is_no_database_of_rinko_is_named(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="not one of Rinko"):
        await copy(url(tmp_path / "empty.db"), url(tmp_path / "copy.db"))


OLDER = "0007"


async def test_a_source_of_an_earlier_version_is_left_as_it_is(tmp_path: Path) -> None:
    source = tmp_path / "rinko.db"
    await (await tables_of(OLDER, url(source))).close()
    before = source.read_bytes()
    with pytest.raises(StoreError, match=f"has revision {OLDER}") as raised:
        await copy(url(source), url(tmp_path / "copy.db"))
    assert "rinko db upgrade" in (raised.value.hint or "")
    assert source.read_bytes() == before
    assert files(tmp_path) == [source]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_target_of_an_earlier_version_is_brought_up_to_date_only_where_it_is_empty(
    tmp_path: Path, database: Database, database_url: str, postgres: PostgresServer, engine: str
) -> None:
    await filled(database)
    with postgres.fresh(migrated=False) as blank:
        target = blank if engine == "postgresql" else url(tmp_path / "target.db")
        older = await tables_of(OLDER, target)
        async with older.write() as connection:
            await connection.exec_driver_sql("INSERT INTO events VALUES ('x', '2024-03-01T12:00:00+00:00')")
        with pytest.raises(StoreError, match="not empty"):
            await copy(database_url, target)
        assert await revision(older) == OLDER
        async with older.write() as connection:
            await connection.exec_driver_sql("DELETE FROM events")
        await older.close()
        assert (await copy(database_url, target))["papers"] == 5


@pytest.mark.parametrize("name", ["customers", "papers"])
async def test_the_tables_of_a_stranger_are_left_alone(
    database_url: str, database: Database, postgres: PostgresServer, name: str
) -> None:
    await filled(database)
    with postgres.fresh(migrated=False) as target:
        theirs = target.split("@/")[1].split("?")[0]
        postgres.execute(f"CREATE TABLE {name} (name text)", theirs)
        with pytest.raises(StoreError, match=f"not Rinko's: {name}") as raised:
            await copy(database_url, target)
        assert "new one" in (raised.value.hint or "")
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        assert postgres.execute(tables, theirs) == [(name,)]


async def test_a_wrong_password_is_looked_for_in_the_address_of_the_target(
    database_url: str, database: Database, postgres: PostgresServer
) -> None:
    await filled(database)
    with postgres.user("ann", "right"), pytest.raises(StoreError, match="password") as raised:
        await copy(database_url, postgres.url("postgres", "ann", "wrong"))
    assert raised.value.hint == "Check both in the address given to the command."


async def test_a_target_that_cannot_be_made_is_not_looked_for_in_the_settings(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    await filled(database)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as raised:
        await copy(database_url, url(tmp_path / "file" / "copy.db"))
    assert "database.url" not in (raised.value.hint or "")
