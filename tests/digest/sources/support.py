"""What the tests of all sources share: a clock that stands still, and a web that reaches the loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.reading.fetch import FetchLimits, SafeWeb
from tests.servers.pages import WebServer

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).resolve().parents[4] / "shared"


@dataclass
class StillClock:
    """Time that passes only when someone sleeps, and remembers how long."""

    time: datetime = datetime(2024, 3, 5, 0, 0, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@asynccontextmanager
async def loopback_web(clock: StillClock) -> AsyncIterator[SafeWeb]:
    """The real fetcher, allowed to reach the machine it runs on."""
    limits = FetchLimits("Rinko-test", allow_private=True, host_interval=0.0, attempts=1)
    async with SafeWeb(limits, clock) as web:
        yield web


@asynccontextmanager
async def page_server() -> AsyncIterator[WebServer]:
    """A web server of our own, listening."""
    server = WebServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
