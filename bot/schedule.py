"""Posts what is due: a timer only wakes this up, the ledger decides what is left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import structlog

from bot.agenda import Agenda
from bot.audits import Audits
from bot.services import Services
from bot.traces import traced
from bot.troubles import Troubles
from digest.accounts import JournalEntry
from digest.errors import DeliveryError, NotApproved, PlaceUnavailable, RinkoError, StoreError, TurnLost
from digest.places import Subscription, parse_place
from digest.ports import Jobs, Progress, silent

_log = structlog.get_logger()

WAKE, POST, PURGE, AUDIT = "wake", "post", "purge", "audit"
WAKE_EVERY = timedelta(minutes=1)
"""How often channels are looked at; a look costs three queries, however many channels there are."""
RETRY = timedelta(hours=1)
"""How soon a digest that could not be posted, or whose list is late, is tried again."""
RETRY_DELIVERY = timedelta(minutes=5)
"""How soon, where only the platform did not answer."""
_AT_A_TIME = 50
_PURGE_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Schedule:
    """Which channels are due, and posting to them."""

    services: Services
    jobs: Jobs
    keep_uploads: timedelta
    tidy: Callable[[], Awaitable[None]]
    """What platforms clear away once a day."""
    at_once: int
    """How many channels of one platform this process posts to side by side."""

    @cached_property
    def agenda(self) -> Agenda:
        """It remembers what it saw of the channels."""
        return Agenda(self.services)

    @property
    def _troubles(self) -> Troubles:
        return Troubles(self.services)

    def handle(self) -> None:
        """Say what the jobs do that are put here."""
        self.jobs.handle(WAKE, self._wake)
        for name in {POST, *map(self._post_job, self.services.posting.outlets)}:
            self.jobs.handle(name, self._post)
        self.jobs.handle(PURGE, self._purge)
        self.jobs.handle(AUDIT, Audits(self.services).run)

    def _post_job(self, platform: str) -> str:
        """Each platform has jobs of its own: those of one that is away hold up no other."""
        return f"{POST} {platform}" if platform in self.services.posting.outlets else POST

    async def begin(self, *, works: bool = True) -> None:
        """From now on look every minute at what is due; where this process does not work, others do."""
        if works:
            self.handle()
        await self.services.ledger.take_up()  # what failed may have been put right before this start
        await self.jobs.every(WAKE_EVERY, WAKE, "")
        await self.jobs.every(_PURGE_EVERY, PURGE, "")
        await self.jobs.start()
        await self.jobs.put(PURGE, "")

    async def _wake(self, _: str) -> None:
        for number, channel in enumerate(await self.agenda.to_look_at()):
            if number % _AT_A_TIME == _AT_A_TIME - 1:
                await asyncio.sleep(0)  # others get their turn
            await self.jobs.put(self._post_job(channel.place.platform), str(channel.place))
        for audit in await Audits(self.services).due():
            await self.jobs.put(AUDIT, audit)

    async def _post(self, place: str) -> None:
        channel = await self.services.channels.get(parse_place(place))
        if channel is not None:
            await self.post_if_due(channel)

    async def post_what_is_due(self, progress: Progress = silent) -> None:
        """Post to every channel that is due, side by side, and wait until all that is done.

        A platform that lets its channels wait holds up no other.
        """
        channels = await self.agenda.to_look_at()
        rooms = {one.place.platform: asyncio.Semaphore(self.at_once) for one in channels}

        async def post(channel: Subscription) -> None:
            platform = channel.place.platform
            async with rooms[platform]:
                with traced(anew=True, job=self._post_job(platform)):
                    await self.post_if_due(channel, progress)

        await asyncio.gather(*map(post, channels))

    async def post_if_due(self, channel: Subscription, progress: Progress = silent) -> None:
        """Post to one channel what is due there; what fails is tried again after a while.

        Nothing that is wrong with one channel may keep the others from their digest.
        """
        week = None
        try:
            await self._look_back(channel)
            week = await self.agenda.to_post(channel)
            if week is not None:
                done = await self.services.posting.post(week, channel, progress)
                if done.left:
                    await self._troubles.incomplete(channel, week, done.left)
                await self.services.ledger.take_up(channel.place)
        except TurnLost as error:
            _log.info("another process posts", place=str(channel.place), error=str(error))
        except RinkoError as error:
            if not isinstance(error, NotApproved):
                # The journal has it already.
                _log.warning("digest not posted", place=str(channel.place), kind=error.kind, error=str(error))
            await self._put_off(channel, retry_after(error))  # an approval takes it up again
            if week is not None:
                await self._troubles.not_posted(channel, week, error)
        except Exception as error:  # noqa: BLE001 - a fault must not end the timer; it is logged whole
            _log.exception("digest crashed", place=str(channel.place))
            await self._put_off(channel, RETRY)
            await self._note_crash(channel, type(error).__name__)
            if week is not None:
                await self._troubles.not_posted(channel, week, RinkoError())

    async def _put_off(self, channel: Subscription, wait: timedelta) -> None:
        try:
            await self.services.ledger.put_off(channel.place, self.services.clock.now() + wait)
        except StoreError as error:
            _log.error("not put off", place=str(channel.place), error=str(error))

    async def _note_crash(self, channel: Subscription, kind: str) -> None:
        now = self.services.clock.now()
        entry = JournalEntry(now, str(channel.place), "rinko", "post", kind, failed=True)
        try:
            await self.services.journal.record(entry)
        except StoreError as error:
            _log.error("journal not written", error=str(error))

    async def _look_back(self, channel: Subscription) -> None:
        """Tell once of the weeks that went by without this channel getting them."""
        if weeks := await self.agenda.gone_by(channel):
            await self._troubles.gone_by(channel, weeks)
        await self.agenda.settle(channel)

    async def _purge(self, _: str) -> None:
        """Delete what was brought to conversations long ago."""
        count = await self.services.library.purge_uploads(self.services.clock.now() - self.keep_uploads)
        await self.tidy()
        _log.debug("old uploads deleted", count=count)


def retry_after(error: RinkoError) -> timedelta:
    """Pure: how soon to try again; a platform that is away for a moment must not cost an hour."""
    away = isinstance(error, DeliveryError) and not isinstance(error, PlaceUnavailable)
    return RETRY_DELIVERY if away else RETRY
