"""Opens the database: a file of SQLite's, or a database on a PostgreSQL server."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from digest.errors import StoreError
from digest.store.address import parse_address
from digest.store.connecting import make_engine
from digest.store.faults import clear_errors, lost_to_rivals

T = TypeVar("T")

_MIGRATIONS = Path(__file__).with_name("migrations")
BUSY_SECONDS = 15.0
"""How long a connection waits for another one to finish writing."""
_ATTEMPTS = 8
_STEP_BACK_SECONDS = 0.02


@dataclass(frozen=True)
class Database:
    """An open database. `read` sees the rows as they were at one moment; `write` is one transaction."""

    engine: AsyncEngine
    turn: AbstractAsyncContextManager[object] = field(default_factory=nullcontext, repr=False)
    """Held while writing. SQLite has one writer at a time and lets who waits try again at random
    moments, so that of many in one process some would wait until they give up: they queue instead."""

    @property
    def is_postgresql(self) -> bool:
        """Whether it is a database on a PostgreSQL server, which many write to at once."""
        return self.engine.dialect.name == "postgresql"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading: all it reads is of one moment. Raises `StoreError`."""
        with clear_errors():
            async with self.engine.connect() as connection:
                if self.is_postgresql:
                    await connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                yield connection

    @asynccontextmanager
    async def write(self, *, durable: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction: all of it is kept, or, when anything is raised, nothing. `StoreError`.

        One that is `durable`, and all before it, outlives a loss of power; on PostgreSQL each does.

        On PostgreSQL others write at the same time, and each statement sees what they have
        committed: what reads first and then writes locks the row it reads, or calls `one_at_a_time`.
        """
        with clear_errors():
            async with self.turn, self.engine.connect() as connection:
                await connection.execution_options(write=True, durable=durable)
                async with connection.begin():
                    yield connection

    async def transact(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work` in one `write`; again where PostgreSQL undid it for the sake of another's.

        For what locks several rows, so that two such transactions may wait for each other.
        `work` must be fit to be done again. Raises `StoreError`.
        """
        for attempt in range(_ATTEMPTS - 1):
            try:
                async with self.write() as connection:
                    return await work(connection)
            except StoreError as error:
                if not lost_to_rivals(error):
                    raise
                # Whoever waited for what was let go now must have it before this one asks again.
                await asyncio.sleep(_STEP_BACK_SECONDS * 2**attempt)
        async with self.write() as connection:
            return await work(connection)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


async def one_at_a_time(connection: AsyncConnection, what: str) -> None:
    """Wait until no other transaction, of any process, is past this line for the same `what`.

    It holds until the transaction ends. On SQLite `Database.write` has seen to it already.
    """
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], signed=True)
        await connection.execute(select(func.pg_advisory_xact_lock(number)))


async def unhurried(connection: AsyncConnection) -> None:
    """Let a transaction take its time, as one that changes or copies whole tables."""
    if connection.dialect.name == "postgresql":
        for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            await connection.exec_driver_sql(f"SET LOCAL {limit} = 0")


def open_database(url: str, busy_seconds: float = BUSY_SECONDS) -> Database:
    """A database at an SQLAlchemy address; nothing is read or written yet. Raises `StoreError`.

    `busy_seconds` is how long to wait while another program is writing.
    """
    engine = make_engine(parse_address(url), busy_seconds)
    return Database(engine) if engine.dialect.name == "postgresql" else Database(engine, asyncio.Lock())


def _alembic(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    return config


async def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the tables up to date; the revisions before and after.

    Raises `StoreError` where the database was made by a newer Rinko: nothing is changed then.
    """
    config = _alembic(str(database.engine.url))
    head = ScriptDirectory.from_config(config).get_current_head()
    before = await revision(database)
    if before != head:
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if before is not None and before not in known:
            raise StoreError(
                f"The database was made by a newer Rinko (revision {before}).",
                hint="Install that version; nothing was changed.",
            )
        with clear_errors():
            async with database.engine.connect() as connection:
                await connection.execution_options(write=True)
                async with connection.begin():
                    await _check_encoding(connection)
                    await unhurried(connection)
                    await one_at_a_time(connection, "upgrade")
                    await connection.run_sync(lambda sync: _run_upgrade(config, sync))
    return before, str(head)


async def _check_encoding(connection: AsyncConnection) -> None:
    if connection.dialect.name != "postgresql":
        return
    if await connection.scalar(text("SHOW server_encoding")) != "UTF8":
        raise StoreError(
            "The PostgreSQL database does not keep text as UTF-8.",
            hint="Make it with `createdb --encoding=UTF8 --template=template0`.",
        )


def _run_upgrade(config: Config, connection: Connection) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def revision(database: Database) -> str | None:
    """The revision of the tables, or None in an empty database. Raises `StoreError`."""
    async with database.read() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def is_current(database: Database) -> bool:
    """Whether the tables are those this version of Rinko needs."""
    head = await asyncio.to_thread(
        lambda: ScriptDirectory.from_config(_alembic(str(database.engine.url))).get_current_head()
    )
    return await revision(database) == head


@cache
def needed_revision() -> str:
    """The revision of the tables that this version of Rinko works with."""
    return str(ScriptDirectory.from_config(_alembic("")).get_current_head())
