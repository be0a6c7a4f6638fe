"""Pure: reads the numbers of a text with their units, bounds and the parts they play."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from digest.number_drafts import PARTS, Draft, measure
from digest.number_figures import Figure, figures
from digest.number_roles import label_of, mark_lists, name_of
from digest.number_text import Plain, plain
from digest.quantities import HALF_GRAIN, Bound, Kind, Quantity, Reading
from digest.unit_words import PERIODS, WORDS

_IMPLIED = frozenset({"implied", "article", "period"})
_IN_LISTS = frozenset({"digits", "e", "power", "japanese", "kanji", "words", "nth_power", "dozen", "vague"})
_BETWEEN = re.compile(
    r"\s?(?:,|、|・|/|-|–|~|±|→|to|or|and|から|と|や|か|および|及び|または|, ?and|, ?or|対|&|vs\.?)\s?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s?(?:-|–|~|±|to|から)\s?", re.IGNORECASE)
_LONGEST_GAP = 12
_BESIDE_MONTH = (re.compile(r"[0-9]\W{0,3}$"), re.compile(r"\.?,?\s[0-9]"))
_REACH = 48
"""How many characters before a figure are looked at."""


@lru_cache(maxsize=1024)
def quantities(text: str) -> tuple[Quantity, ...]:
    """All numbers of a text, in order."""
    flat = plain(text)
    drafts = [_draft(figure, flat.text) for figure in figures(flat.text)]
    mark_lists(drafts, flat.text)
    _share_units(drafts, flat.text)
    return tuple(_finished(draft, flat) for draft in drafts)


def _draft(figure: Figure, text: str) -> Draft:
    draft = Draft(figure, figure.start, figure.end)
    before = text[max(0, figure.start - _REACH) : figure.start]
    if figure.form in _IMPLIED:
        draft.kind = Kind.IMPLIED
    elif figure.form in {"ordinal", "roman"}:
        draft.kind = Kind.ORDINAL
    if figure.form == "month":
        draft.read(figure.value or Fraction(0), "month")
        dated = _BESIDE_MONTH[0].search(before) or _BESIDE_MONTH[1].match(text, figure.end)
        draft.kind = Kind.AMOUNT if dated else Kind.IMPLIED  # may is seldom May
    elif figure.form == "period":
        unit, factor = WORDS[PERIODS[text[figure.start : figure.end].lower()]]
        draft.read(factor, unit)
    elif not name_of(draft, text, before):
        measure(draft, text, before)
        label_of(draft, text, before)
    return draft


def _share_units(drafts: Sequence[Draft], text: str) -> None:
    """Give each number of a list or a range the unit at its end, and a range one bound."""
    for first, second in reversed(list(pairwise(drafts))):
        gap = text[first.end : second.figure.start]
        if len(gap) > _LONGEST_GAP or not _BETWEEN.fullmatch(gap.removesuffix("$").removesuffix("約")):
            continue
        value, other = first.figure.value, second.figure.value
        if first.kind is second.kind is Kind.AMOUNT and value is not None and other is not None:
            if first.bare and first.figure.form in _IN_LISTS:
                _take_over(first, second, value)
            elif second.bare and first.unit is not None and _RANGE.fullmatch(gap):
                second.read(other * first.unit.factor, first.unit.kind)
        if _RANGE.fullmatch(gap):
            shared = first.bound if first.bound is not Bound.EXACT else second.bound
            first.bound = second.bound = shared


def _take_over(first: Draft, second: Draft, value: Fraction) -> None:
    """Read a bare number also with the unit and the power of the one after it: 5, 10 and 20%."""
    if second.unit is not None:
        first.read(value * second.power * second.unit.factor, second.unit.kind)
    elif second.power != 1:
        first.read(value * second.power)
    first.nouns, first.unit, first.power = first.nouns | second.nouns, second.unit, second.power
    first.counted = second.counted


def _finished(draft: Draft, flat: Plain) -> Quantity:
    name_start = draft.end - len(draft.name) if draft.kind is Kind.NAME else draft.start
    whole_name = flat.text[name_start : draft.end] == draft.name
    return Quantity(
        flat.written(name_start if whole_name else draft.start, draft.end),
        draft.start,
        draft.end,
        tuple(draft.readings),
        None if draft.figure.value is None else draft.figure.value * draft.power,
        draft.kind,
        draft.bound,
        _grain(draft),
        draft.nouns,
        draft.counted,
        draft.negative,
        draft.name,
        tuple(tuple(Reading(*one) for one in part) for part in draft.figure.worth.parts),
        draft.figure.worth.highest,
    )


def _grain(draft: Draft) -> Fraction:
    value = draft.figure.value
    if not value:
        return Fraction(0)
    if draft.figure.form in PARTS and draft.figure.form != "tenths_ja":
        if draft.bound is Bound.OVER:
            return HALF_GRAIN
        return Fraction(1, 5) if value.denominator <= 10 else Fraction(0)
    if draft.figure.form == "tenths_ja":
        return Fraction(1, 100) / value
    return Fraction(10) ** -draft.figure.worth.places / value
