"""SQLite databases with all tables, migrated once for a test process and copied from then on."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from sqlalchemy import Connection

from digest.store.engine import Database, _alembic, open_database, upgrade


def with_tables(path: Path) -> str:
    """Make a database with all tables and nothing in them; its address."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_migrated())
    return f"sqlite+aiosqlite:///{path}"


@cache
def _migrated() -> bytes:
    """A database as the migrations leave it, made in a thread, as a loop may be running in this one."""

    async def make(path: Path) -> None:
        database = open_database(f"sqlite+aiosqlite:///{path}")
        await upgrade(database)
        await database.close()

    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        path = Path(folder) / "rinko.db"
        thread.submit(lambda: asyncio.run(make(path))).result()
        assert [one.name for one in path.parent.iterdir()] == [path.name], "nothing of it stands elsewhere"
        return path.read_bytes()


async def tables_of(revision: str, url: str) -> Database:
    """A database as an earlier version left it."""
    database = open_database(url)

    def tables(connection: Connection) -> None:
        config = _alembic(url)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async with database.write() as connection:
        await connection.run_sync(tables)
    return database
