"""The reading list: a file of papers that an admin keeps by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from digest.errors import NotYetListed, SourceError
from digest.models import Candidate, Listing, Week
from digest.ports import Clock
from digest.sources import reading_list_text
from digest.sources.reading_list_text import ListedWeek
from digest.weeks import latest_ended

_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class ReadingList:
    """The file at `path`, read anew each time it is asked."""

    path: Path
    clock: Clock
    name: str = "Reading list"
    kind: str = "list"
    usual_hours: int = 0

    @property
    def page(self) -> str | None:
        """A file of the installation: there is nothing for readers to open."""
        return None

    async def listings(self, week: Week | None) -> tuple[Listing, ...]:
        """The papers under a week's heading, with those that stand under none.

        Papers under no heading belong to whatever week is asked for; with None, to the latest
        week that has ended. Raises `NotYetListed` for a week newer than the newest heading, and
        `SourceError` where the file cannot be read or a line of it is not understood.
        """
        text = await asyncio.to_thread(self._read)
        try:
            undated, weeks = await asyncio.to_thread(reading_list_text.parse, text)
        except reading_list_text.NotUnderstood as error:
            raise SourceError(f"{self.path}, line {error.line}: {error}", hint=error.hint) from error
        return self._all(undated, weeks) if week is None else self._one(week, undated, weeks)

    def _read(self) -> str:
        """The text of the file."""
        try:
            with self.path.open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except OSError as error:
            raise SourceError(
                f"The reading list {self.path} cannot be read ({error.strerror}).",
                hint="Check the path of the source in the settings.",
            ) from error
        if len(content) > _MAX_BYTES:
            raise SourceError(f"The reading list {self.path} is larger than {_MAX_BYTES // 2**20} MB.")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise SourceError(
                f"The reading list {self.path} is not UTF-8 text.", hint="Save it as UTF-8."
            ) from error

    def _one(
        self, week: Week, undated: tuple[Candidate, ...], weeks: tuple[ListedWeek, ...]
    ) -> tuple[Listing, ...]:
        """The papers for one week."""
        here = [listed for listed in weeks if listed.week == week]
        if here or undated:
            return (_listing(week, here, undated),)
        newest = max((listed.week for listed in weeks), default=None)
        if newest is None or week > newest:
            raise NotYetListed(
                f"{self.name} has no papers for {week} yet.",
                hint=f"Add them under “## {week}” in {self.path}.",
            )
        return ()

    def _all(self, undated: tuple[Candidate, ...], weeks: tuple[ListedWeek, ...]) -> tuple[Listing, ...]:
        """Every week of the file, newest first."""
        found = {listed.week for listed in weeks}
        current = latest_ended(self.clock.now())
        if undated:
            found.add(current)
        return tuple(
            _listing(
                week,
                [listed for listed in weeks if listed.week == week],
                undated if week == current else (),
            )
            for week in sorted(found, reverse=True)
        )


def _listing(week: Week, here: Iterable[ListedWeek], undated: tuple[Candidate, ...]) -> Listing:
    """What stands under a week's headings, and after it what stands under none."""
    parts = tuple(here)
    return Listing(
        week,
        min((part.start for part in parts), default=week.start),
        max((part.end for part in parts), default=week.end),
        tuple(candidate for part in parts for candidate in part.candidates) + undated,
    )
