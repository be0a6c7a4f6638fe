"""Pure: lays the sentences of an answer beside those of its quotes, word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from digest.number_text import plain

_FEWEST = 5
"""Words below which a sentence is too short to be laid beside another."""
_ENOUGH = 0.6
"""Share of an answer's words that a quote must have for the two to be laid side by side."""
_MOST = 600
_SENTENCE_END = re.compile(r"(?<=[a-z0-9%)\]'\"][.!?])\s+(?=[A-Z])|(?<=[。！？])|\n")
_WORD = re.compile(
    r"[0-9][0-9.,:/-]*[A-Za-z0-9%]*|[A-Za-z][A-Za-z0-9_]*|[\u3040-\u30ff\u3400-\u9fff々]|[^\s\w.,;:!?、。()\"'「」]"
)
_NEGATED = re.compile(
    r"\b(can)not\b|\b(ca|wo|sha|do|does|did|is|are|was|were|has|have|had|could|would|should)n't\b"
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a quote, and the stretch of the answer that stands in its place."""

    quoted: tuple[str, ...]
    said: tuple[str, ...]
    inside: bool
    """Whether the two agree again after it; before its first and after its last word they may not."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A sentence of an answer beside the sentence of a quote that is most like it."""

    said: tuple[str, ...]
    quoted: tuple[str, ...]
    edits: tuple[Edit, ...]
    likeness: float
    """Share of the words of the shorter one that stand in the other in the same order."""


@lru_cache(maxsize=512)
def sentences(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of each sentence of a text, folded; `cannot` and `isn't` come as two words."""
    return tuple(found for piece in _SENTENCE_END.split(plain(text).text) if (found := words(piece)))


def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded; a Japanese character is a word."""
    text = _NEGATED.sub(lambda match: f"{_whole(match)} not", text.lower())
    return tuple(word.rstrip(".,:-") for word in _WORD.findall(text))[:_MOST]


def _whole(match: re.Match[str]) -> str:
    return match[1] or {"ca": "can", "wo": "will", "sha": "shall"}.get(match[2], match[2])


def laid_beside(answer: str, quotes: Sequence[str]) -> tuple[Laid, ...]:
    """The sentences of an answer that are much like a sentence of a quote, each beside it."""
    candidates = [sentence for quote in quotes for sentence in sentences(quote)]
    found = []
    for said in sentences(answer):
        best = max(candidates, key=lambda quoted: _shared(said, quoted), default=())
        if len(said) >= _FEWEST and best and _shared(said, best) >= _ENOUGH:
            found.append(_lay(said, best))
    return tuple(found)


def _shared(said: Sequence[str], quoted: Sequence[str]) -> float:
    both = Counter(said) & Counter(quoted)
    return (both.total() / len(said)) - 0.001 * abs(len(said) - len(quoted)) / (len(said) + len(quoted))


def _lay(said: tuple[str, ...], quoted: tuple[str, ...]) -> Laid:
    matcher = SequenceMatcher(None, quoted, said, autojunk=False)
    blocks = matcher.get_opcodes()
    same = sum(i2 - i1 for tag, i1, i2, _, _ in blocks if tag == "equal")
    edits = tuple(
        Edit(quoted[i1:i2], said[j1:j2], inside=i1 > 0 and i2 < len(quoted) and j1 > 0 and j2 < len(said))
        for tag, i1, i2, j1, j2 in blocks
        if tag != "equal"
    )
    return Laid(said, quoted, edits, same / min(len(said), len(quoted)))
