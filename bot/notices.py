"""Tells the admins of a channel in private what they must know; each matter once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from digest.accounts import JournalEntry
from digest.errors import RinkoError
from digest.layout import note, squeezed, text, title
from digest.models import Week
from digest.phrases import Phrases
from digest.places import Subscription
from digest.ports import Clock, Outlet
from digest.posts import Block, Post
from digest.stores import Events, Journal

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that admins must know once; `name` says what it is, apart from all others."""

    act: str
    """What the log calls it: `acts.ACT` in the locales."""
    name: str
    heading: str
    lines: tuple[str, ...]
    todo: str = ""
    """What they can do about it."""
    week: Week | None = None
    detail: str = ""
    recorded: bool = False
    """Whether the log has it already."""


@dataclass(frozen=True)
class Notices:
    """Writes to the one who set a channel up; where that cannot be done the log alone has it."""

    events: Events
    outlets: Mapping[str, Outlet]
    phrases: Mapping[str, Phrases]
    journal: Journal
    clock: Clock

    async def first_time(self, name: str) -> bool:
        """Whether something that is done or said only once comes for the first time; asking takes it up."""
        return await self.events.once(f"once {name}", self.clock.now())

    async def not_done(self, name: str) -> None:
        """Let something come for the first time again: it was taken up, and failed."""
        await self.events.give_back(f"once {name}")

    async def tell(self, channel: Subscription, matter: Matter) -> bool:
        """Tell a matter, unless it was told before; whether it is told now.

        It counts as told once it is taken up: a person is rather told of it by the log alone than twice.
        """
        now = self.clock.now()
        if not await self.events.once(f"notice {channel.place} {matter.name}", now):
            return False
        if not matter.recorded:
            await self.journal.record(
                JournalEntry(now, str(channel.place), "rinko", matter.act, matter.detail, week=matter.week)
            )
        try:
            await self._write(channel, matter)
        except RinkoError as error:
            _log.warning("admins not told", place=str(channel.place), kind=error.kind, error=str(error))
        return True

    async def _write(self, channel: Subscription, matter: Matter) -> None:
        outlet = self.outlets.get(channel.place.platform)
        if outlet is None or channel.contact is None:
            return
        place = await outlet.private(channel.place, channel.contact)
        if place is None:
            return
        blocks: list[Block] = [title(matter.heading), *(text(line) for line in matter.lines)]
        if matter.todo:
            blocks.append(note(matter.todo))
        post = Post(channel.language, squeezed(blocks, outlet.limits), notify=True)
        await outlet.stream(place, None, None).finish(post)
