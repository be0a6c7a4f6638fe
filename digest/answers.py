"""Pure: what an answer looks like while it is found and when it is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.layout import note, reason_words, squeezed, text, title
from digest.mathtext import readable
from digest.models import Claim, Exchange, Paper, Verdict
from digest.phrases import Phrases
from digest.posts import Block, BlockKind, Button, Limits, Post, Span
from digest.quoting import quote

PRIVATE = " private"
"""Ends the value of the rating buttons of an answer that only its asker sees."""
_VERDICTS = {
    Verdict.NOT_SAID: "answer.not_said",
    Verdict.NO_MATCH: "answer.no_match",
    Verdict.UNPROVEN: "answer.unproven",
    Verdict.OFF_TOPIC: "answer.off_topic",
}


@dataclass(frozen=True)
class AnswerLayout:
    """Lays out answers in one language for one platform's limits."""

    phrases: Phrases
    limits: Limits
    remark: str = ""
    """A line under all states of an answer, as where a first question goes."""

    def working(self, question: str, paper: Paper | None = None, *, reading: bool = False) -> Post:
        """What is shown at once, before anything is known."""
        words = self.phrases("answer.thinking")
        if reading and paper is not None:
            words = self.phrases("answer.reading", title=readable(paper.title))
        return self._post([*self._asked(question, paper), note(words)])

    def so_far(self, question: str, paper: Paper | None, claims: Sequence[Claim]) -> Post:
        """The claims that have passed by now."""
        blocks = [*self._asked(question, paper), *self._claims(claims)]
        return self._post([*blocks, note(self.phrases("answer.thinking"))])

    def done(
        self,
        exchange: Exchange,
        paper: Paper | None,
        *,
        abstract_only: bool = False,
        sharable: bool = False,
        ratable: bool = True,
        private: bool = False,
    ) -> Post:
        """The whole answer, with buttons to rate it, and to show it to all where only its asker sees it."""
        blocks = [*self._asked(exchange.question, paper), *self._outcome(exchange)]
        if abstract_only:
            blocks.append(note(self.phrases("answer.abstract_only")))
        value = exchange.id + (PRIVATE if private else "")
        buttons: list[Button] = []
        if sharable and exchange.verdict is Verdict.GROUNDED:
            buttons.append(Button(self.phrases("answer.show_to_all"), "share", exchange.id))
        if ratable:
            buttons.append(Button(self.phrases("answer.helpful"), "helpful", value))
            buttons.append(Button(self.phrases("answer.unhelpful"), "unhelpful", value))
        return self._post(blocks, tuple(buttons))

    def _asked(self, question: str, paper: Paper | None) -> Iterator[Block]:
        if paper is not None:
            yield title(readable(paper.title), url=paper.url)
        yield Block(BlockKind.QUESTION, (Span(self.phrases("answer.question", text=question)),))

    def verdict(self, exchange: Exchange) -> str:
        """What is said where there is no answer."""
        if exchange.verdict is Verdict.NO_MATCH and exchange.stood_in:
            return self.phrases(
                "answer.no_match_stood_in", reason=reason_words(self.phrases, exchange.stood_in)
            )
        return self.phrases(_VERDICTS[exchange.verdict])

    def _outcome(self, exchange: Exchange) -> Iterator[Block]:
        say = self.phrases
        if exchange.verdict is not Verdict.GROUNDED:
            yield text(self.verdict(exchange))
        yield from self._claims(exchange.claims)
        if exchange.verdict is not Verdict.GROUNDED:
            return
        if exchange.stood_in:
            yield note(say("answer.stood_in", reason=reason_words(say, exchange.stood_in)))
        elif any(claim.extract for claim in exchange.claims):
            yield note(say("answer.extracts"))
        if exchange.dropped:
            yield note(say("answer.dropped", count=len(exchange.dropped)))

    def _claims(self, claims: Sequence[Claim]) -> Iterator[Block]:
        for claim in claims:
            if not claim.extract:
                yield text(readable(claim.text))
            for citation in claim.citations:
                yield quote(self.phrases, citation, claim.language, extract=claim.extract)

    def _post(self, blocks: Sequence[Block], buttons: tuple[Button, ...] = ()) -> Post:
        if self.remark:
            blocks = [*blocks, note(self.remark)]
        return Post(self.phrases.language, squeezed(blocks, self.limits), buttons)
