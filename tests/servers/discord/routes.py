"""What a route of the API is, and how a request finds its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.servers.discord import errors
from tests.servers.discord.faults import Call
from tests.servers.discord.permissions import Can, in_channel
from tests.servers.discord.posting import archive_idle
from tests.servers.discord.state import Channel, Guild, Message
from tests.servers.discord.wire import sees
from tests.servers.discord.world import World


@dataclass(frozen=True)
class Answer:
    """What a route answers."""

    body: Any = None
    status: int = 200


NOTHING = Answer(None, 204)
Handler = Callable[[World, Call], Answer]


@dataclass(frozen=True)
class Route:
    """One route, with the rate limit it counts on; `open` needs no token in the header."""

    method: str
    path: str
    handler: Handler
    bucket: str = "other"
    open: bool = False

    @property
    def interaction(self) -> bool:
        """Whether the limit over all requests leaves it out."""
        return self.path.startswith(("/interactions", "/webhooks"))

    def major(self, ids: dict[str, str]) -> str:
        """The channel, guild or webhook whose limits count."""
        names = ("channel", "guild", "webhook", "interaction", "token")
        return "+".join(ids[name] for name in names if name in ids)


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path.replace(".", r"\.")))


def find(routes: Sequence[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request and the ids in its path."""
    for route in routes:
        if route.method == method and (fits := _pattern(route.path).fullmatch(path)):
            return route, fits.groupdict()
    return None


# ----------------------------------------------------------------- what most routes look up


def number(text: str) -> int:
    """An id in a path or body."""
    return int(text) if text.isdigit() else -1


def the_guild(world: World, call: Call) -> Guild:
    """The guild that is asked for, if the bot is in it."""
    guild = world.guilds.get(number(call.ids["guild"]))
    if guild is None:
        raise errors.unknown_guild()
    if not guild.has_bot:
        raise errors.missing_access()
    return guild


def the_channel(world: World, call: Call, *needed: Can) -> Channel:
    """The channel that is asked for, if the bot sees it and has the permissions needed there."""
    channel = world.channels.get(number(call.ids["channel"]))
    if channel is None or channel.deleted:
        raise errors.unknown_channel()
    archive_idle(world, channel)
    if not sees(channel, world.bot):
        raise errors.missing_access()
    if missing(world, channel, *needed):
        raise errors.missing_permissions()
    return channel


def missing(world: World, channel: Channel, *needed: Can) -> bool:
    """Whether the bot lacks one of these permissions."""
    has = in_channel(channel, world.bot)
    return any(not has & each for each in needed)


def the_message(world: World, channel: Channel, text: str) -> Message:
    """A message of a channel that stands there for all to see."""
    message = world.messages.get(number(text))
    if message is None or message.deleted or message.channel is not channel or message.ephemeral_for:
        raise errors.unknown_message()
    return message
