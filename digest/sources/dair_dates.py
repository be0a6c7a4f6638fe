"""Pure: the dates in the headings of DAIR.AI's list, most of which do not say all of a date."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?!\d)"
_YEAR = r"20\d\d"
_RANGE = re.compile(
    rf"\b(?P<month>{_MONTH})\s*(?P<day>{_DAY})(?:\s*,?\s*(?P<start_year>{_YEAR})\b)?"
    rf"\s*(?:[-‐‑‒–—−~/&]+|\bto\b|\band\b|\bthrough\b)\s*"
    rf"(?:(?P<end_month>{_MONTH})\s*)?(?P<end_day>{_DAY})"
    rf"(?:[\s,()\[\]:‐‑‒–—−-]*\b(?P<year>{_YEAR})\b)?",
    re.IGNORECASE,
)
_LONGEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Printed:
    """A range of days as a heading prints it: `(month, day)` twice, and the end's year if it is there."""

    start: tuple[int, int]
    end: tuple[int, int]
    year: int | None = None
    hint: int | None = None
    """The year of the file or section it stands in."""

    @property
    def crosses(self) -> bool:
        """Whether the range goes over New Year."""
        return self.end < self.start and self.end[0] != self.start[0]

    def dated(self, year: int) -> tuple[date, date]:
        """The days it means if it ends in `year`; days that no calendar has are put right."""
        end = _day(year, *self.end)
        start = _day(year - 1 if self.crosses else year, *self.start)
        if not timedelta(0) <= end - start <= _LONGEST:
            end = start + timedelta(days=6)
        return start, end


def printed(heading: str, hint: int | None = None) -> Printed | None:
    """The range of days a heading prints, or None."""
    match = _RANGE.search(" ".join(heading[:300].split()))
    if match is None:
        return None
    month = _month(match["month"])
    end_month = _month(match["end_month"]) if match["end_month"] else month
    start, end = (month, _number(match["day"])), (end_month, _number(match["end_day"]))
    year = int(match["year"]) if match["year"] else None
    if year is None and match["start_year"]:
        year = int(match["start_year"]) + (end < start)
    return Printed(start, end, year, hint)


def resolve(headings: Sequence[Printed], today: date) -> tuple[tuple[date, date], ...]:
    """The days each heading means, the year taken from it, from where it stands, or from its neighbours.

    A heading without a year of its own ends in the year its file or section is about: a week
    over New Year stands in the new year's file. Without that either it is in the year that puts
    it nearest to its neighbour, for lists stand in order; and with no neighbour to go by, in the
    latest year in which it began before `today`.
    """
    found = [_certain(heading) for heading in headings]
    first = next((i for i, dates in enumerate(found) if dates), None)
    if first is None and headings:
        found[0], first = _latest(headings[0], today), 0
    for i in (*range((first or 0) - 1, -1, -1), *range((first or 0) + 1, len(headings))):
        neighbour = found[i + 1] if i < (first or 0) else found[i - 1]
        if found[i] is None and neighbour:
            found[i] = _nearest(headings[i], neighbour[1])
    return tuple(dates for dates in found if dates)


def _certain(heading: Printed) -> tuple[date, date] | None:
    """The days of a heading whose year needs no neighbour."""
    year = heading.year or heading.hint
    return heading.dated(year) if year else None


def _nearest(heading: Printed, neighbour: date) -> tuple[date, date]:
    """The days of a heading in the year that puts its end nearest to its neighbour's."""
    years = range(neighbour.year - 1, neighbour.year + 2)
    return min((heading.dated(year) for year in years), key=lambda dates: abs(dates[1] - neighbour))


def _latest(heading: Printed, today: date) -> tuple[date, date]:
    """The days of a heading with nothing beside it to go by."""
    this_year = heading.dated(today.year + heading.crosses)
    return this_year if this_year[0] <= today else heading.dated(today.year + heading.crosses - 1)


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _number(day: str) -> int:
    return int(re.sub(r"\D", "", day))


def _day(year: int, month: int, day: int) -> date:
    return date(year, month, max(1, min(day, monthrange(year, month)[1])))
