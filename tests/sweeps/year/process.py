"""One process of Rinko in a year, with a clock of its own."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.app import App
from tests.bot.support import opened
from tests.clocks import ManualClock
from tests.sweeps.year.weather import Fickle

if TYPE_CHECKING:
    from tests.sweeps.year.year import Year

BEGIN = datetime(2025, 12, 29, 1, 0, tzinfo=UTC)
GRACE_DAYS = 4
SETTINGS = """
channels = []
[digest]
grace_days = {grace}
[[sources]]
kind = "list"
path = "{path}"
"""


@dataclass
class Process:
    """One process of Rinko with a clock of its own."""

    number: int
    skew: timedelta
    wrong_by: timedelta = field(default_factory=timedelta)
    clock: ManualClock = field(default_factory=lambda: ManualClock(BEGIN))
    app: App | None = None
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self, year: Year) -> None:
        settings = SETTINGS.format(grace=GRACE_DAYS, path=year.list)
        self.set_clock(year.now)
        app, _ = await self.stack.enter_async_context(opened(year.folder, settings, self.clock))
        outlets = {name: Fickle(outlet, year) for name, outlet in app.services.posting.outlets.items()}
        services = replace(app.services, posting=replace(app.services.posting, outlets=outlets))
        self.app = replace(app, services=services, schedule=replace(app.schedule, services=services))
        await services.ledger.take_up()

    async def stop(self) -> None:
        await self.stack.aclose()
        self.stack, self.app = AsyncExitStack(), None

    def set_clock(self, now: datetime) -> None:
        self.clock.time = now + self.skew + self.wrong_by

    async def look(self) -> None:
        if self.app is not None:
            await self.app.schedule.post_what_is_due()
