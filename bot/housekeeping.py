"""What is cleared away once a day, beside uploads: workspaces that were left, old events and records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from digest.ports import Clock
from digest.stores import Events, RecordKind, Records, Workspaces

_log = structlog.get_logger()

KEEP_EVENTS = timedelta(days=60)
"""Platforms send an event again for hours; what admins were told once a week is remembered longer."""


@dataclass(frozen=True)
class Housekeeping:
    """Clears away; doing it twice is doing it once."""

    workspaces: Workspaces
    events: Events
    records: Records
    clock: Clock
    keep_workspaces: timedelta
    """How long all of a workspace is kept after it removed the bot."""
    keep_records: Mapping[RecordKind, timedelta]
    """How long records of a kind are kept; those of a kind that is not named, for ever."""
    page: Callable[[], Awaitable[None]]
    """What the local page clears away."""

    async def tidy(self) -> None:
        """Clear away what has had its time."""
        now = self.clock.now()
        for name in await self.workspaces.purge(now - self.keep_workspaces):
            _log.info("all of a workspace that was left is deleted", workspace=name)
        await self.events.tidy(now - KEEP_EVENTS)
        for kind, keep in self.keep_records.items():
            if count := await self.records.purge(kind, now - keep):
                _log.info("old records deleted", kind=kind, count=count)
        await self.page()
