"""Copies everything from one database into another, empty one, on the same engine or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.errors import StoreError
from digest.ports import Progress, Step, silent
from digest.store.address import parse_address
from digest.store.engine import open_database, revision, unhurried, upgrade
from digest.store.indexes import index_for
from digest.store.tables import metadata

_ROWS = 500
_CHARACTERS = 4_000_000
"""How much is held at a time: a paper's text alone may have a million characters."""
_READ_AT_ONCE = 50
_MADE_ANEW = ("alembic_version", "search_terms", "procrastinate_")
"""How tables begin that are no records: the revision, the index, and jobs, which are only hints."""


async def copy(source_url: str, target_url: str, progress: Progress = silent) -> dict[str, int]:
    """Copy every row, as all were at one moment; how many there were by table.

    All arrives, or nothing does. Raises `StoreError` where there is nothing to copy, the target is
    not empty, or either cannot be used.
    """
    if _missing(source_url):
        raise StoreError("There is no database to copy from.", hint="Check its address.")
    source, target = open_database(source_url), open_database(target_url)
    try:
        if await revision(source) is None:
            raise StoreError("The database to copy from is not one of Rinko's.", hint="Check its address.")
        await upgrade(source)
        await upgrade(target)
        async with source.read() as reading, target.write() as writing:
            await _prepare(reading, writing)
            counts = {
                table.name: await _copy(table, reading, writing, progress) for table in metadata.sorted_tables
            }
            await index_for(target).rebuild(writing)
            await _set_sequences(writing)
            await _compare(reading, writing)
        return counts
    finally:
        await source.close()
        await target.close()


def _missing(url: str) -> bool:
    """Whether an SQLite file is not there; opening would make an empty one."""
    address = parse_address(url)
    return address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file()


async def _prepare(reading: AsyncConnection, writing: AsyncConnection) -> None:
    """See to it that nothing is left behind, and that nobody else writes to the target meanwhile."""
    names = await reading.run_sync(lambda sync: inspect(sync).get_table_names())
    for name in names:
        if name not in metadata.tables and not name.startswith(_MADE_ANEW):
            raise StoreError(
                f"The database to copy from has a table that is not Rinko's: {name}.",
                hint="Move it elsewhere first; nothing was copied.",
            )
    for connection in (reading, writing):
        await unhurried(connection)
    if writing.dialect.name == "postgresql":
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        await writing.execute(text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))
    for table in metadata.sorted_tables:
        if await _count(table, writing):
            raise StoreError("The target database is not empty.", hint="Copy into a new one.")


async def _copy(table: Table, reading: AsyncConnection, writing: AsyncConnection, progress: Progress) -> int:
    """Copy one table; how many rows it has."""
    total, done = await _count(table, reading), 0
    batch: list[dict[str, Any]] = []
    size = 0
    progress(Step("copy", table.name, done, total))
    try:
        async for row in await reading.stream(select(table), execution_options={"yield_per": _READ_AT_ONCE}):
            batch.append(dict(row._mapping))
            size += sum(len(value) for value in row if isinstance(value, str))
            if len(batch) == _ROWS or size > _CHARACTERS:
                await writing.execute(insert(table), batch)
                done += len(batch)
                progress(Step("copy", table.name, done, total))
                batch, size = [], 0
    except ValueError as error:  # a time that is none
        raise StoreError(
            f"A row in the database cannot be read ({table.name}: {error}).",
            hint="Put right what it says; nothing was copied.",
        ) from error
    if batch:
        await writing.execute(insert(table), batch)
        done += len(batch)
        progress(Step("copy", table.name, done, total))
    return done


async def _count(table: Table, connection: AsyncConnection) -> int:
    return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def _set_sequences(writing: AsyncConnection) -> None:
    """Let PostgreSQL number new rows after those that came with their numbers."""
    if writing.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            await writing.execute(select(func.setval(sequence, func.max(column))).select_from(table))


async def _compare(reading: AsyncConnection, writing: AsyncConnection) -> None:
    """See that all has arrived, before it is kept."""
    for table in metadata.sorted_tables:
        there, here = await _count(table, reading), await _count(table, writing)
        if there != here:
            raise StoreError(f"Of {there} rows of {table.name}, {here} arrived; nothing was kept.")
