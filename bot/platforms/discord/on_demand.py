"""Posting to Discord without listening to it: whoever only posts logs in at the first use."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.platforms.discord.client import DiscordClient
from bot.platforms.discord.login import log_in, use_addresses
from digest.errors import PlaceUnavailable, RinkoError
from digest.places import Message, PartKey, Place
from digest.ports import Outlet, Stream
from digest.posts import Limits, Post


class Login:
    """Logs a client in once, unless a platform listens with it: that one logs in by itself."""

    def __init__(self, client: DiscordClient, token: str, api_url: str) -> None:
        self._client = client
        self._token = token
        self._api_url = api_url
        self._lock = asyncio.Lock()

    async def __call__(self) -> None:
        """Return once requests can be made. Raises `PlaceUnavailable` where they cannot."""
        async with self._lock:
            if self._client.application is not None:
                return
            if self._client.listener is not None:
                raise PlaceUnavailable("Discord is not connected.", hint="`/healthz` and the log say why.")
            use_addresses(self._api_url)
            try:
                await log_in(self._client, self._token)
            except RinkoError as error:
                # The library makes a session with each attempt.
                await self._client.http.close()
                self._client.http.connector = discord.utils.MISSING
                raise PlaceUnavailable(error.message, hint=error.hint) from error


@dataclass(frozen=True)
class OnDemand:
    """`digest.ports.Outlet` around another one, whose client is logged in when it is needed."""

    outlet: Outlet
    login: Login

    @property
    def limits(self) -> Limits:
        """What one message may hold."""
        return self.outlet.limits

    async def prepare(self, under: Message) -> None:
        """Make the thread under a message, where it is not there."""
        await self.login()
        await self.outlet.prepare(under)

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        """Post a new message."""
        await self.login()
        return await self.outlet.send(key, post, under)

    async def edit(self, message: Message, post: Post) -> Message:
        """Show `post` in place of what the message showed."""
        await self.login()
        return await self.outlet.edit(message, post)

    async def find(
        self,
        keys: Collection[PartKey],
        under: Message | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Mapping[PartKey, tuple[Message, ...]]:
        """By key, all messages that carry its mark, oldest first."""
        await self.login()
        return await self.outlet.find(keys, under, since, until)

    async def replies(self, message: Message) -> int:
        """How many messages people wrote in the thread of a message."""
        await self.login()
        return await self.outlet.replies(message)

    async def lacking(self, place: Place) -> tuple[str, ...]:
        """The rights that delivery to a place needs and the bot has not."""
        await self.login()
        return await self.outlet.lacking(place)

    async def locate(self, channel: str) -> Place:
        """The place of a channel that is named by its id alone."""
        await self.login()
        return await self.outlet.locate(channel)

    async def unheard(self, place: Place) -> tuple[str, ...]:
        """What keeps the bot from hearing every message."""
        await self.login()
        return await self.outlet.unheard(place)

    async def name(self, place: Place) -> str:
        """What people call a place; its id where Discord cannot be asked."""
        try:
            await self.login()
        except RinkoError:
            return place.channel
        return await self.outlet.name(place)

    async def private(self, place: Place, user: str) -> Place | None:
        """Where one person is written to directly."""
        await self.login()
        return await self.outlet.private(place, user)

    async def remove(self, message: Message) -> None:
        """Delete one of the bot's own messages."""
        await self.login()
        await self.outlet.remove(message)

    def stream(self, place: Place, thread: str | None, only_for: str | None) -> Stream:
        """A growing message in a thread, for everyone or for one person only."""
        return _Stream(self.outlet.stream(place, thread, only_for), self.login)


@dataclass(frozen=True)
class _Stream:
    stream: Stream
    login: Login

    async def show(self, post: Post) -> None:
        await self.login()
        await self.stream.show(post)

    async def finish(self, post: Post) -> Message:
        await self.login()
        return await self.stream.finish(post)
