"""Connects to each engine as Rinko needs it: time limits, a pool, SQLite's one writer."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from digest.errors import StoreError
from digest.store.same_file import SameFile
from digest.store.storable import keep_storable

_STATEMENT_SECONDS = 60.0
_IDLE_SECONDS = 10.0
"""How long a transaction may do nothing: shorter than others wait for its locks, so that a process
that stands still in the midst of one does not make theirs fail."""
_POOL = 5
_OVERFLOW = 5
"""Ten connections a process at most: PostgreSQL gives out 100 unless it is told otherwise."""


def make_engine(address: URL, busy_seconds: float) -> AsyncEngine:
    """An engine that is not connected yet. Raises `StoreError` where a file cannot have its folder."""
    make = _postgresql if address.get_backend_name() == "postgresql" else _sqlite
    engine = make(address, busy_seconds)
    event.listen(engine.sync_engine, "before_cursor_execute", keep_storable, retval=True)
    return engine


def _postgresql(address: URL, busy_seconds: float) -> AsyncEngine:
    return create_async_engine(
        address.difference_update_query(["options"]),
        connect_args=session_arguments(address, busy_seconds),
        pool_size=_POOL,
        max_overflow=_OVERFLOW,
        use_native_hstore=False,  # it would be asked for at every connection
        pool_pre_ping=True,
        pool_use_lifo=True,
        hide_parameters=True,
    )


def session_arguments(address: URL, busy_seconds: float) -> dict[str, Any]:
    """What a connection to PostgreSQL is given beside its address: time limits, and UTC.

    https://www.postgresql.org/docs/current/runtime-config-client.html, and libpq's own words.
    """
    session = {
        "lock_timeout": int(busy_seconds * 1000),
        "statement_timeout": int(_STATEMENT_SECONDS * 1000),
        "idle_in_transaction_session_timeout": int(_IDLE_SECONDS * 1000),
        "timezone": "UTC",
    }
    given = address.query.get("options", "")
    options = [given if isinstance(given, str) else " ".join(given)]
    options += [f"-c {name}={value}" for name, value in session.items()]
    arguments: dict[str, Any] = {
        # A server that went away without a word is noticed within a minute.
        "connect_timeout": 10,
        "keepalives_idle": 20,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "application_name": "rinko",
        # A server that keeps bytes of no encoding (SQL_ASCII) would hand out bytes, also of its own words.
        "client_encoding": "utf8",
    }
    arguments = {name: value for name, value in arguments.items() if name not in address.query}
    return {**arguments, "options": " ".join(options).strip()}


def _sqlite(address: URL, busy_seconds: float) -> AsyncEngine:
    file = None if address.database in (None, "", ":memory:") else Path(str(address.database))
    try:
        if file is not None:
            _make_room(file)
    except OSError as error:
        raise StoreError(
            f"The folder of the database cannot be made: {error.filename} ({error.strerror}).",
            hint="Choose another data_dir or database.url.",
        ) from error
    engine = create_async_engine(address, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, busy_seconds))
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    if file is not None:
        SameFile(file).watch(engine)
    return engine


def _make_room(path: Path) -> None:
    """The folder for a database file. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise StoreError(f"{path} is a folder.", hint="Name the database file itself: a path to rinko.db.")


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
    """A writer takes the lock at once, so that reading and then writing is one step.

    In WAL mode `NORMAL` may lose the latest transactions when the power fails, never the database;
    `FULL` writes this one and all before it through to the disk (https://sqlite.org/pragma.html).
    """
    options = connection.get_execution_options()
    writes = options.get("write")
    if writes:
        durably = "FULL" if options.get("durable") else "NORMAL"
        connection.exec_driver_sql(f"PRAGMA synchronous = {durably}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
