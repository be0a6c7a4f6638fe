"""Pure: the text of a reading list, parsed; what is not understood is an error that names its line.

## 2026-W10
- 2402.17764
- [A title](https://lab.example/paper.pdf)
  authors: Hanako Yamada, Ada Example
  code: https://code.example/it
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from digest.addresses import refer
from digest.errors import WrongUse
from digest.models import Candidate, Link, Paper, Week
from digest.sources import cleaning
from digest.weeks import parse_week, week_of_range

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})\s+(?P<text>\S.*)")
_BULLET = re.compile(r"(?:[-*+•]|\d{1,3}[.)])\s+")
_DETAIL = re.compile(r"(?P<key>[^\W\d_][^:：]{0,38}?)\s*(?::\s+|：\s*)(?P<value>\S.*)")
_LINKED = re.compile(r"\[(?P<title>[^\]]*)\]\(\s*<?(?P<target>[^\s<>]+?)>?\s*\)(?P<rest>.*)")
_SAMPLE = re.compile(r"sample:[A-Za-z0-9][A-Za-z0-9._-]*")
_DATE = r"\d{4}-\d{2}-\d{2}"
_DATES = re.compile(rf"(?P<start>{_DATE})\s*(?:to|through|until|[-–—~〜/.…]+|から)\s*(?P<end>{_DATE})\b")
_WEEK = re.compile(rf"\b(?:\d{{4}}-?[Ww]\d{{1,2}}|{_DATE})\b")
_DASH = r"\s+[-–—|:]+\s+|\s*[:：]\s+"
_KNOWN_DETAILS = frozenset(
    {"title", "authors", "published", "updated", "categories", "abstract", "description"}
)
_ADDRESS_HINT = (
    "A paper is an arXiv id, a DOI or an address, with its title after it or before it, or [title](address)."
)


class NotUnderstood(Exception):
    """A line that is not understood; `line` counts from 1, `hint` says how it should be written."""

    def __init__(self, line: int, message: str, hint: str) -> None:
        self.line = line
        self.hint = hint
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class ListedWeek:
    """The papers under one heading."""

    week: Week
    start: date
    end: date
    candidates: tuple[Candidate, ...]


@dataclass(slots=True)
class _Section:
    """A heading and what was read under it so far; the first one has no heading."""

    dates: tuple[Week, date, date] | None
    candidates: list[Candidate] = field(default_factory=list)


def parse(text: str) -> tuple[tuple[Candidate, ...], tuple[ListedWeek, ...]]:
    """The papers under no heading, and those under each week's, in the order of the file.

    Raises `NotUnderstood`.
    """
    sections = [_Section(None)]
    titled = False
    for number, line in _lines(text):
        stripped = line.strip()
        if heading := _HEADING.match(stripped):
            dates = _dates(heading["text"], number, is_title=len(heading[1]) == 1)
            titled = titled or dates is None
            if dates:
                sections.append(_Section(dates))
            continue
        if titled and len(sections) == 1 and not sections[0].candidates and _is_prose(stripped):
            continue  # What the list is about, below its title.
        papers = sections[-1].candidates
        detail = _DETAIL.fullmatch(stripped) if line[0].isspace() and papers else None
        if detail and not _BULLET.match(stripped):
            papers[-1] = _with_detail(papers[-1], detail["key"], detail["value"], number)
        elif paper := _paper(stripped):
            papers.append(Candidate(paper))
        else:
            raise NotUnderstood(number, f"“{cleaning.plain(stripped, 80)}” is not a paper.", _ADDRESS_HINT)
    return tuple(sections[0].candidates), tuple(
        ListedWeek(*section.dates, tuple(section.candidates)) for section in sections if section.dates
    )


def _is_prose(line: str) -> bool:
    """Whether a line cannot have been meant as a paper."""
    return not (_BULLET.match(line) or _paper(line) or re.search(r"//|\d\.\d|sample:|\]\(", line))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, numbered from 1; comments and rules left out."""
    kept = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    for number, line in enumerate(kept.split("\n"), 1):
        if line.strip() and not re.fullmatch(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*", line):
            yield number, line.rstrip()


def _dates(text: str, number: int, *, is_title: bool) -> tuple[Week, date, date] | None:
    """The days a heading means; None for the title of the whole file."""
    if is_title and not _WEEK.search(text):
        return None
    try:
        if match := _DATES.search(text):
            start, end = date.fromisoformat(match["start"]), date.fromisoformat(match["end"])
            if start <= end:
                return week_of_range(start, end), start, end
        elif match := _WEEK.search(text):
            week = parse_week(match[0])
            return week, week.start, week.end
    except (ValueError, WrongUse) as error:
        reason: Exception | None = error
    else:
        reason = None
    raise NotUnderstood(
        number,
        f"The heading “{cleaning.plain(text, 80)}” is not a week.",
        "Write it as ## 2026-W10, ## 2026-03-02 or ## 2026-03-02 to 2026-03-08.",
    ) from reason


def _paper(line: str) -> Paper | None:
    """The paper a line means, or None."""
    text = _BULLET.sub("", line, count=1).strip()
    if linked := _LINKED.fullmatch(text):
        return _named(linked["target"], linked["title"])
    first, _, rest = text.partition(" ")
    if found := _named(first.rstrip(","), re.sub(rf"^(?:{_DASH}|[-–—|:]+\s+)", "", f" {rest}")):
        return found
    title, _, last = text.rpartition(" ")
    return _named(last, re.sub(r"\s*[-–—|:：,]+\s*$", "", title))


def _named(target: str, title: str) -> Paper | None:
    """The paper at an address, with its title; None where the address is none."""
    cleaned = cleaning.title(title)
    target = target.strip("<>")
    if _SAMPLE.fullmatch(target):
        pdf = target if target.lower().endswith(".pdf") else None
        return Paper(target, cleaned or target.removeprefix("sample:"), target, pdf)
    # Unlike in lists from outside nothing is mended here: “Node.js” begins a title.
    try:
        known = refer(target)
    except ValueError:
        known = None
    return cleaning.paper(target, cleaned) if known else None


def _with_detail(candidate: Candidate, key: str, value: str, number: int) -> Candidate:
    """The paper with one detail more."""
    name = key.strip().lower()
    paper = candidate.paper
    if name in {"published", "updated"}:
        day = cleaning.day(value)
        if day is None:
            raise NotUnderstood(number, f"“{value}” is not a date.", "Write it as 2026-03-02.")
        published, updated = (day, paper.updated) if name == "published" else (paper.published, day)
        return replace(candidate, paper=replace(paper, published=published, updated=updated))
    if name == "authors":
        return replace(candidate, paper=replace(paper, authors=_several(value, r"\s*[;；]\s*|\s*[,，、]\s*")))
    if name == "categories":
        return replace(candidate, paper=replace(paper, categories=_several(value, r"[\s,;、]+")))
    if name == "title":
        return replace(candidate, paper=replace(paper, title=cleaning.title(value) or paper.title))
    if name == "abstract":
        return replace(candidate, paper=replace(paper, abstract=cleaning.plain(value)))
    if name == "description":
        return replace(candidate, description=cleaning.plain(value))
    return replace(candidate, paper=replace(paper, links=(*paper.links, _link(key, value, number))))


def _several(value: str, separator: str) -> tuple[str, ...] | None:
    """The items of a value. Where semicolons stand, commas belong to the items."""
    if ";" in value or "；" in value:
        separator = separator.partition("|")[0]
    return tuple(c for item in re.split(separator, value) if (c := cleaning.plain(item, 200))) or None


def _link(label: str, value: str, number: int) -> Link:
    """A link that a detail gives."""
    if _SAMPLE.fullmatch(value):
        return Link(cleaning.plain(label, cleaning.LABEL_LENGTH), value)
    links = cleaning.links([(label, value)])
    if not links:
        known = ", ".join(sorted(_KNOWN_DETAILS))
        raise NotUnderstood(
            number,
            f"“{cleaning.plain(label, 40)}: {cleaning.plain(value, 80)}” is no detail of a paper.",
            f"Details are {known}, or any other label with an http(s) address.",
        )
    return links[0]
