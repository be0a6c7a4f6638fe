"""The smaller stores on a database: subscriptions, exchanges, spending, journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.accounts import Ceiling, JournalEntry, Usage
from digest.models import Exchange
from digest.places import FollowUps, Layout, Place, Subscription
from digest.searchtext import fold
from digest.store.engine import Database, one_at_a_time
from digest.store.rows import EXCHANGE, begins, dump, in_place, load, place_values, put
from digest.store.tables import exchanges, feedback, journal, papers, subscriptions, usages
from digest.weeks import parse_week


@dataclass(frozen=True)
class SqlSubscriptions:
    """`digest.stores.Subscriptions` on a database."""

    database: Database

    async def all(self) -> tuple[Subscription, ...]:
        """Every subscribed channel, sorted by place."""
        query = select(subscriptions).order_by(*subscriptions.primary_key.columns)
        async with self.database.read() as connection:
            return tuple(_subscription(row) for row in await connection.execute(query))

    async def get(self, place: Place) -> Subscription | None:
        """How a channel is subscribed, None where it is not."""
        query = select(subscriptions).where(in_place(subscriptions, place))
        async with self.database.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _subscription(row)

    async def set(self, subscription: Subscription) -> None:
        """Subscribe a channel, or change how it is subscribed."""
        async with self.database.write() as connection:
            await put(
                connection,
                subscriptions,
                {
                    **place_values(subscription.place),
                    "language": subscription.language,
                    "post_at": subscription.post_at,
                    "timezone": subscription.timezone,
                    "layout": subscription.layout,
                    "since": subscription.since,
                    "moved_at": subscription.moved_at,
                    "approval": subscription.approval,
                    "follow_ups": subscription.follow_ups,
                    "contact": subscription.contact,
                    "paused": subscription.paused,
                },
            )

    async def drop(self, place: Place) -> None:
        """Unsubscribe a channel."""
        async with self.database.write() as connection:
            await connection.execute(delete(subscriptions).where(in_place(subscriptions, place)))


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        Place(row.platform, row.workspace, row.channel),
        row.language,
        row.post_at,
        row.timezone,
        cast(Layout, row.layout),
        since=row.since,
        moved_at=row.moved_at,
        approval=row.approval,
        follow_ups=cast(FollowUps, row.follow_ups),
        contact=row.contact,
        paused=row.paused,
    )


@dataclass(frozen=True)
class SqlExchanges:
    """`digest.stores.Exchanges` on a database."""

    database: Database

    async def keep(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        async with self.database.write() as connection:
            await put(
                connection,
                exchanges,
                {
                    "id": exchange.id,
                    "paper_key": exchange.paper_key,
                    "conversation": exchange.conversation,
                    "asker": exchange.asker,
                    "at": exchange.at,
                    "shareable": exchange.shareable,
                    "from_store": exchange.from_store,
                    "folded": fold(exchange.question),
                    "language": exchange.language,
                    "basis": exchange.basis,
                    "data": dump(EXCHANGE, exchange),
                },
            )

    async def get(self, exchange_id: str) -> Exchange | None:
        """An exchange by its id."""
        query = select(exchanges.c.data).where(exchanges.c.id == exchange_id)
        async with self.database.read() as connection:
            data = await connection.scalar(query)
        return None if data is None else load(EXCHANGE, data)

    async def thread(self, conversation: str, paper_key: str, limit: int) -> tuple[Exchange, ...]:
        """The latest exchanges of a conversation on one paper, oldest first."""
        query = (
            select(exchanges.c.data)
            .where(exchanges.c.conversation == conversation, exchanges.c.paper_key == paper_key)
            .order_by(exchanges.c.at.desc())
            .limit(limit)
        )
        async with self.database.read() as connection:
            latest = [load(EXCHANGE, data) for data in await connection.scalars(query)]
        return tuple(reversed(latest))

    async def shared(
        self, paper_key: str, question: str, language: str, basis: str, whose: str = ""
    ) -> Exchange | None:
        """An answer to the same question on the same basis that may be given to others."""
        query = (
            select(exchanges.c.data)
            .where(
                exchanges.c.paper_key == paper_key,
                exchanges.c.folded == fold(question),
                exchanges.c.language == language,
                exchanges.c.basis == basis,
                exchanges.c.shareable,
                begins(exchanges.c.asker, whose),
            )
            .order_by(exchanges.c.at.desc())
            .limit(1)
        )
        async with self.database.read() as connection:
            data = await connection.scalar(query)
        return None if data is None else load(EXCHANGE, data)

    async def forget(self, asker: str) -> int:
        """Delete all that one person asked, with what was said of it; how many there were."""
        asked = select(exchanges.c.id).where(exchanges.c.asker == asker)
        said = or_(feedback.c.person == asker, feedback.c.exchange_id.in_(asked))

        async def work(connection: AsyncConnection) -> int:
            await connection.execute(delete(feedback).where(said))
            return (await connection.execute(delete(exchanges).where(exchanges.c.asker == asker))).rowcount

        return await self.database.transact(work)

    async def latest_paper(self, conversation: str) -> str | None:
        """The key of the paper that a conversation was last about, or that was last brought to it."""
        asked = select(exchanges.c.paper_key, exchanges.c.at).where(exchanges.c.conversation == conversation)
        brought = select(papers.c.key, papers.c.kept_at).where(papers.c.conversation == conversation)
        async with self.database.read() as connection:
            last = (await connection.execute(asked.order_by(exchanges.c.at.desc()).limit(1))).first()
            came = (await connection.execute(brought.order_by(papers.c.kept_at.desc()).limit(1))).first()
        return max((row for row in (last, came) if row), key=lambda row: row[1], default=(None,))[0]

    async def count(self, asker: str, since: datetime) -> int:
        """Questions since a time by a person, or with `PLATFORM/WORKSPACE/` by all of a workspace."""
        whose = exchanges.c.asker == asker
        if asker.endswith("/"):
            whose = begins(exchanges.c.asker, asker)
        query = select(func.count()).where(whose, exchanges.c.at >= since, ~exchanges.c.from_store)
        async with self.database.read() as connection:
            return int(await connection.scalar(query) or 0)


@dataclass(frozen=True)
class SqlSpending:
    """`digest.stores.Spending` on a database."""

    database: Database

    async def reserve(self, usage: Usage, ceilings: Sequence[Ceiling]) -> Ceiling | None:
        """Record a reservation, unless it would pass a ceiling: then that one, and nothing recorded."""
        async with self.database.write() as connection:
            await one_at_a_time(connection, "usages")  # else two would not see each other's reservations
            for ceiling in ceilings:
                # Reserving again what is reserved already does not count twice.
                taken = await connection.scalar(_total(ceiling).where(usages.c.id != usage.id))
                if (taken or 0) + _asked(usage, ceiling) > ceiling.most + _ROUNDING:
                    return ceiling
            await put(connection, usages, asdict(usage))
        return None

    async def settle(self, usage: Usage) -> None:
        """Put what a call really took in place of its reservation."""
        async with self.database.write() as connection:
            await put(connection, usages, {**asdict(usage), "settled": True})

    async def release(self, usage_id: str) -> None:
        """Take a reservation back, for a call that was never made; what was settled stays."""
        async with self.database.write() as connection:
            await connection.execute(delete(usages).where(usages.c.id == usage_id, ~usages.c.settled))

    async def tokens(self, since: datetime, asker: str | None = None) -> int:
        """Tokens taken and reserved since a time."""
        query = _since(select(func.sum(_TOKENS)), since, asker)
        async with self.database.read() as connection:
            return int(await connection.scalar(query) or 0)

    async def costs(self, since: datetime) -> tuple[Usage, ...]:
        """All calls since a time, oldest first."""
        return await self._usages(usages.c.at >= since)

    async def about(self, subjects: Sequence[str]) -> tuple[Usage, ...]:
        """All calls about papers or weeks, oldest first; those of askers are not among them."""
        return await self._usages(and_(usages.c.subject.in_(subjects), usages.c.asker.is_(None)))

    async def _usages(self, which: ColumnElement[bool]) -> tuple[Usage, ...]:
        query = select(usages).where(which).order_by(usages.c.at, usages.c.id)
        async with self.database.read() as connection:
            return tuple(Usage(**row._mapping) for row in await connection.execute(query))


_TOKENS = usages.c.input_tokens + usages.c.output_tokens
_ROUNDING = 1e-9
"""By how much sums of costs may be off: 0.1 + 0.2 is more than 0.3."""


def _total(ceiling: Ceiling) -> Select[Any]:
    """What counts towards a ceiling."""
    what = _TOKENS if ceiling.unit == "tokens" else usages.c.cost
    return _since(select(func.sum(what)), ceiling.since, ceiling.asker)


def _since(query: Select[Any], since: datetime, asker: str | None) -> Select[Any]:
    query = query.where(usages.c.at >= since)
    return query if asker is None else query.where(usages.c.asker == asker)


def _asked(usage: Usage, ceiling: Ceiling) -> float:
    """What a call adds to what is counted by a ceiling."""
    return usage.input_tokens + usage.output_tokens if ceiling.unit == "tokens" else usage.cost or 0.0


@dataclass(frozen=True)
class SqlJournal:
    """`digest.stores.Journal` on a database."""

    database: Database

    async def record(self, entry: JournalEntry) -> None:
        """Write one line."""
        values = {**asdict(entry), "week": str(entry.week) if entry.week else None}
        async with self.database.write() as connection:
            await connection.execute(journal.insert().values(**values))

    async def latest(self, place: str, limit: int) -> tuple[JournalEntry, ...]:
        """The latest lines about one place, newest first."""
        query = select(journal).where(journal.c.place == place).order_by(journal.c.id.desc()).limit(limit)
        async with self.database.read() as connection:
            return tuple(_journal_entry(row) for row in await connection.execute(query))


def _journal_entry(row: Row[Any]) -> JournalEntry:
    week = parse_week(row.week) if row.week else None
    return JournalEntry(row.at, row.place, row.actor, row.act, row.detail, row.failed, week, row.reference)
