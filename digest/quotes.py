"""Pure: finds a quote in a passage, so that what is shown is the passage's own text."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz import fuzz

from digest.models import Passage

SURE = 97.0
"""Least likeness, of 100, for a quote to count as copied from a passage."""

_FEWEST = 4
"""Folded characters below which a quote is too short to say where it stands."""
_LEFT_OUT = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff\ufffe‐‑‒–—―−-]")
_WORD = re.compile(r"[A-Za-z0-9\u00c0-\u024f]")


def locate(quote: str, passage: Passage) -> tuple[int, int] | None:
    """The span of `passage.text` a quote was copied from, or None where it stands nowhere.

    Spaces, hyphens, case and compatibility forms are overlooked, and a slip of a letter or so;
    the span begins and ends at whole words.
    """
    wanted, _ = _folded(quote)
    text, origins = _folded(passage.text)
    if len(wanted) < _FEWEST or len(wanted) > len(text):
        return None
    start = text.find(wanted)
    end = start + len(wanted)
    if start < 0:
        found = fuzz.partial_ratio_alignment(wanted, text, score_cutoff=SURE)
        if found is None:
            return None
        start, end = found.dest_start, found.dest_end
        if end <= start:
            return None
    return _whole_words(passage.text, origins[start], origins[end - 1] + 1)


def _folded(text: str) -> tuple[str, list[int]]:
    """The text without what copying changes, and for each character where it came from."""
    folded: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        for plain in unicodedata.normalize("NFKC", character).casefold():
            if not _LEFT_OUT.match(plain):
                folded.append(plain)
                origins.append(place)
    return "".join(folded), origins


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and _WORD.match(text[start]) and _WORD.match(text[start - 1]):
        start -= 1
    while end < len(text) and _WORD.match(text[end]) and _WORD.match(text[end - 1]):
        end += 1
    return start, end
