"""What channels changed in their digests, and what people think of answers, on a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import and_, select

from digest.models import Rating, Week
from digest.places import Overlay, Place
from digest.store.engine import Database
from digest.store.rows import OVERLAY, dump, in_place, load, place_values, put
from digest.store.tables import feedback, overlays


@dataclass(frozen=True)
class SqlOverlays:
    """`digest.stores.Overlays` on a database."""

    database: Database

    async def get(self, place: Place, week: Week) -> Overlay:
        """What a channel changed in a week; an empty overlay where it changed nothing."""
        query = select(overlays.c.data).where(in_place(overlays, place), overlays.c.week == str(week))
        async with self.database.read() as connection:
            data = await connection.scalar(query)
        return Overlay() if data is None else load(OVERLAY, data)

    async def of_week(self, week: Week) -> Mapping[Place, Overlay]:
        """What channels changed in a week, by place, sorted."""
        named = (overlays.c.platform, overlays.c.workspace, overlays.c.channel)
        query = select(*named, overlays.c.data).where(overlays.c.week == str(week)).order_by(*named)
        async with self.database.read() as connection:
            rows = await connection.execute(query)
            return {Place(*row[:3]): load(OVERLAY, row.data) for row in rows}

    async def change(self, place: Place, week: Week, change: Callable[[Overlay], Overlay]) -> Overlay:
        """Put what `change` makes of an overlay in its place, in one step; the new one."""
        key = {**place_values(place), "week": str(week)}
        here = and_(in_place(overlays, place), overlays.c.week == str(week))
        async with self.database.write() as connection:
            # The row is there before it is read, so that it is locked against another process's change.
            await put(connection, overlays, {**key, "data": dump(OVERLAY, Overlay())}, keep=True)
            query = select(overlays.c.data).where(here).with_for_update()
            changed = change(load(OVERLAY, (await connection.execute(query)).scalar_one()))
            await put(connection, overlays, {**key, "data": dump(OVERLAY, changed)})
        return changed


@dataclass(frozen=True)
class SqlFeedback:
    """`digest.stores.Feedback` on a database."""

    database: Database

    async def rate(self, rating: Rating) -> None:
        """Keep a rating, in place of an earlier one by the same person."""
        async with self.database.write() as connection:
            await put(connection, feedback, asdict(rating))

    async def of(self, exchange_id: str) -> tuple[Rating, ...]:
        """All ratings of an answer, oldest first."""
        query = select(feedback).where(feedback.c.exchange_id == exchange_id)
        async with self.database.read() as connection:
            rows = await connection.execute(query.order_by(feedback.c.at, feedback.c.person))
            return tuple(Rating(**row._mapping) for row in rows)
