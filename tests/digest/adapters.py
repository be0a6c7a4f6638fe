"""Sources, a reader, a catalogue and a writer that do what a test tells them, and keep count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

from digest.errors import FetchError, ReadingError, SourceError, WriterError
from digest.models import (
    Candidate,
    Claim,
    Document,
    Listing,
    Outcome,
    Paper,
    Summary,
    Verdict,
    Week,
    Writing,
)
from digest.ports import Inquiry
from digest.reading.reader import abstract_only
from tests.builders import citation, document, writing


@dataclass
class ListSource:
    """Lists the same papers for any week, or fails."""

    papers: Sequence[Paper] = ()
    error: SourceError | None = None
    name: str = "A list"
    kind: str = "list"
    page: str | None = None
    usual_hours: int = 0
    asked: int = 0

    async def listings(self, week: Week | None) -> tuple[Listing, ...]:
        self.asked += 1
        if self.error:
            raise self.error
        if not self.papers or week is None:
            return ()
        return (Listing(week, week.start, week.end, tuple(Candidate(one) for one in self.papers)),)


@dataclass
class KnownFacts:
    """Knows one fact about every paper, or fails."""

    error: SourceError | None = None
    asked: list[str] = field(default_factory=list)

    async def describe(self, papers: Sequence[Paper]) -> tuple[Paper, ...]:
        self.asked += [one.key for one in papers]
        if self.error:
            raise self.error
        return tuple(replace(one, authors=("Catalogue, A.",)) for one in papers)


@dataclass
class CountingReader:
    """Reads a paper as one sentence with its title; some papers cannot be read."""

    unreadable: dict[str, FetchError | ReadingError] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)
    read_keys: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    waits_for: int = 1
    """The first readings wait until so many are under way."""
    all_there: asyncio.Event = field(default_factory=asyncio.Event)
    versions: dict[str, str] = field(default_factory=dict)

    async def read(self, paper: Paper) -> Document:
        self.read_keys.append(paper.key)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.at_once >= self.waits_for:
            self.all_there.set()
        await self.all_there.wait()
        self.at_once -= 1
        if paper.key in self.broken:
            raise self.broken[paper.key]
        if paper.key in self.unreadable:
            raise self.unreadable[paper.key]
        return document(
            f"Read: {paper.title}.", version=paper.version or self.versions.get(paper.key, "bytes-1")
        )

    async def read_bytes(self, data: bytes, url: str | None) -> Document:
        if not data:
            raise ReadingError("nothing in it")
        return document(data.decode(), version="bytes-of-upload", title=data.decode()[:20])

    def read_abstract(self, paper: Paper, reason: str) -> Document | None:
        return abstract_only(paper, reason)


@dataclass
class PlainWriter:
    """Writes what it read, answers what a document says word for word, and keeps count."""

    name: str = "plain"
    model: str = "-"
    prompt_version: str = "1"
    fails_on: set[str] = field(default_factory=set)
    written: list[tuple[str, str]] = field(default_factory=list)
    asked: list[Inquiry] = field(default_factory=list)
    offers: int = 1
    overview_fails: bool = False
    stood_in: str | None = None
    says: tuple[Claim, ...] = ()
    """What it answers whatever it is asked."""

    async def write(self, paper: Paper, document: Document, language: str) -> Writing:
        self.written.append((paper.key, language))
        if paper.key in self.fails_on:
            raise WriterError("no words")
        made = writing(paper, language, version=document.version, prompt_version=self.prompt_version)
        return replace(made, summary=Summary("In short.", document.text))

    async def answer(self, inquiry: Inquiry) -> AsyncIterator[Claim | Outcome]:
        self.asked.append(inquiry)
        for claim in self.says:
            yield claim
        found = [one for one in inquiry.document.passages if inquiry.question in one.text]
        for passage in found:
            yield Claim(f"It says {inquiry.question}.", (citation(passage.text),))
        nearest = tuple(citation(one.text) for one in inquiry.document.passages[: self.offers])
        missing = Outcome(Verdict.NO_MATCH, nearest) if nearest else Outcome(Verdict.NOT_SAID)
        yield Outcome(Verdict.GROUNDED, stood_in=self.stood_in) if found or self.says else missing

    async def overview(
        self, week: Week, writings: Sequence[tuple[Paper, Writing]], language: str
    ) -> tuple[str, ...]:
        if self.overview_fails:
            raise WriterError("no trends")
        return (f"{len(writings)} papers in {language}.",)
