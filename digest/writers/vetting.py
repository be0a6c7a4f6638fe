"""Pure: a model's drafts to what may be shown; what may not comes back with the reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from digest import wording
from digest.checks import Statement, check_pairs, check_statement, check_words
from digest.findings import Check, Finding
from digest.grounding import ground, sources_of
from digest.models import QA, Citation, Claim, Document, Dropped, Paper, Summary
from digest.writers.drafts import (
    CitationDraft,
    ClaimDraft,
    FailedPair,
    FailedPart,
    PairDraft,
    SentenceDraft,
    SummaryDraft,
)

_GIST = 300
_SENTENCE = 400
_TITLE = 300
_TAG = 40
_TAGS = 6
_SENTENCES = 6
_UNSPACED = {"ja", "zh"}
"""Languages that write no space between sentences."""
_HOSTILE = {Check.LINK, Check.MENTION, Check.MARKUP, Check.PROMPT, Check.BROKEN_WORD}
"""Checks that stumble on what may not be repeated, not even to say what was wrong."""
_EXCERPT = 80


@dataclass(frozen=True, slots=True)
class VettedSummary:
    """The parts of a summary in order: each as it may be shown, or as it failed."""

    gist: str | FailedPart
    sentences: tuple[str | FailedPart, ...]
    title: str | FailedPart
    abstract: str | FailedPart
    tags: tuple[str, ...]

    @property
    def failed(self) -> tuple[FailedPart, ...]:
        """What may not be shown."""
        parts = (self.title, self.gist, *self.sentences, self.abstract)
        return tuple(part for part in parts if isinstance(part, FailedPart))

    def mended(self, later: VettedSummary) -> VettedSummary:
        """With what failed replaced by what was written in its place; sentences by their order."""
        fresh = iter(later.sentences)
        return VettedSummary(
            _better(self.gist, later.gist),
            tuple(_better(one, next(fresh, one)) if _fails(one) else one for one in self.sentences),
            _better(self.title, later.title),
            _better(self.abstract, later.abstract),
            self.tags or later.tags,
        )

    def summary(self, language: str) -> Summary:
        """What may be shown; the gist stands in for a text that is missing, and the other way round."""
        sentences = [one for one in self.sentences if isinstance(one, str) and one]
        gist = self.gist if isinstance(self.gist, str) and self.gist else next(iter(sentences), "")
        text = ("" if language in _UNSPACED else " ").join(dict.fromkeys(sentences))
        return Summary(
            gist=gist,
            text=text or gist,
            title_translated=self.title if isinstance(self.title, str) and self.title else None,
            abstract_translated=self.abstract if isinstance(self.abstract, str) and self.abstract else None,
            tags=self.tags,
        )


def _fails(part: str | FailedPart) -> bool:
    return isinstance(part, FailedPart)


def _better(first: str | FailedPart, later: str | FailedPart) -> str | FailedPart:
    return later if _fails(first) and (not _fails(later) and later) else first


@dataclass(frozen=True)
class Vetting:
    """Holds what a model wrote about one paper against that paper."""

    paper: Paper
    document: Document
    language: str
    marks: tuple[str, ...] = ()
    """Marks of the prompt, which must not come up."""

    # ------------------------------------------------------------- questions

    def pairs(self, drafts: Sequence[PairDraft], before: Sequence[QA] = ()) -> tuple[QA | FailedPair, ...]:
        """Each pair as it may be shown beside those of `before`, or as it failed."""
        grounded = [self._grounded(draft.citations) for draft in drafts]
        known = [self._known(pair) for pair in before]
        statements = [
            self._said(
                draft.answer,
                [one.quote for one in citations],
                [one.passage_id for one in draft.citations],
                draft.question,
            )
            for draft, (citations, _) in zip(drafts, grounded, strict=True)
        ]
        found = check_pairs([*known, *statements])[len(known) :]
        return tuple(
            FailedPair(draft, (*unfound, *wrong))
            if unfound or wrong
            else QA(draft.question.strip(), draft.answer.strip(), citations)
            for draft, (citations, unfound), wrong in zip(drafts, grounded, found, strict=True)
        )

    def without_lost_quotes(self, drafts: Sequence[PairDraft]) -> tuple[PairDraft, ...]:
        """The pairs without the quotes that stand nowhere, where there are others to rest on."""
        kept = []
        for draft in drafts:
            good = tuple(one for one in draft.citations if self._grounded([one])[0])
            kept.append(replace(draft, citations=good or draft.citations))
        return tuple(kept)

    def _known(self, pair: QA) -> Statement:
        quotes = tuple(one.quote for one in pair.citations)
        ids = [one.passage_id for one in pair.citations]
        return self._said(pair.answer, quotes, ids, pair.question)

    # ----------------------------------------------------------------- claims

    def claim(self, draft: ClaimDraft, question: str) -> Claim | tuple[Finding, ...]:
        """The claim as it may be shown, or what is wrong with it."""
        citations, unfound = self._grounded(draft.citations)
        quotes, ids = [one.quote for one in citations], [one.passage_id for one in draft.citations]
        found = check_statement(self._said(draft.text, quotes, ids, question, asked=True))
        if unfound or found:
            return (*unfound, *found)
        return Claim(draft.text.strip(), citations, language=self.language)

    # ---------------------------------------------------------------- summary

    def summary(self, draft: SummaryDraft) -> VettedSummary:
        """The parts of a summary, each as it may be shown or as it failed."""
        foreign = self.language != self.document.language
        abstract = self.paper.abstract if foreign else None
        title, named = draft.title_translated if foreign else "", (self.paper.title,)
        return VettedSummary(
            gist=self._sentence("gist", draft.gist, _GIST),
            sentences=tuple(self._sentence("summary", one, _SENTENCE) for one in draft.summary[:_SENTENCES]),
            title=self._part("title_translated", title, named, _TITLE, sentence=False),
            abstract=self._part(
                "abstract_translated",
                draft.abstract_translated if abstract else "",
                (abstract or "", *named),
                3 * len(abstract or "") + _SENTENCE,
            ),
            tags=self._tags(draft.tags),
        )

    def _sentence(self, field: str, draft: SentenceDraft, most: int) -> str | FailedPart:
        if not draft.text.strip():
            return FailedPart(field, "", (Finding(Check.EMPTY),))
        return self._part(field, draft.text, self._sources(draft.ids), most)

    def _part(
        self, field: str, text: str, sources: Sequence[str], most: int, *, sentence: bool = True
    ) -> str | FailedPart:
        if not text.strip():
            return ""
        found = check_words(text, self.language, sources, marks=self.marks, sentence=sentence, most=most)
        return FailedPart(field, text, found) if found else text.strip()

    def _tags(self, tags: Sequence[str]) -> tuple[str, ...]:
        """The tags that may be shown: what is in Latin letters stands in the paper, word for word."""
        shown: dict[str, None] = {}
        for tag in (one.strip().lstrip("#").replace(" ", "-") for one in tags):
            spoken = "en" if tag.isascii() else self.language
            stands = all(word in self._folded for word in re.findall(r"[a-z0-9]+", tag.casefold()))
            wrong = check_words(tag, spoken, (tag,), marks=self.marks, sentence=False, most=_TAG)
            if tag and stands and not wrong:
                shown.setdefault(tag)
        return tuple(shown)[:_TAGS]

    # ---------------------------------------------------------------- dropped

    def dropped(self, said: str, findings: Sequence[Finding]) -> Dropped:
        """What was left out and why, in words that may be shown even where what it said may not be."""
        return Dropped(self._harmless(said), findings[0].check, self._harmless(findings[0].detail))

    def _harmless(self, text: str) -> str:
        """An excerpt, or nothing where the text holds what may not even be repeated."""
        found = wording.faults(text, self.language, marks=self.marks, may_hold=self._texts, sentence=False)
        return "" if _HOSTILE & {one.check for one in found} else text.strip()[:_EXCERPT]

    # ---------------------------------------------------------------- helpers

    def _grounded(
        self, citations: Sequence[CitationDraft]
    ) -> tuple[tuple[Citation, ...], tuple[Finding, ...]]:
        return ground(self.document, [(one.passage_id, one.quote) for one in citations])

    def _said(
        self, text: str, quotes: Sequence[str], ids: Sequence[str], question: str, *, asked: bool = False
    ) -> Statement:
        """A statement with what it rests on; `asked` where somebody else asked the question."""
        paper = None if asked else self._texts
        sources = self._sources(ids)
        return Statement(text, self.language, tuple(quotes), sources, question, self.marks, paper)

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return (*(passage.text for passage in self.document.passages), self.paper.title)

    @cached_property
    def _folded(self) -> str:
        return " ".join(self._texts).casefold()

    def _sources(self, ids: Sequence[str]) -> tuple[str, ...]:
        return (*sources_of(self.document, ids), self.paper.title)


def check_line(
    text: str, language: str, papers: Sequence[tuple[Paper, Summary]], marks: Sequence[str]
) -> tuple[Finding, ...]:
    """What is wrong with a line of a week's overview that speaks of some of its papers."""
    summaries = ((paper.title, one.gist, one.text, one.title_translated or "") for paper, one in papers)
    counts = (f"{len(papers)} papers, {len(papers)}本", *(" ".join(one.tags) for _, one in papers))
    return check_words(text, language, (*chain.from_iterable(summaries), *counts), marks=marks, most=_GIST)
