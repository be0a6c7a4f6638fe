"""What the page asks of the server, each as one short handler."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.web_request import FileField
from multidict import MultiDictProxy

from bot.platforms.conversation import CommandTable, Upload
from bot.platforms.local.acts import TEXT_LIMIT, Act, Acts, is_pdf, line_of
from bot.platforms.local.events import BEAT, RETRY, Watch, event
from bot.platforms.local.guard import new_session, remember, session_of
from bot.platforms.local.messages import Kept
from bot.platforms.local.pages import Pages
from bot.platforms.local.views import Channel, own_thread
from digest.errors import NotFound, RinkoError, StoreError, WrongUse

_AT_ONCE = 200
_LINE_LIMIT = 500
_NAME_LIMIT = 200
_DIGITS = 16
_log = structlog.get_logger(__name__)
Sent = MultiDictProxy[str | bytes | bytearray | FileField]
_FIELD = "field."
"""How the names of a form's fields begin among what is sent."""


@dataclass(frozen=True)
class Routes:
    """The handlers, over what they need."""

    pages: Pages
    watch: Watch
    acts: Acts
    commands: CommandTable
    is_admin: bool
    heartbeat_seconds: float

    def table(self) -> list[web.RouteDef]:
        """All addresses of the page."""
        return [
            web.get("/", self.show_channel),
            web.get("/c/{channel}", self.show_channel),
            web.get("/thread/{thread}", self.show_thread),
            web.get("/events", self.events),
            web.get("/complete", self.complete),
            web.post("/act/say", self.say),
            web.post("/act/press", self.press),
            web.post("/act/submit", self.submit),
            web.post("/act/dismiss", self.dismiss),
        ]

    async def show_channel(self, request: web.Request) -> web.Response:
        """A channel's page, or with `part=list` only a run of older messages."""
        session = session_of(request) or new_session()
        try:
            channel = await self.pages.channel_named(request.match_info.get("channel"))
        except NotFound:
            return await self._missing()
        before = _number(request.query.get("before"))
        if request.query.get("part") == "list":
            return _page(request, await self.pages.older(channel, session, before), session)
        return _page(request, await self.pages.channel(channel, session, before=before), session)

    async def show_thread(self, request: web.Request) -> web.Response:
        """The channel with a thread open, or with `part=panel` only the thread."""
        session = session_of(request) or new_session()
        try:
            root, channel = await self.pages.root(request.match_info["thread"])
        except NotFound:
            return await self._missing()
        if request.query.get("part") == "panel":
            return _page(request, await self.pages.thread(channel, root, session), session)
        return _page(request, await self.pages.channel(channel, session, root), session)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Changes of a channel since a revision, and on as they come."""
        session = session_of(request) or ""
        channel = await self._channel(request.query.get("channel"))
        after = _number(request.headers.get("Last-Event-ID")) or _number(request.query.get("after")) or 0
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(RETRY)
        try:
            if after > await self.pages.messages.revision():  # another database than the page was made from
                await response.write(event({}, name="reset"))
                return response
            while not self.watch.closing:
                after = await self._write_changes(response, channel, after, session)
                await self.watch.wait(after, self.heartbeat_seconds)
                await response.write(BEAT)
        except (ConnectionError, StoreError):
            return response  # the page comes back and asks from where it was
        return response

    async def _write_changes(
        self, response: web.StreamResponse, channel: Channel, after: int, session: str
    ) -> int:
        """Write all that changed; the revision the page is at then."""
        seen = self.watch.revision  # before looking, so that nothing newer is passed over
        while changed := await self.pages.messages.changes(channel.name, after, _AT_ONCE):
            for kept in changed:
                told = await self.pages.change(channel, kept, session)
                if told is not None:
                    await response.write(event(told, number=kept.revision))
            after = changed[-1].revision
        return max(after, seen)

    async def complete(self, request: web.Request) -> web.Response:
        """Ways to go on with a line."""
        query = request.query
        act = await self._act(request, query.get("channel", ""), query.get("thread", ""))
        line = query.get("text", "")[:_LINE_LIMIT]
        if line.startswith("／"):
            line = "/" + line[1:]
        found = await self.commands.completions(line, self.acts.request(act))
        return web.json_response(
            [{"insert": one.insert, "label": one.label, "detail": one.detail} for one in found]
        )

    async def say(self, request: web.Request) -> web.Response:
        """A command, or a question in a thread."""
        sent = await self._sent(request)
        act = await self._act(request, _text(sent, "channel"), _text(sent, "thread"))
        try:
            upload = await self._upload(sent, act)
        except _Refused as error:
            return _refused(error.words, error.status)
        line = line_of(_text(sent, "text"), attached=upload is not None)
        if not line.text or line.text == "/":
            return _refused(act.phrases("local.empty"), 400)
        if len(line.text) > TEXT_LIMIT:
            return _refused(act.phrases("local.too_long", count=TEXT_LIMIT), 400)
        return await self._accepted(act, lambda: self.acts.say(act, line, upload))

    async def press(self, request: web.Request) -> web.Response:
        """A button of a message that this session sees; the answer holds its form where it has one."""
        sent = await self._sent(request)
        kept, act = await self._message(request, sent)
        action, value = _text(sent, "action"), _text(sent, "value")

        async def work() -> dict[str, str]:
            form = await self.acts.press(act, kept, action, value)
            return {} if form is None else {"form": self.pages.form(act.channel, kept, form)}

        return await self._accepted(act, work)

    async def submit(self, request: web.Request) -> web.Response:
        """A button's form, filled in; the answer names the thread that shows what comes of it."""
        sent = await self._sent(request)
        kept, act = await self._message(request, sent)
        action, value = _text(sent, "action"), _text(sent, "value")
        fields = (name for name in sent if name.startswith(_FIELD))
        written = {name.removeprefix(_FIELD): _text(sent, name) for name in fields}

        async def work() -> dict[str, str]:
            await self.acts.submit(act, kept, action, value, written)
            return {"thread": act.root.id if act.root else ""}

        return await self._accepted(act, work)

    async def dismiss(self, request: web.Request) -> web.Response:
        """A private reply goes."""
        kept, act = await self._message(request, await self._sent(request))
        return await self._accepted(act, lambda: self.acts.dismiss(act, kept))

    # ----------------------------------------------------------------- helpers

    async def _channel(self, name: str | None) -> Channel:
        try:
            return await self.pages.channel_named(name)
        except NotFound as error:
            raise web.HTTPNotFound from error

    async def _act(self, request: web.Request, channel: str, thread: str) -> Act:
        """Who does something, and where; 404 where there is no such channel or thread."""
        where = await self._channel(channel)
        root: Kept | None = None
        if thread:
            try:
                root, where = await self.pages.root(thread)
            except NotFound as error:
                raise web.HTTPNotFound from error
        phrases = self.pages.words(where.language)
        return Act(where, _known_session(request), phrases, self.is_admin, root)

    async def _message(self, request: web.Request, sent: Sent) -> tuple[Kept, Act]:
        """The message something is done to, in its thread; 404 where this session sees none."""
        kept = await self.pages.messages.get(_text(sent, "message"))
        if kept is None or kept.deleted or not kept.visible_to(_known_session(request)):
            raise web.HTTPNotFound
        return kept, await self._act(request, kept.channel, own_thread(kept) or "")

    async def _sent(self, request: web.Request) -> Sent:
        try:
            return await request.post()
        except web.HTTPRequestEntityTooLarge:
            raise
        except ValueError as error:  # not a form at all
            raise web.HTTPBadRequest from error

    async def _upload(self, sent: Sent, act: Act) -> Upload | None:
        """The attached file. Answers 413 or 415 where it is none that can be taken."""
        field = sent.get("file")
        if not isinstance(field, FileField) or not field.filename:
            return None
        data = await asyncio.to_thread(field.file.read, self.pages.upload_bytes + 1)
        if len(data) > self.pages.upload_bytes:
            megabytes = self.pages.upload_bytes // 1024**2
            raise _Refused(act.phrases("local.too_large", megabytes=megabytes), 413)
        if not is_pdf(data):
            raise _Refused(act.phrases("local.not_pdf"), 415)
        return Upload(field.filename[-_NAME_LIMIT:], data)

    async def _accepted(self, act: Act, work: Callable[[], Awaitable[dict[str, str] | None]]) -> web.Response:
        """Begin an act: 202, for its answer comes by the events; else why it was refused."""
        try:
            told = await work()
        except WrongUse as error:
            return _refused(error.message, 409)
        except RinkoError as error:
            _log.warning("local_act_refused", error=str(error), channel=act.channel.name)
            return _refused(act.phrases("local.failed_send"), 503)
        return web.json_response({"ok": True, **(told or {})}, status=202)

    async def _missing(self) -> web.Response:
        channel = await self.pages.channel_named(None)
        return web.Response(text=await self.pages.missing(channel), content_type="text/html", status=404)


class _Refused(Exception):
    """What the page shows instead of an answer."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


def _refused(words: str, status: int) -> web.Response:
    return web.json_response({"error": words}, status=status)


def _page(request: web.Request, html: str, session: str) -> web.Response:
    response = web.Response(text=str(html), content_type="text/html")
    if session_of(request) is None:
        remember(request, response, session)
    return response


def _known_session(request: web.Request) -> str:
    session = session_of(request)
    if session is None:
        raise web.HTTPForbidden
    return session


def _text(sent: Sent, name: str) -> str:
    """Pure: a text as it was written; forms are sent with the line breaks of the mail standard."""
    value = sent.get(name, "")
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def _number(text: str | None) -> int | None:
    """Pure: a whole number not below zero, None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < _DIGITS else None
