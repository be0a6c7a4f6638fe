"""What the database tells of how Rinko does, each in one query however many channels there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from digest.places import PartState, Place
from digest.store.engine import Database
from digest.store.rows import put
from digest.store.tables import deliveries, events, issues, journal, parts, usages

_PROBE = "probe"
"""The row that is written to see whether anything can be."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls of a model took together."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost: float


@dataclass(frozen=True)
class SqlFigures:
    """Asks the database; all its methods raise `StoreError`."""

    database: Database

    async def write(self, now: datetime) -> None:
        """Write a little, to see whether that can be done: a full disk still lets everything be read."""
        async with self.database.write() as connection:
            await put(connection, events, {"id": _PROBE, "at": now})

    async def last_finished(self, selection: str) -> Mapping[Place, datetime]:
        """When each place last had a whole digest."""
        weeks = select(issues.c.week).where(issues.c.selection == selection)
        place = (deliveries.c.platform, deliveries.c.workspace, deliveries.c.channel)
        query = select(*place, func.max(deliveries.c.finished_at)).where(deliveries.c.week.in_(weeks))
        async with self.database.read() as connection:
            rows = await connection.execute(query.group_by(*place))
            return {Place(*named): at for *named, at in rows}

    async def sending(self, now: datetime) -> Mapping[str, tuple[int, int]]:
        """By platform: messages being sent now, and those among them whose lease has run out."""
        left = func.sum(case((parts.c.lease_until < now, 1), else_=0))
        query = select(parts.c.platform, func.count(), left).where(parts.c.state == PartState.SENDING)
        async with self.database.read() as connection:
            rows = await connection.execute(query.group_by(parts.c.platform))
            return {platform: (int(count), int(late)) for platform, count, late in rows}

    async def failures(self, since: datetime) -> Mapping[tuple[str, str], int]:
        """By place and kind of error: what failed since a time, in any process."""
        query = select(journal.c.place, journal.c.detail, func.count()).where(
            journal.c.failed, journal.c.at >= since
        )
        found: Counter[tuple[str, str]] = Counter()
        async with self.database.read() as connection:
            for place, detail, count in await connection.execute(query.group_by(*query.selected_columns[:2])):
                found[place, detail.partition(":")[0]] += int(count)
        return found

    async def spent(self, since: datetime) -> Mapping[str, Spent]:
        """By purpose: what calls of a model took since a time, those under way as what they reserved."""
        tokens = (func.sum(usages.c.input_tokens), func.sum(usages.c.output_tokens))
        query = select(usages.c.purpose, func.count(), *tokens, func.sum(func.coalesce(usages.c.cost, 0.0)))
        async with self.database.read() as connection:
            rows = await connection.execute(query.where(usages.c.at >= since).group_by(usages.c.purpose))
            return {
                purpose: Spent(int(calls), int(given), int(got), float(cost))
                for purpose, calls, given, got, cost in rows
            }
