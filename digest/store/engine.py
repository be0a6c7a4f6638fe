"""Opens the database, brings its tables up to date, and says clearly why it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from digest.errors import StoreError

_MIGRATIONS = Path(__file__).with_name("migrations")
BUSY_SECONDS = 15.0
"""How long a connection waits for another one to finish writing."""


@dataclass(frozen=True)
class Database:
    """An open database. `read` sees committed rows; `write` is one transaction."""

    engine: AsyncEngine
    turn: AbstractAsyncContextManager[object] = field(default_factory=nullcontext, repr=False)
    """Held while writing. SQLite has one writer at a time and lets who waits try again at random
    moments, so that of many in one process some would wait until they give up: they queue instead."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading. Raises `StoreError`."""
        with _clear_errors():
            async with self.engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: all of it is kept, or, when anything is raised, nothing. `StoreError`."""
        with _clear_errors():
            async with self.turn, self.engine.connect() as connection:
                await connection.execution_options(write=True)
                async with connection.begin():
                    yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


class _clear_errors:  # noqa: N801 - reads as a statement
    """Turns what the driver raises into one clear error; the data are as they were."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Name the trouble in words."""
        if isinstance(error, DatabaseError):
            raise _store_error(error) from error
        if isinstance(error, PoolTimeout):
            raise StoreError("The database is too busy to answer.", hint="Try again later.") from error


def _store_error(error: DatabaseError) -> StoreError:
    text = str(error.orig).lower()
    if "no such table" in text or "does not exist" in text or "no such column" in text:
        return StoreError("The database's tables are not up to date.", hint="Run `rinko db upgrade`.")
    if "disk is full" in text or "no space left" in text:
        return StoreError("The disk is full; nothing was changed.", hint="Free some space and try again.")
    if "locked" in text or "busy" in text:
        return StoreError("The database is locked by another program.", hint="Close it and try again.")
    if "malformed" in text or "not a database" in text or "corrupt" in text:
        return StoreError(
            "The database file is damaged; nothing was written to it.",
            hint="Put back a backup, or move the file away to begin anew.",
        )
    if "readonly" in text or "unable to open" in text:
        return StoreError("The database file cannot be written.", hint="Check the folder and its rights.")
    return StoreError(f"The database answered: {error.orig}")


def _make_room(path: Path) -> None:
    """The folder for a database file. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise StoreError(f"{path} is a folder.", hint="Name the database file itself: a path to rinko.db.")


def open_database(url: str, busy_seconds: float = BUSY_SECONDS) -> Database:
    """A database at an SQLAlchemy address; nothing is read or written yet. Raises `StoreError`.

    `busy_seconds` is how long to wait while another program is writing.
    """
    try:
        parsed = make_url(url)
        if parsed.drivername == "sqlite":
            parsed = parsed.set(drivername="sqlite+aiosqlite")
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            _make_room(Path(str(parsed.database)))
        engine = create_async_engine(parsed)
    except ModuleNotFoundError as error:
        raise StoreError(
            f"The driver {error.name} for this database is not installed.",
            hint="SQLite needs none: sqlite+aiosqlite:///path/to/rinko.db.",
        ) from error
    except ArgumentError as error:
        raise StoreError(
            "The database address is not one.", hint="Write it as sqlite+aiosqlite:///path/to/rinko.db."
        ) from error
    except OSError as error:
        raise StoreError(
            f"The folder of the database cannot be made: {error.filename} ({error.strerror}).",
            hint="Choose another data_dir or database.url.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, busy_seconds))
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return Database(engine, asyncio.Lock())
    return Database(engine)


def _prepare_sqlite(busy_seconds: float, connection: Any, _: object) -> None:
    """Readers beside one writer, waiting instead of failing, and transactions begun by us.

    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-serializable
    """
    connection.isolation_level = None
    try:
        _set_pragmas(connection, busy_seconds)
    except Exception:
        connection.close()  # nobody else knows of it yet
        raise


def _set_pragmas(connection: Any, busy_seconds: float) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once, so that reading and then writing is one step."""
    writes = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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
        with _clear_errors():
            async with database.engine.connect() as connection:
                await connection.execution_options(write=True)
                async with connection.begin():
                    await connection.run_sync(lambda sync: _run_upgrade(config, sync))
    return before, str(head)


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
