"""Copying a database into another: all of it or nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.platforms.local.messages import Draft
from bot.platforms.local.sql_messages import SqlMessages
from digest.accounts import JournalEntry, Usage
from digest.errors import StoreError
from digest.places import Subscription
from digest.store.copying import copy
from digest.store.engine import Database, open_database, upgrade
from digest.store.library import SqlLibrary
from digest.store.others import SqlExchanges, SqlJournal, SqlSpending, SqlSubscriptions
from digest.store.platforms import SqlButtonValues, SqlEvents, SqlWorkspaces
from digest.store.rows import place_values
from digest.store.search import SqliteIndex
from digest.store.tables import feedback, overlays, turns
from tests.builders import NOON, PLACE, document, exchange, issue, paper, writing
from tests.clocks import ManualClock
from tests.digest.channel import Channel, digest, post


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def filled(database: Database) -> None:
    """Something in every table."""
    library = SqlLibrary(database, ManualClock(), SqliteIndex())
    for number in range(1, 6):
        await library.keep_paper(paper(number))
    await library.keep_document(paper(), document(), NOON)
    await library.keep_writing(writing())
    for language in ("en", "ja"):
        await library.keep_issue(issue(language=language))
    await SqlExchanges(database).keep(exchange())
    await SqlSubscriptions(database).set(Subscription(PLACE, "ja", "tue 09:00", "Asia/Tokyo"))
    await SqlSpending(database).reserve(Usage("u", "answer", "m", NOON, 1, 2, cost=0.25), [])
    await SqlJournal(database).record(JournalEntry(NOON, "-", "ann", "here", "「日本語」", failed=True))
    await SqlEvents(database).once("an event", NOON)
    await SqlButtonValues(database).keep("a long value", NOON)
    await SqlWorkspaces(database).leave("slack", "T1", NOON)
    async with database.write() as connection:
        await connection.execute(overlays.insert().values(**place_values(PLACE), week="2024-W09", data="{}"))
        said = {"exchange_id": "x", "person": "ann", "place": str(PLACE), "helpful": True, "at": NOON}
        await connection.execute(feedback.insert().values(**said))
        await connection.execute(turns.insert().values(name="build", holder="one", until=NOON))
    channel = Channel(database, ManualClock())
    await channel.deliver(digest(("a", "b")))
    await channel.ledger.finish(channel.place, issue().week, NOON)
    await channel.ledger.put_off(PLACE, NOON)
    await SqlMessages(database).insert(Draft("x", "papers", "ann", post("hello"), NOON, only_for="ann"))


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


async def test_a_copy_has_every_row_and_is_searched_alike(
    tmp_path: Path, database: Database, database_url: str
) -> None:
    await filled(database)
    target = tmp_path / "copy.db"
    counts = await copy(database_url, url(target))
    before, after = rows(tmp_path / "rinko.db"), rows(target)
    assert after == before
    assert all(after.values()), "this test has a row in every table"
    assert {name: len(found) for name, found in after.items() if name != "alembic_version"} == {
        name: count for name, count in counts.items() if name != "search_entries"
    }
    copied = open_database(url(target))
    for query in ("LampNet", "lamps", "2402.00001"):
        results = [
            await SqlLibrary(one, ManualClock(), SqliteIndex()).search("main", query, 0, 10)
            for one in (database, copied)
        ]
        assert results[0] == results[1]
        assert results[0][0]
    await copied.close()


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
        await connection.exec_driver_sql("UPDATE issues SET data = '{}' WHERE language = 'ja'")
    target = tmp_path / "copy.db"
    with pytest.raises(StoreError, match="cannot be read"):
        await copy(database_url, url(target))
    assert not any(found for name, found in rows(target).items() if name != "alembic_version")


async def test_a_source_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database to copy from"):
        await copy(url(tmp_path / "typo.db"), url(tmp_path / "copy.db"))
    assert files(tmp_path) == []


async def test_a_source_that_is_no_database_of_rinko_is_named(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match="not one of Rinko"):
        await copy(url(tmp_path / "empty.db"), url(tmp_path / "copy.db"))
