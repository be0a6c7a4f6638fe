"""The table of commands: a new command is one row, and it appears on every platform."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from bot.asks import FORGET, Asks
from bot.digests import FRESH, Digests
from bot.edits import Edits
from bot.feedback import Rated
from bot.lists import Lists
from bot.platforms.conversation import (
    APPROVE_ON_PANEL,
    ASK_ACTION,
    Completion,
    Form,
    Option,
    Replies,
    Request,
)
from bot.previews import Previews
from bot.services import Services
from bot.status import StatusPanel
from bot.subscribing import Subscribing
from bot.traces import traced
from bot.watched import WatchedStream
from bot.words import error_words
from digest.accounts import JournalEntry
from digest.errors import RinkoError, StoreError
from digest.layout import clip, item, text, title
from digest.phrases import Phrases
from digest.places import Message, Place
from digest.ports import Stream
from digest.posts import Post, Span
from digest.weeks import DAYS, zones_like

_log = structlog.get_logger()
_COMPLETIONS = 10
_COMMAND_CHARACTERS = 60
_HELP = {"/", "/help", "/digest"}
_CALLS_FOR_HELP = {"help", "ヘルプ", "使い方"}
"""What people type after a command, or to Rinko alone, to learn what there is."""
_ASKING = re.compile(r"/ask\s+", re.IGNORECASE)
_ZONE = re.compile(r"(/digest here\s(?:.*\s)?timezone=)(.*)", re.IGNORECASE)

Handler = Callable[[str, Request, Replies], Awaitable[None]]
FormMaker = Callable[[str, Request], Form | None]
Submitted = Callable[[str, Mapping[str, str], Request, Replies], Awaitable[None]]

_ASK = (Option("paper", papers=True), Option("question"), Option("file", file=True))
_HERE = (
    Option("day", choices=DAYS),
    Option("time", keyed=True),
    Option("timezone", zones=True, keyed=True),
    Option("language", choices=("ja", "en")),
    Option("layout", choices=("qa", "bilingual")),
    Option("approval", choices=("on", "off"), keyed=True),
    Option("follow-ups", choices=("mentions", "all"), keyed=True),
)
_WEEK = (Option("week"),)
_REPOST = (Option("week"), Option("paper", papers=True), Option("fresh", choices=(FRESH,)))


@dataclass(frozen=True, slots=True)
class Command:
    """One row: what is typed, the phrases that explain it, and what it does."""

    name: str
    phrase: str
    run: Handler
    admin: bool = False
    options: tuple[Option, ...] = ()

    def words_of(self, line: str) -> str | None:
        """What follows the command on a line, None where the line is not this command.

        Any white space parts words, as the ideographic space of Japanese keyboards.
        """
        name = r"\s+".join(re.escape(word) for word in self.name.split())
        match = re.match(rf"{name}(?:\s+|$)", line, re.IGNORECASE)
        return line[match.end() :].strip() if match else None


@dataclass(frozen=True, slots=True)
class Act:
    """What a button does, for whom, and what it asks for before, if it asks for anything."""

    run: Submitted
    form: FormMaker | None = None
    admin: bool = False


def _at_once(handler: Handler) -> Submitted:
    """A button that asks for nothing."""

    async def run(value: str, _: Mapping[str, str], request: Request, replies: Replies) -> None:
        await handler(value, request, replies)

    return run


@dataclass
class _Watched:
    """Replies that remember the message still growing, so that a failure can end it."""

    replies: Replies
    place: Place
    open: list[_WatchedStream] = field(default_factory=list)

    def stream(self, *, only_for_asker: bool) -> Stream:
        stream = WatchedStream(self.replies.stream(only_for_asker=only_for_asker), self.place)
        return _WatchedStream(stream, self)


@dataclass(eq=False)
class _WatchedStream:
    stream: Stream
    watch: _Watched

    async def show(self, post: Post) -> None:
        if self not in self.watch.open:
            self.watch.open.append(self)
        await self.stream.show(post)

    async def finish(self, post: Post) -> Message:
        if self in self.watch.open:
            self.watch.open.remove(self)
        return await self.stream.finish(post)


class Commands:
    """Carries out what people type and press, and says in one line when something fails."""

    def __init__(self, services: Services) -> None:
        """Lay out the table."""
        self._services = services
        self._asks, lists, digests = Asks(services), Lists(services), Digests(services)
        previews, subscribing = Previews(services), Subscribing(services)
        status = StatusPanel(services)
        self.rows: tuple[Command, ...] = (
            Command("/ask", "ask", self._asks.command, options=_ASK),
            Command("/papers", "papers", lists.command, options=(Option("words"),)),
            Command("/digest here", "digest_here", subscribing.here, admin=True, options=_HERE),
            Command("/digest preview", "digest_preview", previews.show, admin=True, options=_WEEK),
            Command("/digest post", "digest_post", digests.post, admin=True, options=_WEEK),
            Command("/digest repost", "digest_repost", digests.repost, admin=True, options=_REPOST),
            Command("/digest status", "digest_status", status.show, admin=True),
            Command("/digest stop", "digest_stop", subscribing.stop, admin=True),
        )
        deciding = {
            "preview": previews.show,
            "post": digests.post,
            "approve": previews.approve,
            APPROVE_ON_PANEL: previews.approve,
            "pause": subscribing.pause,
            "resume": subscribing.resume,
        }
        self.acts: Mapping[str, Act] = {
            ASK_ACTION: Act(self._asks.submitted, self._asks.form),
            "papers": Act(_at_once(lists.turn)),
            "share": Act(_at_once(self._asks.share)),
            **_rating(Rated(services)),
            **{name: Act(_at_once(handler), admin=True) for name, handler in deciding.items()},
            **_editing(Edits(services)),
        }

    async def run(self, line: str, request: Request, replies: Replies) -> None:
        """Carry out a command line: `/ask …`, `/papers`, `/digest status`."""
        line = line.strip()
        _, _, rest = line.partition(" ")
        if rest.strip().casefold() in _CALLS_FOR_HELP:
            line = "/help"
        for row in self.rows:
            words = row.words_of(line)
            if words is not None:
                await self._safely(self._guarded(row), words, request, replies)
                return
        handler: Handler = self._asks.plain
        if line.startswith("/"):
            handler = self._help if line.casefold() in _HELP else self._unknown
        await self._safely(handler, line, request, replies)

    def _guarded(self, row: Command) -> Handler:
        """What a row does, for admins only where it says so: before anything else is looked at."""

        async def run(words: str, request: Request, replies: Replies) -> None:
            if row.admin:
                self._services.access.check(request)
            await row.run(words, request, replies)

        return run

    async def _help(self, _: str, request: Request, replies: Replies) -> None:
        """What can be typed, and what it does."""
        say = self._services.say(request.language)
        blocks = [title(say("commands.help"))]
        for row in self.rows:
            if request.is_admin or not row.admin:
                usage = Span(self._usage(row, say), strong=True)
                blocks.append(item(usage, Span(say("digest.dash") + say(f"commands.{row.phrase}"))))
        await replies.stream(only_for_asker=True).finish(Post(request.language, tuple(blocks)))

    async def _unknown(self, line: str, request: Request, replies: Replies) -> None:
        say = self._services.say(request.language)
        names = (row.name for row in self.rows if request.is_admin or not row.admin)
        command = clip(" ".join(line.split()[:2]), _COMMAND_CHARACTERS)
        words = say("commands.unknown", command=command, known=say("list.separator").join(names))
        await replies.stream(only_for_asker=True).finish(Post(request.language, (text(words),)))

    async def press(self, action: str, value: str, request: Request, replies: Replies) -> None:
        """Carry out a button; one from an older version that does nothing any more says so."""
        await self.submit(action, value, {}, request, replies)

    async def _stale(self, _: str, request: Request, replies: Replies) -> None:
        words = self._services.say(request.language)("commands.stale")
        await replies.stream(only_for_asker=True).finish(Post(request.language, (text(words),)))

    async def form(self, action: str, value: str, request: Request) -> Form | None:
        """What a button asks for before it acts, None where it acts at once, as where it may not."""
        act = self.acts.get(action)
        if act is None or act.form is None or (act.admin and not request.is_admin):
            return None
        return act.form(value, request)

    async def submit(
        self, action: str, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        """Carry out a button whose form was filled in; who may is checked before all else."""
        act = self.acts.get(action, Act(_at_once(self._stale)))

        async def carry_out(value: str, request: Request, replies: Replies) -> None:
            if act.admin:
                self._services.access.check(request)
            await act.run(value, filled, request, replies)

        await self._safely(carry_out, value, request, replies)

    async def ask(self, question: str, request: Request, replies: Replies) -> None:
        """Answer a plain question, or in no paper's thread a call for help."""
        calls = question.strip().casefold() in _CALLS_FOR_HELP and request.paper_key is None
        await self._safely(self._help if calls else self._asks.plain, question, request, replies)

    async def completions(self, line: str, request: Request) -> Sequence[Completion]:
        """Ways to go on with a line: commands, after `/ask` the papers, after `timezone=` the time zones."""
        say = self._services.say(request.language)
        if match := _ASKING.match(line):
            return await self._papers(line[match.end() :], say)
        if match := _ZONE.match(line):
            return [Completion(f"{match[1]}{name} ", name) for name in zones_like(match[2])[:_COMPLETIONS]]
        begun = " ".join(line.split()).casefold()
        return [
            Completion(f"{row.name} ", self._usage(row, say), say(f"commands.{row.phrase}"))
            for row in self.rows
            if begun.startswith("/") and row.name.startswith(begun) and (request.is_admin or not row.admin)
        ][:_COMPLETIONS]

    def _usage(self, row: Command, say: Phrases) -> str:
        name = f"commands.{row.phrase}_usage"
        return say(name) if say.has(name) else row.name

    async def _papers(self, words: str, say: Phrases) -> list[Completion]:
        """Papers whose title or id holds what was typed; none once a question has begun."""
        known = await self._services.library.papers(words, _COMPLETIONS, self._services.selection)
        found = [Completion(f"/ask {paper.key} ", paper.title, paper.key) for paper in known]
        if words and FORGET.startswith(words):
            found.insert(0, Completion(f"/ask {FORGET}", f"/ask {FORGET}", say("commands.ask_forget")))
        return found

    async def _safely(self, handler: Handler, words: str, request: Request, replies: Replies) -> None:
        """Run a handler; whatever fails, the reader gets one line and the details go to the log."""
        say = self._services.say(request.language)
        with traced() as reference:
            watched = _Watched(replies, request.place)
            try:
                await handler(words, request, watched)
            except RinkoError as error:
                # What it says may hold what somebody wrote.
                _log.info("command failed", place=str(request.place), kind=error.kind)
                _log.debug("command failed", error=str(error))
                await self._end(watched, request, error_words(error, say))
            except Exception as error:  # noqa: BLE001 - whatever failed, the reader gets an answer
                # The log has the trace; chat has one line, and by what to find it there.
                _log.exception("command crashed", place=str(request.place))
                await self._end(watched, request, say("commands.broke", reference=reference))
                await self._note_crash(type(error).__name__, request)

    async def _note_crash(self, kind: str, request: Request) -> None:
        now = self._services.clock.now()
        entry = JournalEntry(now, str(request.place), request.user, "command", kind, failed=True)
        try:
            await self._services.journal.record(entry)
        except StoreError as error:
            _log.error("journal not written", error=str(error))

    async def _end(self, watched: _Watched, request: Request, words: str) -> None:
        post = Post(request.language, (text(words),))
        stream = watched.open[-1] if watched.open else watched.stream(only_for_asker=True)
        await stream.finish(post)


def _rating(rated: Rated) -> dict[str, Act]:
    """The buttons under an answer."""
    return {"helpful": Act(_at_once(rated.helpful)), "unhelpful": Act(rated.unhelpful, rated.form)}


def _editing(edits: Edits) -> dict[str, Act]:
    """The buttons that change a digest; each asks for what its value does not say."""
    acts = {
        "drop_paper": edits.drop_paper,
        "drop_answer": edits.drop_answer,
        "put_back": edits.put_back,
        "write_again": edits.write_again,
        "correct": edits.correct,
    }
    return {name: Act(run, partial(edits.form, name), admin=True) for name, run in acts.items()}
