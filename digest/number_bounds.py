"""Pure: how exactly a number is meant, by the words around it: 約, about, 以上, at least, 弱, nearly."""

from __future__ import annotations

import re

from digest.quantities import Bound

_MORE = "more|greater|higher|larger|longer|better|faster|older|bigger"
_LESS = "less|fewer|lower|smaller|shorter|worse|younger|slower"
_BEFORE = (
    (
        Bound.UNDER,
        rf"\b(?:no|not) (?:{_MORE}) than|\b(?:{_LESS}) than|\bunder|\bbelow|\bat most|\bup to|\bnearly"
        r"|\balmost|\bless|[<≤]=?|\bwithin|\bclose to|\bmaximum of|高々|多くても|たかだか",
    ),
    (
        Bound.OVER,
        rf"\b(?:no|not) (?:{_LESS}) than|\b(?:{_MORE}) than|\bover|\babove|\bexceed(?:s|ing|ed)?|\bat least"
        r"|\bupwards of|\bbeyond|\bsurpass(?:es|ing|ed)?|[>≥]=?|\bminimum of|\bin excess of|\bpast"
        r"|少なくとも|最低でも|最低",
    ),
    (
        Bound.ABOUT,
        r"\babout|\baround|\broughly|\bapproximately|\bapprox\.?|\bcirca|\bca\.|\bsome|\bon the order of"
        r"|(?<![0-9%])\s?~|≈|約|およそ|おおよそ|おおむね|概ね|ほぼ|だいたい|大体|ざっと|凡そ|推定で?",
    ),
)
_BEFORE_PATTERNS = tuple(
    (bound, re.compile(rf"(?:{words})[\s約]*(?:US)?[$€£¥]?\s?(?:an? )?-?$", re.IGNORECASE))
    for bound, words in _BEFORE
)
_COUNTED = "[\u30a0-\u30ff\u3400-\u9fffA-Za-z]{0,8}?"
"""What is counted, between a figure and 以上."""
_AFTER = (
    (
        Bound.OVER,
        rf"{_COUNTED}(?:以上|以降|超(?!解像|音)|を?[超越]え|を上回|を(?:わずかに|大きく|はるかに|やや)(?:超|上回)"
        rf"|余り|あまり|余(?![剰計]|り剰))|強(?![化制調度い力])|\+"
        rf"|(?: [A-Za-z-]+){{0,3}} or (?:{_MORE}|above|over)\b"
        r"|(?: [A-Za-z-]+){0,2} and (?:above|over|older)\b",
    ),
    (
        Bound.UNDER,
        rf"{_COUNTED}(?:以下|以内|未満|に?近[くい]|足らず|を下回|に満たない)|弱(?![点い者体め])"
        rf"|(?: [A-Za-z-]+){{0,3}} or (?:{_LESS}|below|under)\b",
    ),
    (Bound.ABOUT, rf"{_COUNTED}(?:程度|ほど|くらい|ぐらい|前後|内外|見当)| or so\b|-?ish\b"),
    (Bound.WITHIN, "(?<=[%倍円点秒分ト])台|(?<!年)代(?![表替わ理入])"),
)
_AFTER_PATTERNS = tuple((bound, re.compile(rf"\s?(?:{words})")) for bound, words in _AFTER)


def bound_of(before: str, text: str, end: int) -> Bound:
    """How exactly a number is meant, by the words before it and those after its unit, at `end`."""
    for bound, pattern in _AFTER_PATTERNS:
        if pattern.match(text, end):
            return bound
    for bound, pattern in _BEFORE_PATTERNS:
        if pattern.search(before):
            return bound
    return Bound.EXACT
