"""A database of an earlier version keeps its rows when it is brought up to date."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from digest.accounts import Usage
from digest.places import Message, PartKey, Subscription
from digest.store.engine import Database, _alembic, is_current, open_database, upgrade
from digest.store.ledger import SqlLedger
from digest.store.library import SqlLibrary
from digest.store.others import SqlSpending, SqlSubscriptions
from digest.store.rows import MESSAGE, dump
from digest.store.search import SqliteIndex
from tests.builders import NOON, PLACE, WEEK, writing
from tests.clocks import ManualClock


class PlainWriter:
    """As much of a writer as the key of a writing needs."""

    name, model, prompt_version = "plain", "-", "1"


async def tables_of(revision: str, database_url: str) -> Database:
    """A database as an earlier version left it."""
    database = open_database(database_url)

    def tables(connection: Connection) -> None:
        config = _alembic(database_url)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async with database.write() as connection:
        await connection.run_sync(tables)
    return database


async def test_calls_and_writings_of_the_first_tables_are_kept(tmp_path: Path, database_url: str) -> None:
    database = await tables_of("0001", database_url)
    library = SqlLibrary(database, ManualClock(), SqliteIndex())
    await library.keep_writing(writing())
    with sqlite3.connect(tmp_path / "rinko.db") as plain:
        plain.execute(
            "INSERT INTO usages VALUES ('call-1', 'answer', 'model', ?, 90, 10, 'ann', 0.5, 1)",
            (NOON.isoformat(timespec="microseconds"),),
        )
    plain.close()
    assert not await is_current(database)
    await upgrade(database)
    assert await is_current(database)
    kept = await library.writing(writing().paper_key, "v1", "en", PlainWriter())  # type: ignore[arg-type]  # its key alone
    assert kept == writing()
    call = Usage("call-1", "answer", "model", NOON, 90, 10, "ann", 0.5, settled=True)
    assert await SqlSpending(database).costs(NOON) == (call,)
    await database.close()


async def test_channels_and_messages_of_before_chat_are_kept(tmp_path: Path, database_url: str) -> None:
    """Their parts are found by their messages, and their channels ask for no approval."""
    database = await tables_of("0002", database_url)
    lease = NOON.isoformat(timespec="microseconds")
    there = Message("m1", PLACE, None, "/m1")
    with sqlite3.connect(tmp_path / "rinko.db") as plain:
        plain.execute(
            "INSERT INTO subscriptions (platform, workspace, channel, language, post_at, timezone, layout)"
            " VALUES ('local', '-', 'papers', 'en', 'fri 18:00', 'Europe/Berlin', 'bilingual')"
        )
        for name, state, message in (
            ("header", "sent", dump(MESSAGE, there)),
            ("card/a", "sending", None),
            ("card/b", "retired", dump(MESSAGE, replace(there, id="m2", url=None))),
        ):
            plain.execute(
                "INSERT INTO parts (platform, workspace, channel, week, name, state, content, lease_until,"
                " holder, message) VALUES ('local', '-', 'papers', '2024-W09', ?, ?, 'hash', ?, 'one', ?)",
                (name, state, lease, message),
            )
    plain.close()
    await upgrade(database)
    ledger = SqlLedger(database)
    rows = {row.key.name: row for row in await ledger.rows(PLACE, WEEK)}
    assert list(rows) == ["card/a", "card/b", "header"]
    assert (rows["header"].message, rows["card/a"].message) == (there, None)
    assert await ledger.at(PLACE, "m1") == PartKey(PLACE, WEEK, "header")
    assert await ledger.at(PLACE, "m2") == PartKey(PLACE, WEEK, "card/b")
    (channel,) = await SqlSubscriptions(database).all()
    assert channel == Subscription(PLACE, "en", "fri 18:00", "Europe/Berlin", "bilingual")
    await database.close()
