"""Pure: DAIR.AI's weekly list as Markdown, parsed into listings; and its index of year files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from digest.models import Candidate, Listing, Week
from digest.sources import dair_dates, dair_rows
from digest.sources.dair_dates import Printed
from digest.weeks import week_of_range

_HEADING = re.compile(r"\s{0,3}#{1,6}\s*(?P<text>.+?)\s*#*\s*$")
_BOLD_HEADING = re.compile(
    r"\s{0,3}(?:\*\*|__)(?P<text>[^|]*\bof the week\b[^|]*?)(?:\*\*|__)\s*$", re.IGNORECASE
)
_INDEX_ITEM = re.compile(r"\s*[-*+]\s+\[(?P<text>[^\]]+)\]\(\s*(?P<target>[^\s()]*)")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_YEAR_FILE = re.compile(r"(?:^|/)(20\d\d)\.(?:md|markdown)$", re.IGNORECASE)
_ROW = re.compile(r"\s*(?:\||(?:\*\*)?\d{1,3}[).]\s*\S)")
_RULE = re.compile(r"[\s|:*_-]*$")


@dataclass(frozen=True, slots=True)
class IndexItem:
    """One week in the index, and the year file it is said to stand in."""

    week: Week
    start: date
    end: date
    file: str
    """The path of the file as the index writes it, relative to the index; empty for the index itself."""


@dataclass(slots=True)
class _Section:
    """The lines under one week's heading."""

    dates: Printed
    lines: list[str]


def parse(text: str, today: date, year: int | None = None) -> tuple[Listing, ...]:
    """Every week's list in a file, newest first; headings without a table give nothing.

    `year` is the year the file is about, if it is about one; `today` settles the year of a file
    in which no heading says one. Two headings in one ISO week give one listing with the papers
    of both, so that none is lost.
    """
    sections = _sections(text, year)
    dates = dair_dates.resolve([section.dates for section in sections], today)
    merged: dict[Week, Listing] = {}
    for section, (start, end) in zip(sections, dates, strict=True):
        week = week_of_range(start, end)
        candidates = tuple(_candidates(section.lines, week))
        if candidates:
            found = Listing(week, start, end, candidates)
            merged[week] = _merge(merged[week], found) if week in merged else found
    return tuple(sorted(merged.values(), key=lambda listing: listing.week, reverse=True))


def index(text: str, today: date) -> tuple[IndexItem, ...]:
    """The weeks that an index lists, newest first; `today` as for `parse`."""
    ranges: list[Printed] = []
    files: list[str] = []
    hint: int | None = None
    for line in text.split("\n"):
        if heading := _HEADING.match(line):
            hint = _only_year(heading["text"]) or hint
        elif item := _INDEX_ITEM.match(line):
            file, _, anchor = item["target"].partition("#")
            dates = dair_dates.printed(item["text"], _year_of(file, anchor) or hint)
            if dates:
                ranges.append(dates)
                files.append("" if file in {"", "./", "."} else file)
    dated = dair_dates.resolve(ranges, today)
    items = [
        IndexItem(week_of_range(start, end), start, end, file)
        for (start, end), file in zip(dated, files, strict=True)
    ]
    return tuple(sorted(items, key=lambda item: item.end, reverse=True))


def year_of_file(path: str) -> int | None:
    """The year a file is about, by its name."""
    match = _YEAR_FILE.search(path.partition("?")[0].partition("#")[0])
    return int(match[1]) if match else None


def _year_of(file: str, anchor: str) -> int | None:
    """The year a link of the index says: its file's, else the one its anchor ends with."""
    in_anchor = re.search(r"-(20\d\d)$", anchor)
    return year_of_file(file) or (int(in_anchor[1]) if in_anchor else None)


def _only_year(heading: str) -> int | None:
    """The year of a heading that names one and no days."""
    match = _YEAR.search(heading)
    return int(match[1]) if match and dair_dates.printed(heading) is None else None


def _sections(text: str, year: int | None) -> list[_Section]:
    """The lines of each week, in the order of the file."""
    found: list[_Section] = []
    hint = year
    open_section: _Section | None = None
    for line in text.split("\n"):
        heading = _HEADING.match(line) or _BOLD_HEADING.match(line)
        if heading:
            dates = dair_dates.printed(heading["text"], hint)
            open_section = _Section(dates, []) if dates else None
            if open_section:
                found.append(open_section)
            else:
                hint = _only_year(heading["text"]) or hint
        elif _INDEX_ITEM.match(line):
            # Year headings above an index are the index's, not those of the weeks after it.
            hint = year
        elif open_section:
            open_section.lines.append(line)
    return found


def _candidates(lines: Iterable[str], week: Week) -> Iterable[Candidate]:
    """The papers of one week's lines; a row broken over several lines is put together."""
    rows: list[str] = []
    whole = True
    for line in lines:
        if _RULE.match(line):
            whole = True
        elif _ROW.match(line):
            rows.append(line)
            whole = line.rstrip().endswith("|") and line.count("|") > 2
        elif not whole:
            rows[-1] += f" {line.strip()}"
            whole = line.rstrip().endswith("|")
    found = 0
    for line in rows:
        candidate = dair_rows.row(line, f"dair:{week}/{found + 1}")
        if candidate and ("|" in line or candidate.paper.url):
            found += 1
            yield candidate


def _merge(one: Listing, other: Listing) -> Listing:
    """Two lists of one week as one, in the order of the file; what stands in both stands once."""
    return Listing(
        one.week,
        min(one.start, other.start),
        max(one.end, other.end),
        tuple(dict.fromkeys(one.candidates + other.candidates)),
    )
