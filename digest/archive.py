"""Use case: past weeks, searched and paged."""

from __future__ import annotations

from dataclasses import dataclass

from digest.errors import NotFound
from digest.models import Issue, Week
from digest.stores import Found, Library

PAGE_SIZE = 10


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of what a search found; pages count from 1, and there is always at least one."""

    query: str
    page: int
    pages: int
    total: int
    results: tuple[Found, ...]


@dataclass(frozen=True)
class Archive:
    """What was posted before."""

    library: Library
    selection: str

    async def search(self, query: str, page: int = 1, language: str | None = None) -> SearchPage:
        """Papers of past weeks that match all of the query; a page past the end shows the last."""
        page = max(1, page)
        total, found = await self.library.search(
            self.selection, query, (page - 1) * PAGE_SIZE, PAGE_SIZE, language
        )
        pages = max(1, -(-total // PAGE_SIZE))
        if page > pages:
            return await self.search(query, pages, language)
        return SearchPage(query, page, pages, total, found)

    async def issue(self, week: Week, language: str) -> Issue:
        """The issue of a week. Raises `NotFound`."""
        issue = await self.library.issue(self.selection, week, language)
        if issue is None or not issue.complete:
            raise NotFound(f"There is no digest of {week} yet.", hint=f"Make it: rinko digest build {week}")
        return issue

    async def latest(self, language: str) -> Issue | None:
        """The newest issue, if there is any."""
        weeks = await self.library.weeks(self.selection, language)
        return await self.library.issue(self.selection, weeks[0], language) if weeks else None
