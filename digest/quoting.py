"""Pure: how a quote is shown, with where it stands and in whose words."""

from __future__ import annotations

from unicodedata import east_asian_width

from digest.layout import clip
from digest.mathtext import readable
from digest.models import Citation
from digest.phrases import Phrases
from digest.posts import Block, BlockKind, Span

_SECTION_CHARACTERS = 40


def quote(phrases: Phrases, citation: Citation, language: str | None, *, extract: bool) -> Block:
    """A quote with its place; an extract says that it is one, and in what language it is."""
    where = place(phrases, citation)
    foreign = language if language and language != phrases.language else None
    label = phrases("qa.place", place=where)
    if extract and foreign:
        label = phrases("qa.extract_in", place=where, language=language_name(phrases, foreign))
    elif extract:
        label = phrases("qa.extract", place=where)
    words = readable(citation.quote)
    if words and not label[:1].isspace() and east_asian_width(words[-1]) not in "WF":
        label = f" {label}"  # a quote in Latin letters stands apart from what follows, also in Japanese
    return Block(
        BlockKind.QUOTE,
        (Span(words, language=foreign), Span(label, url=citation.url)),
    )


def place(phrases: Phrases, citation: Citation) -> str:
    """Page and section in words: `p. 5, §3`."""
    pieces = []
    if citation.page is not None:
        pieces.append(phrases("qa.page", page=citation.page))
    if citation.section:
        section = clip(citation.section, _SECTION_CHARACTERS)
        pieces.append(phrases("qa.section", section=section) if section[0].isdecimal() else section)
    return phrases("qa.place_separator").join(pieces) or phrases("qa.source")


def language_name(phrases: Phrases, language: str) -> str:
    """What a language is called in the reader's language; its tag where that is not known."""
    name = f"languages.{language}"
    return phrases(name) if phrases.has(name) else language
