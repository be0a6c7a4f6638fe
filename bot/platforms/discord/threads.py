"""Threads under cards: opened when first written in, paced by what Discord allows, and woken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import discord

from bot.platforms.discord.calls import THREAD_ARCHIVED, THREAD_EXISTS, UNKNOWN_CHANNEL
from bot.platforms.discord.homes import Home
from bot.platforms.discord.recent import Recent
from bot.rendering.discord import first_text, thread_name
from digest.errors import Postponed
from digest.ports import Clock

T = TypeVar("T")
_ARCHIVED_AFTER: Literal[10080] = 10_080
"""Minutes without a message: the seven days that are the most Discord allows."""


class Threads:
    """Knows which cards have their thread, and until when Discord makes no more of them.

    Making threads has a limit over a whole server that no header announces (discord-api-docs
    #7816): a refusal holds for minutes, in which no further one is tried.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: Recent[int, bool] = Recent()
        self._names: Recent[int, str] = Recent()
        self._again_at: dict[int, tuple[datetime | None, float]] = {}

    def expect(self, card: int, name: str) -> None:
        """Remember what the thread of a card will be called."""
        self._names.set(card, name)

    async def within(
        self, home: Home, card: int, work: Callable[[discord.PartialMessageable], Awaitable[T]]
    ) -> T:
        """Do something in the thread of a card, which is made where it is not there.

        Raises `Postponed` where none can be made now, and what discord.py raises.
        """
        await self.make(home, card)
        try:
            return await work(home.thread(card))
        except discord.NotFound as error:
            if error.code != UNKNOWN_CHANNEL or self._open.get(card) is None:
                raise
        # Somebody deleted the thread since it was last written in.
        self._open.drop(card)
        await self.make(home, card)
        return await work(home.thread(card))

    async def make(self, home: Home, card: int) -> None:
        """Make the thread of a card, where it is not there. Raises as `within` does."""
        channel = home.channel
        if not isinstance(channel, discord.TextChannel) or self._open.get(card):
            return
        if channel.get_thread(card) is None:
            self._may_be_made(channel.guild.id)
            name = self._names.get(card) or await _name_of(channel, card)
            try:
                await channel.get_partial_message(card).create_thread(
                    name=name, auto_archive_duration=_ARCHIVED_AFTER
                )
            except discord.HTTPException as error:
                if error.code != THREAD_EXISTS:
                    raise
            except discord.RateLimited as error:
                self.limited(channel.guild.id, error.retry_after)
        self._open.set(card, True)

    def _may_be_made(self, guild: int) -> None:
        now, (until, seconds) = self._clock.now(), self._again_at.get(guild, (None, 0.0))
        # With more than the whole wait to go, the clock was set back meanwhile.
        if until is not None and now < until <= now + timedelta(seconds=seconds):
            raise Postponed(until, "Discord makes no more threads for now.")

    def limited(self, guild: int, seconds: float) -> None:
        """Remember that a server gets no more threads for a while. Raises `Postponed`."""
        self._again_at[guild] = (self._clock.now() + timedelta(seconds=seconds), seconds)
        self._may_be_made(guild)


async def _name_of(channel: discord.TextChannel, card: int) -> str:
    message = await channel.fetch_message(card)
    return thread_name(first_text(message.components))


async def awake(home: Home, thread: int, work: Callable[[], Awaitable[T]]) -> T:
    """Change something in a thread, which is opened again where it was archived."""
    try:
        return await work()
    except discord.HTTPException as error:
        if error.code != THREAD_ARCHIVED:
            raise
    found = await home.client.fetch_channel(thread)
    if isinstance(found, discord.Thread):
        await found.edit(archived=False)
    return await work()
