"""What a topic is made of: the cues by which a sentence shows what it speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass

Pattern = re.Pattern[str]


@dataclass(frozen=True)
class Topic:
    """One thing to ask. `must` has to be there; each cue a sentence shows adds its weight."""

    name: str
    must: Pattern
    cues: tuple[tuple[Pattern, float], ...]
    sections: Pattern
    """Titles of the sections that speak of it."""
    barred: Pattern
    """What a sentence on something else shows."""
    headed: Pattern | None = None
    """Titles of sections that speak of nothing else, so that any sentence there does."""
    outside: float = 0.0
    """What standing in another section takes away."""
    early: float = 0.0
    """What standing at the document's beginning adds; less than 0 where the end is likelier."""
    abstract: float = 0.0
    """What standing in the abstract adds."""
    numbers: bool = False
    """Whether an answer has to hold a number that is a result."""


def says(plain: str, *patterns: str) -> Pattern:
    """Any of some words or patterns. In `plain`, `_` is a space and `*` any ending of a word."""
    english: list[str] = []
    other: list[str] = []
    for token in plain.split():
        written = re.escape(token).replace("_", r"\s+").replace(r"\*", r"\w*").replace(r"\-", "-?")
        (english if token.isascii() else other).append(written)
    ways = [rf"\b(?:{'|'.join(english)})\b"] if english else []
    return re.compile("|".join([*ways, *other, *patterns]), re.IGNORECASE)


WE = (
    r"(?:\b(?:we|(?-i:I))|\bour\b[^.]{0,40}|\bthis (?:paper|work|study|article|survey)"
    r"|本(?:稿|研究|論文|手法)|提案手法)"
)
"""How a paper speaks of itself and its own work."""

OPENING = "abstract introduction motivation background はじめに 序論 概要 背景 まえがき 緒言"
CLOSING = "conclusion* conclud* discussion outlook summary おわりに 結論 まとめ 考察 議論"
"""Titles of the sections that open and close a paper."""


NAME = r"(?<![\w-])(?-i:(?=\w*[A-Z]\w*[A-Z])[A-Za-z]\w*(?:-\w+)*|[A-Z][a-z]+\d\w*)"
"""A coined name, as BitNet, GPT-4 or BM25."""
