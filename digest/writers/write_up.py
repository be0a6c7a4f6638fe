"""Writes one paper up with a model: two calls at most, and one more where something does not pass."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

from digest.errors import CeilingReached, ReplyBroken, TooLongForModel, WriterError
from digest.models import QA, Document, Dropped, Paper, Summary
from digest.writers.chat import Call, Chat, Reply, Turn
from digest.writers.drafts import FailedPair, RepairDraft, SummaryDraft
from digest.writers.fitting import Fitted, fit, halved
from digest.writers.prompting import (
    Opening,
    again,
    questions_task,
    repair_task,
    summary_task,
    whole_task,
)
from digest.writers.replies import PAPER_SCHEMA, Parsed, parse_pairs, parse_repair, parse_summary
from digest.writers.vetting import VettedSummary, Vetting

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_PAIRS = 10
_SCHEMA = "paper"
_SHORT = 8_000
"""Tokens up to which a text takes one call: two would cost more for their prompts than it saves."""


@dataclass(frozen=True, slots=True)
class WrittenUp:
    """What a model wrote of a paper and what may be shown of it."""

    summary: Summary
    qa: tuple[QA, ...]
    dropped: tuple[Dropped, ...]
    sections: tuple[str, ...]


@dataclass(frozen=True)
class WriteUp:
    """One paper in one language; `open_` makes the conversation that begins with a text of it."""

    chat: Chat
    paper: Paper
    document: Document
    language: str
    open_: Callable[[Fitted], Opening]
    room: int
    """Tokens that the paper's text may take."""

    async def __call__(self) -> WrittenUp:
        """Write it up; where the model says that the text is too long, once more with half of it.

        Raises `WriterError` where the model cannot be used or nothing of what it wrote may be
        shown, and `CeilingReached`.
        """
        fitted = await asyncio.to_thread(fit, self.document, self.room)
        try:
            return await self._from(fitted)
        except TooLongForModel:
            smaller = await asyncio.to_thread(halved, self.document, fitted)
            return await self._from(smaller)

    async def _from(self, fitted: Fitted) -> WrittenUp:
        opening = self.open_(fitted)
        vetting = Vetting(self.paper, self.document, self.language, opening.marks)
        if fitted.tokens <= _SHORT:
            both = await self._ask(opening, "write-up", whole_task(opening), parse_repair)
            summary, pairs = both.summary, both.pairs
        else:
            summary = await self._ask(opening, "summary", summary_task(opening), parse_summary)
            pairs = await self._ask(opening, "questions", questions_task(opening), parse_pairs)
        vetted = await asyncio.to_thread(vetting.summary, summary)
        slots = await asyncio.to_thread(vetting.pairs, pairs[:_PAIRS])
        if vetted.failed or any(isinstance(slot, FailedPair) for slot in slots):
            vetted, slots = await self._repair(opening, vetting, vetted, slots)
        shown = vetted.summary(self.language)
        qa = tuple(slot for slot in slots if isinstance(slot, QA))
        if not shown.gist:
            raise ReplyBroken("Nothing that the model wrote of the paper in short may be shown.")
        return WrittenUp(shown, qa, _dropped(vetting, vetted, slots), fitted.sections)

    async def _ask(
        self, opening: Opening, purpose: str, turns: tuple[Turn, ...], parse: Callable[[str], Parsed[T]]
    ) -> T:
        """What a reply holds; one that breaks off or holds nothing is asked for once more.

        Raises `ReplyBroken` where the second is no better.
        """
        best: T | None = None
        for _ in range(2):
            try:
                reply = await self._complete(purpose, turns)
            except ReplyBroken:  # empty, or not from a model at all
                turns = again(turns, opening.prompts, cut_off=False)
                continue
            found = _parsed(reply.text, parse)
            if found is not None and found.complete and not reply.cut_off and _holds(found.draft):
                return found.draft
            if found is not None and _holds(found.draft):
                best = found.draft if best is None else max(best, found.draft, key=_size)
            turns = again(turns, opening.prompts, cut_off=reply.cut_off)
        if best is None:
            raise ReplyBroken
        return best

    async def _repair(
        self,
        opening: Opening,
        vetting: Vetting,
        vetted: VettedSummary,
        slots: tuple[QA | FailedPair, ...],
    ) -> tuple[VettedSummary, tuple[QA | FailedPair, ...]]:
        """Ask once more, in one call, for all that did not pass.

        A call that fails, or a reply that cannot be read, mends nothing: what has passed stands.
        Raises what the call does where nothing has that can stand by itself.
        """
        failed = [slot for slot in slots if isinstance(slot, FailedPair)]
        passed = [slot for slot in slots if isinstance(slot, QA)]
        kept = [pair.question for pair in passed]
        try:
            reply = await self._complete("repair", repair_task(opening, failed, vetted.failed, kept))
        except (WriterError, CeilingReached) as error:
            if not passed or not vetted.summary(self.language).gist:
                raise
            _log.warning("repair failed", paper=self.paper.key, error=error.kind)
            return vetted, slots
        found = _parsed(reply.text, parse_repair)
        if found is None:
            return vetted, slots
        later = await asyncio.to_thread(vetting.summary, found.draft.summary)
        pairs = found.draft.pairs[: len(failed)]
        drafts = await asyncio.to_thread(vetting.without_lost_quotes, pairs)
        fresh = iter(await asyncio.to_thread(vetting.pairs, drafts, passed))
        mended = tuple(next(fresh, slot) if isinstance(slot, FailedPair) else slot for slot in slots)
        return vetted.mended(later), mended

    async def _complete(self, purpose: str, turns: tuple[Turn, ...]) -> Reply:
        call = Call(purpose, turns, PAPER_SCHEMA, _SCHEMA, subject=self.paper.key)
        return await self.chat.complete(call)


def _parsed(text: str, parse: Callable[[str], Parsed[T]]) -> Parsed[T] | None:
    try:
        return parse(text)
    except ReplyBroken:
        return None


def _holds(draft: object) -> bool:
    if isinstance(draft, RepairDraft):
        return _holds(draft.summary) and _holds(draft.pairs)
    if isinstance(draft, SummaryDraft):
        return bool(draft.gist.text or draft.summary)
    return bool(draft)


def _size(draft: object) -> int:
    return len(draft) if isinstance(draft, tuple) else len(repr(draft))


def _dropped(
    vetting: Vetting, vetted: VettedSummary, slots: Sequence[QA | FailedPair]
) -> tuple[Dropped, ...]:
    """What failed twice, pairs by their questions; a part that is not there at all is not counted."""
    pairs = [vetting.dropped(one.pair.question, one.findings) for one in slots if isinstance(one, FailedPair)]
    parts = [vetting.dropped("", one.findings) for one in vetted.failed if one.text.strip()]
    return (*pairs, *parts)
