from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from bot.app import App
from tests.bot.support import Person, make_posted, opened


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Traces as Rinko itself logs them."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def posted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database holds the sample week, built in both languages and posted in Japanese."""
    folder = tmp_path_factory.mktemp("posted")
    make_posted(folder)
    return folder


@pytest.fixture
def posted(posted_once: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed at will."""
    shutil.copytree(posted_once / "data", tmp_path / "data")
    return tmp_path


@pytest.fixture
async def app(posted: Path) -> AsyncIterator[App]:
    """The bot, with the sample week posted."""
    async with opened(posted) as (app, _):
        yield app


@pytest.fixture
def ann(app: App) -> Person:
    """An admin who reads English."""
    return Person(app)


@pytest.fixture
def bob(app: App) -> Person:
    """Anyone else."""
    return Person(app, "bob", is_admin=False)
