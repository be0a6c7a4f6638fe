"""Copies everything from one database into another, empty one, on the same engine or not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.errors import StoreError
from digest.models import Issue
from digest.store.engine import Database, open_database, upgrade
from digest.store.rows import ISSUE
from digest.store.search import SqliteIndex
from digest.store.tables import issues, metadata, search_entries

_BATCH = 500


async def copy(source_url: str, target_url: str) -> dict[str, int]:
    """Copy every row; how many there were by table. All arrives, or nothing does.

    Raises `StoreError` where the target is not empty or either cannot be used.
    """
    source, target = open_database(source_url), open_database(target_url)
    try:
        await upgrade(source)
        await upgrade(target)
        return await _copy(source, target)
    finally:
        await source.close()
        await target.close()


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
        issue: Issue = ISSUE.validate_json(data)
        await index.replace(connection, issue)
    return int(await connection.scalar(select(func.count()).select_from(search_entries)) or 0)
