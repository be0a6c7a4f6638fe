"""arXiv as a source of papers, by search, and as the catalogue that knows the facts about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from digest.addresses import arxiv_reference
from digest.errors import NotYetListed, SourceError
from digest.models import Candidate, Listing, Paper, Week
from digest.ports import Clock
from digest.sources import cleaning
from digest.sources.arxiv_client import ArxivClient, ArxivEntry, Refused
from digest.weeks import latest_ended

_BATCH = 100
# Old ids are asked for without their subject class: arXiv knows math.GT/0309136 as math/0309136.
_SUBJECT_CLASS = re.compile(r"\.[A-Z]{2}(?=/)")
_ABSTRACT_LENGTH = 10_000


@dataclass(frozen=True)
class ArxivSource:
    """The papers a search finds among those submitted in a week, the most relevant first.

    `query` is written as arXiv's API has it: `cat:cs.CL AND abs:"language model"`.
    """

    client: ArxivClient
    query: str
    clock: Clock
    limit: int = 30
    name: str = "arXiv"
    kind: str = "arxiv"
    usual_hours: int = 0

    @property
    def page(self) -> str | None:
        """The site of arXiv itself."""
        return "https://arxiv.org"

    async def listings(self, week: Week | None) -> tuple[Listing, ...]:
        """The week's papers, or with None those of the latest week that has ended.

        Raises `NotYetListed` for a week that has not ended, `SourceError` where arXiv fails.
        """
        latest = latest_ended(self.clock.now())
        wanted = week or latest
        if wanted > latest:
            raise NotYetListed(f"{self.name}: the week {wanted} has not ended yet.")
        dates = f"submittedDate:[{wanted.start:%Y%m%d}0000 TO {wanted.end:%Y%m%d}2359]"
        try:
            entries = await self.client.search(f"({self.query}) AND {dates}", self.limit)
        except Refused as error:
            raise SourceError(
                f"{self.name} does not understand the search “{self.query}” ({error}).",
                hint="Write it as arXiv's API has it, such as cat:cs.CL AND abs:agents.",
            ) from error
        candidates = tuple(Candidate(_described(_paper(entry), entry)) for entry in entries)
        return (Listing(wanted, wanted.start, wanted.end, candidates),) if candidates else ()


@dataclass(frozen=True)
class ArxivCatalogue:
    """What arXiv knows of its papers."""

    client: ArxivClient

    async def describe(self, papers: Sequence[Paper]) -> tuple[Paper, ...]:
        """The same papers in the same order, those on arXiv with title, authors, dates and abstract.

        The title is arXiv's, as lists shorten titles. Where a version was named, it is that
        version that is described; else the latest. Papers arXiv does not know come back as they
        were. Raises `SourceError` where arXiv does not answer.
        """
        asked = list(dict.fromkeys(name for paper in papers if (name := _name(paper))))
        known: dict[str, ArxivEntry] = {}
        for start in range(0, len(asked), _BATCH):
            for entry in await self._entries(asked[start : start + _BATCH]):
                known[f"{entry.id}{entry.version or ''}"] = entry
                if entry.id not in known or _newer(entry, known[entry.id]):
                    known[entry.id] = entry
        return tuple(
            _described(paper, facts) if (facts := _known(paper, known)) else paper for paper in papers
        )

    async def _entries(self, names: Sequence[str]) -> tuple[ArxivEntry, ...]:
        """The entries of a batch; where one id spoils it, both halves are asked for apart."""
        try:
            # Now and then arXiv answers with nothing at all, and with everything when asked again.
            found = await self.client.by_id(names)
            return found or (await self.client.by_id(names) if len(names) > 1 else ())
        except Refused:
            if len(names) == 1:
                return ()
            middle = len(names) // 2
            return await self._entries(names[:middle]) + await self._entries(names[middle:])


def _name(paper: Paper) -> str | None:
    """The id a paper is asked for by, with the version where one was named."""
    if paper.arxiv_id is None:
        return None
    return _SUBJECT_CLASS.sub("", paper.arxiv_id) + (paper.version or "")


def _known(paper: Paper, known: dict[str, ArxivEntry]) -> ArxivEntry | None:
    """The entry of a paper among those that came back; of another version if need be."""
    name = _name(paper)
    return known.get(name) or known.get(name.removesuffix(paper.version or "")) if name else None


def _newer(one: ArxivEntry, other: ArxivEntry) -> bool:
    """Whether one entry of a paper is of a later version than another."""
    return int((one.version or "v0")[1:]) > int((other.version or "v0")[1:])


def _paper(entry: ArxivEntry) -> Paper:
    """The paper of an entry that a search found."""
    found = arxiv_reference(entry.id, entry.version)
    return Paper(key=found.key, title=entry.title, url=found.url)


def _described(paper: Paper, entry: ArxivEntry) -> Paper:
    """A paper with the facts of its entry; addresses are the public ones, whoever was asked."""
    found = arxiv_reference(entry.id, entry.version)
    return replace(
        paper,
        title=cleaning.plain(entry.title, cleaning.TITLE_LENGTH) or paper.title,
        url=paper.url or found.url,
        pdf_url=found.pdf_url if entry.has_pdf else None,
        version=entry.version or paper.version,
        authors=_all(entry.authors) or paper.authors,
        published=entry.published,
        updated=entry.updated,
        categories=_all(entry.categories) or paper.categories,
        abstract=cleaning.plain(entry.abstract, _ABSTRACT_LENGTH) or paper.abstract,
    )


def _all(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that say something, cleaned."""
    return tuple(cleaned for name in names if (cleaned := cleaning.plain(name, 200)))
