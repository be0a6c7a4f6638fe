"""Hugging Face's daily papers: those of a week, by the votes they were given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from digest.errors import NotYetListed, SourceError
from digest.models import Candidate, Listing, Week
from digest.ports import Clock, Web
from digest.sources import cleaning
from digest.sources.fetching import fetch
from digest.weeks import latest_ended

API_URL = "https://huggingface.co/api/daily_papers"
_A_DAY = 100
_AUTHORS = 500


@dataclass(frozen=True)
class HuggingFaceSource:
    """The `limit` papers of a week with the most votes, each once, over the week's seven days."""

    web: Web
    clock: Clock
    url: str = API_URL
    limit: int = 30
    name: str = "Hugging Face Daily Papers"
    kind: str = "huggingface"
    usual_hours: int = 0

    @property
    def page(self) -> str | None:
        """The daily papers as people read them."""
        return "https://huggingface.co/papers"

    async def listings(self, week: Week | None) -> tuple[Listing, ...]:
        """The week's papers, or with None those of the latest week that has ended.

        Raises `NotYetListed` for a week that has not ended, or has just ended and is empty yet;
        `SourceError` where a day cannot be had, for a week without it would be another choice.
        """
        latest = latest_ended(self.clock.now())
        wanted = week or latest
        if wanted > latest:
            raise NotYetListed(f"{self.name}: the week {wanted} has not ended yet.")
        found: list[Candidate] = []
        for number in range(7):
            found.extend(await self._day(wanted.start + timedelta(days=number)))
        candidates = _best(found, self.limit)
        if candidates:
            return (Listing(wanted, wanted.start, wanted.end, candidates),)
        if wanted == latest:
            raise NotYetListed(f"{self.name} has no papers for {wanted} yet.")
        return ()

    async def _day(self, day: date) -> tuple[Candidate, ...]:
        """One day's papers."""
        mark = "&" if "?" in self.url else "?"
        url = f"{self.url}{mark}{urlencode({'date': day.isoformat(), 'limit': _A_DAY})}"
        body = await fetch(self.web, url, self.name)
        try:
            return await asyncio.to_thread(parse, body)
        except ValueError as error:
            raise SourceError(f"{self.name}: the answer for {day} is not a list of papers.") from error


def parse(body: bytes) -> tuple[Candidate, ...]:
    """The papers of one answer of the API; whatever in it is not as it should be is left out.

    Raises `ValueError` where it is no list at all.
    """
    try:
        answer = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(answer, list):
        raise ValueError("no list")
    return tuple(found for item in answer if isinstance(item, dict) and (found := _candidate(item)))


def _candidate(item: Mapping[str, object]) -> Candidate | None:
    """The paper of one item; None where it has no arXiv id."""
    inner = item.get("paper")
    fields: Mapping[str, object] = {**item, **inner} if isinstance(inner, dict) else item
    name = fields.get("id")
    reference = cleaning.reference(name) if isinstance(name, str) else None
    if reference is None or not reference.key.startswith("arxiv:"):
        return None
    paper = cleaning.paper(reference.url, _text(fields.get("title"), cleaning.TITLE_LENGTH) or "")
    if paper is None:
        return None
    votes = fields.get("upvotes")
    return Candidate(
        replace(
            paper,
            authors=tuple(_authors(fields.get("authors"))) or None,
            published=cleaning.day(fields.get("publishedAt")),
            abstract=_text(fields.get("summary")),
            links=cleaning.links(_links(fields)),
        ),
        description=_text(fields.get("ai_summary")),
        votes=votes if isinstance(votes, int) and not isinstance(votes, bool) else None,
    )


def _text(value: object, limit: int = cleaning.TEXT_LENGTH) -> str | None:
    """A field that should be text, cleaned; None for anything else."""
    return cleaning.plain(value, limit) or None if isinstance(value, str) else None


def _authors(value: object) -> Iterator[str]:
    """The authors' names; those hidden on the site are left out there because they are wrong."""
    for author in value[:_AUTHORS] if isinstance(value, list) else ():
        name = author.get("name") if isinstance(author, dict) and author.get("hidden") is not True else None
        if cleaned := _text(name, 200):
            yield cleaned


def _links(fields: Mapping[str, object]) -> Iterator[tuple[str, str | None]]:
    """The paper's code and project pages."""
    for label, field in (("Code", "githubRepo"), ("Project", "projectPage")):
        value = fields.get(field)
        yield label, value if isinstance(value, str) else None


def _best(candidates: Iterable[Candidate], limit: int) -> tuple[Candidate, ...]:
    """Each paper once, with the most votes it was seen with; the most voted for first."""
    best: dict[str, Candidate] = {}
    for candidate in candidates:
        known = best.get(candidate.paper.key)
        if known is None or (candidate.votes or 0) > (known.votes or 0):
            best[candidate.paper.key] = candidate
    return tuple(sorted(best.values(), key=lambda candidate: -(candidate.votes or 0))[:limit])
