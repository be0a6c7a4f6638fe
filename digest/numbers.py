"""Pure: whether the numbers of an answer, with their units, stand in the quotes it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import IntEnum

from digest.alignment import laid_beside
from digest.number_agreement import Passage, agree, all_readings, other_things, read
from digest.number_labels import alike, labelled, named, spaced_name
from digest.number_lists import listed
from digest.number_scan import quantities
from digest.quantities import Kind, Quantity, Reading
from digest.unit_words import MONTH, SOFT, STRICT

_FIGURES = re.compile(r"[0-9]+")
_PASSED_OVER = frozenset({Kind.IMPLIED, Kind.MARKER})
_ONE = re.compile(
    r"\b(?:one|once|single|sole|only|alone|another|individual|unified|mono[a-z]+|itself|first)\b|一|単|唯|ある|同じ",
    re.IGNORECASE,
)
_ANY_ONE = re.compile(
    r"\b(?:an?|each|per|every|any|same|common|joint(?:ly)?|whole|entire|daily|weekly|monthly|hourly"
    r"|yearly|annual(?:ly)?|pairs?|groups?|teams?|(\w+) by \1)\b|各|毎|個々|それぞれ|共通",
    re.IGNORECASE,
)
_ONE_OF = re.compile(r"つの|つに|種の|つ$|つ[、。]")
_NONE = re.compile(
    r"\b(?:no|none|zero|never|without|scratch|nothing|nobody)\b|ゼロ|零|な[いく]|無", re.IGNORECASE
)
_FIRST = re.compile(
    r"\b(?:first|best|top|highest|winn(?:er|ing)|won|leading|largest|most|lowest)\b|最[高大良多も]|首位|優勝",
    re.IGNORECASE,
)
_MAJORITY = re.compile(r"\b(?:majority|most|mostly)\b|多数|大半|過半", re.IGNORECASE)
_POWERS = {
    2: re.compile(r"quadrat|squar|\^2|乗", re.IGNORECASE),
    3: re.compile(r"cub(?:e|ic)|\^3|乗", re.IGNORECASE),
}
_COPIED = 0.75
"""Share of words in order that makes a sentence a copy."""
_MOST = 200
"""Numbers of one answer that are looked at; whatever has more is no answer."""
_SENTENCE = re.compile(r"[。!?！？\n]")


class _Ground(IntEnum):
    """How well a number is founded."""

    NONE = 0
    LOOSE = 1
    """By a name in the passage, a word such as "each", or the length of a list."""
    FIRM = 2


def known(text: str) -> tuple[Quantity, ...]:
    """The numbers of a text in order, those that only name, point or count items left out."""
    plays = (Kind.AMOUNT, Kind.ORDINAL)
    return tuple(number for number in quantities(text) if number.kind in plays and number.readings)


def same(one: Quantity, other: Quantity) -> bool:
    """Whether two numbers are exactly the same amount of things that may be the same.

    1.5B, 15億 and 1,500,000,000 are; 31% and 31 are not. What is said of rounding is overlooked.
    """
    return not other_things(one, other) and any(
        first.value == second.value and _comparable(first, second)
        for first in one.readings
        for second in all_readings(other)
    )


def unfounded(
    answer: str, quotes: Sequence[str], question: str = "", also: Sequence[str] = ()
) -> tuple[str, ...]:
    """The numbers of an answer, as written, that its quotes do not hold with the same unit.

    A number that the answer says to be rounded may be so, in the direction it says. Numbers of
    `question` may be repeated where no quote says otherwise. `also`, the passages and the title,
    is where numbers that are part of a name (GPT-4, Table 3) may stand besides.
    """
    said = read(answer)
    if not said.numbers:
        return ()
    held = [read(text) for text in quotes if text]
    names = [text for text in (*quotes, *also, question) if text]
    asked = [read(question)] if question else []
    missing = [number.written for number in said.numbers[_MOST:]]
    missing += [
        number.written
        for number in said.numbers[:_MOST]
        if number.kind not in _PASSED_OVER
        and not _founded(number, said, held, names, quotes)
        and not _asked(number, said, held, asked)
    ]
    missing += _miscopied(answer, quotes)
    return tuple(dict.fromkeys(missing))


def nowhere(question: str, paper: Sequence[str]) -> tuple[str, ...]:
    """The numbers of a question about a paper, as written, that none of the paper's passages holds.

    Looser than `unfounded`: what a question asks about may stand anywhere, beside anything, and
    one of something needs no ground: "how many turns has 1 dialogue".
    """
    said = read(question)
    asked = [number for number in said.numbers if number.kind not in _PASSED_OVER and not _is_one(number)]
    # To read a whole paper takes a quarter of a second: where the figures stand is looked at first.
    figures = set(_FIGURES.findall(said.text))
    likely = [text for text in paper if any(figure in text for figure in figures)]
    for texts in (*([text] for text in likely), paper):
        if not asked:
            break
        held = [read(text) for text in texts]
        asked = [number for number in asked if not _somewhere(number, said, held, texts)]
    return tuple(number.written for number in asked)


def _is_one(number: Quantity) -> bool:
    return number.kind is not Kind.NAME and any(reading.value == 1 for reading in number.readings)


def _somewhere(number: Quantity, said: Passage, held: Sequence[Passage], paper: Sequence[str]) -> bool:
    if _ground(number, said, held, paper, paper) is not _Ground.NONE:
        return True
    return bool(number.parts) and all(_somewhere(one, said, held, paper) for one in _parts(number))


def _asked(number: Quantity, said: Passage, held: Sequence[Passage], asked: Sequence[Passage]) -> bool:
    """Whether the question says the number, and no quote says another of the kind that the answer leaves out.

    So 12 layers may be spoken of where the quote says that depth does not matter, and 95% may not
    be confirmed where it says 91.3%.
    """
    if _held(number, said, asked) is _Ground.NONE or _near_miss(number, said, held):
        return False
    units = {reading.unit for reading in number.readings} - {""}
    others = (other for text in held for other in text.numbers if other.kind is Kind.AMOUNT)
    return not any(
        number.nouns & other.nouns or units & {reading.unit for reading in other.readings}
        for other in others
        if not any(same(one, other) for one in said.numbers)
    )


def _founded(
    number: Quantity, said: Passage, held: Sequence[Passage], names: Sequence[str], quotes: Sequence[str]
) -> bool:
    ground = _ground(number, said, held, names, quotes)
    if ground is _Ground.NONE and number.parts:
        return all(_founded(part, said, held, names, quotes) for part in _parts(number))
    if ground is _Ground.FIRM:
        return not (_repeats(number, said, held) and _near_miss(number, said, held))
    return ground is _Ground.LOOSE and not _near_miss(number, said, held)


def _parts(number: Quantity) -> list[Quantity]:
    """The numbers that a number such as 1時間30分 is made of, each by itself."""
    return [replace(number, readings=part, parts=(), counted=True) for part in number.parts]


def _ground(
    number: Quantity, said: Passage, held: Sequence[Passage], names: Sequence[str], quotes: Sequence[str]
) -> _Ground:
    if number.kind is Kind.NAME:
        if named(number.name, quotes):
            return _Ground.FIRM
        if named(number.name, names):
            return _Ground.LOOSE
        return _held(number, said, held)
    if (ground := _held(number, said, held)) is not _Ground.NONE:
        return ground
    if number.kind in {Kind.LABEL, Kind.ORDINAL} and (labelled(number, quotes) or labelled(number, names)):
        return _Ground.FIRM if labelled(number, quotes) else _Ground.LOOSE
    by_word = _worded(number, said, held)
    if by_word is not _Ground.NONE:
        return by_word
    name = spaced_name(number, said.text)
    if name and named(name, names):
        return _Ground.FIRM if named(name, quotes) else _Ground.LOOSE
    if number.kind is Kind.AMOUNT and listed(number, said.text, [one.text for one in held]):
        return _Ground.LOOSE
    return _Ground.NONE


def _held(number: Quantity, said: Passage, held: Sequence[Passage]) -> _Ground:
    ground = _Ground.NONE
    for text in held:
        for other in text.candidates(number):
            if agree(number, said, other, text):
                if other.kind not in {Kind.IMPLIED, Kind.NAME}:
                    return _Ground.FIRM
                ground = _Ground.LOOSE
    return ground


# ------------------------------------------------------------------------------------ words


def _worded(number: Quantity, said: Passage, held: Sequence[Passage]) -> _Ground:
    """Whether a quote says a number that hides in other words: a single, none, the best."""
    values = {reading.value for reading in number.readings if not reading.unit}
    after = said.text[number.end : number.end + 16]
    if number.written.startswith("過半"):
        return _by(_MAJORITY, held, _Ground.FIRM)
    if after.startswith("乗"):
        power = next((_POWERS[int(value)] for value in values if value in _POWERS), None)
        return _by(power, held, _Ground.FIRM) if power else _Ground.NONE
    if number.kind in {Kind.LABEL, Kind.ORDINAL}:
        return _by(_FIRST, held, _Ground.FIRM) if 1 in values and number.name in {"位", ""} else _Ground.NONE
    if number.kind is not Kind.AMOUNT or all(one.unit in STRICT | {MONTH} for one in number.readings):
        return _Ground.NONE
    if 1 in values and number.counted and values == {one.value for one in number.readings}:
        if (ground := _by(_ONE, held, _Ground.LOOSE)) is not _Ground.NONE:
            return _Ground.FIRM if _ONE_OF.match(after) else ground
        return _by(_ANY_ONE, held, _Ground.FIRM if _ONE_OF.match(after) else _Ground.LOOSE)
    return _by(_NONE, held, _Ground.LOOSE) if 0 in values else _Ground.NONE


def _by(words: re.Pattern[str], held: Sequence[Passage], ground: _Ground) -> _Ground:
    return ground if any(words.search(text.text) for text in held) else _Ground.NONE


# ----------------------------------------------------------------------------- near misses


def _repeats(number: Quantity, said: Passage, held: Sequence[Passage]) -> bool:
    """Whether one sentence of the answer says a number more often than all the quotes do."""
    if number.kind not in {Kind.AMOUNT, Kind.LABEL}:
        return False
    bounds = [0, *(match.end() for match in _SENTENCE.finditer(said.text)), len(said.text)]
    start = max(bound for bound in bounds if bound <= number.start)
    end = min(bound for bound in bounds if bound > number.start)
    times = sum(1 for other in said.numbers if start <= other.start < end and same(number, other))
    if times < 2:
        return False
    held_times = sum(1 for text in held for other in text.candidates(number) if same(number, other))
    return 0 < held_times < times


def _near_miss(number: Quantity, said: Passage, held: Sequence[Passage]) -> bool:
    """Whether a quote has a number one digit away that the answer leaves unsaid."""
    if not any(character.isdigit() for character in number.written):
        return False
    if number.kind is Kind.NAME:
        own = {other.name for other in said.numbers if other.kind is Kind.NAME}
        return any(
            other.kind is Kind.NAME and alike(number.name, other.name) and not named(other.name, list(own))
            for text in held
            for other in text.numbers
        )
    return any(
        _one_digit_apart(number, other) and not any(agree(one, said, other, text) for one in said.numbers)
        for text in held
        for other in text.numbers
        if _comparable_kinds(number, other) and not spaced_name(other, text.text)
    )


def _comparable_kinds(one: Quantity, other: Quantity) -> bool:
    places = {Kind.LABEL, Kind.ORDINAL}
    if one.kind in places or other.kind in places:
        return one.kind in places and other.kind in places
    return one.kind is other.kind is Kind.AMOUNT and not other_things(one, other)


def _one_digit_apart(one: Quantity, other: Quantity) -> bool:
    return any(
        _comparable(first, second) and _digits_apart(first, second) == 1
        for first in one.readings
        for second in all_readings(other)
    )


def _comparable(first: Reading, second: Reading) -> bool:
    return first.unit == second.unit or {first.unit, second.unit} <= SOFT | {""}


def _digits_apart(first: Reading, second: Reading) -> int:
    """In how many places two numbers differ, written with the same number of digits."""
    scaled = [int(reading.value * 10**12) for reading in (first, second)]
    width = max(len(str(value)) for value in scaled)
    written: Iterator[tuple[str, str]] = zip(*(f"{value:0{width}}" for value in scaled), strict=True)
    return sum(1 for one, two in written if one != two)


def _miscopied(answer: str, quotes: Sequence[str]) -> Iterator[str]:
    """The words in which a digit or two are other than in the quote a sentence is copied from."""
    for laid in laid_beside(answer, quotes):
        for edit in laid.edits:
            if laid.likeness >= _COPIED and len(edit.quoted) == len(edit.said):
                pairs = zip(edit.quoted, edit.said, strict=True)
                yield from (new for old, new in pairs if _other_digits(old, new))


def _other_digits(old: str, new: str) -> bool:
    apart = [(one, two) for one, two in zip(old, new, strict=False) if one != two]
    return len(old) == len(new) and 0 < len(apart) <= 2 and all((one + two).isdigit() for one, two in apart)
