"""The table of commands: a new command is one row, and it appears on every platform."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from bot.asks import FORGET, Asks
from bot.digests import Digests
from bot.lists import Lists
from bot.platforms.conversation import Completion, Replies, Request
from bot.services import Services
from digest.errors import FetchError, ReadingError, RinkoError
from digest.layout import text
from digest.models import JournalEntry, Message, Post
from digest.phrases import Phrases
from digest.ports import Stream

_log = structlog.get_logger()
_COMPLETIONS = 10

Handler = Callable[[str, Request, Replies], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """One row: what is typed, the phrases that explain it, and what it does."""

    name: str
    phrase: str
    run: Handler
    admin: bool = False


@dataclass
class _Watched:
    """Replies that remember the message still growing, so that a failure can end it."""

    replies: Replies
    open: list[_WatchedStream] = field(default_factory=list)

    def stream(self, *, only_for_asker: bool) -> Stream:
        return _WatchedStream(self.replies.stream(only_for_asker=only_for_asker), self)


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

        async def status(_: str, request: Request, replies: Replies) -> None:
            await digests.status(request, replies)

        self.rows: tuple[Command, ...] = (
            Command("/ask", "ask", self._asks.command),
            Command("/papers", "papers", lists.command),
            Command("/digest here", "digest_here", digests.here, admin=True),
            Command("/digest preview", "digest_preview", digests.preview, admin=True),
            Command("/digest post", "digest_post", digests.post, admin=True),
            Command("/digest repost", "digest_repost", digests.repost, admin=True),
            Command("/digest status", "digest_status", status, admin=True),
        )
        self._buttons: dict[str, Handler] = {"papers": lists.turn, "share": self._asks.share}

    async def run(self, line: str, request: Request, replies: Replies) -> None:
        """Carry out a command line: `/ask …`, `/papers`, `/digest status`."""
        line = line.strip()
        for row in self.rows:
            if line == row.name or line.startswith(row.name + " "):
                await self._safely(row.run, line[len(row.name) :].strip(), request, replies)
                return
        if not line.startswith("/"):
            await self._safely(self._asks.plain, line, request, replies)
            return
        say = self._services.say(request.language)
        known = say("list.separator").join(row.name for row in self.rows)
        words = say("commands.unknown", command=" ".join(line.split()[:2]), known=known)
        await replies.stream(only_for_asker=True).finish(Post(request.language, (text(words),)))

    async def press(self, action: str, value: str, request: Request, replies: Replies) -> None:
        """Carry out a button; one from an older version that does nothing any more says so."""
        handler = self._buttons.get(action)
        if handler is not None:
            await self._safely(handler, value, request, replies)

    async def ask(self, question: str, request: Request, replies: Replies) -> None:
        """Answer a plain question."""
        await self._safely(self._asks.plain, question, request, replies)

    async def completions(self, line: str, request: Request) -> Sequence[Completion]:
        """Ways to go on with a line: commands, and after `/ask` the papers."""
        say = self._services.say(request.language)
        if line.startswith("/ask "):
            return await self._papers(line.removeprefix("/ask ").lstrip(), say)
        return [
            Completion(f"{row.name} ", self._usage(row, say), say(f"commands.{row.phrase}"))
            for row in self.rows
            if row.name.startswith(line.rstrip()) and (request.is_admin or not row.admin)
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
        watched = _Watched(replies)
        try:
            await handler(words, request, watched)
        except RinkoError as error:
            _log.info("command failed", place=str(request.place), kind=error.kind, error=str(error))
            await self._end(watched, request, self._reason(error, request))
        except asyncio.CancelledError:
            await self._end(watched, request, self._services.say(request.language)("commands.failed"))
            raise
        except Exception as error:  # noqa: BLE001 - whatever failed, the reader gets an answer
            # The log has the trace; chat has one line.
            _log.exception("command crashed", place=str(request.place))
            now = self._services.clock.now()
            await self._services.journal.record(
                JournalEntry(now, str(request.place), request.user, "command", type(error).__name__, True)
            )
            await self._end(watched, request, self._services.say(request.language)("commands.failed"))

    async def _end(self, watched: _Watched, request: Request, words: str) -> None:
        post = Post(request.language, (text(words),))
        stream = watched.open[-1] if watched.open else watched.stream(only_for_asker=True)
        await stream.finish(post)

    def _reason(self, error: RinkoError, request: Request) -> str:
        """The error in the reader's language: the most exact phrase there is for it."""
        say = self._services.say(request.language)
        reason = say(f"reasons.{error.kind}") if say.has(f"reasons.{error.kind}") else say("reasons.other")
        if isinstance(error, (FetchError, ReadingError)):
            family = "FetchError" if isinstance(error, FetchError) else "ReadingError"
            return say(f"errors.{family}", reason=reason)
        for kind in type(error).__mro__:
            if say.has(f"errors.{kind.__name__}"):
                return say(f"errors.{kind.__name__}", reason=reason, week="", hint=error.hint or "")
        return say("commands.failed")
