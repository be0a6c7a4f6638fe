"""RSS and Atom feeds: items that are papers, and newsletters whose posts link to papers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from digest.errors import NotYetListed, SourceError
from digest.models import Candidate, Listing, Week
from digest.ports import Clock, Web
from digest.sources import feed_items
from digest.sources.feed_items import Item
from digest.sources.fetching import fetch
from digest.weeks import week_of


@dataclass(frozen=True)
class FeedSource:
    """The papers of the feed at `url`, each in the week its item was posted in (UTC)."""

    web: Web
    url: str
    clock: Clock
    name: str = "Feed"
    kind: str = "feed"
    usual_hours: int = 0

    @property
    def page(self) -> str | None:
        """The feed."""
        return self.url

    async def listings(self, week: Week | None) -> tuple[Listing, ...]:
        """The papers of a week, or of every week the feed still holds, newest first.

        Raises `NotYetListed` for a week newer than the newest item, `SourceError` where there is
        no feed. An older week the feed has nothing of, or no longer holds, gives none.
        """
        body = await fetch(self.web, self.url, self.name)
        try:
            found = await asyncio.to_thread(feed_items.parse, body, self.url)
        except feed_items.NoFeed as error:
            raise SourceError(
                f"{self.name}: there is no feed at {self.url}.",
                hint="Check the address of the source: it should lead to RSS or Atom.",
            ) from error
        # An item dated far ahead would make every week to come look like one the feed left out.
        tomorrow = self.clock.now().date() + timedelta(days=1)
        items = [item for item in found if item.day <= tomorrow]
        weeks = sorted({week_of(item.day) for item in items}, reverse=True)
        if week is None:
            return tuple(_listing(each, items) for each in weeks)
        if week in weeks:
            return (_listing(week, items),)
        if not weeks or week > weeks[0]:
            raise NotYetListed(f"{self.name} has no papers for {week} yet.")
        return ()


def _listing(week: Week, items: Iterable[Item]) -> Listing:
    """One week's papers, each once, in the feed's order."""
    found: dict[str, Candidate] = {}
    for item in items:
        if week_of(item.day) == week:
            for candidate in item.candidates:
                found.setdefault(candidate.paper.key, candidate)
    return Listing(week, week.start, week.end, tuple(found.values()))
