"""Copies everything from one database into another, empty one, on the same engine or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, make_url, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.errors import StoreError
from digest.models import Issue
from digest.store.engine import Database, open_database, revision, upgrade
from digest.store.rows import ISSUE, load
from digest.store.search import SqliteIndex
from digest.store.tables import issues, metadata, search_entries

_BATCH = 500


async def copy(source_url: str, target_url: str) -> dict[str, int]:
    """Copy every row; how many there were by table. All arrives, or nothing does.

    Raises `StoreError` where there is nothing to copy, the target is not empty, or either cannot
    be used.
    """
    if _missing(source_url):
        raise StoreError("There is no database to copy from.", hint="Check its address.")
    source, target = open_database(source_url), open_database(target_url)
    try:
        if await revision(source) is None:
            raise StoreError("The database to copy from is not one of Rinko's.", hint="Check its address.")
        await upgrade(source)
        await upgrade(target)
        return await _copy(source, target)
    finally:
        await source.close()
        await target.close()


def _missing(url: str) -> bool:
    """Whether an SQLite file is not there; opening would make an empty one."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return False  # opening it says what is wrong
    return parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file()


async def _copy(source: Database, target: Database) -> dict[str, int]:
    counts: dict[str, int] = {}
    async with source.read() as reading, target.write() as writing:
        for table in metadata.sorted_tables:
            if await writing.scalar(select(func.count()).select_from(table)):
                raise StoreError("The target database is not empty.", hint="Copy into a new one.")
            if table is search_entries:
                continue  # made anew below, as its index is the engine's own
            rows: list[dict[str, Any]] = []
            counts[table.name] = 0
            result = await reading.stream(select(table))
            async for row in result:
                rows.append(dict(row._mapping))
                if len(rows) == _BATCH:
                    await writing.execute(insert(table), rows)
                    counts[table.name] += len(rows)
                    rows = []
            if rows:
                await writing.execute(insert(table), rows)
                counts[table.name] += len(rows)
        counts[search_entries.name] = await _index(writing)
    return counts


async def _index(connection: AsyncConnection) -> int:
    """Make the copied issues searchable."""
    index = SqliteIndex()
    stored = list(await connection.scalars(select(issues.c.data).order_by(issues.c.week)))
    for data in stored:
        issue: Issue = load(ISSUE, data)
        await index.replace(connection, issue)
    return int(await connection.scalar(select(func.count()).select_from(search_entries)) or 0)
