"""A database of an earlier version keeps its rows when it is brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from digest.accounts import Usage
from digest.store.engine import _alembic, is_current, open_database, upgrade
from digest.store.library import SqlLibrary
from digest.store.others import SqlSpending
from digest.store.search import SqliteIndex
from tests.builders import NOON, writing
from tests.clocks import ManualClock


class PlainWriter:
    """As much of a writer as the key of a writing needs."""

    name, model, prompt_version = "plain", "-", "1"


async def test_calls_and_writings_of_the_first_tables_are_kept(tmp_path: Path, database_url: str) -> None:
    database = open_database(database_url)

    def first_tables(connection: Connection) -> None:
        config = _alembic(database_url)
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")

    async with database.write() as connection:
        await connection.run_sync(first_tables)
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
