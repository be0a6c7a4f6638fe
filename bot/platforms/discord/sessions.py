"""Begins sessions at Discord's gateway no faster than it lets them be begun, and no more of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import discord

from digest.errors import RinkoError

APART = 5.1
"""Seconds between two IDENTIFY of one bucket: Discord's five, and a little for the way there."""


class NoSessionsLeft(RinkoError):
    """Discord lets no more sessions begin for now."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


class Sessions:
    """Knows how sessions may be begun, as `/gateway/bot` says it.

    Shards of one bucket (their number modulo `max_concurrency`) begin five seconds apart. A bot that
    begins more than about a thousand in a day has its token taken away:
    https://docs.discord.com/developers/events/gateway#session-start-limit-object
    """

    def __init__(self, apart: float = APART) -> None:
        self._apart = apart
        self._buckets = 1
        self._free_at: dict[int, float] = {}

    async def look(self, client: discord.Client, shards: int) -> None:
        """Ask what is allowed now. Raises `NoSessionsLeft` where it is less than one for each shard."""
        _, _, limit = await client.http.get_bot_gateway()
        self._buckets = max(1, limit["max_concurrency"])
        if limit["remaining"] < shards:
            raise NoSessionsLeft(timedelta(milliseconds=limit["reset_after"]))

    async def turn(self, shard: int) -> None:
        """Wait until a shard's session may begin."""
        bucket, now = shard % self._buckets, asyncio.get_running_loop().time()
        moment = max(now, self._free_at.get(bucket, now))
        self._free_at[bucket] = moment + self._apart
        await asyncio.sleep(moment - now)
