"""Answers one question with a model: each claim is shown once it has passed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from digest.errors import CeilingReached, ReplyBroken, TooLongForModel, WriterError
from digest.models import Claim, Outcome, Passage, Verdict
from digest.ports import Inquiry
from digest.repetition import repeated
from digest.writers.chat import Call, Chat, Turn
from digest.writers.drafts import ClaimDraft, FailedClaim, Standing
from digest.writers.fitting import Fitted, fit_for_question, halved
from digest.writers.prompting import Opening, again, answer_repair_task, answer_task
from digest.writers.replies import ANSWER_SCHEMA, ClaimScanner
from digest.writers.vetting import Vetting

_CLAIMS = 8
_SCHEMA = "answer"


@dataclass
class LlmAnswer:
    """One question; `ranked` are the paper's passages by how well they fit it, best first."""

    chat: Chat
    inquiry: Inquiry
    ranked: tuple[Passage, ...]
    open_: Callable[[Fitted], Opening]
    room: int
    """Tokens that the paper's text may take."""
    shown: list[Claim] = field(default_factory=list)
    failed: list[FailedClaim] = field(default_factory=list)
    standing: Standing | None = None
    complete: bool = False
    """Whether a whole answer came."""

    async def __call__(self) -> AsyncGenerator[Claim, None]:
        """The claims that pass. Where the model says that the text is too long, half of it is tried.

        Raises `WriterError` and `CeilingReached`; what was shown by then stands.
        """
        inquiry = self.inquiry
        fitted = await asyncio.to_thread(fit_for_question, inquiry.document, self.ranked, self.room)
        try:
            async with aclosing(self._from(fitted)) as claims:
                async for claim in claims:
                    yield claim
        except TooLongForModel:
            smaller = await asyncio.to_thread(halved, inquiry.document, fitted, self.ranked)
            async with aclosing(self._from(smaller)) as claims:
                async for claim in claims:
                    yield claim

    async def _from(self, fitted: Fitted) -> AsyncGenerator[Claim, None]:
        """One round, and one more for what failed or did not come."""
        inquiry, opening = self.inquiry, self.open_(fitted)
        self.failed = []
        self.partial = bool(fitted.sections)
        vetting = Vetting(inquiry.paper, inquiry.document, inquiry.language, opening.marks)
        turns = answer_task(opening, inquiry.question, inquiry.earlier)
        async with aclosing(self._round(turns, vetting)) as claims:
            async for claim in claims:
                yield claim
        if self.complete and not self.failed:
            return
        wrong, self.failed = self.failed, []
        if self.complete:
            kept = [claim.text for claim in self.shown]
            turns = answer_repair_task(opening, inquiry.question, inquiry.earlier, wrong, kept)
        else:
            turns = again(turns, opening.prompts, cut_off=bool(self.shown))
        try:
            async with aclosing(self._round(turns, vetting)) as claims:
                async for claim in claims:
                    yield claim
        except (WriterError, CeilingReached):
            self.failed = wrong  # nobody mended them
            raise

    partial: bool = False
    """Whether the model saw only parts of the paper, so that it cannot say what the paper does not."""

    async def _round(self, turns: tuple[Turn, ...], vetting: Vetting) -> AsyncGenerator[Claim, None]:
        scanner = ClaimScanner()
        call = Call(
            "answer",
            turns,
            ANSWER_SCHEMA,
            _SCHEMA,
            subject=self.inquiry.paper.key,
            asker=self.inquiry.asker,
        )
        try:
            async with aclosing(self.chat.stream(call)) as pieces:
                async for piece in pieces:
                    for claim in await self._vetted(scanner.feed(piece), scanner, vetting):
                        yield claim
        except ReplyBroken:
            pass  # what came whole stands, and the rest is asked for once more
        for claim in await self._vetted(scanner.finish(), scanner, vetting):
            yield claim
        self.complete = scanner.complete

    async def _vetted(
        self, drafts: tuple[ClaimDraft, ...], scanner: ClaimScanner, vetting: Vetting
    ) -> list[Claim]:
        """The claims among these that may be shown and say something new."""
        self.standing = scanner.standing or self.standing
        if self.standing in {Standing.NOT_SAID, Standing.OFF_TOPIC}:
            return []
        passed: list[Claim] = []
        for draft in drafts:
            if len(self.shown) == _CLAIMS or repeated([*(one.text for one in self.shown), draft.text]):
                continue
            found = await asyncio.to_thread(vetting.claim, draft, self.inquiry.question)
            if isinstance(found, Claim):
                self.shown.append(found)
                passed.append(found)
            else:
                self.failed.append(FailedClaim(draft, found))
        return passed

    def outcome(self, nearest: Outcome) -> Outcome:
        """What the answer came to; `nearest` are the passages to offer where nothing passed.

        Raises `ReplyBroken` where the model did not say anything that can be understood.
        """
        inquiry = self.inquiry
        vetting = Vetting(inquiry.paper, inquiry.document, inquiry.language)
        dropped = tuple(vetting.dropped("", one.findings) for one in self.failed)
        if self.shown:
            return Outcome(Verdict.GROUNDED, dropped=dropped)
        if self.standing is Standing.OFF_TOPIC:
            return Outcome(Verdict.OFF_TOPIC)
        if self.standing is Standing.NOT_SAID and not self.partial:
            return Outcome(Verdict.NOT_SAID)
        if self.standing is None and not self.failed:
            raise ReplyBroken
        return Outcome(Verdict.UNPROVEN, nearest.nearest, dropped)
