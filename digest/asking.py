"""Use case: one question about one paper, to checked claims."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from digest.addresses import refer
from digest.errors import Ambiguous, UnknownPaper
from digest.models import Claim, Exchange, Extent, Outcome, Paper, Verdict
from digest.ports import Catalogue, Clock, Inquiry, Writer
from digest.readings import Readings, described_by
from digest.repetition import repeated
from digest.stores import Exchanges, Library

_EARLIER = 6


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was asked; `conversation` is the thread or private talk it belongs to."""

    text: str
    language: str
    paper: Paper
    conversation: str
    asker: str


@dataclass(frozen=True, slots=True)
class StillReading:
    """The paper is new and is being fetched and read first."""

    paper: Paper


Answering = StillReading | Claim | Exchange


@dataclass(frozen=True)
class Asking:
    """Answers questions; every claim has passed its checks before it is yielded."""

    readings: Readings
    catalogue: Catalogue
    writer: Writer
    library: Library
    exchanges: Exchanges
    clock: Clock
    selection: str | None = None
    """Whose papers are found by title; None for all: what was asked about in one workspace would
    then come up in another."""

    async def find(self, words: str, conversation: str) -> Paper:
        """The paper that an id, an address or a title refers to.

        An upload is found only in the conversation it was brought to. Raises `NotFound`, or
        `Ambiguous`, which names what comes near; `SourceError` where arXiv cannot be asked. A new
        paper is kept only once it was read, so that what nobody can read never comes up again.
        """
        reference = refer(words)
        kept = await self.library.paper(reference.key if reference else words.strip())
        if kept is not None and kept.conversation in {None, conversation}:
            return kept
        if reference is None:
            return await self._by_title(words)
        paper = Paper(reference.key, reference.url, reference.url, reference.pdf_url, reference.version)
        if paper.arxiv_id:
            (paper,) = await self.catalogue.describe((paper,))
        return paper

    async def _by_title(self, words: str) -> Paper:
        matches = await self.library.papers(words, 6, self.selection) if words.strip() else ()
        if len(matches) == 1:
            return matches[0]
        if matches:
            near = " / ".join(paper.title for paper in matches[:5])
            raise Ambiguous(f"“{words}” fits several papers: {near}.", values={"text": words, "titles": near})
        raise UnknownPaper(f"No paper is known as “{words}”.", values={"text": words})

    async def ask(self, question: Question) -> AsyncIterator[Answering]:
        """Answer a question claim by claim; the exchange, which is kept, comes last.

        Where the paper is new, that it is being read comes first. Raises `FetchError` or
        `ReadingError` where the paper cannot be read, `WriterError` where the writer fails,
        `CeilingReached` where an answer may not be paid for.
        """
        paper = question.paper
        earlier = await self.exchanges.thread(question.conversation, paper.key, _EARLIER)
        shareable = paper.conversation is None and not earlier
        if shareable:
            known = await self._known(question)
            if known is not None:
                for claim in known.claims if known.verdict is Verdict.GROUNDED else ():
                    yield claim
                outcome = Outcome(known.verdict, dropped=known.dropped, writer=known.writer)
                exchange = self._exchange(question, outcome, known.claims, shareable=False)
                exchange = replace(exchange, from_store=True)
                await self.exchanges.keep(exchange)
                yield exchange
                return
        if await self.library.document(paper) is None:
            yield StillReading(paper)
        document = await self.readings.read_or_abstract(paper)
        paper = described_by(document, paper)
        await self.library.keep_paper(paper)
        inquiry = Inquiry(question.text, question.language, paper, document, earlier, question.asker)
        claims: list[Claim] = []
        outcome = Outcome(Verdict.NOT_SAID)
        async for step in self.writer.answer(inquiry):
            if isinstance(step, Outcome):
                outcome = step
            else:
                claims.append(step)
                yield step
        if outcome.verdict is not Verdict.GROUNDED:
            claims = [
                Claim(citation.quote, (citation,), extract=True, language=document.language)
                for citation in outcome.nearest
            ]
        # What only the abstract was read for may be said in the full text, and what another writer
        # stepped in for may be said better: both come another time.
        whole = document.coverage.extent is not Extent.ABSTRACT and outcome.stood_in is None
        question = replace(question, paper=paper)
        exchange = self._exchange(question, outcome, _distinct(claims), shareable=shareable and whole)
        await self.exchanges.keep(exchange)
        yield exchange

    async def in_store(self, question: Question) -> bool:
        """Whether the answer is there already, so that giving it costs nothing."""
        if question.paper.conversation is not None or await self.exchanges.thread(
            question.conversation, question.paper.key, 1
        ):
            return False
        return await self._known(question) is not None

    async def _known(self, question: Question) -> Exchange | None:
        """The stored answer to the same question, asked in the same workspace."""
        platform_and_workspace, slash, _ = question.asker.rpartition("/")
        return await self.exchanges.shared(
            question.paper.key,
            question.text,
            question.language,
            self._basis(question.paper),
            platform_and_workspace + slash,
        )

    def _basis(self, paper: Paper) -> str:
        """What an answer rests on besides the question: a better writer answers anew."""
        writer = self.writer
        return f"{paper.version or '-'} {writer.name} {writer.model} {writer.prompt_version}"

    def _exchange(
        self, question: Question, outcome: Outcome, claims: tuple[Claim, ...], *, shareable: bool
    ) -> Exchange:
        return Exchange(
            uuid.uuid4().hex,
            question.paper.key,
            question.text,
            question.language,
            outcome.verdict,
            claims,
            outcome.writer or self.writer.name,
            question.conversation,
            question.asker,
            self.clock.now(),
            shareable,
            self._basis(question.paper),
            outcome.dropped,
            outcome.stood_in,
        )


def _distinct(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims without those that say what an earlier one says: the check on an answer as a whole.

    Extracts are the paper's own words, which may well say a thing twice.
    """
    told = [place for place, claim in enumerate(claims) if not claim.extract]
    again = {told[later] for later, _ in repeated([claims[place].text for place in told])}
    return tuple(claim for place, claim in enumerate(claims) if place not in again)
