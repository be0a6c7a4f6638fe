"""Copies everything from one database into another, empty one, on the same engine or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table, func, insert, inspect, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.errors import StoreError
from digest.ports import Progress, Step, silent
from digest.store.checking import of_revision
from digest.store.engine import Database, needed_revision, open_database, revision, unhurried, upgrade
from digest.store.engine_checks import missing_file, open_as_it_is
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

    All arrives, or nothing does; the target gets its tables only once it was seen to be empty, and
    the source stays as it is. Raises `StoreError` where there is nothing to copy, the target is
    not empty, or either cannot be used.
    """
    if (missing := missing_file(source_url)) is not None:
        raise StoreError(f"There is no database to copy from: {missing}.", hint="Check its address.")
    source = open_as_it_is(source_url)
    try:
        await _check_source(source)
        with _words_of_target():
            await _check_target(target_url)
            target = open_database(target_url)
        try:
            with _words_of_target():
                await upgrade(target)
            async with source.read() as reading, target.write() as writing:
                return await _copy_all(reading, writing, target, progress)
        finally:
            await target.close()
    finally:
        await source.close()


@contextmanager
def _words_of_target() -> Iterator[None]:
    """Let what is wrong with the target not lead to the settings: they name the source alone."""
    try:
        yield
    except StoreError as error:
        hint = (error.hint or "").replace("data_dir or database.url", "file")
        hint = hint.replace("database.url", "the address given to the command")
        raise StoreError(error.message, hint=hint or None) from error


async def _check_source(source: Database) -> None:
    """See to it that all of the source is known, so that nothing is left behind."""
    found = await revision(source)
    if found is None:
        raise StoreError("The database to copy from is not one of Rinko's.", hint="Check its address.")
    checked = of_revision(found, needed_revision())
    if not checked.ok:
        raise StoreError(f"The database to copy from has revision {checked.detail}.", hint=checked.hint)
    async with source.read() as connection:
        for name in await _tables(connection):
            if name not in metadata.tables:
                raise StoreError(
                    f"The database to copy from has a table that is not Rinko's: {name}.",
                    hint="Move it elsewhere first; nothing was copied.",
                )


async def _check_target(url: str) -> None:
    """See to it that nothing of anybody's is in the target, whatever revision it has."""
    if missing_file(url) is not None:
        return
    target = open_as_it_is(url)
    try:
        known = await revision(target) is not None
        async with target.read() as connection:
            for name in await _tables(connection):
                if not known or name not in metadata.tables:
                    raise StoreError(
                        f"The target database has a table that is not Rinko's: {name}.",
                        hint="Copy into a new one; nothing was changed.",
                    )
                await _check_empty(metadata.tables[name], connection)
    finally:
        await target.close()


async def _tables(connection: AsyncConnection) -> list[str]:
    """The tables that hold records, Rinko's or not."""
    names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    return [name for name in names if not name.startswith(_MADE_ANEW)]


async def _check_empty(table: Table, connection: AsyncConnection) -> None:
    """Look into a table of the target, which may lack columns that it has today."""
    if await connection.scalar(select(literal(1)).select_from(table).limit(1)):
        raise StoreError(
            "The target database is not empty.", hint="Copy into a new one; nothing was changed."
        )


async def _copy_all(
    reading: AsyncConnection, writing: AsyncConnection, target: Database, progress: Progress
) -> dict[str, int]:
    """Copy all tables, make the index, and see that all arrived; how many rows by table."""
    for connection in (reading, writing):
        await unhurried(connection)
    if target.is_postgresql:  # nobody else writes to it meanwhile
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        await writing.execute(text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))
    for table in metadata.sorted_tables:
        await _check_empty(table, writing)
    counts = {table.name: await _copy(table, reading, writing, progress) for table in metadata.sorted_tables}
    await index_for(target).rebuild(writing)
    await _set_sequences(writing)
    await _compare(reading, writing)
    return counts


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
    except StoreError as error:  # a time that is none
        raise StoreError(
            f"A row in the database cannot be read ({table.name}: {error.message})",
            hint="`rinko db check` names it; nothing was copied.",
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
