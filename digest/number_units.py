"""Pure: what stands right after a figure: its power, such as million, its unit, and what it counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from digest.number_words import KANJI, POWERS, SUFFIXES
from digest.unit_words import (
    MONTHS,
    NOUNS_ENGLISH,
    NOUNS_JAPANESE,
    POINTS,
    RATIO,
    SHARE,
    STOP,
    SYMBOLS,
    WORDS,
    YEAR,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A kind of unit, and how many of the kind's base unit one of it makes."""

    kind: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Measured:
    """What follows a figure: a power such as million, and a unit."""

    end: int
    power: Fraction = Fraction(1)
    units: tuple[Unit, ...] = ()
    loose: bool = False
    """Whether it may as well be a plain count, as in 3 times."""
    half: bool = False
    """1時間半, an hour and a half."""
    binary: bool = False
    """32K, which may be 32,768."""
    glued: bool = False
    """Whether power and unit follow without a space."""


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_POWER = re.compile(rf"[\s-]?(?:({'|'.join(POWERS)})s?\b|({'|'.join(SUFFIXES)})(?![A-Za-z0-9]))")
_WORD_POWER = re.compile(rf"[\s-]?({'|'.join(POWERS)})s?\b", re.IGNORECASE)
_LATIN = [word for word in SYMBOLS if word.isascii() or word[0] in "°℃μ×"]
_JAPANESE = [word for word in SYMBOLS if word not in _LATIN]
_PROCESSOR = r"(?:(?:GPU|TPU|CPU|A100|H100|V100|person|man|machine|core|compute)[\s-])?"
_UNIT = re.compile(
    rf"(?P<points>\s?(?:%|percent(?:age)?|パーセント)[\s-]?(?:points?|ポイント|pts?\b|absolute\b))"
    rf"|[\s-]?{_PROCESSOR}(?P<word>{_any_of(WORDS)})(?P<plural>s?)(?![a-zA-Z])"
    rf"|\s?(?:GPU|TPU|CPU)?(?P<month>[かカヶケヵ箇ヵ]月)間?"
    rf"|[\s-]?(?P<symbol>{_any_of(_LATIN)})(?![A-Za-z0-9²³/]|\s?[x×])"
    rf"|\s?(?:GPU|TPU|CPU|人(?=[時日月年]))?(?P<japanese>{_any_of(_JAPANESE)})",
    re.IGNORECASE,
)
_NOT_MINUTES = re.compile(
    "分(?=の[0-9一二三四五六七八九十]|割|類|野|布|岐|析|散|位|か(?!か|ら)|け|解|母|子|量|離|担|科|配|枝|枚|足し)"
)
_NOT_UNITS = re.compile(
    "日本|月面|点数|点群|倍率|倍精度|割合|割り|割当|円形|円環|円周|年生|秒速|時間割|秒単位|年賀"
)
_NEVER_HYPHENED = frozenset({"m", "g", "h", "J", "W", "x", "×", "min"})
_MAY_BE_COUNTS = frozenset({"点", "桁", "度", "歳", "才", "point", "Hz", "hertz", "fps", "FPS"})
_BINARY = frozenset(str(2**power) for power in range(11))
"""Figures before a K that may stand for 1,024 of them."""
_AND_A_HALF = re.compile("半(?![分数減])| and a half\\b")
_LATER = re.compile(
    r"(?:[\s-](?!(?:and|or|of|in|to|at|by|than|for|with|on|vs|from|the|a|an)\b)[A-Za-z][A-Za-z0-9@-]{0,20}){1,2}"
    r"[\s-](?P<word>points?|hours?|days?|weeks?|months?|years?|minutes?|seconds?|dollars|bits?|GB)\b"
)


def unit_after(text: str, at: int, said: str) -> Measured:
    """The power and the unit that follow the figure `said`, which ends at `at`."""
    power, end, letter = _power_after(text, at, said)
    glued = not text[at : at + 1].isspace()
    match = _UNIT.match(text, end)
    if match is None or _refused(match, text, said):
        units = () if letter else _later(text, end)
        if letter == "m":  # 5m may be metres
            units = (Unit("metres", 1 / power),)
        glued = end > at and glued and text[at] != "-"
        return Measured(
            end, power, units, loose=True, binary=letter in {"K", "k"} and said in _BINARY, glued=glued
        )
    units, loose = _units(match, text, said, power)
    end = match.end()
    half = _AND_A_HALF.match(text, end)
    return Measured(half.end() if half else end, power, units, loose, bool(half), glued=glued)


def _power_after(text: str, at: int, said: str) -> tuple[Fraction, int, str]:
    """The power after a figure, where it ends, and its letter where it is one: K, M, B."""
    power = Fraction(1)
    for pattern in (_POWER if said[-1:].isdigit() else _WORD_POWER, _WORD_POWER):
        match = pattern.match(text, at)
        if match is None:
            break
        if match.lastindex == 2:
            letter = match[2]
            spaced = match[0][0] in " -"
            if spaced and (letter not in "KMBT" or match[0][0] == "-"):
                break
            end = match.end()
            return Fraction(SUFFIXES[letter]), end + text.startswith("+", end), letter
        power *= POWERS[match[1].lower()]
        at = match.end()
    return power, at, ""


def _refused(match: re.Match[str], text: str, said: str) -> bool:
    """Whether what looked like a unit is the beginning of another word, or another case of one."""
    symbol, word = match["symbol"], (match["word"] or "").lower()
    hyphened = match[0][0] == "-"
    if symbol:
        if symbol in "x×" and re.match(r"\s?[0-9]", text[match.end() : match.end() + 2]):
            return True  # 3 × 5
        return symbol not in SYMBOLS or (hyphened and symbol in _NEVER_HYPHENED)  # mW is not MW
    if match["japanese"]:
        at = match.start("japanese")
        return bool(_NOT_MINUTES.match(text, at) or _NOT_UNITS.match(text, at))
    if match["plural"]:
        return False
    one = said.lower() in {"a", "an", "one", "per", "each", "every", "single"}
    return word == "time" or (word == "second" and match[0][0] == " " and not one)  # five second


def _units(match: re.Match[str], text: str, said: str, power: Fraction) -> tuple[tuple[Unit, ...], bool]:
    """What a unit may stand for, and whether the figure may as well be a plain count."""
    plain = Unit("", Fraction(1))
    if match["points"]:
        points = Unit(POINTS, Fraction(1))
        absolute = match[0].lower().endswith("absolute")
        return ((points, Unit(SHARE, Fraction(1, 100))) if absolute else (points,)), False
    if match["month"]:
        return (Unit(MONTHS, Fraction(1)),), False
    word = match["symbol"] or match["japanese"] or match["word"].lower()
    unit = Unit(*(WORDS[word] if match["word"] else SYMBOLS[word]))
    whole = power == 1 and said.isdigit()
    if word == "年" and power == 1 and len(said) == 4 and (whole or KANJI.keys() >= set(said)):
        return (Unit(YEAR, Fraction(1)),), False
    if word == "年" and whole and len(said) == 2 and text.startswith("代", match.end()):
        return (
            Unit(YEAR, Fraction(1)),
            Unit(YEAR, Fraction(int(said) + 1900, int(said) or 1)),
        ), True  # 90年代
    if word == "日" or (word == "s" == match[0] and whole and said.endswith("0") and len(said) in {2, 4}):
        return (unit, plain), False  # the 29th of a month; the 1990s
    if word == "キロ":
        return (unit, Unit("grams", Fraction(1000))), False
    if word == "m":
        return (unit, Unit("", Fraction(10**6))), False
    return (unit,), (unit.kind == RATIO and word != "倍") or word in _MAY_BE_COUNTS


def _later(text: str, at: int) -> tuple[Unit, ...]:
    """A unit a word or two on, as in 3 BLEU points."""
    match = _LATER.match(text, at)
    if match is None:
        return ()
    word = match["word"]
    return (Unit(*(SYMBOLS[word] if word in SYMBOLS else WORDS[word.lower().removesuffix("s")])),)


# ------------------------------------------------------------------------- what is counted

_NEXT = re.compile(r"[\s-]{1,2}([A-Za-z][A-Za-z]*)")
_MOST_WORDS = 4
_COUNTS_JAPANESE = re.compile(r"\s?[\u30a0-\u30fa\u30fc\u3400-\u9fff々つヶA-Za-z]")
_NOT_COUNTS = re.compile(
    r"\s?(?:以上|以下|未満|以内|程度|前後|超|近く|弱|強|余|内外|へ|達成|向上|改善|増|減|低下|上昇|高)"
)
_NOUN_JAPANESE = re.compile(
    rf"\s?(?:[個つ枚台基本件種名人]の?|種類の?|の)?\s?({_any_of(NOUNS_JAPANESE)})"
    r"(?!字|書|章|脈|献|法|体|化|節|モデル|前|称|工|間|気|材|本|的)"
)


def nouns_after(text: str, at: int) -> tuple[frozenset[str], bool]:
    """The known things that a number counts, and whether any word for things follows it."""
    if japanese := _NOUN_JAPANESE.match(text, at):
        return NOUNS_JAPANESE[japanese[1]], True
    if (
        _COUNTS_JAPANESE.match(text, at)
        and not _NOT_COUNTS.match(text, at)
        and not text[at : at + 2].isascii()
    ):
        return frozenset(), True
    found: frozenset[str] = frozenset()
    counted = False
    for _ in range(_MOST_WORDS):
        match = _NEXT.match(text, at)
        if match is None or match[1].lower() in STOP:
            break
        word = match[1].lower()
        found |= NOUNS_ENGLISH.get(word) or NOUNS_ENGLISH.get(word.removesuffix("s"), frozenset())
        counted, at = True, match.end()
    return found, counted
