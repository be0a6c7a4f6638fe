"""Pure: when a number of an answer is one that a quote holds: same value, same unit, or rounded as said."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from digest.number_scan import quantities
from digest.number_text import plain
from digest.number_units import Unit
from digest.number_words import LABELS, REFERENCES
from digest.quantities import HALF_GRAIN, Bound, Kind, Quantity, Reading
from digest.unit_words import RATIO, SECONDS, SHARE, SOFT, STRICT, SYMBOLS, WORDS, YEAR, words_of

_NEARNESS = Fraction(4, 25)
"""How far off a number that is said to be about so much may be, as a share of what it stands for."""
_LESS_OFF, _BOUND_OFF = Fraction(1, 2), Fraction(1, 10)
"""How far off a bound may be; the second where the quote gives a bound itself."""
_PERCENT_MEANT = re.compile(
    r"accurac|precision|recall|\bF-?_?1\b|\bf-?(?:score|measure)|exact[- ]match|\bEM\b|\brate\b|agreement"
    r"|proportion|percentage|share|正解率|精度|再現率|適合率|割合|率",
    re.IGNORECASE,
)
_FACTOR_MEANT = re.compile(
    r"factor|speed-?up|times|ratio|faster|slower|larger|smaller|compress|倍|比", re.IGNORECASE
)
_LESSER = re.compile(
    r"smaller|fewer|less\b|lower|cheaper|reduc|shorter|compress|decreas|lighter|shrink"
    r"|downs|divid",
    re.IGNORECASE,
)
_FALLS = re.compile(
    r"\b(?:minus|negative|drop|fall|fell|los[est]|worse|lower|less|below|reduc|decreas|declin|degrad|short"
    r"|under)[a-z]*|低|減|下|悪|落|負|マイナス|劣|損",
    re.IGNORECASE,
)
_POINTERS = frozenset({*REFERENCES, "[", "図", "表", "章", "節", "式", "付録"})
"""Labels whose figures count nothing; rank 16 and layer 3 do."""
_NEAR = 40
_ALSO_WORDS = words_of("time fold point second bit foot pound min pt pts us sec")
_MENTIONED = re.compile(
    r"(?<![A-Za-z0-9])("
    + "|".join(
        re.escape(unit)
        for unit in sorted((*SYMBOLS, *WORDS))
        if len(unit) > 1 and unit.isascii() and unit not in _ALSO_WORDS
    )
    + r"|%)(?![A-Za-z0-9])"
)
"""Units by themselves, as in the heading of a table."""


@dataclass(frozen=True)
class Passage:
    """A text with its numbers."""

    text: str
    numbers: tuple[Quantity, ...]
    units: frozenset[Unit]
    """The units that come up in it, with a number or without."""
    by_value: Mapping[Fraction, Sequence[Quantity]]
    """Its numbers by each value they may have, in order."""

    def candidates(self, number: Quantity) -> Sequence[Quantity]:
        """The numbers that may be the same as another one, or what that is rounded from."""
        if number.bound is not Bound.EXACT or number.highest is not None:
            return self.numbers
        values = {reading.value for reading in number.readings} | {number.figure or Fraction(0)}
        values |= {1 / value for value in values if value}
        return [other for value in values for other in self.by_value.get(value, ())]


@lru_cache(maxsize=1024)
def read(text: str) -> Passage:
    """The text made plain, with its numbers."""
    numbers = quantities(text)
    flat = plain(text).text
    units = {unit for number in numbers for unit in _units(number)}
    units |= {
        Unit(*(WORDS.get(match[1].lower()) or SYMBOLS[match[1]])) for match in _MENTIONED.finditer(flat)
    }
    by_value: defaultdict[Fraction, list[Quantity]] = defaultdict(list)
    for number in numbers:
        for value in {reading.value for reading in all_readings(number)} | {number.figure or Fraction(0)}:
            by_value[value].append(number)
    return Passage(flat, numbers, frozenset(units), by_value)


def _units(number: Quantity) -> frozenset[Unit]:
    """The units a number may have, those that a bare number may stand for left out."""
    if not number.figure:
        return frozenset()
    read_as = [reading for reading in number.readings if reading.unit not in SOFT and reading.unit]
    return frozenset(Unit(reading.unit, reading.value / number.figure) for reading in read_as)


def agree(number: Quantity, said: Passage, other: Quantity, quote: Passage) -> bool:
    """Whether a number of the answer `said` is the `other` one, of a quote."""
    if other.kind is Kind.MARKER:  # only "(2)" may speak of item (2)
        return said.text[max(0, number.start - 1) : number.start] == "(" and number.readings == other.readings
    if other.kind is Kind.LABEL and (number.kind is Kind.LABEL or other.name.lower() in _POINTERS):
        alike = number.kind is Kind.LABEL and _ways(number.name) & _ways(other.name)
        return bool(alike) and number.readings == other.readings
    if other_things(number, other) or not _same_sign(number, said, other, quote):
        return False
    if other.kind is Kind.ORDINAL and not _may_be_ordinal(number):
        return False
    if other.kind is Kind.IMPLIED and _says_too_little(number, other):
        return False
    return any(
        _same_unit(one, two, other) and _close(one, number, two, other)
        for one in number.readings
        for two in (*all_readings(other), *_inverted(other, quote))
    ) or _same_figure(number, said, other, quote)


def _ways(label: str) -> frozenset[str]:
    """The English words for a label, and itself."""
    return words_of(LABELS.get(label, "")) | {label.lower()}


def all_readings(number: Quantity) -> tuple[Reading, ...]:
    """The readings of a number and of the numbers it is made of."""
    return (*number.readings, *(reading for part in number.parts for reading in part))


def other_things(one: Quantity, other: Quantity) -> bool:
    """Whether two numbers count things that are known not to be the same, as layers and tokens."""
    return bool(one.nouns and other.nouns and not one.nouns & other.nouns)


def _may_be_ordinal(number: Quantity) -> bool:
    of_date = any(reading.unit == SECONDS for reading in number.readings)  # 29日 is the 29th
    return of_date or number.kind in {Kind.ORDINAL, Kind.LABEL}


def _says_too_little(number: Quantity, other: Quantity) -> bool:
    """Whether "a" or "one" is not enough for this number; `numbers` has its own rule for 1."""
    return any(one.value == 1 and not one.unit for one in other.readings) and any(
        one.value == 1 for one in number.readings
    )


def _same_sign(number: Quantity, said: Passage, other: Quantity, quote: Passage) -> bool:
    if number.negative == other.negative:
        return True
    positive, text = (number, said.text) if other.negative else (other, quote.text)
    return bool(_FALLS.search(text[max(0, positive.start - _NEAR) : positive.end + _NEAR]))


def _same_unit(one: Reading, two: Reading, other: Quantity) -> bool:
    if one.unit == two.unit:
        return True
    if other.kind is Kind.IMPLIED:
        return False
    if {one.unit, two.unit} <= SOFT | {""}:
        return True
    if {one.unit, two.unit} == {"", SHARE}:  # 0.1 and 10% are the same
        plain_one = one if one.unit == "" else two
        return 0 < plain_one.value < 1
    return False


def _same_figure(number: Quantity, said: Passage, other: Quantity, quote: Passage) -> bool:
    """Whether two numbers are the same where one of them leaves its unit out, and may do so."""
    if number.figure is None or other.figure is None or other.kind is not Kind.AMOUNT:
        return False
    if not _close(Reading(number.figure), number, Reading(other.figure), other):
        return False
    own, others = _units(number), _units(other)
    if own and not others:
        return any(_unit_meant(unit, other, quote) for unit in own)
    if others and not own and not number.counted:
        return all(unit.kind not in STRICT or unit in said.units for unit in others)
    return False


def _unit_meant(unit: Unit, other: Quantity, quote: Passage) -> bool:
    """Whether a bare number of a quote is meant in the unit that the answer gives it."""
    around = quote.text[max(0, other.start - _NEAR) : other.end + _NEAR]
    if unit.kind == SHARE and not other.nouns and _PERCENT_MEANT.search(around):
        return True
    if other.counted:
        return False
    return unit in quote.units or (unit.kind == RATIO and bool(_FACTOR_MEANT.search(around)))


def _inverted(other: Quantity, quote: Passage) -> tuple[Reading, ...]:
    """What is three times smaller is a third."""
    ratios = [reading for reading in other.readings if reading.unit == RATIO and reading.value > 1]
    if not ratios or not _LESSER.search(quote.text):
        return ()
    return tuple(Reading(1 / reading.value, SHARE) for reading in ratios)


def _close(one: Reading, number: Quantity, two: Reading, other: Quantity) -> bool:
    """Whether the values are the same, or the answer rounds as it says it does."""
    if number.highest is not None:
        if other.highest is not None:
            return len(str(int(one.value))) == len(str(int(two.value)))
        return one.value <= two.value <= number.highest
    if other.highest is not None:
        return False
    if one.value == two.value:
        return {number.bound, other.bound} != {Bound.OVER, Bound.UNDER}
    if number.bound is Bound.EXACT or one.unit == YEAR or not one.value or not two.value:
        return False
    grain = number.grain * one.value
    off = two.value - one.value
    if number.bound is Bound.ABOUT:
        return abs(off) <= grain / 2 and abs(off) <= _NEARNESS * two.value
    if number.bound is Bound.UNDER:
        off = -off
    most = _BOUND_OFF if other.bound in {Bound.OVER, Bound.UNDER} else _LESS_OFF
    return 0 < off < grain and (off <= most * two.value or number.grain == HALF_GRAIN)
