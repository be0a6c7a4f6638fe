"""Carries out what people do on the page: say, ask, press a button, dismiss a private reply."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from bot.platforms.conversation import CommandTable, Request, Upload
from bot.platforms.local.messages import Draft, Kept, Messages
from bot.platforms.local.outlet import LocalStream, local_place, new_id
from bot.platforms.local.views import Channel, paper_key
from digest.errors import WrongUse
from digest.phrases import Phrases
from digest.places import Place
from digest.ports import Clock
from digest.posts import Block, BlockKind, Post, Span

_log = structlog.get_logger(__name__)

_UNDER_WAY = 6
TEXT_LIMIT = 8_000
_PDF_WITHIN = 1_024


@dataclass(frozen=True, slots=True)
class Act:
    """Where something is done, and by whom."""

    channel: Channel
    session: str
    phrases: Phrases
    is_admin: bool
    root: Kept | None = None
    """The message whose thread it is done in."""


@dataclass(frozen=True, slots=True)
class Line:
    """What someone sent: a command line, or a question where `command` is false."""

    text: str
    command: bool


def line_of(text: str, *, asking: bool, attached: bool) -> Line:
    """Pure: what a text is; ／ as Japanese keyboards write it is / too, and a file is for `/ask`."""
    text = text.strip()
    if asking:
        return Line(text, command=False)
    if text.startswith("／"):
        text = "/" + text[1:]
    if attached and not text.startswith("/"):
        text = f"/ask {text}".strip()
    return Line(text, command=text.startswith("/"))


def is_pdf(data: bytes) -> bool:
    """Pure: whether a file begins as PDFs do, some with rubbish before."""
    return b"%PDF-" in data[:_PDF_WITHIN]


class LocalReplies:
    """Answers where the act was done, and brings to an end what an error left growing."""

    def __init__(self, act: Act, messages: Messages, clock: Clock, instead_of: str | None = None) -> None:
        self._act = act
        self._messages = messages
        self._clock = clock
        self._instead_of = instead_of
        self._streams: list[_Watched] = []

    def stream(self, *, only_for_asker: bool) -> LocalStream:
        """A new message that grows; the first private one takes the pressed message's place."""
        message = None
        if only_for_asker:
            message, self._instead_of = self._instead_of, None
        root = self._act.root
        stream = _Watched(
            self._messages,
            self._clock,
            local_place(self._act.channel.name),
            root.id if root else None,
            self._act.session if only_for_asker else None,
            message,
        )
        self._streams.append(stream)
        return stream

    async def end(self, note: str) -> None:
        """Add a note to all that still grows, or where nothing does, send it to the asker."""
        language = self._act.phrases.language
        block = Block(BlockKind.NOTE, (Span(note),))
        unfinished = [stream for stream in self._streams if stream.unfinished is not None]
        for stream in unfinished:
            post = stream.unfinished
            if post is not None:
                await stream.finish(replace(post, blocks=(*post.blocks, block)))
        if not unfinished:
            await self.stream(only_for_asker=True).finish(Post(language, (block,)))


class _Watched(LocalStream):
    """A stream that remembers what it shows until it is finished."""

    unfinished: Post | None = None

    async def _put(self, post: Post, *, growing: bool) -> Kept:
        kept = await super()._put(post, growing=growing)
        self.unfinished = post if growing else None
        return kept


class Acts:
    """Runs acts in the background, so that the page is answered at once."""

    def __init__(self, messages: Messages, clock: Clock, commands: CommandTable) -> None:
        self._messages = messages
        self._clock = clock
        self._commands = commands
        self._tasks: dict[asyncio.Task[None], str] = {}

    async def say(self, act: Act, line: Line, paper: str | None, upload: Upload | None) -> None:
        """Show what was said, and begin to answer it. Raises `WrongUse` where too much is under way.

        A question in a thread is seen by all, as its answer is; anything else by the asker only.
        """
        self._make_room(act)
        request = self.request(act, paper, upload)
        public = act.root is not None and not line.command
        await self._echo(act, line.text, upload, only_for=None if public else act.session)
        replies = LocalReplies(act, self._messages, self._clock)
        work = self._commands.run if line.command else self._commands.ask
        self._begin(act, replies, lambda: work(line.text, request, replies))

    async def press(self, act: Act, kept: Kept, action: str, value: str) -> None:
        """Begin to carry out a button of a message. Raises `WrongUse` where it has none such."""
        if not any((button.action, button.value) == (action, value) for button in kept.post.buttons):
            raise WrongUse(act.phrases("local.stale"))
        self._make_room(act)
        card = paper_key(kept.part)
        request = self.request(act, card)
        replies = LocalReplies(act, self._messages, self._clock, kept.id if kept.only_for else None)
        self._begin(act, replies, lambda: self._commands.press(action, value, request, replies))

    async def dismiss(self, act: Act, kept: Kept) -> None:
        """Take a reply that only this session sees off its page."""
        if kept.only_for == act.session:
            await self._messages.delete(kept.id, self._clock.now())

    def request(self, act: Act, paper: str | None = None, upload: Upload | None = None) -> Request:
        """The act as the table of commands takes it."""
        place: Place = local_place(act.channel.name)
        known = paper or (paper_key(act.root.part) if act.root else None)
        thread = act.root.id if act.root else None
        return Request(place, thread, act.session, act.channel.language, act.is_admin, known or None, upload)

    async def close(self) -> None:
        """Stop what is under way; each answer says that it was stopped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _echo(self, act: Act, text: str, upload: Upload | None, only_for: str | None) -> None:
        blocks = [Block(BlockKind.TEXT, (Span(text),))] if text else []
        if upload is not None:
            attached = act.phrases("local.attached", filename=upload.filename)
            blocks.append(Block(BlockKind.NOTE, (Span(attached),)))
        await self._messages.insert(
            Draft(
                id=new_id(),
                channel=act.channel.name,
                author=act.session,
                post=Post(act.channel.language, tuple(blocks)),
                created=self._clock.now(),
                thread=act.root.id if act.root else None,
                only_for=only_for,
            )
        )

    def _make_room(self, act: Act) -> None:
        if Counter(self._tasks.values())[act.session] >= _UNDER_WAY:
            raise WrongUse(act.phrases("local.busy"))

    def _begin(self, act: Act, replies: LocalReplies, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(self._carry_out(act, replies, work))
        self._tasks[task] = act.session
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _carry_out(self, act: Act, replies: LocalReplies, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except asyncio.CancelledError:
            await replies.end(act.phrases("local.interrupted"))
            raise
        except Exception:  # noqa: BLE001 - the last line of defence: a fault must not reach the page raw
            _log.exception("local_act_failed", channel=act.channel.name)
            await replies.end(act.phrases("local.failed"))
