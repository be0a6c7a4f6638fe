"""The ledger on a database: which part of which digest stands where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, or_, select, update

from digest.models import Message, PartKey, PartRow, PartState, Place, Week
from digest.store.engine import Database
from digest.store.rows import MESSAGE, at, dump, place_values, put
from digest.store.tables import parts


def _is(key: PartKey) -> ColumnElement[bool]:
    return and_(at(parts, key.place), parts.c.week == str(key.week), parts.c.name == key.name)


@dataclass(frozen=True)
class SqlLedger:
    """`digest.ports.Ledger` on a database."""

    database: Database

    async def rows(self, place: Place, week: Week) -> tuple[PartRow, ...]:
        """All parts of one week in one place."""
        query = select(parts).where(at(parts, place), parts.c.week == str(week)).order_by(parts.c.name)
        async with self.database.read() as connection:
            return tuple(_row(place, week, row) for row in await connection.execute(query))

    async def mark_sending(self, row: PartRow, now: datetime) -> bool:
        """Take a part for sending; False where another holder's lease on it still runs."""
        free = or_(
            parts.c.state != PartState.SENDING, parts.c.lease_until <= now, parts.c.holder == row.holder
        )
        values: dict[str, Any] = {
            **place_values(row.key.place),
            "week": str(row.key.week),
            "name": row.key.name,
            "state": PartState.SENDING,
            "content": row.content,
            "lease_until": row.lease_until,
            "holder": row.holder,
        }
        async with self.database.write() as connection:
            return await put(connection, parts, values, where=free) == 1

    async def mark_sent(self, key: PartKey, content: str, message: Message) -> None:
        """Record that a part stands in the place with this content."""
        await self._set(key, state=PartState.SENT, content=content, message=dump(MESSAGE, message))

    async def mark_retired(self, key: PartKey, content: str) -> None:
        """Record that a part gave way to a note."""
        await self._set(key, state=PartState.RETIRED, content=content)

    async def forget(self, key: PartKey) -> None:
        """Drop the record of a part."""
        async with self.database.write() as connection:
            await connection.execute(delete(parts).where(_is(key)))

    async def _set(self, key: PartKey, **values: Any) -> None:
        async with self.database.write() as connection:
            await connection.execute(update(parts).where(_is(key)).values(**values))


def _row(place: Place, week: Week, row: Row[Any]) -> PartRow:
    return PartRow(
        PartKey(place, week, row.name),
        PartState(row.state),
        row.content,
        row.lease_until,
        row.holder,
        MESSAGE.validate_json(row.message) if row.message else None,
    )
