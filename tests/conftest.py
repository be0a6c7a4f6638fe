"""What tests of several rooms share: a clock turned by hand, a database, the words of the locales."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from config.words import load_phrases, load_taxonomy
from digest.phrases import Phrases, Taxonomy
from digest.store.engine import Database, open_database, upgrade
from tests.clocks import ManualClock

settings.register_profile(
    "rinko", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("rinko")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'rinko.db'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    await upgrade(opened)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def phrases() -> Mapping[str, Phrases]:
    return load_phrases()


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return load_taxonomy()
