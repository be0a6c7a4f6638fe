"""Pure: a number while it is being read, and its unit, sign and bound from the words around it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from digest.number_bounds import bound_of
from digest.number_figures import Figure
from digest.number_units import Measured, Unit, nouns_after, unit_after
from digest.quantities import Bound, Kind, Reading
from digest.unit_words import CURRENCIES, ORDER, RATIO, SHARE, words_of

PARTS = words_of(
    "half half_ja fraction fraction_ja fraction_words one_in out_of out_of_words tenths_ja scale"
)
"""The forms of figures that say a part of a whole."""
_MINUS = re.compile(r"(?:(?:^|[\s(\[=:|/~^,\u3000-\u9fff])-|マイナス|\b(?:minus|negative) )$", re.IGNORECASE)
_MONEY = re.compile(r"(?:US|[A-Z]{1,2})?([$€£¥])\s?$")
_TIMES_BEFORE = re.compile(r"(?<![A-Za-z0-9])[x×]\s?$")
_FACTOR_BEFORE = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?)\s?[x×]\s?$")
_OF_A = re.compile(r" (?:of )?an? ", re.IGNORECASE)
_AFTERNOON = re.compile(r"\s?p\.?m\b", re.IGNORECASE)
_FACTOR_OF = re.compile(r"\bfactors? of (?:\w+ ){0,2}$", re.IGNORECASE)
_FLAT_POWER = re.compile(r"-([0-9]{1,2})(?![0-9]|\.[0-9])")


@dataclass(slots=True)
class Draft:
    """A quantity under way; see `quantities.Quantity` for what the fields mean."""

    figure: Figure
    start: int
    end: int
    unit: Unit | None = None
    power: Fraction = Fraction(1)
    readings: list[Reading] = field(default_factory=list)
    kind: Kind = Kind.AMOUNT
    bound: Bound = Bound.EXACT
    nouns: frozenset[str] = frozenset()
    counted: bool = False
    negative: bool = False
    name: str = ""

    @property
    def bare(self) -> bool:
        """Whether neither unit nor power nor any other word belongs to the figure."""
        return self.unit is None and self.power == 1 and not self.counted

    def read(self, value: Fraction, unit: str = "") -> None:
        """Add a reading."""
        reading = Reading(value, unit)
        if reading not in self.readings:
            self.readings.append(reading)


def measure(draft: Draft, text: str, before: str) -> None:
    """Read the unit, the sign and the bound that stand around the figure, and what it counts."""
    figure = draft.figure
    said = text[figure.start : figure.end]
    draft.negative = bool(_MINUS.search(before))
    if figure.value is not None:
        _read_value(draft, text, figure.value, _MONEY.search(before))
        _read_more(draft, figure.value, text, before)
        if said.lower() == "one" and draft.end == figure.end:
            draft.kind = Kind.IMPLIED
    draft.bound = Bound.OVER if said.startswith("過半") else bound_of(before, text, draft.end)
    draft.nouns, draft.counted = nouns_after(text, draft.end)
    draft.counted = draft.counted or draft.unit is not None


def _read_part(draft: Draft, whole: Measured, value: Fraction) -> None:
    """Read a quarter of an hour as 15 minutes, and half a million as 500,000."""
    for unit in whole.units:
        draft.read(value * whole.power * unit.factor, unit.kind)
    if not whole.units and whole.power != 1:
        draft.read(value * whole.power)
    if whole.units or whole.power != 1:
        draft.end = whole.end


def _read_value(draft: Draft, text: str, value: Fraction, money: re.Match[str] | None) -> None:
    measured = unit_after(text, draft.end, text[draft.start : draft.end])
    draft.power, draft.end = measured.power, measured.end
    draft.unit = measured.units[0] if measured.units else None
    whole = value * measured.power
    if draft.figure.form in PARTS and draft.unit is None:
        draft.read(value, SHARE)
        draft.read(value, RATIO)
        if part_of := _OF_A.match(text, draft.end):
            _read_part(draft, unit_after(text, part_of.end() - 1, "a"), value)
        return
    if money:
        draft.unit = Unit(CURRENCIES[money[1]], Fraction(1))
        draft.read(whole, draft.unit.kind)
        return
    half = Fraction(1, 2) if measured.half else Fraction(0)
    for unit in measured.units:
        draft.read((whole + half) * unit.factor, unit.kind)
    if measured.binary:
        draft.read(value * 1024)
    times = draft.figure.form in {"multiple", "double_ja"} and text[
        draft.start : draft.start + 2
    ].lower() not in {"tw", "th"}
    if (not measured.units or measured.loose) and not times:
        draft.read(whole)


def _read_more(draft: Draft, value: Fraction, text: str, before: str) -> None:
    """The further readings of some forms: what is doubled is ×2, a PDF's 10−4 is 0.0001."""
    form = draft.figure.form
    if (
        form in {"multiple", "double_ja"}
        or _FACTOR_OF.search(before)
        or (_TIMES_BEFORE.search(before) and not _FACTOR_BEFORE.search(before))
    ):
        draft.read(value, RATIO)
    if form == "digits" and value < 12 and _AFTERNOON.match(text, draft.figure.end):
        draft.read(value + 12)
    orders = [reading.value for reading in draft.readings if reading.unit == ORDER and reading.value <= 12]
    for order in orders:
        draft.read(Fraction(10) ** int(order), RATIO)
    said = text[draft.start : draft.figure.end]
    if form != "digits" or not said.startswith("10"):
        return
    if said == "10" and (power := _FLAT_POWER.match(text, draft.end)):
        draft.read(Fraction(1, 10 ** int(power[1])))
    power_said = said.removeprefix("10")
    if power_said.isdigit() and int(power_said) <= 40 and (factor := _FACTOR_BEFORE.search(before)):
        draft.read(Fraction(factor[1]) * 10 ** int(power_said))  # 3 × 105 for 3 × 10⁵
