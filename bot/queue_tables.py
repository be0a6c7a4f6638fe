"""The tables of procrastinate, the job queue on PostgreSQL: makes them, connects to them, looks at them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.store.connecting import session_arguments
from digest.store.engine import BUSY_SECONDS, Database, one_at_a_time

if TYPE_CHECKING:  # what only PostgreSQL needs is loaded where it is used: it takes long
    from procrastinate.schema import SchemaManager
    from psycopg_pool import AsyncConnectionPool

_LOCK = "job tables"
_LEAST, _MOST = 1, 4
"""Connections of a process to the queue, beside the one that it listens on."""
_WAIT_SECONDS = 5.0
"""How long to wait for a connection before the database counts as away."""

# They stand beside Rinko's own, and are known by their prefix. Their version is kept as a comment, so
# that it goes wherever they go.
#
# `to_regclass` would not do: it remembers what was not there while it waits for the lock.
_VERSION = text(
    """SELECT coalesce(obj_description(oid, 'pg_class'), '') FROM pg_class
        WHERE relname = 'procrastinate_jobs' AND pg_table_is_visible(oid)"""
)
_STATE = text(
    """SELECT (SELECT max(last_heartbeat) FROM procrastinate_workers) AS heard_of,
              count(*) AS waiting, min(coalesce(job.scheduled_at, event.at)) AS since
         FROM procrastinate_jobs job
         LEFT JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
        WHERE job.status = 'todo' AND coalesce(job.scheduled_at, event.at) <= now()"""
)


@dataclass(frozen=True, slots=True)
class QueueState:
    """What the job tables say of the processes that run jobs."""

    heard_of: datetime | None
    """When a worker was last heard of; None where none was for long."""
    waiting: int
    """Jobs whose time has come, and which nobody has taken up."""
    since: datetime | None
    """When the first of them should have been."""


async def upgrade_queue(database: Database) -> bool:
    """Make the job tables, or bring them up to date; whether there was anything to do.

    Does nothing on SQLite, and leaves tables alone that a newer version made: it keeps what older
    ones need. Several processes may do it at once. Raises `StoreError`.
    """
    if await queue_is_current(database):
        return False
    while await _step(database):
        pass
    return True


async def queue_is_current(database: Database) -> bool:
    """Whether the job tables are as they have to be; SQLite needs none. Raises `StoreError`."""
    if not database.is_postgresql:
        return True
    async with database.read() as connection:
        return await _next(connection) is None


async def _step(database: Database) -> bool:
    """Run the next script, each in a transaction of its own, as some need; whether there was one."""
    async with database.write() as connection:
        await one_at_a_time(connection, _LOCK)
        found = await _next(connection)
        if found is None:
            return False
        version, script = found
        await connection.exec_driver_sql(script, execution_options={"no_parameters": True})
        await connection.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{version}'")
        return True


async def _next(connection: AsyncConnection) -> tuple[str, str] | None:
    """The script that has to be run next, and the version that the tables have then."""
    scripts = _migrations()
    version = await connection.scalar(_VERSION)
    if version is None:
        return scripts[-1].stem, _schemas().get_schema()
    later = (one for one in scripts if one.stem > version)
    return next(((one.stem, one.read_text(encoding="utf-8")) for one in later), None)


def _migrations() -> Sequence[Path]:
    """Procrastinate's own, in the order of their versions, which begin their names."""
    return sorted(Path(_schemas().get_migrations_path()).glob("*.sql"))


def _schemas() -> type[SchemaManager]:
    from procrastinate.schema import SchemaManager

    return SchemaManager


async def queue_state(database: Database) -> QueueState:
    """Who works, and what waits. Raises `StoreError`."""
    async with database.read() as connection:
        row = (await connection.execute(_STATE)).one()
    return QueueState(row.heard_of, row.waiting, row.since)


def queue_pool(database: Database) -> AsyncConnectionPool:
    """The connections by which procrastinate reaches the database; none before the pool is opened."""
    from psycopg_pool import AsyncConnectionPool

    # It tells of every failed attempt, as often as it tries; we tell it once.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    address = database.engine.url
    _, arguments = database.engine.dialect.create_connect_args(address)
    del arguments["context"]  # types of SQLAlchemy's
    return AsyncConnectionPool(
        kwargs={**arguments, **session_arguments(address, BUSY_SECONDS)},
        min_size=_LEAST,
        max_size=_MOST,
        timeout=_WAIT_SECONDS,
        reconnect_timeout=_WAIT_SECONDS,  # or it would wait longer and longer, also when all is well again
        check=AsyncConnectionPool.check_connection,
        open=False,
        name="rinko-jobs",
    )
