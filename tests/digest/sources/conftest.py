from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from digest.reading.fetch import SafeWeb
from tests.digest.sources.support import SHARED, StillClock, loopback_web, page_server
from tests.servers.pages import WebServer


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def web(clock: StillClock) -> AsyncIterator[SafeWeb]:
    async with loopback_web(clock) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with page_server() as started:
        yield started


@pytest.fixture
def shared() -> Path:
    """Real recorded data beside the repository, where there is any."""
    if not (SHARED / "data").is_dir():
        pytest.skip("no recorded data beside the repository")
    return SHARED / "data"
