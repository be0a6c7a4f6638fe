"""`/ask`: from a line, an upload or a thread to an answer that grows as its claims pass."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.platforms.conversation import Field, Form, Replies, Request, Upload
from bot.services import Services
from bot.watched import watched_question
from digest.addresses import refer
from digest.answers import AnswerLayout
from digest.asking import Question, StillReading
from digest.compose import paper_of, short_title
from digest.errors import AnswerGone, NoPaper, NoQuestion
from digest.language import of_question
from digest.layout import note, text
from digest.mathtext import readable
from digest.models import Claim, Exchange, Paper, Verdict
from digest.phrases import Phrases
from digest.ports import Stream
from digest.posts import Post
from digest.searchtext import fold
from digest.small_talk import asks_nothing

FORGET = "forget"
_TITLES = 50
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asks:
    """Answers questions on every platform alike."""

    services: Services

    async def command(self, words: str, request: Request, replies: Replies) -> None:
        """`/ask PAPER QUESTION`, `/ask QUESTION` where the paper is clear, `/ask forget`."""
        if words.strip().casefold() == FORGET:
            await self._forget(request, replies)
            return
        request = await self._in_thread(request)
        name, question = await self._named(words.strip(), request)
        await self._answer(name, question, request, replies)

    async def plain(self, question: str, request: Request, replies: Replies) -> None:
        """A question in a paper's thread or from its card; what people say to one another is passed over."""
        question = question.strip()
        if request.addressed and question.casefold() == FORGET:
            await self._forget(request, replies)
            return
        if request.upload is None and request.paper_key is None:
            request = await self._going_on(question, request)
        if not (request.addressed or (question and request.paper_key)):
            return
        if not request.addressed and request.upload is None and asks_nothing(question):
            return
        if request.upload is None and request.paper_key is None:
            if question and not await self._names_its_paper(question, request):
                raise NoPaper
            await self.command(question, request, replies)
        elif request.upload is not None and not question:
            await self._read(request.upload, request, replies)
        elif not question:
            raise NoQuestion
        else:
            await self._answer(None, question, request, replies)

    async def _read(self, upload: Upload, request: Request, replies: Replies) -> None:
        """Read a paper that came without a question: what is asked next in its conversation is about it."""
        say = self.services.say(request.language)
        stream = replies.stream(only_for_asker=request.thread is None)
        reading = say("answer.reading", title=upload.filename)
        await stream.show(Post(request.language, (note(reading),)))
        paper = await self._paper(None, request)
        words = say("answer.brought", title=readable(paper.title))
        await stream.finish(Post(request.language, (text(words),)))

    def form(self, paper_key: str, request: Request) -> Form:  # noqa: ARG002 - any paper is asked about alike
        """What **Ask** on a card asks for."""
        say = self.services.say(request.language)
        field = Field("question", say("local.question"), long=True, example=say("local.question_example"))
        return Form(say("local.ask_title"), (field,), say("local.ask"))

    async def submitted(
        self, paper_key: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        """The question that **Ask** on a card asked for."""
        await self.plain(filled.get("question", ""), replace(request, paper_key=paper_key), replies)

    async def _in_thread(self, request: Request) -> Request:
        """The request with the paper of its thread: the card it hangs under, or what it was last about."""
        if request.paper_key is not None or request.thread is None:
            return request
        part = await self.services.ledger.at(request.place, request.thread)
        key = paper_of(part.name) if part else None
        if key is None:
            key = await self.services.exchanges.latest_paper(conversation(request))
        return replace(request, paper_key=key)

    async def _going_on(self, question: str, request: Request) -> Request:
        """The request with the paper that a plain question is about, where it names none itself."""
        if request.thread is not None:
            return await self._in_thread(request)
        if not question or await self._names_its_paper(question, request):
            return request
        key = await self.services.exchanges.latest_paper(conversation(request))
        return replace(request, paper_key=key)

    async def _answer(self, name: str | None, question: str, request: Request, replies: Replies) -> None:
        """Answer, showing first that it was heard, then each claim as it passes.

        `name` is the paper as it was named; without one it is the upload or the thread's paper.
        In the thread of its paper an answer is for everyone.
        """
        services = self.services
        with watched_question(services.figures, services.clock, request.place) as asked:
            asked.came_to(await self._work_out(name, question, request, replies))

    async def _work_out(self, name: str | None, question: str, request: Request, replies: Replies) -> Verdict:
        here = name is None and request.upload is None and request.thread is not None
        stream = replies.stream(only_for_asker=not here)
        limits = self.services.posting.outlet(request.place.platform).limits
        language = of_question(question, request.language)
        spoken = language if language in self.services.phrases else request.language
        remark = await self._first_words(request, self.services.say(spoken))
        layout = AnswerLayout(self.services.say(spoken), limits, remark)
        await stream.show(layout.working(question))

        def asked(paper: Paper) -> Question:
            return Question(question, language, paper, conversation(request), asker(request))

        paper = None if request.upload else await self._paper(name, request)
        free = paper is not None and await self.services.asking.in_store(asked(paper))
        async with nullcontext() if free else self.services.quotas.question(asker(request)):
            paper = paper or await self._paper(name, request)
            shown = None if here else paper
            private = not here and not request.alone
            sharable = private and not request.direct
            return await self._grow(asked(paper), layout, stream, shown, private=private, sharable=sharable)

    async def _grow(
        self,
        asked: Question,
        layout: AnswerLayout,
        stream: Stream,
        shown: Paper | None,
        *,
        private: bool,
        sharable: bool,
    ) -> Verdict:
        """Show each claim as it passes, and in the end the whole answer; what it amounts to."""
        claims: list[Claim] = []
        verdict = Verdict.NOT_SAID
        async for step in self.services.asking.ask(asked):
            match step:
                case StillReading():
                    await stream.show(layout.working(asked.text, asked.paper, reading=True))
                case Claim():
                    claims.append(step)
                    await stream.show(layout.so_far(asked.text, shown, claims))
                case Exchange():
                    verdict = step.verdict
                    await stream.finish(
                        await self._done(layout, step, asked.paper, shown, private=private, sharable=sharable)
                    )
        return verdict

    async def _first_words(self, request: Request, say: Phrases) -> str:
        """Where the text of questions goes: for each person until one was answered."""
        if await self.services.exchanges.count(asker(request), _EVER):
            return ""
        host = self.services.model_host
        if host is None:
            return say("answer.first_without_model")
        return say("answer.first", model=self.services.writer.model, host=host)

    async def _done(
        self,
        layout: AnswerLayout,
        exchange: Exchange,
        paper: Paper,
        shown: Paper | None,
        *,
        private: bool,
        sharable: bool,
    ) -> Post:
        paper = await self.services.library.paper(paper.key) or paper
        return layout.done(
            exchange,
            paper if shown is not None else None,
            abstract_only=await self.services.rests_on_abstract(paper),
            sharable=sharable and paper.conversation is None,
            private=private,
        )

    async def share(self, exchange_id: str, request: Request, replies: Replies) -> None:
        """Show an answer that only its asker saw to everyone where it was asked for, once.

        Only the asker may. Raises `AnswerGone`.
        """
        exchange = await self.services.exchanges.get(exchange_id)
        if exchange is None or exchange.asker != asker(request) or not may_see(exchange, request):
            raise AnswerGone
        paper = await self.services.library.paper(exchange.paper_key)
        if paper is None or paper.conversation:
            raise AnswerGone
        limits = self.services.posting.outlet(request.place.platform).limits
        layout = AnswerLayout(self.services.say(exchange.language), limits)
        notices, act = self.services.notices, f"shows {exchange.id}"
        if await notices.first_time(act):
            try:
                await replies.stream(only_for_asker=False).finish(layout.done(exchange, paper, ratable=False))
            except BaseException:
                await notices.not_done(act)
                raise
        # In place of the answer, whose button would show it a second time.
        words = note(self.services.say(request.language)("answer.shown_to_all"))
        own = layout.done(exchange, paper, private=True)
        await replies.stream(only_for_asker=True).finish(replace(own, blocks=(*own.blocks, words)))

    async def _forget(self, request: Request, replies: Replies) -> None:
        asked = await self.services.exchanges.forget(asker(request))
        brought = await self.services.library.forget_uploads(asker(request))
        say = self.services.say(request.language)
        lines = [
            say(phrase, count=count)
            for phrase, count in (("answer.forgotten", asked), ("answer.forgotten_uploads", brought))
            if count
        ]
        blocks = tuple(text(line) for line in lines or [say("answer.forgotten_none")])
        await replies.stream(only_for_asker=True).finish(Post(request.language, blocks))

    async def _named(self, words: str, request: Request) -> tuple[str | None, str]:
        """The paper a line names, None where the upload or the thread says it, and the question.

        Raises `NoPaper` or `NoQuestion`.
        """
        if request.upload is not None:
            if not words:
                raise NoQuestion
            return None, words
        if not words:
            raise NoQuestion if request.paper_key else NoPaper
        name, question = _quoted(words) or await self._titled(words) or _first_word(words)
        if request.paper_key is not None and not (question and await self._names_a_paper(name, request)):
            return None, words
        if not name:
            raise NoPaper
        if not question:
            raise NoQuestion if await self._is_known(name) else NoPaper
        return None if name == request.paper_key else name, question

    async def _names_its_paper(self, question: str, request: Request) -> bool:
        """Whether a plain question begins with its paper: its id, its address, or its title."""
        if _quoted(question) or await self._titled(question):
            return True
        return await self._names_a_paper(_first_word(question)[0], request)

    async def _titled(self, words: str) -> tuple[str, str] | None:
        """The paper whose title, or what stands before its colon, words begin with, and what follows."""
        first = _first_word(words)[0]
        for paper in await self.services.library.papers(first, _TITLES, self.services.selection):
            head = short_title(readable(paper.title))
            length = len(head.split())
            parts = words.split(maxsplit=length)
            if fold(" ".join(parts[:length])) == fold(head):
                return paper.key, "".join(parts[length:]).strip()
        return None

    async def _is_known(self, name: str) -> bool:
        """Whether a line without a question names a paper at all, and is not the question itself."""
        return bool(refer(name) or await self.services.library.papers(name, 1, self.services.selection))

    async def _names_a_paper(self, name: str, request: Request) -> bool:
        """Whether a first word in a paper's thread is another paper, and not a word of the question."""
        if refer(name):
            return True
        paper = await self.services.library.paper(name)
        return paper is not None and paper.conversation in {None, conversation(request)}

    async def _paper(self, name: str | None, request: Request) -> Paper:
        """The paper named, brought, or of the thread. Raises `NotFound` or what reading raises."""
        talk = conversation(request)
        if name is None and request.upload is not None:
            return await self.services.readings.bring(
                request.upload.data, request.upload.filename, None, talk, asker(request)
            )
        return await self.services.asking.find(name or request.paper_key or "", talk)


def _quoted(words: str) -> tuple[str, str] | None:
    """A title in quotation marks and what follows it: `"1-bit LLMs" What is it?`."""
    for opening, closing in ('""', "“”", "「」", "『』"):
        if words.startswith(opening) and closing in words[1:]:
            name, _, rest = words[1:].partition(closing)
            return name.strip(), rest.strip()
    return None


def _first_word(words: str) -> tuple[str, str]:
    """The first word and the rest, at whatever white space, the ideographic one included."""
    name, *rest = words.split(maxsplit=1)
    return name, rest[0].strip() if rest else ""


def conversation(request: Request) -> str:
    """What an exchange belongs to: the thread, or else the person's own talk in the channel."""
    return f"{request.place}/{request.thread or '@' + request.user}"


def may_see(exchange: Exchange, request: Request) -> bool:
    """Whether an exchange was had where the request comes from, and in private only by its asker."""
    place, _, talk = exchange.conversation.rpartition("/")
    if place != str(request.place):
        return False
    return not talk.startswith("@") or exchange.asker == asker(request)


def asker(request: Request) -> str:
    """A person, named so that no other workspace's person has the same name."""
    return f"{request.place.platform}/{request.place.workspace}/{request.user}"
