"""Deletes records that have had their time, and what was brought to conversations, with all made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.store.engine import Database
from digest.store.tables import documents, exchanges, feedback, journal, papers, usages, writings
from digest.stores import RecordKind

BATCH = 500
"""How many rows one transaction deletes: others who write wait for it."""

_TABLES: dict[RecordKind, Table] = {
    "exchanges": exchanges,
    "feedback": feedback,
    "journal": journal,
    "usages": usages,
}


@dataclass(frozen=True)
class SqlRecords:
    """`digest.stores.Records` on a database."""

    database: Database
    batch: int = BATCH

    async def purge(self, kind: RecordKind, before: datetime) -> int:
        """Delete the records of a kind from before a time, a batch at a time; how many there were."""
        count = 0
        while True:
            deleted = await self.database.transact(
                lambda connection: self._delete_some(connection, _TABLES[kind], before)
            )
            count += deleted
            if deleted < self.batch:
                return count

    async def _delete_some(self, connection: AsyncConnection, table: Table, before: datetime) -> int:
        """Delete the oldest, as many as one transaction may; with an exchange goes what was said of it."""
        key: Column[Any] = next(iter(table.primary_key.columns))
        oldest = select(key).where(table.c.at < before).order_by(table.c.at).limit(self.batch)
        keys = list(await connection.scalars(oldest))
        if table is exchanges:
            await connection.execute(delete(feedback).where(feedback.c.exchange_id.in_(keys)))
        await connection.execute(delete(table).where(key.in_(keys), table.c.at < before))
        return len(keys)


async def delete_uploads(connection: AsyncConnection, keys: Sequence[str]) -> int:
    """Delete papers that were brought to conversations, with all made from them; how many there were."""
    asked = select(exchanges.c.id).where(exchanges.c.paper_key.in_(keys))
    await connection.execute(delete(feedback).where(feedback.c.exchange_id.in_(asked)))
    for column in (documents.c.paper_key, writings.c.paper_key, exchanges.c.paper_key, papers.c.key):
        await connection.execute(delete(column.table).where(column.in_(keys)))
    return len(keys)
