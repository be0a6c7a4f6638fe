"""DAIR.AI's list of ten papers a week, from the Markdown files it is published as."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from digest.errors import NotYetListed, SourceError
from digest.models import Listing, Week
from digest.ports import Clock, Web
from digest.sources import dair_list
from digest.sources.dair_list import IndexItem
from digest.sources.fetching import fetch

_RAW_FILE = re.compile(r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/")


@dataclass(frozen=True)
class DairSource:
    """The list at `url`: an index of year files, a single file of all weeks, or one year's file.

    An index is followed only as far as a week needs: the index and one year file, or two for a
    week over New Year that the index does not name.
    """

    web: Web
    url: str
    clock: Clock
    name: str = "DAIR.AI Top Papers"
    kind: str = "dair"
    usual_hours: int = 15

    @property
    def page(self) -> str | None:
        """The repository of the list, for a raw file on GitHub; else the file itself."""
        match = _RAW_FILE.match(self.url)
        return f"https://github.com/{match[1]}" if match else self.url

    async def listings(self, week: Week | None) -> tuple[Listing, ...]:
        """The list for a week, or all lists, newest first.

        Raises `NotYetListed` for a week newer than the newest list; an older one that the list
        leaves out gives none. Raises `SourceError` where the list cannot be fetched or understood.
        """
        listings, items = await self._read(self.url)
        for url in self._files(items, week, listings):
            listings = _united(listings, (await self._read(url))[0])
        if not listings:
            raise SourceError(
                f"{self.name}: there are no weekly lists at {self.url}.",
                hint="Check the address of the source: it should lead to the raw Markdown of the list.",
            )
        if week is None:
            return listings
        found = tuple(listing for listing in listings if listing.week == week)
        newest = max([listing.week for listing in listings] + [item.week for item in items[:1]])
        if not found and week >= newest:
            raise NotYetListed(f"{self.name} does not have the list for {week} yet; its newest is {newest}.")
        return found

    async def _read(self, url: str) -> tuple[tuple[Listing, ...], tuple[IndexItem, ...]]:
        """The lists that stand in one file, and the weeks it points to in other files."""
        body = await fetch(self.web, url, self.name)
        text = body.decode("utf-8-sig", errors="replace")
        year, today = dair_list.year_of_file(url), self.clock.now().date()
        listings = await asyncio.to_thread(dair_list.parse, text, today, year)
        items = await asyncio.to_thread(dair_list.index, text, today)
        return listings, tuple(item for item in items if item.file)

    def _files(
        self, items: Sequence[IndexItem], week: Week | None, have: Sequence[Listing]
    ) -> tuple[str, ...]:
        """The addresses of the further files to read for a week, or for all weeks."""
        if week is not None and any(listing.week == week for listing in have):
            return ()
        named = [item.file for item in items if week is None or item.week == week]
        if week is not None and not named:
            years = {week.start.year, week.end.year}
            named = [item.file for item in items if dair_list.year_of_file(item.file) in years]
        return _addresses(self.url, named)


def _addresses(base: str, files: Iterable[str]) -> tuple[str, ...]:
    """Full addresses, each once, in order; only files beside or below the index, on its host."""
    directory = urljoin(base, ".")
    found = dict.fromkeys(urljoin(base, file) for file in files)
    return tuple(address for address in found if address.startswith(directory) and address != base)


def _united(one: tuple[Listing, ...], other: tuple[Listing, ...]) -> tuple[Listing, ...]:
    """The lists of two files, newest first; a week that stands in both is the first's."""
    have = {listing.week for listing in one}
    both = one + tuple(listing for listing in other if listing.week not in have)
    return tuple(sorted(both, key=lambda listing: listing.week, reverse=True))
