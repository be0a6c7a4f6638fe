"""A platform with workspaces, private messages and rights, on top of the local channel's messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.app import App
from bot.platforms.local.outlet import LocalOutlet, LocalStream, local_place
from bot.platforms.local.sql_messages import SqlMessages
from digest.places import Message, PartKey, Place
from digest.posts import Limits, Post
from tests.bot.support import Person, opened
from tests.clocks import ManualClock

PLATFORM = "chat"
HERE = Place(PLATFORM, "T1", "C1")
THERE = Place(PLATFORM, "T2", "C1")
"""A channel of another workspace, with the same name."""


@dataclass(frozen=True)
class ChatOutlet:
    """Keeps each place's messages apart, and writes to people in private."""

    local: LocalOutlet
    missing: list[str] = field(default_factory=list)
    """Rights that are lacking everywhere."""
    looked: list[Place] = field(default_factory=list)
    """Places whose rights were looked at."""

    @property
    def limits(self) -> Limits:
        return replace(self.local.limits, buttons=5)

    async def prepare(self, under: Message) -> None:
        await self.local.prepare(under)

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        sent = await self.local.send(_inner(key), post, under)
        return replace(sent, place=key.place)

    async def edit(self, message: Message, post: Post) -> Message:
        return replace(await self.local.edit(message, post), place=message.place)

    async def find(
        self,
        keys: Collection[PartKey],
        under: Message | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Mapping[PartKey, tuple[Message, ...]]:
        found = await self.local.find([_inner(key) for key in keys], under, since, until)
        return {key: tuple(replace(one, place=key.place) for one in found[_inner(key)]) for key in keys}

    async def replies(self, message: Message) -> int:
        return await self.local.replies(message)

    async def lacking(self, place: Place) -> tuple[str, ...]:
        self.looked.append(place)
        return tuple(self.missing)

    async def locate(self, channel: str) -> Place:
        return replace(HERE, channel=channel)

    async def unheard(self, place: Place) -> tuple[str, ...]:
        return ()

    async def name(self, place: Place) -> str:
        return f"#{place.channel}"

    async def private(self, place: Place, user: str) -> Place | None:
        return replace(place, channel=f"D-{user}")

    async def remove(self, message: Message) -> None:
        await self.local.remove(message)

    def stream(self, place: Place, thread: str | None, only_for: str | None) -> LocalStream:
        return self.local.stream(_inside(place), thread, only_for)


@dataclass
class Chat:
    """The bot on such a platform, and what is seen there."""

    app: App
    outlet: ChatOutlet
    clock: ManualClock

    def person(self, name: str = "ann", *, is_admin: bool = True, place: Place = HERE) -> Person:
        return Person(self.app, name, is_admin, "en", place)

    async def shown(self, place: Place = HERE) -> list[str]:
        """All messages of a channel that everyone there sees, in order."""
        found = await SqlMessages(self.app.database).channel(_inside(place).channel, "nobody", 1000)
        return [kept.post.text for kept in found if not kept.deleted]

    async def told(self, name: str = "ann", place: Place = HERE) -> list[str]:
        """What a person was told in private."""
        return await self.shown(replace(place, channel=f"D-{name}"))


@asynccontextmanager
async def chat(folder: Path, extra: str = "", clock: ManualClock | None = None) -> AsyncIterator[Chat]:
    """The bot over the data of a folder, on the page and on the platform."""
    async with opened(folder, extra, clock) as (app, clock):
        outlet = ChatOutlet(LocalOutlet(SqlMessages(app.database), clock))
        services = app.services
        outlets = {**services.posting.outlets, PLATFORM: outlet}
        services = replace(
            services,
            posting=replace(services.posting, outlets=outlets),
            notices=replace(services.notices, outlets=outlets),
            channels=replace(services.channels, outlets=outlets),
        )
        schedule = replace(app.schedule, services=services)
        yield Chat(replace(app, services=services, schedule=schedule), outlet, clock)


def _inside(place: Place) -> Place:
    return local_place(f"{place.workspace}-{place.channel}")


def _inner(key: PartKey) -> PartKey:
    return replace(key, place=_inside(key.place))
