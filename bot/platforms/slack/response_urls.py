"""Answers through an interaction's response URL: five uses within half an hour, for one person or for all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.platforms.slack.payloads import Json
from bot.rendering.slack import blocks_of, text_of
from digest.errors import DeliveryError, PlaceUnavailable
from digest.places import Message, Place
from digest.ports import Clock, Stream
from digest.posts import Post

_log = structlog.get_logger(__name__)

_USES = 5
_LIFE = timedelta(minutes=29)
"""https://docs.slack.dev/interactivity/handling-user-interaction#message_responses: five times within
thirty minutes; one minute is for clocks that differ."""
_CALL_SECONDS = 10
_PAUSES = (timedelta(), timedelta(seconds=1.5), timedelta(seconds=4), timedelta(seconds=10))
"""How long what is shown stands before the next state, so that four states see a long answer grow."""


class ResponseUrl:
    """What one interaction may still be answered with."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._until = clock.now() + _LIFE
        self.left = _USES if url else 0
        """How many uses there still are."""

    async def send(self, post: Post, *, replace: bool, for_all: bool = False) -> None:
        """Use it once. Raises `DeliveryError` where Slack did not take it."""
        if self.left <= 0 or self._clock.now() >= self._until:
            raise PlaceUnavailable
        self.left -= 1
        body: Json = {
            "text": text_of(post),
            "blocks": blocks_of(post),
            "response_type": "in_channel" if for_all else "ephemeral",
            "replace_original": replace,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        # Sent once: what was stored although its answer was lost would come a second time.
        client = AsyncWebhookClient(self._url, timeout=_CALL_SECONDS, retry_handlers=[])
        try:
            answer = await client.send_dict(body)
        except (SlackClientError, aiohttp.ClientError, OSError) as error:
            raise DeliveryError from error
        if answer.status_code != 200:
            _log.info("slack took no more answers to an interaction", status=answer.status_code)
            raise PlaceUnavailable


class UrlStream:
    """A growing message in place of the one that was acted on, which only its asker sees.

    The last use of the address is kept for the end. What it no longer takes goes to `otherwise`.
    """

    unfinished: Post | None = None
    """What it last showed, or was asked to; None before that and once it is finished."""

    def __init__(self, url: ResponseUrl, place: Place, clock: Clock, otherwise: Callable[[], Stream]) -> None:
        self._url = url
        self._place = place
        self._clock = clock
        self._otherwise = otherwise
        self._shown = 0
        self._next_at = clock.now()

    async def show(self, post: Post) -> None:
        """Show this in place of what was shown before, unless it comes too fast or would use too much."""
        self.unfinished = post
        if self._url.left <= 1 or self._shown >= len(_PAUSES) or self._clock.now() < self._next_at:
            return
        try:
            await self._url.send(post, replace=True)
        except DeliveryError as error:
            _log.info("growing message not shown", kind=error.kind)
            return
        self._shown += 1
        pause = _PAUSES[min(self._shown, len(_PAUSES) - 1)]
        self._next_at = self._clock.now() + pause

    async def finish(self, post: Post) -> Message:
        """Show this for good. Raises `DeliveryError`."""
        try:
            await self._url.send(post, replace=True)
        except PlaceUnavailable:
            message = await self._otherwise().finish(post)
        else:
            message = Message("", self._place)
        self.unfinished = None
        return message


class Watched:
    """A stream that remembers what it shows until it is finished, and may have another way to finish."""

    unfinished: Post | None = None

    def __init__(self, stream: Stream, otherwise: Callable[[Post], Awaitable[None]], place: Place) -> None:
        self._stream = stream
        self._otherwise = otherwise
        self._place = place

    async def show(self, post: Post) -> None:
        """Show this in place of what was shown before."""
        self.unfinished = post
        await self._stream.show(post)

    async def finish(self, post: Post) -> Message:
        """Show this for good; where the bot may not write there, through the response URL.

        Raises `DeliveryError`.
        """
        try:
            message = await self._stream.finish(post)
        except PlaceUnavailable as error:
            try:
                await self._otherwise(post)
            except DeliveryError:
                raise error from None
            message = Message("", self._place)
        self.unfinished = None
        return message
