"""Carries out what people do on the page: say, ask, press a button, dismiss a private reply."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from bot.platforms.conversation import ASK_ACTION, PANEL_ACTIONS, CommandTable, Form, Request, Upload
from bot.platforms.local.messages import Draft, Kept, Messages
from bot.platforms.local.outlet import LocalStream, local_place, new_id
from bot.platforms.local.views import Channel
from bot.traces import reference, traced
from digest.errors import WrongUse
from digest.phrases import Phrases
from digest.places import Place
from digest.ports import Clock
from digest.posts import Block, BlockKind, Post, Span

_log = structlog.get_logger(__name__)

_UNDER_WAY = 6
TEXT_LIMIT = 8_000
FIELD_LIMIT = 4_000
"""Most characters of what is written into one field of a form."""
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
    """What someone sent: a command line, or else a question."""

    text: str
    command: bool


def line_of(text: str, *, attached: bool) -> Line:
    """Pure: what a text is; ／ as Japanese keyboards write it is / too, and a file is for `/ask`."""
    text = text.strip()
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

    async def say(self, act: Act, line: Line, upload: Upload | None) -> None:
        """Show what was said, and begin to answer it. Raises `WrongUse` where too much is under way.

        A question in a thread is seen by all, as its answer is; anything else by the asker only.
        """
        self._make_room(act)
        request = self.request(act, upload)
        await self._echo(act, line, upload)
        replies = LocalReplies(act, self._messages, self._clock)
        work = self._commands.run if line.command else self._commands.ask
        self._begin(act, replies, lambda: work(line.text, request, replies))

    async def press(self, act: Act, kept: Kept, action: str, value: str) -> Form | None:
        """Begin to carry out a button of a message, or give the form that it asks for first.

        Raises `WrongUse` where the message has no such button, or too much is under way.
        """
        request, replies = self._pressed(act, kept, action, value)
        form = await self._commands.form(action, value, request)
        if form is None:
            self._begin(act, replies, lambda: self._commands.press(action, value, request, replies))
        return form

    async def submit(self, act: Act, kept: Kept, action: str, value: str, written: Mapping[str, str]) -> None:
        """Begin to carry out a button whose form was filled in; a question is shown as it was asked.

        Raises `WrongUse` where the message has no such button, it asks for nothing (any more),
        or what was written does not fit the form.
        """
        request, replies = self._pressed(act, kept, action, value)
        form = await self._commands.form(action, value, request)
        if form is None:
            raise WrongUse(act.phrases("local.stale"))
        filled = {field.name: written.get(field.name, "").strip() for field in form.fields}
        for field in form.fields:
            if field.required and not filled[field.name]:
                raise WrongUse(act.phrases("local.required", label=field.label))
            if len(filled[field.name]) > FIELD_LIMIT:
                raise WrongUse(act.phrases("local.too_long", count=FIELD_LIMIT))
        if action == ASK_ACTION:
            await self._echo(act, Line("\n".join(filter(None, filled.values())), command=False))
        self._begin(act, replies, lambda: self._commands.submit(action, value, filled, request, replies))

    async def dismiss(self, act: Act, kept: Kept) -> None:
        """Take a reply that only this session sees off its page."""
        if kept.only_for == act.session:
            await self._messages.delete(kept.id, self._clock.now())

    def request(self, act: Act, upload: Upload | None = None) -> Request:
        """The act as the table of commands takes it."""
        place: Place = local_place(act.channel.name)
        thread = act.root.id if act.root else None
        return Request(place, thread, act.session, act.channel.language, act.is_admin, upload=upload)

    async def close(self) -> None:
        """Stop what is under way; each answer says that it was stopped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _pressed(self, act: Act, kept: Kept, action: str, value: str) -> tuple[Request, LocalReplies]:
        """A button's act and where it is answered. Raises `WrongUse` where the message has none such."""
        if not any((button.action, button.value) == (action, value) for button in kept.post.buttons):
            raise WrongUse(act.phrases("local.stale"))
        self._make_room(act)
        takes_place = kept.only_for and action not in PANEL_ACTIONS
        replies = LocalReplies(act, self._messages, self._clock, kept.id if takes_place else None)
        return self.request(act), replies

    async def _echo(self, act: Act, line: Line, upload: Upload | None = None) -> None:
        """Show what was said: a question in a thread to all, anything else to whoever said it."""
        public = act.root is not None and not line.command
        blocks = [Block(BlockKind.TEXT, (Span(line.text),))] if line.text else []
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
                only_for=None if public else act.session,
            )
        )

    def _make_room(self, act: Act) -> None:
        if Counter(self._tasks.values())[act.session] >= _UNDER_WAY:
            raise WrongUse(act.phrases("local.busy"))

    def _begin(self, act: Act, replies: LocalReplies, work: Callable[[], Awaitable[None]]) -> None:
        with traced(anew=True):
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
            await replies.end(act.phrases("local.failed", reference=reference()))
