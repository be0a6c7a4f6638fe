"""A gateway's sessions and connections, and what each session is told."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.discord.posting import can_be_read
from tests.servers.discord.state import Channel, Guild, Intent, Message
from tests.servers.discord.wire import sees
from tests.servers.discord.world import World

Json = dict[str, Any]

_INTENTS = {
    "MESSAGE_REACTION": (Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS),
    "MESSAGE": (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    "GUILD": (Intent.GUILDS, Intent(0)),
    "CHANNEL": (Intent.GUILDS, Intent(0)),
    "THREAD": (Intent.GUILDS, Intent(0)),
}
"""By the beginning of an event's name: the intent for it in guilds and in direct messages."""
_PARTS_OF_CONTENT: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


@dataclass(frozen=True)
class Told:
    """One event that a session was told of."""

    seq: int
    name: str
    data: Json


@dataclass(eq=False)
class Session:
    """A session, which outlives its connections for a while."""

    id: str
    shard: int
    shards: int
    intents: Intent
    seq: int = 0
    told: list[Told] = field(default_factory=list)
    connection: Connection | None = None
    left: float | None = None
    """When its connection was lost, by the server's clock."""


@dataclass(eq=False)
class Connection:
    """One WebSocket."""

    socket: web.WebSocketResponse
    request: web.Request
    outbox: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    session: Session | None = None
    deaf: bool = False
    """Nothing is answered nor told any more, and the connection stays open."""
    closing: bool = False
    """The server is closing it."""
    left_for_good: bool = False
    """The client closed it in a way that ends its session."""
    heartbeats: int = 0
    received: deque[float] = field(default_factory=deque)

    def say(self, payload: Json) -> None:
        if not self.deaf:
            self.outbox.put_nowait(json.dumps(payload))


def wants(world: World, session: Session, event: str, guild: Guild | None, channel: Channel | None) -> bool:
    """Whether a session is told of an event: by its shard, its intents and what the bot may see."""
    shard = (guild.id >> 22) % session.shards if guild else 0
    if shard != session.shard:
        return False
    for beginning, intents in _INTENTS.items():
        if event.startswith(beginning):
            if not session.intents & intents[0 if guild else 1]:
                return False
            break
    if event == "INTERACTION_CREATE" or event.startswith("GUILD_"):
        return True
    if guild and not guild.has_bot:
        return False
    return channel is None or sees(channel, world.bot)


def readable(world: World, session: Session, data: Json, message: Message) -> Json:
    """A message as a session is told of it: without its words where it has no right to them."""
    if session.intents & Intent.MESSAGE_CONTENT or can_be_read(world, message):
        return data
    return data | _PARTS_OF_CONTENT
