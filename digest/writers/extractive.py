"""The writer that needs no model: all it says of a paper are the paper's own sentences."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from digest.citing import cite
from digest.errors import WriterError
from digest.models import (
    QA,
    Citation,
    Claim,
    Document,
    Outcome,
    Paper,
    Passage,
    Summary,
    Verdict,
    Week,
    Writing,
)
from digest.phrases import Glossary, Phrases, Taxonomy
from digest.ports import Inquiry
from digest.writers import answering
from digest.writers.sentences import Sentence, sentences
from digest.writers.summary import gist, short_name, summary
from digest.writers.tags import tags
from digest.writers.topics import answers
from digest.writers.trends import trends

_VERSION = "extracts-2"
_NEAREST = 3


@dataclass(frozen=True)
class ExtractiveWriter:
    """Writes papers up by choosing sentences; questions come from the locale's templates."""

    phrases: Mapping[str, Phrases]
    glossary: Glossary
    taxonomy: Taxonomy

    @property
    def name(self) -> str:
        """`extractive`."""
        return "extractive"

    @property
    def model(self) -> str:
        """There is none."""
        return "-"

    @property
    def prompt_version(self) -> str:
        """Changes whenever other sentences would be chosen."""
        return _VERSION

    async def write(self, paper: Paper, document: Document, language: str) -> Writing:
        """Write one paper up: questions in `language`, everything else as the paper says it.

        Raises `WriterError` where the language has no locale.
        """
        return await asyncio.to_thread(self._write, paper, document, self._phrases(language))

    async def answer(self, inquiry: Inquiry) -> AsyncIterator[Claim | Outcome]:
        """The sentences that answer, each a claim; where nothing fits, the nearest passages."""
        document = inquiry.document
        name = short_name(inquiry.paper, document)
        found = await asyncio.to_thread(answering.answer, inquiry.question, document, self.glossary, name)
        for group in found:
            yield Claim(_joined(group), _citations(group, document), extract=True, language=document.language)
        yield Outcome(Verdict.GROUNDED) if found else self.offer(inquiry)

    def offer(self, inquiry: Inquiry, count: int = _NEAREST) -> Outcome:
        """The passages nearest to the question, best first, where there is no answer."""
        nearest = answering.nearest(inquiry.question, inquiry.document, self.glossary, count)
        return Outcome(Verdict.NO_MATCH if nearest else Verdict.NOT_SAID, nearest)

    def ranked(self, inquiry: Inquiry) -> tuple[Passage, ...]:
        """All passages by how well they fit the question, best first."""
        return answering.ranked(inquiry.question, inquiry.document, self.glossary)

    async def overview(
        self,
        week: Week,  # noqa: ARG002 - counts are the same in any week
        writings: Sequence[tuple[Paper, Writing]],
        language: str,
    ) -> tuple[str, ...]:
        """The week in about three lines of counts. Raises `WriterError` without a locale."""
        return trends(writings, self._phrases(language), self.taxonomy, self.glossary)

    def _phrases(self, language: str) -> Phrases:
        try:
            return self.phrases[language]
        except KeyError:
            known = ", ".join(sorted(self.phrases))
            raise WriterError(f"There is no locale for “{language}”.", hint=f"There are: {known}.") from None

    def _write(self, paper: Paper, document: Document, phrases: Phrases) -> Writing:
        found = sentences(document)
        opening = gist(found)
        own_name = short_name(paper, document)
        name = own_name or phrases("questions.this_paper")
        pairs = tuple(
            QA(phrases(f"questions.{topic}", name=name), _joined(group), _citations(group, document))
            for topic, group in answers(found, document.language).items()
        )
        told = summary(found, opening, document.language)
        return Writing(
            paper_key=paper.key,
            version=document.version,
            language=phrases.language,
            writer=self.name,
            model=self.model,
            prompt_version=self.prompt_version,
            summary=Summary(
                gist=opening.text if opening else "",
                text=_joined(told),
                tags=tags(paper, document, self.glossary, self.taxonomy, own_name),
            ),
            qa=pairs,
            text_language=document.language,
            extract=True,
        )


def _joined(group: Sequence[Sentence]) -> str:
    """Sentences as one text, with a space between where their script has one."""
    text = ""
    for sentence in group:
        text += ("" if not text or text[-1] in "。！？．」" else " ") + sentence.text
    return text


def _citations(group: Sequence[Sentence], document: Document) -> tuple[Citation, ...]:
    """Citations of sentences, those that follow each other in one passage as one span.

    A span does not run on over the end of a page.
    """
    spans: list[tuple[Sentence, int]] = []
    for sentence in group:
        if spans:
            first, end = spans[-1]
            passage = sentence.passage
            joined = first.passage.id == passage.id and not passage.text[end : sentence.start].strip()
            if joined and not passage.crosses_pages(first.start, sentence.end):
                spans[-1] = (first, sentence.end)
                continue
        spans.append((sentence, sentence.end))
    return tuple(cite(document, first.passage, first.start, end) for first, end in spans)
