"""What is looked at on each engine in its own way: integrity, the server, sizes, room on the disk."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from digest.errors import StoreError
from digest.store.address import parse_address
from digest.store.checked import Checked
from digest.store.engine import BUSY_SECONDS, Database, open_database
from digest.store.tables import metadata

_CLOCKS_DIFFER = 5.0
"""Seconds by which two clocks may differ: leases of processes are compared by them."""
_LITTLE_ROOM = 200 * 1024**2
_DAMAGED = "Stop Rinko, keep the file, and put back a backup; docs/operating.md tells how to save the rest."
_READ_ONLY = "readonly"
_LOOK_THROUGH = text("INSERT INTO search_terms(search_terms) VALUES ('integrity-check')")
_WHOLE = text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")


def open_as_it_is(url: str) -> Database:
    """A database to be looked at: nothing is made, moved or set. Raises `StoreError`."""
    address = parse_address(url)
    if address.get_backend_name() != "sqlite":
        return open_database(url)
    if (missing := missing_file(url)) is not None:
        raise StoreError(f"There is no database file {missing}.", hint="`rinko db upgrade` makes one.")
    file = Path(str(address.database))
    name = f"file:{quote(str(file.absolute()))}?mode=rw&uri=true"
    engine = create_async_engine(f"sqlite+aiosqlite:///{name}", hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _wait_for_others)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return Database(engine)


def missing_file(url: str) -> Path | None:
    """The file of an SQLite database, where there is none yet; opening would make an empty one.

    Raises `StoreError` where it cannot be told, or where it is a folder.
    """
    address = parse_address(url)
    if address.get_backend_name() != "sqlite":
        return None
    file = Path(address.database or "")
    try:
        found = file.stat()
    except FileNotFoundError:
        return file
    except OSError as error:
        raise StoreError(
            f"The database file {file} cannot be read ({error.strerror}).",
            hint="Check its name, and the rights of its folder.",
        ) from error
    if stat.S_ISDIR(found.st_mode):
        raise StoreError(f"{file} is a folder.", hint="Name the database file itself: a path to rinko.db.")
    return None


def _wait_for_others(connection: Any, _: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    cursor.close()


async def engine_checks(database: Database, now: Callable[[], datetime]) -> AsyncIterator[Checked]:
    """What only this engine can be asked."""
    checks = _postgresql(database, now) if database.is_postgresql else _sqlite(database)
    async for finding in checks:
        yield finding


async def _sqlite(database: Database) -> AsyncIterator[Checked]:
    """https://sqlite.org/pragma.html#pragma_integrity_check, and the same of the full-text index."""
    try:
        async with database.read() as connection:
            version = await connection.scalar(text("SELECT sqlite_version()"))
            yield Checked("database", True, f"SQLite {version}, {_file(database)}")
            told = list(await connection.scalars(text("PRAGMA integrity_check(10)")))
    except StoreError as error:
        yield Checked("integrity", False, error.message, _DAMAGED)
        return
    if told != ["ok"]:
        yield Checked("integrity", False, "; ".join(map(str, told)), _DAMAGED)
    else:
        yield Checked("integrity", True, "ok")
    yield await _full_text(database)


async def _full_text(database: Database) -> Checked:
    """https://sqlite.org/fts5.html#the_integrity_check_command; it is written as an insert, and is none."""
    about = "full-text index"
    hint = "`rinko db copy` into a new file makes it anew."
    try:
        async with database.read() as connection:
            known = "SELECT count(*) FROM sqlite_master WHERE name = 'search_terms'"
            if not await connection.scalar(text(known)):
                return Checked(about, True, "not made yet")
            await connection.execute(_LOOK_THROUGH)
    except StoreError as error:
        if _READ_ONLY in str(error.__cause__):
            return Checked(about, True, "not looked at: the file cannot be written")
        return Checked(about, False, error.message, hint)
    return Checked(about, True, "ok")


async def _postgresql(database: Database, now: Callable[[], datetime]) -> AsyncIterator[Checked]:
    try:
        async with database.read() as connection:
            version = await connection.scalar(text("SHOW server_version"))
            name = await connection.scalar(text("SELECT current_database()"))
            encoding = str(await connection.scalar(text("SHOW server_encoding")))
            before = now()
            theirs: datetime | None = await connection.scalar(text("SELECT clock_timestamp()"))
            after = now()
    except StoreError as error:
        yield Checked.fault("database", error)
        return
    yield Checked("database", True, f"PostgreSQL {version}, database {name}")
    hint = "Make one with `createdb --encoding=UTF8 --template=template0`, and `rinko db copy` into it."
    yield Checked("encoding", encoding == "UTF8", encoding, None if encoding == "UTF8" else hint)
    if theirs is not None:
        yield _clocks(theirs, before, after)


def _clocks(theirs: datetime, before: datetime, after: datetime) -> Checked:
    """Whether the server's clock agrees with ours, which stood so before and after it was asked."""
    ahead = (before + (after - before) / 2 - theirs).total_seconds()
    if abs(ahead) <= _CLOCKS_DIFFER:
        return Checked("clocks", True, "this machine's and the server's agree")
    words = f"this machine's is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the server's"
    return Checked("clocks", False, words, "Have both set their clocks by themselves (NTP).")


async def index_numbers(connection: AsyncConnection) -> set[int]:
    """The entries that the full-text index holds."""
    key = "id" if connection.dialect.name == "postgresql" else "rowid"
    return set(await connection.scalars(text(f"SELECT {key} FROM search_terms")))  # noqa: S608 - a constant


async def sizes(connection: AsyncConnection) -> tuple[int, Mapping[str, int]]:
    """The bytes that all takes, and each table with its indexes, where the engine tells them."""
    if connection.dialect.name == "postgresql":
        whole = await connection.scalar(text("SELECT pg_database_size(current_database())"))
        query = text("SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables")
        rows = (await connection.execute(query)).all()
        return int(whole or 0), {name: int(size) for name, size in rows}
    pages = await connection.scalar(_WHOLE)
    made_with = set(await connection.scalars(text("SELECT compile_options FROM pragma_compile_options")))
    if "ENABLE_DBSTAT_VTAB" not in made_with:
        return int(pages or 0), {}
    query = text(
        "SELECT coalesce(m.tbl_name, s.name), sum(s.pgsize) FROM dbstat s"
        " LEFT JOIN sqlite_master m ON m.name = s.name GROUP BY 1"
    )
    rows = (await connection.execute(query)).all()
    found: dict[str, int] = {}
    for name, size in rows:
        own = name if name in metadata.tables else "search index" if name.startswith("search_") else "other"
        found[own] = found.get(own, 0) + int(size)
    return int(pages or 0), found


def free_bytes(database: Database) -> int | None:
    """How much room the disk of the file has; None where the database is a server's."""
    if database.is_postgresql:
        return None
    return shutil.disk_usage(Path(_file(database)).parent).free


def room(database: Database) -> Checked | None:
    """Whether the disk of the file has room; None where the database is a server's."""
    free = free_bytes(database)
    if free is None:
        return None
    file = Path(_file(database))
    words = f"{free / 1024**3:.1f} GB left beside {file.name}"
    if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        return Checked(
            "disk", False, f"{file} or its folder cannot be written", "Change their owner or rights."
        )
    if free < max(_LITTLE_ROOM, file.stat().st_size):
        hint = "Free some space: Rinko stops writing when it is used up, and a backup needs as much again."
        return Checked("disk", False, words, hint)
    return Checked("disk", True, words)


def _file(database: Database) -> str:
    return str(database.engine.url.database).removeprefix("file:").partition("?")[0]
