"""The smaller stores on a database: subscriptions, exchanges, spending, journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, delete, func, select, update

from digest.accounts import JournalEntry, Usage
from digest.models import Exchange
from digest.places import Layout, Place, Subscription
from digest.searchtext import fold
from digest.store.engine import Database
from digest.store.rows import EXCHANGE, dump, in_place, load, place_values, put
from digest.store.tables import exchanges, journal, subscriptions, usages
from digest.weeks import parse_week


@dataclass(frozen=True)
class SqlSubscriptions:
    """`digest.stores.Subscriptions` on a database."""

    database: Database

    async def all(self) -> tuple[Subscription, ...]:
        """Every subscribed channel, sorted by place."""
        query = select(subscriptions).order_by(*subscriptions.primary_key.columns)
        async with self.database.read() as connection:
            return tuple(
                Subscription(
                    Place(row.platform, row.workspace, row.channel),
                    row.language,
                    row.post_at,
                    row.timezone,
                    cast(Layout, row.layout),
                    since=row.since,
                )
                for row in await connection.execute(query)
            )

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
                },
            )

    async def drop(self, place: Place) -> None:
        """Unsubscribe a channel."""
        async with self.database.write() as connection:
            await connection.execute(delete(subscriptions).where(in_place(subscriptions, place)))


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

    async def shared(self, paper_key: str, question: str, language: str, basis: str) -> Exchange | None:
        """An answer to the same question on the same basis that may be given to others."""
        query = (
            select(exchanges.c.data)
            .where(
                exchanges.c.paper_key == paper_key,
                exchanges.c.folded == fold(question),
                exchanges.c.language == language,
                exchanges.c.basis == basis,
                exchanges.c.shareable,
            )
            .order_by(exchanges.c.at.desc())
            .limit(1)
        )
        async with self.database.read() as connection:
            data = await connection.scalar(query)
        return None if data is None else load(EXCHANGE, data)

    async def forget(self, asker: str) -> int:
        """Delete all that one person asked; how many there were."""
        async with self.database.write() as connection:
            return (await connection.execute(delete(exchanges).where(exchanges.c.asker == asker))).rowcount


@dataclass(frozen=True)
class SqlSpending:
    """`digest.stores.Spending` on a database."""

    database: Database

    async def reserve(self, usage: Usage, ceilings: Sequence[tuple[datetime, int, str | None]]) -> bool:
        """Record a reservation unless the total since a time would pass a ceiling."""
        asked = usage.input_tokens + usage.output_tokens
        async with self.database.write() as connection:
            for since, ceiling, asker in ceilings:
                # Reserving again what is reserved already does not count twice.
                taken = await connection.scalar(_total(since, asker).where(usages.c.id != usage.id))
                if int(taken or 0) + asked > ceiling:
                    return False
            await put(connection, usages, asdict(usage))
        return True

    async def settle(self, usage: Usage) -> None:
        """Put what a call really took in place of its reservation."""
        values = {**asdict(usage), "settled": True}
        async with self.database.write() as connection:
            await connection.execute(update(usages).where(usages.c.id == usage.id).values(**values))

    async def tokens(self, since: datetime, asker: str | None = None) -> int:
        """Tokens taken and reserved since a time."""
        async with self.database.read() as connection:
            return int(await connection.scalar(_total(since, asker)) or 0)

    async def costs(self, since: datetime) -> tuple[Usage, ...]:
        """All calls since a time, oldest first."""
        query = select(usages).where(usages.c.at >= since).order_by(usages.c.at, usages.c.id)
        async with self.database.read() as connection:
            return tuple(Usage(**row._mapping) for row in await connection.execute(query))


def _total(since: datetime, asker: str | None) -> Any:
    query = select(func.sum(usages.c.input_tokens + usages.c.output_tokens)).where(usages.c.at >= since)
    return query if asker is None else query.where(usages.c.asker == asker)


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
    return JournalEntry(row.at, row.place, row.actor, row.act, row.detail, row.failed, week)
