"""Posts what is due: a timer only wakes this up, the ledger decides what is left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.services import Services
from bot.troubles import Troubles
from digest.accounts import JournalEntry
from digest.errors import DeliveryError, NotApproved, PlaceUnavailable, RinkoError, StoreError
from digest.models import SAMPLE_SELECTION, Week
from digest.places import Place, Subscription
from digest.ports import Jobs, Progress, silent
from digest.weeks import due_week, parse_post_time

_log = structlog.get_logger()

WAKE, PURGE = "wake", "purge"
WAKE_EVERY = timedelta(minutes=1)
"""How often channels are looked at; a look that finds nothing due costs a query a channel."""
RETRY = timedelta(hours=1)
"""How soon a digest that could not be posted, or whose list is late, is tried again."""
RETRY_DELIVERY = timedelta(minutes=5)
"""How soon, where only the platform did not answer."""
_PURGE_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Schedule:
    """Which channels are due, and posting to them."""

    services: Services
    jobs: Jobs
    grace: timedelta
    """A digest missed for longer than this is not posted late."""
    keep_uploads: timedelta
    tidy: Callable[[], Awaitable[None]]
    """What platforms clear away once a day."""
    _not_before: dict[Place, datetime] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Channels whose digest failed, and when it is tried again."""
    _under_way: set[Place] = field(default_factory=set, init=False, repr=False, compare=False)
    """Channels that are being looked at or posted to."""
    _looked_back: set[tuple[Place, Week, bool]] = field(
        default_factory=set, init=False, repr=False, compare=False
    )
    """Channels with the weeks of which it was seen whether they went by unposted."""

    @property
    def _troubles(self) -> Troubles:
        return Troubles(self.services)

    async def begin(self, progress: Progress = silent) -> None:
        """Post what was missed meanwhile, and from then on at the right times."""
        self.jobs.handle(WAKE, self._wake)
        self.jobs.handle(PURGE, self._purge)
        await self.jobs.start()
        await self.jobs.put(PURGE, "")
        await self.post_what_is_due(progress)

    async def _wake(self, _: str) -> None:
        await self.post_what_is_due()

    async def post_what_is_due(self, progress: Progress = silent) -> None:
        """Set the next alarm, and post to every channel that is due, side by side.

        A channel whose platform lets it wait is left alone until it is done, and holds up no other.
        """
        await self.jobs.put(WAKE, "", self.services.clock.now() + WAKE_EVERY)
        channels = await self.services.channels.all()
        free = [channel for channel in channels if channel.place not in self._under_way]
        await asyncio.gather(*(self._take(channel, progress) for channel in free))

    async def _take(self, channel: Subscription, progress: Progress) -> None:
        self._under_way.add(channel.place)
        try:
            await self._post_if_due(channel, progress)
        finally:
            self._under_way.discard(channel.place)

    async def _post_if_due(self, channel: Subscription, progress: Progress) -> None:
        """Post to one channel what is due there; what fails is tried again after a while.

        Nothing that is wrong with one channel may keep the others from their digest.
        """
        now = self.services.clock.now()
        if self._not_before.get(channel.place, now) > now:
            return
        week = None
        try:
            await self._look_back(channel)
            week = await self.due(channel)
            if week is not None:
                await self.services.posting.post(week, channel, progress)
            self._not_before.pop(channel.place, None)
        except RinkoError as error:
            if not isinstance(error, NotApproved):
                # The journal has it already.
                _log.warning("digest not posted", place=str(channel.place), kind=error.kind, error=str(error))
                self._not_before[channel.place] = self.services.clock.now() + retry_after(error)
            if week is not None:
                await self._troubles.not_posted(channel, week, error)
        except Exception as error:  # noqa: BLE001 - a fault must not end the timer; it is logged whole
            _log.exception("digest crashed", place=str(channel.place))
            self._not_before[channel.place] = self.services.clock.now() + RETRY
            await self._note_crash(channel, type(error).__name__)
            if week is not None:
                await self._troubles.not_posted(channel, week, RinkoError())

    async def _note_crash(self, channel: Subscription, kind: str) -> None:
        now = self.services.clock.now()
        entry = JournalEntry(now, str(channel.place), "rinko", "post", kind, failed=True)
        try:
            await self.services.journal.record(entry)
        except StoreError as error:
            _log.error("journal not written", error=str(error))

    async def _look_back(self, channel: Subscription) -> None:
        """See once for each week that is due whether one went by unposted."""
        if self.services.selection == SAMPLE_SELECTION or channel.paused:
            return
        week, moment = self._due_by_now(channel)
        late = self._is_past(channel, moment)
        if (channel.place, week, late) in self._looked_back:
            return
        await self._troubles.look_back(channel, week)
        wanted = channel.since is None or moment >= channel.since
        if late and wanted and await self.services.ledger.finished(channel.place, week) is None:
            await self._troubles.missed(channel, week)
        self._looked_back.add((channel.place, week, late))

    def _due_by_now(self, channel: Subscription) -> tuple[Week, datetime]:
        return due_week(self.services.clock.now(), parse_post_time(channel.post_at), channel.timezone)

    def _is_past(self, channel: Subscription, moment: datetime) -> bool:
        """Whether a digest missed since then is posted no more; one that waits for approval may be."""
        return not channel.approval and self.services.clock.now() - moment > self.grace

    async def due(self, channel: Subscription) -> Week | None:
        """The week that a channel should have and does not, None where nothing is due."""
        if channel.paused:
            return None
        if self.services.selection == SAMPLE_SELECTION:
            week = await self.services.current_week()
        else:
            week, moment = self._due_by_now(channel)
            too_early = channel.since is not None and moment < channel.since
            if too_early or self._is_past(channel, moment):
                return None
        return None if await self.services.ledger.finished(channel.place, week) else week

    async def _purge(self, _: str) -> None:
        """Delete what was brought to conversations long ago."""
        now = self.services.clock.now()
        try:
            count = await self.services.library.purge_uploads(now - self.keep_uploads)
            await self.tidy()
            _log.debug("old uploads deleted", count=count)
        finally:
            await self.jobs.put(PURGE, "", now + _PURGE_EVERY)


def retry_after(error: RinkoError) -> timedelta:
    """Pure: how soon to try again; a platform that is away for a moment must not cost an hour."""
    away = isinstance(error, DeliveryError) and not isinstance(error, PlaceUnavailable)
    return RETRY_DELIVERY if away else RETRY
