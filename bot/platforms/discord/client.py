"""The discord.py client: one for the life of the process, whatever happens to its gateway."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Protocol

import discord
import yarl
from discord.gateway import ReconnectWebSocket
from discord.shard import Shard

from bot.platforms.discord.global_pace import GlobalPace
from bot.platforms.discord.sessions import APART, Sessions

_HANG_UP_SECONDS = 5.0
_LONGEST_WAIT = 30.0
"""Seconds that a request waits at most to keep a rate limit; one told to wait longer is refused at once."""


class Listener(Protocol):
    """What is told of everything that happens."""

    def heard_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command, a button or a form."""
        ...

    def heard_message(self, message: discord.Message) -> None:
        """Somebody wrote a message."""
        ...

    def joined(self, guild: discord.Guild) -> None:
        """Rinko was let into a server."""
        ...

    def removed(self, guild: discord.Guild) -> None:
        """Rinko was taken out of a server."""
        ...

    def connected(self) -> None:
        """All that there is has been told; happens again and again."""
        ...


class _Heard(discord.Client):
    """A client that tells its listener, and is closed by `leave` alone.

    discord.py ends a client for good where its gateway failed in certain ways, and a client that
    ended cannot begin again. Here only its gateway ends, so that `connect` can be called anew while
    requests go on; nobody who holds the client is left with a dead one.
    """

    listener: Listener | None = None
    asked: discord.Intents
    """The intents it asks for; the library reads them each time it connects."""
    down: set[int]
    """The shards that hear nothing now."""
    sessions: Sessions
    _leaving = False

    async def setup_hook(self) -> None:
        """Ask for the words of all messages where the application may have them, called after login."""
        self.ask_for_words(self.may_hear_words)

    @property
    def may_hear_words(self) -> bool:
        """Whether "Message Content Intent" is switched on for the application."""
        flags = self.application.flags if self.application else discord.ApplicationFlags()
        return flags.gateway_message_content or flags.gateway_message_content_limited

    def ask_for_words(self, wanted: bool) -> None:
        """Say whether the next connection asks for the words of messages that do not mention Rinko."""
        self.asked.message_content = wanted

    def dispatch(self, event: str, /, *args: Any, **values: Any) -> None:
        """Tell of an event, but nothing after the end: the library may still be about to."""
        if not self.is_closed():
            super().dispatch(event, *args, **values)

    async def close(self) -> None:
        """End the gateway. The library calls this where it gives up."""
        if self._leaving:
            await super().close()
        else:
            await self.hang_up()

    async def leave(self) -> None:
        """End the client for good."""
        self._leaving = True
        await self.close()

    async def hang_up(self) -> None:
        """End the gateway's connection."""
        socket = self.ws
        if socket is not None and socket.open:
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(_HANG_UP_SECONDS):
                    await socket.close(code=1000)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002
        """Called by the library before it begins a session; its own way waits longer than it has to."""
        await self.sessions.turn(shard_id or 0)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Called by the library."""
        if self.listener is not None:
            self.listener.heard_interaction(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Called by the library."""
        if self.listener is not None:
            self.listener.heard_message(message)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Called by the library."""
        if self.listener is not None:
            self.listener.joined(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Called by the library where a server is back after an outage, or told as if it were."""
        await self.on_guild_join(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Called by the library."""
        if self.listener is not None:
            self.listener.removed(guild)

    async def on_ready(self) -> None:
        """Called by the library, again after each session that could not be resumed."""
        if self.listener is not None:
            self.listener.connected()


class SingleClient(_Heard):
    """A client with one connection, as servers up to 2,500 need."""

    async def on_connect(self) -> None:
        """Called by the library."""
        self.down.clear()

    async def on_resumed(self) -> None:
        """Called by the library."""
        self.down.clear()

    async def on_disconnect(self) -> None:
        """Called by the library, also each time a new connection fails."""
        self.down.add(0)


class _Shard(Shard):
    """A shard that goes on with its session, also where the first attempt at a new connection failed.

    The library begins a new session then, and what was told meanwhile would be lost. Discord refuses to
    go on with what it no longer knows, and the library begins anew after that.
    """

    async def reconnect(self) -> None:
        """Called by the library some time after a connection could not be made."""
        await self.reidentify(ReconnectWebSocket(self.id, resume=True))


class ShardedClient(_Heard, discord.AutoShardedClient):
    """A client with several connections, each for a share of the servers."""

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect every shard, and keep them connected until one cannot be.

        What the library still had in mind for the connections before is forgotten with its queue: it
        would open a second connection for a shard that has one.
        """
        await self._async_setup_hook()
        await super().connect(reconnect=reconnect)

    async def hang_up(self) -> None:
        """End the connection of every shard."""
        for shard in self.shards.values():
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(_HANG_UP_SECONDS):
                    await shard.disconnect()

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Called by the library to begin a shard; its own way makes one that goes on less well."""
        await super().launch_shard(gateway, shard_id, initial=initial)
        made: Shard = self._AutoShardedClient__shards[shard_id]  # type: ignore[attr-defined] # it has no name
        made.__class__ = _Shard

    async def on_shard_connect(self, shard: int) -> None:
        """Called by the library."""
        self.down.discard(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        """Called by the library."""
        self.down.discard(shard)

    async def on_shard_disconnect(self, shard: int) -> None:
        """Called by the library."""
        self.down.add(shard)


DiscordClient = SingleClient | ShardedClient


def make_client(
    shards: int = 1, *, ready_seconds: float = 2.0, identify_seconds: float = APART
) -> DiscordClient:
    """A client that pings nobody, remembers no messages, and waits half a minute at most to be paced.

    `ready_seconds` is how long it waits for further servers before it holds itself for ready, and
    `identify_seconds` what lies between the beginnings of two shards.
    """
    asked = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody speaks here
    kind = ShardedClient if shards > 1 else SingleClient
    client = kind(
        intents=asked,
        allowed_mentions=discord.AllowedMentions.none(),
        max_messages=None,
        chunk_guilds_at_startup=False,
        member_cache_flags=discord.MemberCacheFlags.none(),
        max_ratelimit_timeout=_LONGEST_WAIT,
        http_trace=GlobalPace().trace(),
        guild_ready_timeout=ready_seconds,
        shard_count=shards if shards > 1 else None,
    )
    client.asked = asked
    client.down = set()
    client.sessions = Sessions(identify_seconds)
    return client
