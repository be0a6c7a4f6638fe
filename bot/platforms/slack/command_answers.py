"""The answer to a slash command: what it said stays, so that it says little before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bot.platforms.slack.response_urls import ResponseUrl
from digest.errors import DeliveryError, PlaceUnavailable
from digest.places import Message, Place
from digest.ports import Clock, Stream
from digest.posts import Post

_log = structlog.get_logger(__name__)

_WAITS = (1.0, 30.0, 120.0)
"""Seconds before each message that says how far it is, counted from the one before. An answer that is
there sooner is all that is read."""


class CommandAnswer:
    """An answer that only whoever gave the command sees.

    `replace_original` does nothing with a command's response URL, as no message was acted on: each use adds
    a message (bolt-python #1268, bolt-js #2287). So a state is said only after a while, and seldom. What the
    address no longer takes goes to `otherwise`.
    """

    def __init__(self, url: ResponseUrl, place: Place, clock: Clock, otherwise: Callable[[], Stream]) -> None:
        self.unfinished: Post | None = None
        """What it was last asked to show; None before that and once it is finished."""
        self._url = url
        self._place = place
        self._clock = clock
        self._otherwise = otherwise
        self._said = 0
        self._waiting: asyncio.Task[None] | None = None
        self._saying: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()

    async def show(self, post: Post) -> None:
        """Say this after a while, unless something newer or the whole answer comes before."""
        self.unfinished = post
        if self._waiting is None and self._said < len(_WAITS):
            self._waiting = asyncio.create_task(self._later(_WAITS[self._said]))
            self._saying.add(self._waiting)
            self._waiting.add_done_callback(self._saying.discard)

    async def finish(self, post: Post) -> Message:
        """Say this for good. Raises `DeliveryError`."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        async with self._one_at_a_time:
            try:
                await self._url.send(post, replace=False)
            except PlaceUnavailable:
                message = await self._otherwise().finish(post)
            else:
                message = Message("", self._place)
        self.unfinished = None
        return message

    async def _later(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._waiting = None  # from here on it is not cancelled: the message may be on its way
        self._said += 1
        async with self._one_at_a_time:
            # The last use of the address is kept for the end.
            if self.unfinished is None or self._url.left <= 1:
                return
            try:
                await self._url.send(self.unfinished, replace=False)
            except DeliveryError as error:
                _log.info("state of an answer not said", kind=error.kind)
