"""What tests of several rooms share: a clock turned by hand, a database, the words of the locales."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from config.words import load_phrases, load_taxonomy
from digest.phrases import Phrases, Taxonomy
from digest.store.engine import Database, open_database
from tests.clocks import ManualClock
from tests.databases import with_tables
from tests.postgres import PostgresServer, postgres_server

settings.register_profile(
    "rinko", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("rinko")


FIGURES = "figures"
"""The property under which a test records what it came to, as lines to be printed at the end."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests recorded, also those of other processes."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == FIGURES and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(f"\n{value}")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'rinko.db'}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this test process."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """A database on PostgreSQL with all tables, for one test."""
    with postgres.fresh() as url:
        yield url


@pytest.fixture
async def postgres_database(postgres_url: str) -> AsyncIterator[Database]:
    opened = open_database(postgres_url)
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest) -> Database:
    """A database with all tables, on each engine in turn."""
    name = {"sqlite": "database", "postgresql": "postgres_database"}[request.param]
    found: Database = request.getfixturevalue(name)
    return found


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(with_tables(tmp_path / "rinko.db"))
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def phrases() -> Mapping[str, Phrases]:
    return load_phrases()


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy()
