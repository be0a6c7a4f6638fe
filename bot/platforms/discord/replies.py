"""Answers on Discord: through an interaction while its token lives, by messages where there is none."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from bot.platforms.conversation import Request
from digest.errors import PlaceUnavailable, RinkoError
from digest.phrases import Phrases
from digest.places import Message
from digest.ports import Clock, Outlet, Stream
from digest.posts import Block, BlockKind, Post, Span

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Setting:
    """What all replies to one act work with."""

    request: Request
    outlet: Outlet
    clock: Clock
    say: Phrases
    direct: bool
    """Whether it is in somebody's direct messages, where all is private."""

    def everyone(self) -> Stream:
        """A new message for all, where the act was done."""
        return self.outlet.stream(self.request.place, self.request.thread, None)

    async def asker(self) -> Stream:
        """A new message in the asker's direct messages. Raises `PlaceUnavailable` where there are none."""
        if self.direct:
            return self.everyone()
        place = await self.outlet.private(self.request.place, self.request.user)
        if place is None:
            raise PlaceUnavailable("This person takes no direct messages.")
        return self.outlet.stream(place, None, None)


class Growing(Stream, Protocol):
    """A stream that knows what it was last asked to show, until it is finished."""

    @property
    def unfinished(self) -> Post | None:
        """What it shows, or is about to."""
        ...


class Replies(ABC):
    """Keeps what it began, so that a stop can bring all of it to an end."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._begun: list[Growing] = []

    def stream(self, *, only_for_asker: bool) -> Stream:
        """A new message that grows, in the thread of the request if it has one."""
        stream = self._begin(only_for_asker=only_for_asker)
        self._begun.append(stream)
        return stream

    @abstractmethod
    def _begin(self, *, only_for_asker: bool) -> Growing: ...

    async def tell(self, phrase: str, **values: object) -> None:
        """Say one line to the asker alone."""
        words = Block(BlockKind.TEXT, (Span(self.setting.say(phrase, **values)),))
        post = Post(self.setting.request.language, (words,))
        await self.stream(only_for_asker=True).finish(post)

    async def end(self, phrase: str, **values: object) -> None:
        """Add a note to all that still grows, or where nothing does, say it to the asker."""
        growing = [(one, one.unfinished) for one in self._begun if one.unfinished is not None]
        for stream, post in growing:
            await stream.finish(
                replace(post, blocks=(*post.blocks, self._note(phrase, **values)), buttons=())
            )
        if not growing:
            await self.tell(phrase, **values)

    @abstractmethod
    async def close(self) -> None:
        """Leave nothing behind that seems to wait for an answer."""

    def _note(self, phrase: str, **values: object) -> Block:
        return Block(BlockKind.NOTE, (Span(self.setting.say(phrase, **values)),))


class MessageReplies(Replies):
    """Answers to a message: for all where it was written, for the asker in direct messages.

    Discord shows nothing to one person alone in answer to a message.
    """

    def _begin(self, *, only_for_asker: bool) -> Growing:
        if only_for_asker and not self.setting.direct:
            return DirectStream(self.setting)
        return OpenStream(self.setting.everyone())

    async def close(self) -> None:
        """Nothing does: a message that was written is not acknowledged."""


class OpenStream:
    """An outlet's stream that remembers what it shows until it is finished."""

    def __init__(
        self,
        stream: Stream,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        after: Callable[[Message], Awaitable[None]] | None = None,
    ) -> None:
        """Take a stream, what is done each time before it shows something, and once it is finished."""
        self.unfinished: Post | None = None
        self._stream = stream
        self._before = before
        self._after = after

    async def show(self, post: Post) -> None:
        """Show this in place of what was shown before."""
        self.unfinished = post
        if self._before is not None:
            await self._before()
        await self._stream.show(post)

    async def finish(self, post: Post) -> Message:
        """Show this for good."""
        if self._before is not None:
            await self._before()
        message = await self._stream.finish(post)
        self.unfinished = None
        if self._after is not None:
            await self._after(message)
        return message


class DirectStream:
    """A message to the asker, who is told in the channel where no direct message reaches them.

    Its buttons are left out: pressed there, they would act in another place than they speak of.
    """

    def __init__(self, setting: Setting) -> None:
        self.unfinished: Post | None = None
        self._setting = setting
        self._stream: Stream | None = None
        self._refused = False
        self._opening = asyncio.Lock()

    async def show(self, post: Post) -> None:
        """Show this in place of what was shown before."""
        self.unfinished = post
        try:
            stream = await self._open()
            await stream.show(replace(post, buttons=()))
        except PlaceUnavailable as error:
            _log.info("direct message refused", error=str(error))

    async def finish(self, post: Post) -> Message:
        """Show this for good."""
        self.unfinished = None
        try:
            stream = await self._open()
            return await stream.finish(replace(post, buttons=()))
        except PlaceUnavailable:
            words = Span(self._setting.say("chat.no_private"))
            note = Post(post.language, (Block(BlockKind.NOTE, (words,)),))
            return await self._setting.everyone().finish(note)

    async def _open(self) -> Stream:
        async with self._opening:
            if self._stream is None:
                self._stream = await self._setting.asker()
            return self._stream


async def end_quietly(replies: Replies, phrase: str, **values: object) -> None:
    """Bring what was begun to an end, where that is still possible."""
    try:
        await replies.end(phrase, **values)
    except RinkoError as error:
        _log.warning(
            "answer not brought to an end", error=str(error), place=str(replies.setting.request.place)
        )


Work = Callable[[Replies], Awaitable[None]]
"""What is done for one act, and answers by these replies."""
