"""A server, a channel in it and an outlet, by the real discord.py with or without a gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import discord

from bot.platforms.discord.client import make_client
from bot.platforms.discord.login import logged_in
from bot.platforms.discord.outlet import DiscordOutlet
from digest.models import Week
from digest.places import Message as Sent
from digest.places import PartKey, Place
from tests.bot.rendering.discord_reader import read
from tests.clocks import RunningClock
from tests.servers.discord import Can, Channel, DiscordServer, Guild, Message, User

RIGHTS = Can.MANAGE_THREADS
QUICK = 0.05


class KeptValues:
    """`digest.stores.ButtonValues` in memory."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def keep(self, value: str, at: datetime) -> str:
        token = f"{len(self.values):032d}"
        self.values[token] = value
        return token

    async def get(self, token: str) -> str | None:
        return self.values.get(token)


@dataclass
class ServersClock:
    """The server's time; waiting for it moves it on at once."""

    server: DiscordServer
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.server.clock.now()

    async def sleep(self, seconds: float) -> None:
        assert isinstance(self.server.clock, RunningClock)
        self.slept.append(seconds)
        self.server.clock.advance(seconds=seconds)
        await asyncio.sleep(0)


@dataclass
class Room:
    """A channel that Rinko posts to, seen from all sides."""

    server: DiscordServer
    guild: Guild
    channel: Channel
    hana: User
    client: discord.Client
    clock: ServersClock
    outlet: DiscordOutlet
    values: KeptValues

    @property
    def place(self) -> Place:
        return Place("discord", str(self.guild.id), str(self.channel.id))

    def key(self, name: str, week: int = 9) -> PartKey:
        return PartKey(self.place, Week(2024, week), name)

    async def find(
        self,
        name: str | PartKey,
        under: Sent | None = None,
        since: datetime | None = None,
        outlet: DiscordOutlet | None = None,
    ) -> tuple[Sent, ...]:
        """The copies of a part."""
        key = self.key(name) if isinstance(name, str) else name
        return (await (outlet or self.outlet).find([key], under, since))[key]

    def anew(self) -> DiscordOutlet:
        """The outlet of a process that remembers nothing."""
        return DiscordOutlet(self.client, self.clock, self.values)

    def stored(self, sent: Sent) -> Message | None:
        """The message on the server, where it is not deleted with its thread."""
        found = self.server.world.messages.get(int(sent.id))
        return None if found is None or found.deleted or found.channel.deleted else found

    def thread(self, card: Sent) -> Channel:
        return self.server.world.channels[int(card.id)]


def seen(message: Message) -> str:
    """What readers see of a message, without its buttons."""
    return read("\n".join(part for part in texts(message.components))).text


def texts(components: list[dict[str, object]]) -> list[str]:
    """The texts of components, the innermost too."""
    found: list[str] = []
    for each in components:
        if isinstance(content := each.get("content"), str):
            found.append(content)
        if isinstance(inner := each.get("components"), list):
            found += texts(inner)
    return found


@asynccontextmanager
async def room(
    *, forum: bool = False, gateway: bool = True, limited: bool = False, tags: tuple[str, ...] = ()
) -> AsyncIterator[Room]:
    """A server of its own; nobody may be called by what is posted there."""
    async with DiscordServer() as server:
        if not limited:
            for bucket in server.behaviour.rates:
                server.behaviour.rates[bucket] = (1000, 1.0)
            server.behaviour.global_rate = (1000, 1.0)
        guild = server.guild(bot_permissions=RIGHTS)
        channel = server.forum(guild, tags=tags) if forum else server.text_channel(guild)
        hana = server.member(guild, "hana")
        clock, values = ServersClock(server), KeptValues()
        with server.used_by_discord_py():
            connected = _connected(server) if gateway else logged_in(server.token, server.api_url)
            async with connected as client:
                outlet = DiscordOutlet(client, clock, values)
                yield Room(server, guild, channel, hana, client, clock, outlet, values)
        assert not [m for m in server.world.messages.values() if m.pinged and m.author is server.bot]


@asynccontextmanager
async def _connected(server: DiscordServer) -> AsyncIterator[discord.Client]:
    client = make_client(ready_seconds=QUICK)
    running = asyncio.create_task(client.start(server.token))
    try:
        await server.until(client.is_ready)
        yield client
    finally:
        await client.leave()
        await asyncio.gather(running, return_exceptions=True)
