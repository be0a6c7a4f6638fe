from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina

from digest.reading.fetch import FetchLimits, SafeWeb
from tests.servers.pages import WebServer


class TestClock:
    """A clock that stands until someone sleeps on it."""

    __test__ = False

    def __init__(self) -> None:
        self.time = datetime(2024, 3, 1, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    server = WebServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def web(clock: TestClock, quick_retries: None) -> AsyncIterator[SafeWeb]:
    """The web with the loopback allowed."""
    limits = FetchLimits(user_agent="rinko-tests", allow_private=True, max_bytes=2_000_000, total_seconds=20)
    async with SafeWeb(limits, clock) as web:
        yield web


@pytest.fixture
def quick_retries() -> Iterator[None]:
    """Retries as many as always, without the waits."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real data kept beside the repository; tests on it are skipped where there is none."""
    path = Path(__file__).resolve().parents[3] / "../shared"
    if not path.is_dir():
        pytest.skip("no shared data beside this repository")
    return path.resolve()
