"""Outlets, the journal and questions, watched: the log learns what came of them, and it is counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.figures import Figures
from bot.traces import reference
from bot.words import failure_kind
from digest.accounts import JournalEntry
from digest.errors import CeilingReached, RinkoError
from digest.models import Verdict
from digest.places import Message, PartKey, Place
from digest.ports import Clock, Outlet, Stream
from digest.posts import Limits, Post
from digest.stores import Journal

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class WatchedOutlet:
    """`digest.ports.Outlet` around another; what is shown is not logged, only where."""

    outlet: Outlet
    figures: Figures

    @property
    def limits(self) -> Limits:
        """What one message may hold."""
        return self.outlet.limits

    async def prepare(self, under: Message) -> None:
        """See to it that a message can be sent under another one."""
        await self.outlet.prepare(under)

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        """Post a new message carrying the mark of `key`."""
        where = {"place": str(key.place), "week": str(key.week), "part": key.name}
        try:
            sent = await self.outlet.send(key, post, under)
        except RinkoError as error:
            _log.info("message not posted", **where, kind=error.kind)
            raise
        _log.info("message posted", **where, message=sent.id)
        self.figures.messages.labels(key.place.platform, "posted").inc()
        return sent

    async def edit(self, message: Message, post: Post) -> Message:
        """Show `post` in place of what the message showed."""
        edited = await self.outlet.edit(message, post)
        _log.info("message edited", place=str(message.place), message=edited.id)
        self.figures.messages.labels(message.place.platform, "edited").inc()
        return edited

    async def remove(self, message: Message) -> None:
        """Delete one of the bot's own messages."""
        await self.outlet.remove(message)
        _log.info("message removed", place=str(message.place), message=message.id)
        self.figures.messages.labels(message.place.platform, "removed").inc()

    async def find(
        self,
        keys: Collection[PartKey],
        under: Message | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Mapping[PartKey, tuple[Message, ...]]:
        """By key, all messages that carry its mark, oldest first."""
        found = await self.outlet.find(keys, under, since, until)
        for key in keys:
            ids = [one.id for one in found.get(key, ())]
            _log.info("message looked for", place=str(key.place), part=key.name, found=ids)
        return found

    async def replies(self, message: Message) -> int:
        """How many messages people wrote in the thread of a message."""
        return await self.outlet.replies(message)

    async def lacking(self, place: Place) -> tuple[str, ...]:
        """The rights that delivery to a place needs and the bot has not."""
        return await self.outlet.lacking(place)

    async def locate(self, channel: str) -> Place:
        """The place of a channel that is named by its id alone."""
        return await self.outlet.locate(channel)

    async def unheard(self, place: Place) -> tuple[str, ...]:
        """What keeps the bot from hearing every message of a place's threads."""
        return await self.outlet.unheard(place)

    async def name(self, place: Place) -> str:
        """What people call a place."""
        return await self.outlet.name(place)

    async def private(self, place: Place, user: str) -> Place | None:
        """Where one person of a workspace is written to directly."""
        return await self.outlet.private(place, user)

    def stream(self, place: Place, thread: str | None, only_for: str | None) -> Stream:
        """A growing message, whose end is logged."""
        return WatchedStream(self.outlet.stream(place, thread, only_for), place)


@dataclass(frozen=True)
class WatchedStream:
    """A growing message that tells the log when it stands for good."""

    stream: Stream
    place: Place

    async def show(self, post: Post) -> None:
        """Show this in place of what was shown before."""
        await self.stream.show(post)

    async def finish(self, post: Post) -> Message:
        """Show this for good."""
        message = await self.stream.finish(post)
        _log.info("message finished", place=str(self.place), message=message.id)
        return message


@dataclass(frozen=True)
class WatchedJournal:
    """`digest.stores.Journal` around another: lines name what they belong to, and faults are counted."""

    journal: Journal
    figures: Figures

    async def record(self, entry: JournalEntry) -> None:
        """Write one line, and tell the log of it: what somebody wrote stays in the journal."""
        if entry.failed:
            self.figures.failures.labels(failure_kind(entry), entry.place).inc()
        week = str(entry.week) if entry.week else None
        _log.info("journal", place=entry.place, act=entry.act, week=week, failed=entry.failed)
        await self.journal.record(replace(entry, reference=entry.reference or reference()))

    async def latest(self, place: str, limit: int) -> tuple[JournalEntry, ...]:
        """The latest lines about one place, newest first."""
        return await self.journal.latest(place, limit)


@dataclass
class Asked:
    """What came of one question."""

    outcome: str = "failed"

    def came_to(self, verdict: Verdict) -> None:
        """Note the answer: one that quotes bear out, or that there is none."""
        self.outcome = "answered" if verdict is Verdict.GROUNDED else "declined"


@contextmanager
def watched_question(figures: Figures, clock: Clock, place: Place) -> Iterator[Asked]:
    """Around one question: the log learns that it was asked, how it went and how long it took."""
    asked, begun = Asked(), clock.now()
    _log.info("question asked", place=str(place))
    try:
        yield asked
    except CeilingReached:
        asked.outcome = "declined"
        raise
    finally:
        seconds = (clock.now() - begun).total_seconds()
        figures.questions.labels(asked.outcome).inc()
        figures.answer_seconds.observe(seconds)
        _log.info(f"question {asked.outcome}", place=str(place), seconds=round(seconds, 3))
