"""The writer that asks a model, and lets through only what the paper bears out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from digest import checks
from digest.errors import CeilingReached, ReplyBroken, WriterError
from digest.models import Claim, Document, Outcome, Paper, Verdict, Week, Writing
from digest.phrases import Prompts
from digest.ports import Inquiry
from digest.tokens import at_most
from digest.writers.chat import Call, Chat
from digest.writers.extractive import ExtractiveWriter
from digest.writers.fencing import fence
from digest.writers.fitting import Fitted
from digest.writers.llm_answer import LlmAnswer
from digest.writers.prompting import Opening, again, opening, overview_task, prompts_for
from digest.writers.replies import OVERVIEW_SCHEMA, parse_overview
from digest.writers.vetting import check_line
from digest.writers.write_up import WriteUp

_log = structlog.get_logger(__name__)
_TASK = 2_500
"""Tokens kept free for instructions, the task, and what did not pass the first time."""
_LINES = 4


@dataclass(frozen=True)
class LlmWriter:
    """Writes with a model; where it cannot, the extractive writer steps in and says so."""

    chat: Chat
    prompts: Mapping[str, Prompts]
    stand_in: ExtractiveWriter
    secret: bytes = field(repr=False)
    """What the marks around texts are made from; unknown to those who write them."""

    @property
    def name(self) -> str:
        """`llm`."""
        return "llm"

    @property
    def model(self) -> str:
        """The model's name."""
        return self.chat.server.model

    @property
    def prompt_version(self) -> str:
        """Changes with the prompts, and with the checks that decide what is left of a reply."""
        versions = "+".join(self.prompts[language].version for language in sorted(self.prompts))
        return f"{versions}/{checks.VERSION}"

    async def write(self, paper: Paper, document: Document, language: str) -> Writing:
        """Write one paper up in `language`. Raises `WriterError` where the language has no locale."""
        try:
            write_up = WriteUp(
                self.chat,
                paper,
                document,
                language,
                partial(self._opening, paper, document, language),
                self._room(""),
            )
            done = await write_up() if language in self.stand_in.phrases else None
        except (WriterError, CeilingReached) as error:
            _log.warning("model gave nothing usable", paper=paper.key, error=error.kind)
            writing = await self.stand_in.write(paper, document, language)
            return replace(writing, stood_in=error.kind)
        if done is None:
            return await self.stand_in.write(paper, document, language)
        return Writing(
            paper_key=paper.key,
            version=document.version,
            language=language,
            writer=self.name,
            model=self.model,
            prompt_version=self.prompt_version,
            summary=done.summary,
            qa=done.qa,
            text_language=language,
            dropped=done.dropped,
            sections=done.sections,
        )

    async def answer(self, inquiry: Inquiry) -> AsyncIterator[Claim | Outcome]:
        """Answer claim by claim; what it came to comes last.

        Where the model fails after some claims were shown, they are the answer. Raises
        `CeilingReached` where none were.
        """
        document = inquiry.document
        ranked = await asyncio.to_thread(self.stand_in.ranked, inquiry)
        run = LlmAnswer(
            self.chat,
            inquiry,
            ranked,
            partial(self._opening, inquiry.paper, document, inquiry.language),
            self._room(inquiry.question),
        )
        try:
            async with aclosing(run()) as claims:
                async for claim in claims:
                    yield claim
            nearest = await asyncio.to_thread(self.stand_in.offer, inquiry)
            outcome = run.outcome(nearest)
        except (WriterError, CeilingReached) as error:
            _log.warning("model gave no answer", paper=inquiry.paper.key, error=error.kind)
            if run.shown:
                yield run.outcome(Outcome(Verdict.GROUNDED))
                return
            if isinstance(error, CeilingReached):
                raise
            async for step in self.stand_in.answer(inquiry):
                if isinstance(step, Outcome):
                    step = replace(step, writer=self.stand_in.name, stood_in=error.kind)
                yield step
            return
        yield outcome

    async def overview(
        self, week: Week, writings: Sequence[tuple[Paper, Writing]], language: str
    ) -> tuple[str, ...]:
        """The week's trends in about three lines, by counting where the model gives none."""
        if writings:
            try:
                if lines := await self._overview(week, writings, language):
                    return lines
            except (WriterError, CeilingReached) as error:
                _log.warning("model gave no overview", week=str(week), error=error.kind)
        return await self.stand_in.overview(week, writings, language)

    async def _overview(
        self, week: Week, writings: Sequence[tuple[Paper, Writing]], language: str
    ) -> tuple[str, ...]:
        ids = {f"a{number}": one for number, one in enumerate(writings, 1)}
        mark = fence(self.secret, str(week), language)
        told = {name: (paper.title, writing.summary) for name, (paper, writing) in ids.items()}
        turns = overview_task(self.prompts, language, told, mark)
        for _ in range(2):
            cut_off = False
            try:
                reply = await self.chat.complete(
                    Call("overview", turns, OVERVIEW_SCHEMA, "overview", subject=str(week))
                )
                cut_off = reply.cut_off
                drafts = parse_overview(reply.text).draft
            except ReplyBroken:
                turns = again(turns, prompts_for(self.prompts, language), cut_off=cut_off)
                continue
            lines = []
            for draft in drafts:
                papers = [ids[name] for name in draft.ids if name in ids] or list(ids.values())
                summaries = [(paper, writing.summary) for paper, writing in papers]
                if not check_line(draft.text, language, summaries, (mark.mark,)):
                    lines.append(draft.text.strip())
            return tuple(dict.fromkeys(lines))[:_LINES]
        return ()

    def _opening(self, paper: Paper, document: Document, language: str, fitted: Fitted) -> Opening:
        mark = fence(self.secret, paper.key, document.version)
        return opening(self.prompts, language, paper, document, fitted, mark)

    def _room(self, question: str) -> int:
        """Tokens that the text of a paper may take beside the task and the reply."""
        server = self.chat.server
        return server.context_tokens - server.output_tokens - _TASK - at_most(question)
