"""Looks a database over without changing it: its engine, its rows, its index, its room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, ColumnElement, String, Table, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.errors import StoreError
from digest.places import PartState
from digest.store.checked import Checked
from digest.store.engine import Database, needed_revision, revision
from digest.store.engine_checks import engine_checks, index_numbers, room, sizes
from digest.store.rows import DOCUMENT, EXCHANGE, ISSUE, MESSAGE, OVERLAY, PAPER, WRITING, load
from digest.store.search import entry_values, of_issue
from digest.store.tables import (
    Moment,
    documents,
    exchanges,
    feedback,
    issues,
    metadata,
    moment,
    overlays,
    papers,
    parts,
    search_entries,
    writings,
)

_NAMED = 3
"""How many rows are named where something is wrong with more."""
_WORTH_TELLING = 50 * 1024
"""Bytes below which a table is not told of by name."""
_SETTLES = timedelta(hours=1)
"""How long a part may be left `sending`: whoever goes on with its digest settles it by then."""
_BACKUP = "Put back a backup, or install the version of Rinko that wrote it."

Stored = tuple[Table, Column[Any], TypeAdapter[Any]]
"""A table, its column of JSON, and what that is of."""

_Cell = tuple[ColumnElement[Any], Callable[[Any], object]]
"""A column, and what reads its text."""

_STORED: tuple[Stored, ...] = (
    (papers, papers.c.data, PAPER),
    (documents, documents.c.data, DOCUMENT),
    (writings, writings.c.data, WRITING),
    (issues, issues.c.data, ISSUE),
    (exchanges, exchanges.c.data, EXCHANGE),
    (overlays, overlays.c.data, OVERLAY),
    (parts, parts.c.message, MESSAGE),
)
_POINTING: tuple[tuple[str, Table, ColumnElement[bool]], ...] = (
    ("readings of no paper", documents, documents.c.paper_key.not_in(select(papers.c.key))),
    ("writings of no paper", writings, writings.c.paper_key.not_in(select(papers.c.key))),
    ("answers on no paper", exchanges, exchanges.c.paper_key.not_in(select(papers.c.key))),
    ("ratings of no answer", feedback, feedback.c.exchange_id.not_in(select(exchanges.c.id))),
    ("messages without an id", parts, (parts.c.state != PartState.SENDING) & parts.c.message.is_(None)),
)


@dataclass(frozen=True)
class Checking:
    """Everything that can be wrong with a database, one finding after the other."""

    database: Database
    now: Callable[[], datetime]
    also: tuple[Stored, ...] = ()
    """Tables of others that hold JSON."""

    async def findings(self) -> AsyncIterator[Checked]:
        """What is found; where the tables are not those of this version, no rows are looked at."""
        try:
            found = await revision(self.database)
        except StoreError as error:
            yield Checked.fault("database", error)
            return
        async for finding in engine_checks(self.database, self.now):
            yield finding
        needed = needed_revision()
        yield of_revision(found, needed)
        if found != needed:
            return
        for about, look in (
            ("rows", self._rows),
            ("references", self._references),
            ("search index", self._index),
            ("messages", self._sending),
            ("size", self._size),
        ):
            try:
                yield await look(about)
            except StoreError as error:
                yield Checked.fault(about, error)
        if (space := room(self.database)) is not None:
            yield space

    async def _rows(self, about: str) -> Checked:
        """Whether every row can be read as what it is."""
        count, broken = 0, []
        for table, cells in _cells((*_STORED, *self.also)).items():
            key = table.primary_key.columns
            async with self.database.read() as connection:
                query = select(*key, *(column for column, _ in cells))
                async for row in await connection.stream(query):
                    count += 1
                    values = zip(cells, row[len(key) :], strict=True)
                    if not all(value is None or _is_one(value, read) for (_, read), value in values):
                        broken.append(f"{table.name} {'/'.join(map(str, row[: len(key)]))}")
        if broken:
            return Checked(about, False, f"{len(broken)} of {count} cannot be read: {_some(broken)}", _BACKUP)
        return Checked(about, True, f"all {count} can be read")

    async def _references(self, about: str) -> Checked:
        """Whether rows point to others that are there."""
        found = []
        async with self.database.read() as connection:
            for what, table, wrong in _POINTING:
                if count := await connection.scalar(select(func.count()).select_from(table).where(wrong)):
                    found.append(f"{count} {what}")
        if not found:
            return Checked(about, True, "all lead somewhere")
        hint = "They are never shown. Something deleted rows by hand, or a backup was not whole."
        return Checked(about, False, "; ".join(found), hint)

    async def _index(self, about: str) -> Checked:
        """Whether what is searched is what the issues say."""
        wrong: list[str] = []
        async with self.database.read() as connection:
            stored = list(await connection.scalars(select(issues.c.data).order_by(issues.c.week)))
            expected = 0
            for data in stored:
                issue = load(ISSUE, data)
                values = {row["paper_key"]: row for row in entry_values(issue)}
                expected += len(values)
                if await _entries(connection, of_issue(issue)) != values:
                    wrong.append(f"{issue.week} ({issue.language})")
            entries = set(await connection.scalars(select(search_entries.c.id)))
            indexed = await index_numbers(connection)
        if len(entries) > expected:
            wrong.append(f"{len(entries) - expected} entries of no issue")
        if entries != indexed:
            wrong.append(f"{len(entries ^ indexed)} entries that the index lacks or has too many")
        if not wrong:
            return Checked(about, True, f"in step with {len(stored)} issues, {expected} entries")
        hint = "`rinko digest build WEEK` makes a week's entries anew; `rinko db copy` all of them."
        return Checked(about, False, f"out of step: {_some(wrong)}", hint)

    async def _sending(self, about: str) -> Checked:
        """Whether a message has been left in the middle of being sent."""
        left = (parts.c.state == PartState.SENDING) & (parts.c.lease_until < self.now() - _SETTLES)
        columns = (parts.c.platform, parts.c.workspace, parts.c.channel, parts.c.week, parts.c.name)
        async with self.database.read() as connection:
            rows = [" ".join(row) for row in await connection.execute(select(*columns).where(left))]
        if not rows:
            return Checked(about, True, "none is left half sent")
        hint = "`rinko digest post WEEK` looks for each, and posts it where it is not there."
        return Checked(about, False, f"{len(rows)} may or may not have been posted: {_some(rows)}", hint)

    async def _size(self, about: str) -> Checked:
        """How much room the tables take."""
        async with self.database.read() as connection:
            total, tables = await sizes(connection)
        largest = sorted(tables.items(), key=lambda each: -each[1])
        told = ", ".join(f"{name} {_megabytes(size)}" for name, size in largest if size > _WORTH_TELLING)
        return Checked(about, True, f"{_megabytes(total)}: {told}" if told else _megabytes(total))


def _cells(stored: Sequence[Stored]) -> dict[Table, list[_Cell]]:
    """What can be no good in the rows of each table: its JSON, and its times."""
    found: dict[Table, list[_Cell]] = {}
    for table in metadata.sorted_tables:
        cells: list[_Cell] = [
            (column, partial(load, adapter)) for holder, column, adapter in stored if holder is table
        ]
        times = (column for column in table.columns if isinstance(column.type, Moment))
        cells += [(type_coerce(column, String).label(column.name), moment) for column in times]
        if cells:
            found[table] = cells
    return found


def _is_one(value: Any, read: Callable[[Any], object]) -> bool:
    try:
        read(value)
    except StoreError:
        return False
    return True


def of_revision(found: str | None, needed: str) -> Checked:
    """Pure: whether tables are those that this version of Rinko works with."""
    if found is None:
        return Checked("revision", False, "there are no tables", "They are made by `rinko db upgrade`.")
    if found == needed:
        return Checked("revision", True, found)
    words = f"{found}, and this version of Rinko needs {needed}"
    if found > needed:
        return Checked("revision", False, words, "Install the newer Rinko that made it.")
    return Checked("revision", False, words, "Make a backup, then run `rinko db upgrade`.")


async def _entries(
    connection: AsyncConnection, which: tuple[ColumnElement[bool], ...]
) -> dict[str, dict[str, Any]]:
    columns = [column for column in search_entries.c if column.name != "id"]
    rows = await connection.execute(select(*columns).where(*which))
    return {row.paper_key: dict(row._mapping) for row in rows}


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f", and {more} more" if more > 0 else "")


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:.1f} MB"
