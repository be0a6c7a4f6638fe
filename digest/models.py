"""The nouns of Rinko: frozen values that do no input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Literal

# --------------------------------------------------------------------------- weeks


@dataclass(frozen=True, order=True, slots=True)
class Week:
    """An ISO 8601 week, written `2024-W09`."""

    year: int
    number: int

    def __post_init__(self) -> None:
        """Refuse a week that the ISO calendar does not have."""
        date.fromisocalendar(self.year, self.number, 1)

    def __str__(self) -> str:
        """`2024-W09`."""
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def start(self) -> date:
        """Monday of the week."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def end(self) -> date:
        """Sunday of the week."""
        return self.start + timedelta(days=6)

    def plus(self, weeks: int) -> Week:
        """The week so many weeks later (or, negative, earlier)."""
        return Week(*(self.start + timedelta(weeks=weeks)).isocalendar()[:2])


# -------------------------------------------------------------------------- papers


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled address from our own records, never from a model or a paper's text."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper and what is known of it; `None` means not known."""

    key: str
    """`arxiv:2402.17764` (no version), or the paper's normalised URL, or `file:HASH`."""
    title: str
    url: str | None
    """The page a reader opens; for arXiv the abstract page."""
    pdf_url: str | None = None
    version: str | None = None
    """`v2` for arXiv; for anything else unknown until it is read."""
    authors: tuple[str, ...] | None = None
    published: date | None = None
    updated: date | None = None
    categories: tuple[str, ...] | None = None
    """arXiv category codes, the primary one first."""
    abstract: str | None = None
    links: tuple[Link, ...] = ()
    conversation: str | None = None
    """For an upload: the only conversation it may be shown in."""
    brought_by: tuple[str, ...] = ()
    """For an upload: who brought it, as `Exchange.asker` names people."""

    @property
    def arxiv_id(self) -> str | None:
        """The arXiv id without version, for a paper that is on arXiv."""
        return self.key.removeprefix("arxiv:") if self.key.startswith("arxiv:") else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper as one source lists it, in the source's order."""

    paper: Paper
    description: str | None = None
    """The source's own words: shown by `rinko sources`, never published."""
    votes: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The papers one source gives for one week, with the dates the source prints."""

    week: Week
    start: date
    end: date
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How asking one source went; `note` says what a reader should know, or is None."""

    name: str
    kind: str
    ok: bool
    note: str | None = None
    url: str | None = None
    """The page where readers find the list itself."""


# ------------------------------------------------------------------------- reading


@dataclass(frozen=True)
class Passage:
    """A few sentences of one section of a document, the unit that is cited.

    `sentences` are `(start, end)` spans of `text`; `pages` are `(offset, page)` pairs in
    order, each saying on which page (from 1) the text from that offset on stands, and is
    empty where the document has no pages.
    """

    id: str
    text: str
    section: str | None = None
    sentences: tuple[tuple[int, int], ...] = ()
    pages: tuple[tuple[int, int], ...] = ()

    def page_at(self, offset: int) -> int | None:
        """The page the character at `offset` stands on, or None without pages."""
        found = None
        for start, page in self.pages:
            if start <= offset:
                found = page
        return found

    def crosses_pages(self, start: int, end: int) -> bool:
        """Whether the span begins on one page and ends on another."""
        return self.page_at(start) != self.page_at(max(start, end - 1))


class Extent(StrEnum):
    """How much of a paper was read."""

    FULL = "full text"
    PAGES = "first pages"
    ABSTRACT = "abstract only"
    NOTHING = "not read"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a paper was read, and why not more."""

    extent: Extent
    pages_read: int | None = None
    pages_total: int | None = None
    reason: str | None = None
    """The `kind` of the error that stopped the reading, for the locales to name."""

    def __str__(self) -> str:
        """`full text`, `first 40 pages`, `abstract only` or `not read`."""
        return f"first {self.pages_read} pages" if self.extent is Extent.PAGES else self.extent


@dataclass(frozen=True)
class Document:
    """A paper as it was read: its passages in reading order, and what stood around them."""

    passages: tuple[Passage, ...]
    language: str
    """BCP 47 primary tag of the text: `en`, `ja`, …"""
    coverage: Coverage
    media: Literal["pdf", "html"]
    version: str
    """arXiv version where there is one, else a hash of the bytes that were read."""
    url: str | None
    """Where it was read from; page links are made on this."""
    title: str | None = None
    authors: tuple[str, ...] | None = None
    published: date | None = None
    abstract: str | None = None
    hidden_characters: int = 0
    """Characters left out because no reader of the document could see them."""

    @cached_property
    def by_id(self) -> dict[str, Passage]:
        """The passages by their id."""
        return {passage.id: passage for passage in self.passages}

    @property
    def text(self) -> str:
        """All passages as one text; overlapping sentences stand twice."""
        return "\n".join(passage.text for passage in self.passages)


# ------------------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class Citation:
    """A span of the source, with the place it stands at; all of it from our own records."""

    passage_id: str
    quote: str
    page: int | None = None
    section: str | None = None
    url: str | None = None
    """A link that opens the document, at the page where the document has pages."""


@dataclass(frozen=True, slots=True)
class QA:
    """One question a reader would ask, and its answer with what it rests on."""

    question: str
    answer: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A question whose answer did not pass a check, or a part of a summary that did not."""

    question: str
    """The question; empty for a part of a summary or answer, and where it may not be repeated."""
    reason: str
    """The check, as `findings.Check` names it; the locales have words for each."""
    detail: str = ""
    """What the check stumbled on, as a number or a name."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a card says of a paper, in `Writing.text_language`."""

    gist: str
    text: str
    title_translated: str | None = None
    abstract_translated: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Writing:
    """One paper written up in one language by one writer.

    `text_language` differs from `language` where the writer can only extract: the summary
    and the answers are then sentences of the paper itself (`extract` is true).
    """

    paper_key: str
    version: str
    language: str
    writer: str
    model: str
    prompt_version: str
    summary: Summary
    qa: tuple[QA, ...]
    text_language: str
    extract: bool = False
    dropped: tuple[Dropped, ...] = ()
    sections: tuple[str, ...] = ()
    """The sections it rests on, where the paper was too long for the model; else empty."""
    stood_in: str | None = None
    """Why this writer stepped in for the one that should have written: the `kind` of an error."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What an admin put right about a paper, and on which day of the channel's calendar."""

    text: str
    day: date
    by: str
    """The admin, as the platform names them; never shown to readers."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper's place in an issue."""

    paper: Paper
    coverage: Coverage
    writing: Writing | None
    chosen_because: str | None = None
    hidden_characters: int = 0
    corrections: tuple[Correction, ...] = ()
    """Always empty in a stored issue: they belong to a channel, whose edition has them."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A listed paper that an issue does not have; `reason` is for `choose.why` to take apart."""

    title: str
    reason: str


SAMPLE_SELECTION = "sample"
"""The selection that the sample week belongs to, so that it never mixes with a real one."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One week's papers, chosen, read and written up in one language, for every channel."""

    selection: str
    week: Week
    language: str
    start: date
    end: date
    overview: tuple[str, ...]
    """The week's trends in about three lines, in `language`."""
    sources: tuple[SourceReport, ...]
    entries: tuple[Entry, ...]
    complete: bool = False
    left_out: tuple[LeftOut, ...] = ()


# -------------------------------------------------------------------------- asking


@dataclass(frozen=True, slots=True)
class Claim:
    """One checked statement of an answer, with its citations."""

    text: str
    citations: tuple[Citation, ...]
    extract: bool = False
    language: str | None = None


class Verdict(StrEnum):
    """What an answer as a whole amounts to."""

    GROUNDED = "grounded"
    NOT_SAID = "not said"
    """The paper does not say."""
    NO_MATCH = "no match"
    """The writer cannot tell; the nearest passages are offered."""
    UNPROVEN = "unproven"
    """There was an answer, and nothing of it passed the checks; the nearest passages are offered."""
    OFF_TOPIC = "off topic"
    """The question is not about the paper."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answer came to, once its claims are out."""

    verdict: Verdict
    nearest: tuple[Citation, ...] = ()
    """Passages to offer where there is no answer."""
    dropped: tuple[Dropped, ...] = ()
    """Claims that did not pass, by what they said."""
    writer: str | None = None
    """Who answered, where it was not the writer that was asked."""
    stood_in: str | None = None
    """Why another writer answered: the `kind` of an error."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and the answer that was given to it."""

    id: str
    paper_key: str
    question: str
    language: str
    verdict: Verdict
    claims: tuple[Claim, ...]
    writer: str
    conversation: str
    """The thread or conversation it belongs to."""
    asker: str
    at: datetime
    shareable: bool = False
    """True for a question on a public paper without thread memory."""
    basis: str = ""
    """The version of the paper, and the writer, model and prompt version, that it rests on."""
    dropped: tuple[Dropped, ...] = ()
    """Claims that were not shown, and why."""
    stood_in: str | None = None
    """Why another writer than the configured one answered: the `kind` of an error."""
    from_store: bool = False
    """Whether the answer was taken over from an earlier exchange, so that it cost nothing."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one person thinks of one answer."""

    exchange_id: str
    person: str
    """As `Exchange.asker` names people."""
    place: str
    """Where it was rated, as `str(Place)`."""
    helpful: bool
    at: datetime
    why: str | None = None
