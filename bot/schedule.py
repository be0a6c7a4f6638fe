"""Posts what is due: a timer only wakes this up, the ledger decides what is left to do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.services import Services
from digest.errors import RinkoError
from digest.models import SAMPLE_SELECTION, Subscription, Week
from digest.ports import Jobs
from digest.weeks import due_week, next_posting, parse_post_time

_log = structlog.get_logger()

WAKE, PURGE = "wake", "purge"
RETRY = timedelta(hours=1)
"""How soon a digest that could not be posted, or whose list is late, is tried again."""
_PURGE_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Schedule:
    """Which channels are due, and posting to them."""

    services: Services
    jobs: Jobs
    grace: timedelta
    """A digest missed for longer than this is not posted late."""
    keep_uploads: timedelta

    async def begin(self) -> None:
        """Post what was missed meanwhile, and from then on at the right times."""
        self.jobs.handle(WAKE, self._wake)
        self.jobs.handle(PURGE, self._purge)
        await self.jobs.start()
        await self.jobs.put(PURGE, "")
        await self.post_what_is_due()

    async def _wake(self, _: str) -> None:
        await self.post_what_is_due()

    async def post_what_is_due(self) -> None:
        """Post to every channel that is due, side by side, and set the next alarm."""
        channels = await self.services.channels.all()
        done = await asyncio.gather(*(self._post_if_due(channel) for channel in channels))
        now = self.services.clock.now()
        alarms = [
            next_posting(now, parse_post_time(channel.post_at), channel.timezone)[1] for channel in channels
        ]
        if not all(done):
            alarms.append(now + RETRY)
        if alarms:
            await self.jobs.put(WAKE, "", min(alarms))

    async def _post_if_due(self, channel: Subscription) -> bool:
        """Post to one channel what is due there; False where it has to be tried again."""
        try:
            week = await self.due(channel)
            if week is not None:
                await self.services.posting.post(week, channel)
        except RinkoError as error:
            # The journal has it already; another channel's digest must not wait for this one.
            _log.warning("digest not posted", place=str(channel.place), kind=error.kind, error=str(error))
            return False
        return True

    async def due(self, channel: Subscription) -> Week | None:
        """The week that a channel should have and does not, None where nothing is due."""
        if self.services.selection == SAMPLE_SELECTION:
            week = await self.services.current_week()
        else:
            post_time = parse_post_time(channel.post_at)
            week, moment = due_week(self.services.clock.now(), post_time, channel.timezone)
            if self.services.clock.now() - moment > self.grace:
                return None
        return None if await self.services.ledger.finished(channel.place, week) else week

    async def _purge(self, _: str) -> None:
        """Delete what was brought to conversations long ago."""
        count = await self.services.library.purge_uploads(self.services.clock.now() - self.keep_uploads)
        if count:
            _log.info("uploads deleted", count=count)
        await self.jobs.put(PURGE, "", self.services.clock.now() + _PURGE_EVERY)
