"""Pure: what a figure is worth, in each of the forms in which figures are written.

Each of these reads one form, which `number_figures` has found, in small letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from digest.number_words import (
    KANJI,
    KANJI_POWERS,
    KANJI_TENS,
    ONES,
    PARTS,
    POWERS,
    TENS,
    VAGUE,
)

_MOST_DIGITS = 30
_MOST_POWER = 60
_NO_NUMBER = re.compile("0(?:[0-9,]|\\s?[万億兆千百])")


@dataclass(frozen=True, slots=True)
class Worth:
    """What a figure is worth."""

    value: Fraction | None
    """None where it is no single number."""
    places: int = 0
    """Decimal places: 2 for 0.25, 0 for 25, -1 for 250."""
    parts: tuple[tuple[tuple[Fraction, str], ...], ...] = ()
    """For what is made of several numbers, as 9:30, each of these with its unit, in all its readings."""
    highest: Fraction | None = None
    """For hundreds and 数百: the most that may be meant."""


def unlikely(said: str) -> bool:
    """Whether a row of digits is none that anyone would write for a number: 007, or a page of them."""
    return sum(character.isdigit() for character in said) > _MOST_DIGITS or bool(_NO_NUMBER.match(said))


# ---------------------------------------------------------------------------------- digits


def digits(said: str) -> Worth:
    """1,200; 0.25."""
    return Worth(Fraction(said.replace(",", "")), places(said))


def with_e(said: str) -> Worth:
    """1.5e6."""
    head, power = said.split("e")
    return _scientific(head, power)


def power(said: str) -> Worth:
    """3 × 10^6, 10^-4."""
    head, _, power = re.sub(r"[\s(),]", "", said).rpartition("^")
    return _scientific(re.split("[×x*]", head)[0] if len(head) > 2 else "1", power)


def flat_power(said: str) -> Worth:
    """A PDF's 6 × 10−4 for 6 × 10⁻⁴."""
    head, _, power = re.sub(r"[\s,]", "", said).partition("10-")
    return _scientific(re.split("[×x]", head)[0], f"-{power}")


def nth_power(said: str) -> Worth:
    """10の6乗."""
    return _scientific("1", said.removeprefix("10の").removesuffix("乗").replace("マイナス", "-"))


def _scientific(head: str, power: str) -> Worth:
    if abs(int(power)) > _MOST_POWER:
        return Worth(None)
    return Worth(Fraction(head) * Fraction(10) ** int(power), places(head) - int(power))


def places(digits: str) -> int:
    """The decimal places of a figure, negative for the noughts at the end of a whole number."""
    digits = digits.replace(",", "")
    if "." in digits:
        return len(digits) - digits.index(".") - 1
    return -(len(digits) - len(digits.rstrip("0"))) if digits.strip("0") else 0


def japanese(said: str) -> Worth:
    """1億2,000万, 3千, 14万8千."""
    total = rest = Fraction(0)
    place = 0
    for match in re.finditer(r"([0-9.]+)|([十百千])|([万億兆])", said.replace(",", "")):
        if match[1]:
            rest, place = Fraction(match[1]), places(match[1])
        elif match[2]:
            rest = (rest or Fraction(1)) * KANJI_TENS[match[2]]
            place -= len(str(KANJI_TENS[match[2]])) - 1
        else:
            total += (rest or Fraction(1)) * KANJI_POWERS[match[3]]
            place -= len(str(KANJI_POWERS[match[3]])) - 1
            rest = Fraction(0)
    return Worth(total + rest, place)


def clock(said: str) -> Worth:
    """9:30."""
    hour, minute = (Fraction(part) for part in said.split(":"))
    return Worth(None, parts=(((hour, ""), (hour + 12, "")), ((minute, ""), (minute * 60, "seconds"))))


def date(said: str) -> Worth:
    """2024-03-01."""
    year, month, day = (Fraction(part) for part in re.split(r"[-/.]", said))
    return Worth(None, parts=(((year, ""),), ((month, "month"),), ((day, ""),)))


# ------------------------------------------------------------------------------- fractions


def fraction(said: str) -> Worth:
    """2/3."""
    above, below = (Fraction(part) for part in said.split("/"))
    fits = 0 < above < below <= 1000
    return Worth(above / below if fits else None, parts=(((above, ""),), ((below, ""),)))


def out_of(said: str) -> Worth:
    """One in five; 3 out of 10."""
    parts = re.split(" (?:in|out of) (?:every )?", said)
    some, whole = (Fraction(part) if part.isdigit() else in_words(part) for part in parts)
    return Worth(some / whole if some < whole else None, parts=(((some, ""),), ((whole, ""),)))


def one_in(said: str) -> Worth | None:
    """5人に1人."""
    whole, some = (int(re.sub("[^0-9]", "", part) or "1") for part in said.split("に"))
    return Worth(Fraction(some, whole)) if 0 < some < whole else None


def fraction_ja(said: str) -> Worth | None:
    """3分の2."""
    below, above = (part.strip() for part in said.split("分の"))
    values = [_figure_ja(part) for part in (above, below)]
    if not values[0] or not values[1] or re.match("0[0-9]", below):
        return None
    return Worth(values[0] / values[1]) if values[0] < values[1] else None


def _figure_ja(said: str) -> Fraction | None:
    if said.isascii():
        return Fraction(said.replace(",", "").rstrip("."))
    return japanese(said).value if said[0].isascii() else kanji_value(said)


def to_one(said: str) -> Worth:
    """20 to 1, 9:1."""
    more = Fraction(re.split("[^0-9]", said)[0])
    return Worth(None, parts=(((more, ""), (more, "ratio")), ((Fraction(1), ""),)))


def scale(said: str) -> Worth:
    """1:25,000."""
    whole = Fraction(said[2:].replace(",", ""))
    return Worth(1 / whole if whole > 1 else None, parts=(((Fraction(1), ""),), ((whole, ""),)))


def tenths_ja(said: str) -> Worth:
    """2割5分."""
    tenths, hundredths = (KANJI.get(said[place]) or int(said[place]) for place in (0, 2))
    return Worth(Fraction(10 * tenths + hundredths, 100))


def fraction_words(said: str) -> Fraction:
    """Two thirds."""
    above, _, below = said.replace("-", " ").rpartition(" ")
    return (in_words(above) or Fraction(1)) / PARTS[below]


# ----------------------------------------------------------------------------------- words


def in_words(said: str) -> Fraction:
    """Three hundred thousand; two and a half."""
    total = part = 0
    for word in re.findall("[a-z]+", said):
        if word in ONES:
            part += ONES[word]
        elif word in TENS:
            part += TENS[word]
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in POWERS:
            total += (part or 1) * POWERS[word]
            part = 0
    return Fraction(total + part) + (Fraction(1, 2) if said.endswith("half") else 0)


def dozen(said: str) -> Fraction:
    """Half a dozen, two dozen."""
    if said.startswith("half"):
        return Fraction(6)
    return (in_words(said.removesuffix("dozen")) or Fraction(1)) * 12


def kanji_value(said: str) -> Fraction | None:
    """The value of kanji figures, by place (二〇二四) or with powers (三百五十万)."""
    if len(said) > _MOST_DIGITS:
        return None
    if all(character in KANJI for character in said):
        return Fraction(int("".join(str(KANJI[character]) for character in said)))
    total = part = figure = 0
    for character in said:
        if character in KANJI:
            figure = KANJI[character]
        elif character in KANJI_TENS:
            part += (figure or 1) * KANJI_TENS[character]
            figure = 0
        else:
            total += (part + figure or 1) * KANJI_POWERS[character]
            part = figure = 0
    return Fraction(total + part + figure)


def kanji(said: str) -> Worth | None:
    """三百五十; 二〇二四."""
    value = kanji_value(said)
    return None if value is None else Worth(value, places(str(int(value))))


def vague(said: str) -> Worth:
    """Hundreds of thousands: from one hundred thousand on."""
    least = Fraction(1)
    for word in re.findall("[a-z]+", said):
        least *= VAGUE.get(word, 1)
    most = least * (1000 if said[0] in "mbt" else 10) - 1
    return Worth(least * 2 if said == "dozens" else least, highest=most)


def vague_ja(said: str) -> Worth:
    """数百, 何千: from two of them up to the next power of ten."""
    least = kanji_value("一" + said[1:]) or Fraction(1)
    return Worth(least * 2, highest=least * 10 - 1)
