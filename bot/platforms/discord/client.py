"""The discord.py client: one for the life of the process, whatever happens to its gateway."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Protocol

import discord

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
        """End the gateway's connections."""
        raise NotImplementedError

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

    async def hang_up(self) -> None:
        """End the gateway's connection."""
        socket = self.ws
        if socket is not None and socket.open:
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(_HANG_UP_SECONDS):
                    await socket.close(code=1000)

    async def on_connect(self) -> None:
        """Called by the library."""
        self.down.clear()

    async def on_resumed(self) -> None:
        """Called by the library."""
        self.down.clear()

    async def on_disconnect(self) -> None:
        """Called by the library, also each time a new connection fails."""
        self.down.add(0)


class ShardedClient(_Heard, discord.AutoShardedClient):
    """A client with several connections, each for a share of the servers."""

    async def hang_up(self) -> None:
        """End the connection of every shard."""
        for shard in self.shards.values():
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(_HANG_UP_SECONDS):
                    await shard.disconnect()

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


def make_client(shards: int = 1, *, ready_seconds: float = 2.0) -> DiscordClient:
    """A client that pings nobody, remembers no messages, and waits half a minute at most to be paced.

    `ready_seconds` is how long it waits for further servers before it holds itself for ready.
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
        guild_ready_timeout=ready_seconds,
        shard_count=shards if shards > 1 else None,
    )
    client.asked = asked
    client.down = set()
    return client
