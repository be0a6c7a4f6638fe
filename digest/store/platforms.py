"""What platforms need remembered: events taken up, long button values, workspaces that were left."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.store.engine import Database
from digest.store.rows import begins, put
from digest.store.tables import (
    button_values,
    deliveries,
    departures,
    documents,
    doubts,
    events,
    exchanges,
    feedback,
    journal,
    overlays,
    papers,
    parts,
    retries,
    subscriptions,
    usages,
    writings,
)

_TOKEN_CHARACTERS = 32


@dataclass(frozen=True)
class SqlEvents:
    """`digest.stores.Events` on a database."""

    database: Database

    async def once(self, event_id: str, at: datetime) -> bool:
        """Whether an event comes for the first time; asking is taking it up."""
        async with self.database.write() as connection:
            return await put(connection, events, {"id": event_id, "at": at}, keep=True) == 1

    async def give_back(self, event_id: str) -> None:
        """Let an event come for the first time again, where what it asked for failed."""
        async with self.database.write() as connection:
            await connection.execute(delete(events).where(events.c.id == event_id))

    async def tidy(self, before: datetime) -> None:
        """Forget events taken up before a time."""
        async with self.database.write() as connection:
            await connection.execute(delete(events).where(events.c.at < before))


@dataclass(frozen=True)
class SqlButtonValues:
    """`digest.stores.ButtonValues` on a database."""

    database: Database

    async def keep(self, value: str, at: datetime) -> str:
        """A token of 32 characters that stands for a value; the same for the same value."""
        token = hashlib.sha256(value.encode()).hexdigest()[:_TOKEN_CHARACTERS]
        async with self.database.write() as connection:
            await put(connection, button_values, {"token": token, "value": value, "at": at}, keep=True)
        return token

    async def get(self, token: str) -> str | None:
        """The value that a token stands for."""
        query = select(button_values.c.value).where(button_values.c.token == token)
        async with self.database.read() as connection:
            found: str | None = await connection.scalar(query)
        return found


@dataclass(frozen=True)
class SqlWorkspaces:
    """`digest.stores.Workspaces` on a database."""

    database: Database

    async def leave(self, platform: str, workspace: str, at: datetime) -> None:
        """Record that the bot was removed from a workspace; the first time counts."""
        values = {"platform": platform, "workspace": workspace, "left_at": at}
        async with self.database.write() as connection:
            await put(connection, departures, values, keep=True)

    async def come_back(self, platform: str, workspace: str) -> None:
        """Record that the bot is in a workspace (again)."""
        there = and_(departures.c.platform == platform, departures.c.workspace == workspace)
        async with self.database.write() as connection:
            await connection.execute(delete(departures).where(there))

    async def known(self, platform: str) -> tuple[str, ...]:
        """The workspaces in which something was posted or set, sorted."""
        posted = select(parts.c.workspace).where(parts.c.platform == platform)
        chosen = select(subscriptions.c.workspace).where(subscriptions.c.platform == platform)
        async with self.database.read() as connection:
            return tuple(sorted(await connection.scalars(posted.union(chosen))))

    async def purge(self, before: datetime) -> tuple[str, ...]:
        """Delete all that belongs to workspaces left before a time; their names."""
        query = select(departures.c.platform, departures.c.workspace).where(departures.c.left_at < before)

        async def work(connection: AsyncConnection) -> tuple[str, ...]:
            left = [
                (row.platform, row.workspace)
                # Locked, so that one that comes back meanwhile waits, and of two who purge one does it.
                for row in await connection.execute(query.with_for_update())
            ]
            for platform, workspace in left:
                await _delete_all_of(connection, platform, workspace)
            return tuple(f"{platform}/{workspace}" for platform, workspace in left)

        return await self.database.transact(work)


async def _delete_all_of(connection: AsyncConnection, platform: str, workspace: str) -> None:
    """Delete what was posted, set and asked in a workspace, and what was brought to it."""
    named = f"{platform}/{workspace}/"
    brought = list(await connection.scalars(select(papers.c.key).where(begins(papers.c.conversation, named))))
    for column in (documents.c.paper_key, writings.c.paper_key, exchanges.c.paper_key, papers.c.key):
        await connection.execute(delete(column.table).where(column.in_(brought)))
    for table in (parts, deliveries, doubts, retries, subscriptions, overlays, departures):
        whose = and_(table.c.platform == platform, table.c.workspace == workspace)
        await connection.execute(delete(table).where(whose))
    for column in (
        exchanges.c.asker,
        exchanges.c.conversation,
        usages.c.asker,
        feedback.c.place,
        journal.c.place,
    ):
        await connection.execute(delete(column.table).where(begins(column, named)))
