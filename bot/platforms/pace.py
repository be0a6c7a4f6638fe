"""A growing message shown no faster than a platform likes: what comes too fast gives way to the newest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from digest.errors import RinkoError
from digest.places import Message
from digest.ports import Clock
from digest.posts import Post

_log = structlog.get_logger(__name__)

Put = Callable[[Post], Awaitable[Message]]
"""Shows a post in a message: makes it the first time and changes it from then on."""


class PacedStream:
    """A `digest.ports.Stream` that puts the newest state at most every so many seconds.

    Showing never waits for the platform; a state that could not be shown is logged, since the next
    one or the last takes its place. Only `finish` waits, and raises what went wrong.
    """

    def __init__(self, put: Put, clock: Clock, seconds: float) -> None:
        self.unfinished: Post | None = None
        """What it was last asked to show; None before that and once it is finished."""
        self._put = put
        self._clock = clock
        self._pause = timedelta(seconds=seconds)
        self._next_at: datetime | None = None
        self._waiting: asyncio.Task[None] | None = None
        self._putting: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()

    async def show(self, post: Post) -> None:
        """Show this soon in place of what was shown before."""
        self.unfinished = post
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._later())
            self._putting.add(self._waiting)
            self._waiting.add_done_callback(self._putting.discard)

    async def finish(self, post: Post) -> Message:
        """Show this for good. Raises what the platform answered."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        async with self._one_at_a_time:
            message = await self._put(post)
        self.unfinished = None
        return message

    async def _later(self) -> None:
        wait = (self._next_at - self._clock.now()).total_seconds() if self._next_at else 0.0
        if wait > 0:
            await self._clock.sleep(wait)
        self._waiting = None  # from here on it is not cancelled: the message may be on its way
        async with self._one_at_a_time:
            post = self.unfinished
            if post is None:
                return
            try:
                await self._put(post)
            except RinkoError as error:
                _log.warning("growing message not shown", error=str(error))
            self._next_at = self._clock.now() + self._pause
