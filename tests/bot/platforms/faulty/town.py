"""A platform with as many channels as there are faults, one admin, and all of Rinko."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.schedule import RETRY, Schedule
from digest.models import Issue
from digest.places import Part, Place, Subscription
from tests.clocks import ManualClock


@dataclass
class Posted:
    """A call that posts a message of a digest; `number` counts from 1 in each channel."""

    number: int
    remove: Callable[[], None]
    """Delete the message, as a moderator would."""


Watch = Callable[[Posted], None]


@dataclass
class Town(ABC):
    """What a test of faults needs of a platform."""

    language: str
    clock: ManualClock
    schedule: Schedule = field(init=False)
    issue: Issue = field(init=False)
    count: int = 0
    watching: Watch | None = None
    """Called once a message of a digest was stored, before that is answered."""

    @abstractmethod
    def new_channel(self) -> Place:
        """A channel that Rinko may post in; faults are of this one from now on."""

    @abstractmethod
    def admin(self) -> str:
        """The id of the admin."""

    @abstractmethod
    def told(self) -> list[str]:
        """What the admin was told in private, oldest first."""

    @abstractmethod
    def marks(self, parts: tuple[Part, ...]) -> Counter[str]:
        """The parts whose messages stand in the channel and its threads, by name."""

    def posted(self, remove: Callable[[], None]) -> None:
        """Tell whoever watches of one more message in the channel."""
        self.count += 1
        if self.watching is not None:
            self.watching(Posted(self.count, remove))

    async def subscribe(self) -> Subscription:
        """A new channel, set up by the admin."""
        place = self.new_channel()
        channel = Subscription(place, self.language, "tue 09:00", "Asia/Tokyo", contact=self.admin())
        await self.schedule.services.channels.set(channel)
        return channel

    async def post(self, channel: Subscription) -> bool:
        """What the timer does for a channel once it is tried again; whether the digest is done then."""
        services = self.schedule.services
        await self.schedule.post_if_due(channel)
        self.clock.advance(seconds=(RETRY + timedelta(minutes=1)).total_seconds())
        return await services.ledger.finished(channel.place, self.issue.week) is not None

    async def is_whole(self, channel: Subscription, missing: int = 0) -> bool:
        """Whether each part stands there once, but for so many."""
        parts = await self.schedule.services.posting.parts(self.issue, channel)
        standing = self.marks(parts)
        return (
            set(standing) <= {part.name for part in parts}
            and set(standing.values()) == {1}
            and len(standing) == len(parts) - missing
        )
