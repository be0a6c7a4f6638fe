"""What every channel is due, what comes next there, and which weeks went by without it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, takewhile

import structlog

from bot.services import Services
from bot.words import failure_kind
from digest.accounts import JournalEntry
from digest.due import (
    AHEAD,
    LOOK_BACK,
    Due,
    Remembered,
    due_in,
    gone_by,
    is_put_off,
    may_have_gone_by,
    moment_of,
)
from digest.errors import NotAPostTime, NotATimeZone
from digest.models import SAMPLE_SELECTION, Week
from digest.places import Place, Subscription

_log = structlog.get_logger()

_AT_A_TIME = 100
_LINES = 1000
"""How far back the journal is read for when a channel was first tried: six weeks of failing every hour."""
_BEHIND = 2
"""Weeks before the one that is due that a look asks the ledger for, until it has seen that they came."""


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes next in a channel."""

    week: Week
    moment: datetime
    """When it is posted, or since when it is due."""
    is_due: bool = False
    """Whether it is due already and does not stand there yet."""
    again_at: datetime | None = None
    """When it is tried again, where it was tried and put off."""


@dataclass(frozen=True)
class Agenda:
    """Asks the clock and the ledger; posts nothing."""

    services: Services
    _settled: dict[Place, tuple[Week, bool]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """For which week that was due, and whether late, it was last seen that none went by in silence."""
    _done: dict[Place, Week] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The latest week that a channel was seen to have."""
    _unread: set[tuple[Place, str]] = field(default_factory=set, init=False, repr=False, compare=False)
    """Channels whose schedule cannot be read, with why, that the log was told of."""
    _latest: Remembered = field(default_factory=Remembered, init=False, repr=False, compare=False)

    async def to_look_at(self) -> tuple[Subscription, ...]:
        """The channels that something is due in, or where a week may have gone by in silence.

        Three queries, however many channels there are; one where it was seen before that all is done.
        A channel whose schedule cannot be read is left out, and holds up no other.
        """
        now = self.services.clock.now()
        channels = [one for one in await self.services.channels.all() if not one.paused]
        left = [(one, due) for one, due in await self._dues(channels, now) if not self._is_done(one, due)]
        if not left:
            return ()
        put_off = await self.services.ledger.put_off_until()
        since = {due.week if self._is_settled(one, due) else due.week.plus(-_BEHIND) for one, due in left}
        latest = max(due.week for _, due in left).plus(AHEAD)
        weeks = takewhile(lambda week: week <= latest, (min(since).plus(number) for number in count()))
        has: defaultdict[Place, set[Week]] = defaultdict(set)
        for place, week in await self.services.ledger.finished_in(set(weeks)):
            has[place].add(week)
        return tuple(
            one
            for one, due in left
            if self._is_left(one, due, has[one.place], now) and not is_put_off(put_off.get(one.place), now)
        )

    def _is_done(self, channel: Subscription, due: Due) -> bool:
        """Whether nothing is left to do before another week is due; what a channel has it keeps."""
        return self._is_settled(channel, due) and (
            not due.wanted or self._done.get(channel.place) == due.week
        )

    def _is_left(self, channel: Subscription, due: Due, has: Collection[Week], now: datetime) -> bool:
        if due.week in has:
            self._done[channel.place] = due.week
        unsettled = self._unsettled(channel, due, has, now)
        return unsettled or due.open(has)

    def _unsettled(self, channel: Subscription, due: Due, has: Collection[Week], now: datetime) -> bool:
        """Whether weeks have to be looked for that may have gone by; no more where none has."""
        if self._is_settled(channel, due):
            return False
        if may_have_gone_by(channel, due, has, _BEHIND, now):
            return True
        self._settled[channel.place] = (due.week, due.late)
        return False

    def _is_settled(self, channel: Subscription, due: Due) -> bool:
        return due.of_sample or self._settled.get(channel.place) == (due.week, due.late)

    async def _dues(self, channels: Sequence[Subscription], now: datetime) -> list[tuple[Subscription, Due]]:
        if self.services.selection == SAMPLE_SELECTION:
            due = await self._of_sample()
            return [(one, due) for one in channels]
        dues = []
        for number, one in enumerate(channels):
            try:
                dues.append((one, due_in(one, now, self.services.grace, self._latest)))
            except (NotAPostTime, NotATimeZone) as fault:
                self._note_unread(one, str(fault))
            if number % _AT_A_TIME == _AT_A_TIME - 1:
                await asyncio.sleep(0)  # others get their turn
        return dues

    def _note_unread(self, channel: Subscription, why: str) -> None:
        if (channel.place, why) not in self._unread:  # the next look comes in a minute
            self._unread.add((channel.place, why))
            hint = "`/digest here` in that channel sets it anew."
            _log.error("schedule cannot be read", place=str(channel.place), error=why, hint=hint)

    async def _of_sample(self) -> Due:
        return Due(await self.services.current_week(), of_sample=True)

    async def due(self, channel: Subscription) -> Due:
        """Which week a channel should have by now, whether or not it has it.

        Raises `NotAPostTime` or `NotATimeZone` where its schedule cannot be read.
        """
        if self.services.selection == SAMPLE_SELECTION:
            return await self._of_sample()
        return due_in(channel, self.services.clock.now(), self.services.grace, self._latest)

    async def to_post(self, channel: Subscription) -> Week | None:
        """The week that a channel should have and does not, None where nothing is due."""
        if channel.paused:
            return None
        due = await self.due(channel)
        return due.week if due.open(await self._has(channel, due, 0)) else None

    async def _has(self, channel: Subscription, due: Due, behind: int) -> set[Week]:
        """The weeks around the one that is due whose digests stand in a channel."""
        weeks = {due.week.plus(number) for number in range(-behind, AHEAD + 1)}
        return {week for week in weeks if await self.services.ledger.finished(channel.place, week)}

    async def gone_by(self, channel: Subscription) -> tuple[Week, ...]:
        """Weeks that the channel should have had and will not get by itself any more, oldest first.

        Weeks of which it was said that they have no papers are not among them.
        """
        due = await self.due(channel)
        if channel.paused or self._is_settled(channel, due):
            return ()
        now = self.services.clock.now()
        if not self._unsettled(channel, due, await self._has(channel, due, _BEHIND), now):
            return ()
        lines = await self.services.journal.latest(str(channel.place), _LINES)
        known_since = lines[-1].at if lines else None
        has = await self._has(channel, due, LOOK_BACK)
        weeks = gone_by(channel, due, has, known_since, now, self.services.grace)
        return tuple(week for week in weeks if not _was_empty(week, lines))

    async def settle(self, channel: Subscription) -> None:
        """Note that what had gone by in a channel was told."""
        due = await self.due(channel)
        self._settled[channel.place] = (due.week, due.late)

    async def coming(self, channel: Subscription) -> Coming:
        """What comes next in a channel that is not paused."""
        now = self.services.clock.now()
        due = due_in(channel, now, self.services.grace)
        has = await self._has(channel, due, 0)
        if due.open(has):
            until = (await self.services.ledger.put_off_until()).get(channel.place)
            again_at = until if is_put_off(until, now) and not channel.approval else None
            return Coming(due.week, moment_of(channel, due.week), is_due=True, again_at=again_at)
        week = next(week for week in (due.week.plus(n) for n in range(1, AHEAD + 2)) if week not in has)
        return Coming(week, moment_of(channel, week))


def _was_empty(week: Week, lines: Sequence[JournalEntry]) -> bool:
    """Whether the last that went wrong with a week is that it has no papers; the channel was told so."""
    last = next((line for line in lines if line.week == week and line.failed), None)
    return last is not None and failure_kind(last) == "NothingListed"
