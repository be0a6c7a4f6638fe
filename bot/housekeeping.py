"""What is cleared away once a day, beside uploads: workspaces that were left, and old events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from digest.ports import Clock
from digest.stores import Events, Workspaces

_log = structlog.get_logger()

KEEP_EVENTS = timedelta(days=60)
"""Platforms send an event again for hours; what admins were told once a week is remembered longer."""


@dataclass(frozen=True)
class Housekeeping:
    """Clears away; doing it twice is doing it once."""

    workspaces: Workspaces
    events: Events
    clock: Clock
    keep_workspaces: timedelta
    """How long all of a workspace is kept after it removed the bot."""
    page: Callable[[], Awaitable[None]]
    """What the local page clears away."""

    async def tidy(self) -> None:
        """Clear away what has had its time."""
        now = self.clock.now()
        for name in await self.workspaces.purge(now - self.keep_workspaces):
            _log.info("all of a workspace that was left is deleted", workspace=name)
        await self.events.tidy(now - KEEP_EVENTS)
        await self.page()
