"""Pure: from what several sources list to the papers of an issue, each choice with its reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz

from digest.models import Candidate, Link, Listing, Paper

LISTED = "listed"
"""Chosen; the values are the sources that list it."""
SAME_PAPER = "same-paper"
"""Left out, as another entry is the same paper; the value is the key that was kept."""
SAME_LINK = "same-link"
"""Left out, as its list gives the same link to another title; the value is the title that was kept.

One of the two links is then wrong, and no one but a reader can tell which.
"""
TOO_MANY = "too-many"
"""Left out, as there was no more room; the values are the sources that list it."""

_ALIKE = 95.0
_LONG_ENOUGH = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, in the order to show it, and what was left out; each with its reason.

    A reason is a name and values, written `name:value|value`, for `why` to take apart.
    """

    chosen: tuple[tuple[Candidate, str], ...]
    left_out: tuple[tuple[Candidate, str], ...]


@dataclass(slots=True)
class _Group:
    """Entries that are one paper, in the order the sources list them."""

    entries: list[tuple[int, int, Candidate]] = field(default_factory=list)
    """Source, place in its list, entry."""

    @property
    def best(self) -> Candidate:
        """The entry that stands for the paper: one on arXiv before any other."""
        on_arxiv = (entry for _, _, entry in self.entries if entry.paper.arxiv_id)
        return next(on_arxiv, self.entries[0][2])

    def sources(self, names: Sequence[str]) -> tuple[str, ...]:
        """The names of the sources that list it."""
        return tuple(dict.fromkeys(names[source] for source, _, _ in self.entries))

    def rank(self) -> tuple[int, int, int, int]:
        """Its place among all: by rounds through the sources, then by how many list it, then by votes."""
        place = min(place for _, place, _ in self.entries)
        votes = max(entry.votes or 0 for _, _, entry in self.entries)
        listed = len({source for source, _, _ in self.entries})
        return place, -listed, -votes, self.entries[0][0]


def choose(listings: Sequence[tuple[str, Listing]], most: int) -> Choice:
    """The papers of an issue, at most `most`, from the lists of named sources.

    Each source keeps its own order, and the sources take turns. What is the same paper, by its
    key or by its title, is shown once, with all that any source knows of it.
    """
    names = [name for name, _ in listings]
    groups, doubles = _grouped([listing.candidates for _, listing in listings])
    groups.sort(key=_Group.rank)
    room = max(0, most)
    chosen = tuple((_merged(group), reason(LISTED, *group.sources(names))) for group in groups[:room])
    over = tuple((_merged(group), reason(TOO_MANY, *group.sources(names))) for group in groups[room:])
    return Choice(chosen, tuple(doubles) + over)


def reason(name: str, *values: str) -> str:
    """A reason as it is stored."""
    return f"{name}:{'|'.join(value.replace('|', '/') for value in values)}"


def why(stored: str) -> tuple[str, tuple[str, ...]]:
    """The name and values of a stored reason, for a locale to put into words."""
    name, _, values = stored.partition(":")
    return name, tuple(value for value in values.split("|") if value)


def same_title(one: str, other: str) -> bool:
    """Whether two titles are the same but for spelling; numbers must agree, and short ones entirely."""
    first, second = _folded(one), _folded(other)
    if first == second:
        return bool(first)
    if min(len(first), len(second)) < _LONG_ENOUGH or _numbers(one) != _numbers(other):
        return False
    return fuzz.ratio(first, second, score_cutoff=_ALIKE) > 0


def _grouped(
    lists: Sequence[Sequence[Candidate]],
) -> tuple[list[_Group], list[tuple[Candidate, str]]]:
    """The papers of all lists, and the entries that were taken for one already there."""
    groups: list[_Group] = []
    doubles: list[tuple[Candidate, _Group, Paper | None]] = []
    for source, candidates in enumerate(lists):
        for place, candidate in enumerate(candidates):
            group = _home(candidate.paper, groups)
            if group is None:
                groups.append(_Group([(source, place, candidate)]))
                continue
            other = _under_another_title(candidate.paper, source, group)
            doubles.append((candidate, group, other))
            if other is None:
                group.entries.append((source, place, candidate))
    return groups, [
        (candidate, reason(SAME_LINK, other.title) if other else reason(SAME_PAPER, group.best.paper.key))
        for candidate, group, other in doubles
    ]


def _home(paper: Paper, groups: Iterable[_Group]) -> _Group | None:
    """The group a paper belongs to: by its key before by its title, so that no key is in two groups.

    Two papers on arXiv are two, however alike their titles.
    """
    by_title = None
    for group in groups:
        others = [entry.paper for _, _, entry in group.entries]
        if any(other.key == paper.key for other in others):
            return group
        apart = paper.arxiv_id and any(other.arxiv_id for other in others)
        if by_title is None and not apart and any(same_title(other.title, paper.title) for other in others):
            by_title = group
    return by_title


def _under_another_title(paper: Paper, source: int, group: _Group) -> Paper | None:
    """The paper that the same source lists under the same link with a title quite different."""
    for other_source, _, entry in group.entries:
        other = entry.paper
        if other_source == source and other.key == paper.key and not same_title(other.title, paper.title):
            return other
    return None


def _merged(group: _Group) -> Candidate:
    """One entry with all that is known of its paper."""
    best, entries = group.best, [entry for _, _, entry in group.entries]
    paper = best.paper
    others = [entry.paper for entry in entries if entry is not best]
    for other in others:
        paper = replace(
            paper,
            pdf_url=paper.pdf_url or other.pdf_url,
            authors=paper.authors or other.authors,
            published=paper.published or other.published,
            updated=paper.updated or other.updated,
            categories=paper.categories or other.categories,
            abstract=paper.abstract or other.abstract,
        )
    return Candidate(
        replace(paper, links=_links(paper, others)),
        description=next((entry.description for entry in entries if entry.description), None),
        votes=max((entry.votes for entry in entries if entry.votes is not None), default=None),
    )


def _links(paper: Paper, others: Iterable[Paper]) -> tuple[Link, ...]:
    """All links of the entries, each address once; another entry's own address is one of them."""
    found = {link.url: link for link in paper.links}
    for other in others:
        for link in other.links:
            found.setdefault(link.url, link)
        if other.url and other.key != paper.key:
            found.setdefault(other.url, Link(other.title, other.url))
    return tuple(found.values())


def _folded(title: str) -> str:
    """A title's letters and digits alone, in one spelling."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", title).casefold())


def _numbers(title: str) -> list[str]:
    """The numbers of a title, Roman ones too: part I is not part II."""
    words = re.findall(r"\d+|\b[ivx]+\b", unicodedata.normalize("NFKC", title).casefold())
    return sorted(words)
