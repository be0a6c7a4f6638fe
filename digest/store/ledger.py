"""The ledger on a database: which part of which digest stands where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, select, true, update

from digest.models import Week
from digest.places import Message, PartKey, PartRow, PartState, Place
from digest.store.engine import Database
from digest.store.rows import MESSAGE, dump, in_place, load, place_values, put
from digest.store.tables import deliveries, doubts, parts, retries
from digest.weeks import parse_week


def _is(key: PartKey, holder: str | None = None) -> ColumnElement[bool]:
    """The row of a part; given a holder, only while that one is sending it."""
    part = and_(in_place(parts, key.place), parts.c.week == str(key.week), parts.c.name == key.name)
    if holder is None:
        return part
    return and_(part, parts.c.state == PartState.SENDING, parts.c.holder == holder)


@dataclass(frozen=True)
class SqlLedger:
    """`digest.stores.Ledger` on a database."""

    database: Database

    async def rows(self, place: Place, week: Week) -> tuple[PartRow, ...]:
        """All parts of one week in one place."""
        query = select(parts).where(in_place(parts, place), parts.c.week == str(week)).order_by(parts.c.name)
        async with self.database.read() as connection:
            return tuple(_row(place, week, row) for row in await connection.execute(query))

    async def mark_sending(self, row: PartRow, seen: PartRow | None = None) -> bool:
        """Take a part for sending, if it still is as it was `seen`: not there at all, or being sent."""
        values: dict[str, Any] = {
            **place_values(row.key.place),
            "week": str(row.key.week),
            "name": row.key.name,
            "state": PartState.SENDING,
            "content": row.content,
            "lease_until": row.lease_until,
            "holder": row.holder,
        }
        if seen is None:
            async with self.database.write(durable=True) as connection:
                return await put(connection, parts, values, keep=True) == 1
        unchanged = and_(
            parts.c.state == PartState.SENDING,
            parts.c.lease_until == seen.lease_until,
            parts.c.holder == seen.holder,
        )
        async with self.database.write(durable=True) as connection:
            return await put(connection, parts, values, where=unchanged) == 1

    async def mark_sent(
        self, key: PartKey, content: str, message: Message, holder: str | None = None
    ) -> bool:
        """Record that a part stands in the place; given a holder, only while that one is sending it."""
        values = {
            "state": PartState.SENT,
            "content": content,
            "message_id": message.id,
            "message": dump(MESSAGE, message),
        }
        async with self.database.write() as connection:
            changed = await connection.execute(update(parts).where(_is(key, holder)).values(**values))
            return changed.rowcount == 1

    async def mark_retired(self, key: PartKey, content: str) -> None:
        """Record that a part gave way to a note."""
        await self._set(key, state=PartState.RETIRED, content=content)

    async def forget(self, key: PartKey, holder: str | None = None) -> None:
        """Drop the record of a part; given a holder, only while that one is sending it."""
        async with self.database.write() as connection:
            await connection.execute(delete(parts).where(_is(key, holder)))

    async def at(self, place: Place, message_id: str) -> PartKey | None:
        """The part that a message of a place is, None where it is none."""
        query = select(parts.c.week, parts.c.name).where(
            in_place(parts, place), parts.c.message_id == message_id
        )
        async with self.database.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else PartKey(place, parse_week(row.week), row.name)

    async def finish(self, place: Place, week: Week, at: datetime) -> None:
        """Record that a place has the whole digest of a week."""
        values = {**place_values(place), "week": str(week), "finished_at": at}
        async with self.database.write() as connection:
            await put(connection, deliveries, values, keep=True)

    async def finished(self, place: Place, week: Week) -> datetime | None:
        """When a place first had the whole digest of a week, None where it does not have it."""
        query = select(deliveries.c.finished_at).where(in_place(deliveries, place))
        async with self.database.read() as connection:
            found: datetime | None = await connection.scalar(query.where(deliveries.c.week == str(week)))
        return found

    async def finished_in(self, weeks: Collection[Week]) -> frozenset[tuple[Place, Week]]:
        """Which places have the whole digests of which of these weeks.

        When is not read: a time that is none in one channel's row must not hold up the others.
        """
        by_name = {str(week): week for week in weeks}
        query = select(*deliveries.primary_key.columns).where(deliveries.c.week.in_(by_name))
        async with self.database.read() as connection:
            return frozenset(
                (Place(row.platform, row.workspace, row.channel), by_name[row.week])
                for row in await connection.execute(query)
            )

    async def put_off(self, place: Place, until: datetime) -> None:
        """Record that delivery to a place failed and is not tried again before a time."""
        async with self.database.write() as connection:
            await put(connection, retries, {**place_values(place), "not_before": until})

    async def put_off_until(self) -> Mapping[Place, datetime]:
        """The places whose delivery was put off, and until when."""
        async with self.database.read() as connection:
            return {
                Place(row.platform, row.workspace, row.channel): row.not_before
                for row in await connection.execute(select(retries))
            }

    async def take_up(self, place: Place | None = None) -> None:
        """Record that nothing is put off any more: in one place, or anywhere."""
        which = true() if place is None else in_place(retries, place)
        async with self.database.write() as connection:
            await connection.execute(delete(retries).where(which))

    async def doubt(self, key: PartKey, at: datetime) -> None:
        """Record that one more copy of a part may still appear."""
        values = {**place_values(key.place), "week": str(key.week), "name": key.name, "at": at}
        async with self.database.write() as connection:
            await put(connection, doubts, values)

    async def believe(self, key: PartKey) -> None:
        """Drop one doubt, however new it is."""
        which = and_(in_place(doubts, key.place), doubts.c.week == str(key.week), doubts.c.name == key.name)
        async with self.database.write() as connection:
            await connection.execute(delete(doubts).where(which))

    async def doubts(self, place: Place, week: Week) -> Mapping[str, datetime]:
        """The parts of which one more copy may appear, by name, and since when."""
        query = select(doubts).where(in_place(doubts, place), doubts.c.week == str(week))
        async with self.database.read() as connection:
            return {row.name: row.at for row in await connection.execute(query)}

    async def doubted(self, before: datetime) -> tuple[tuple[Place, Week], ...]:
        """The places with the weeks of which something was last doubted before a time."""
        query = select(doubts.c.platform, doubts.c.workspace, doubts.c.channel, doubts.c.week)
        oldest = query.where(doubts.c.at <= before).distinct().order_by(*query.selected_columns)
        async with self.database.read() as connection:
            return tuple(
                (Place(row.platform, row.workspace, row.channel), parse_week(row.week))
                for row in await connection.execute(oldest)
            )

    async def settle(self, place: Place, week: Week, before: datetime) -> None:
        """Drop the doubts of a week in a place that are from before a time."""
        old = and_(in_place(doubts, place), doubts.c.week == str(week), doubts.c.at <= before)
        async with self.database.write() as connection:
            await connection.execute(delete(doubts).where(old))

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
        load(MESSAGE, row.message) if row.message else None,
    )
