"""Pure: finds names in Latin script that an answer has from nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from rapidfuzz.distance import OSA

from digest.acronyms import ACRONYMS, AFFIXES, CALENDAR, COUNTED, PLAIN, SCALES, UNITS
from digest.mathtext import pieces
from digest.terms import STOP
from digest.written import (
    SENTENCE_START,
    Source,
    Word,
    groups,
    is_odd,
    latin_words,
    plain_letters,
    root,
    source_of,
)

_LATIN_TAGS = "de fr es it pt nl sv da nb no fi pl cs sk hu ro hr sl et lv lt tr id ms vi ca"
_LATIN_LANGUAGES = frozenset(_LATIN_TAGS.split())
_SIZED = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]+)")
_VERSION = re.compile(r"\d(?:\.\d+)?|\d+(?:\.\d+)?[BM]")
_GOES_ON = re.compile(r"[はがをのとやでにも、。,.)」』\s]|モデル|系|版|シリーズ|$")
_ROMAN = re.compile(r"(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})")
_GLUED = re.compile(r"([A-Za-z]{2,})\d+(?:\.\d+)?")
_COUNTER = re.compile(r"[枚台基個件種層倍万億%]|つ|時間|か月|日間|年間|人(?=[がをでにのは])")
_MOST_WORDS = 7
_SYMBOL = 3


def unfounded(answer: str, sources: Sequence[str], language: str) -> tuple[str, ...]:
    """The names in Latin script of an answer that stand in none of the sources, as written.

    In languages of another script every Latin word counts as a name but for units and the like;
    in English the words with digits, inner capitals, or a capital that no beginning of a sentence
    asks for; in other languages of Latin script those with digits or inner capitals. Case,
    accents, hyphens, spaces and plurals are overlooked; an acronym stands for the words it is
    made of, and they for it.
    """
    plain = plain_letters(answer)
    held = [source_of(text) for text in sources]
    words = latin_words(plain)
    expanded = _expanded(words, plain, held)
    found: dict[str, None] = {}
    for chunk in groups(words):
        named = _named(chunk, plain, language, held)
        if named and named[0].start not in expanded and not _founded(named, held):
            found[plain[named[0].start : named[-1].end]] = None
    if language == "en" or language in _LATIN_LANGUAGES:
        found |= dict.fromkeys(_strange_symbols(answer, held))
    found |= dict.fromkeys(_other_versions(words, plain, held))
    return tuple(found)


def stand_in(answer: str, text: str, language: str) -> bool:
    """Whether all that may be a name in an answer stands in a text letter by letter, case aside.

    Then `unfounded` finds nothing. It is quicker than reading a long text, and false proves nothing.
    """
    if any(piece.maths for piece in pieces(answer)):
        return False
    plain, folded = plain_letters(answer), text.casefold()
    words = latin_words(plain)
    named = [one for chunk in groups(words) if (one := _named(chunk, plain, language, ()))]
    spans = [(one[0].start, one[-1].end) for one in named]
    spans += [(word.start, word.end) for word in words if word.text[0].isupper() or is_odd(word.text)]
    spans += [(one.start, other.end) for one, other in pairwise(words) if _VERSION.fullmatch(other.text)]
    return all(_stands(plain[start:end].casefold(), folded) for start, end in spans)


def _stands(words: str, text: str) -> bool:
    return re.search(rf"(?<![a-z0-9]){re.escape(words)}(?![a-z0-9])", text) is not None


# ----------------------------------------------------------------- what counts as a name


def _named(chunk: list[Word], plain: str, language: str, held: Sequence[Source]) -> list[Word]:
    """What of a group of words names something: without quantities, possessives and the like."""
    named = list(chunk)
    if _COUNTER.match(plain, named[-1].end) and (glued := _GLUED.fullmatch(named[-1].text)):
        named[-1] = replace(named[-1], text=glued[1], end=named[-1].start + len(glued[1]))
    if len(named) > 1 and named[-1].text == "s" and plain[named[-1].start - 1] == "'":
        named.pop()
    while named and _counts(named[0], plain):
        named.pop(0)
    if not any(any(one.isalpha() for one in word.text) for word in named):
        return []
    if all(word.folded in PLAIN or word.text.isdigit() for word in named):
        return []
    if language == "en":
        looks = any(_looks_named(word, plain, held) for word in named)
    elif language in _LATIN_LANGUAGES:
        looks = any(is_odd(word.text) for word in named)
    else:
        looks = True
    return named if looks else []


def _counts(word: Word, plain: str) -> bool:
    """Whether a word is a number with its unit, a unit after a number, or a numbering as (ii)."""
    sized = _SIZED.fullmatch(word.text)
    if word.text.isdigit() or (sized and sized[2].casefold() in UNITS):
        return True
    before = plain[max(0, word.start - 2) : word.start]
    if word.folded in UNITS and re.search(r"\d[ /-]?$|/$", before):
        return True
    return bool(re.fullmatch(r"[ivx]+", word.text) and re.match(r"[).]", plain[word.end :]))


def _looks_named(word: Word, plain: str, held: Sequence[Source]) -> bool:
    """Whether an English word looks like a name."""
    if is_odd(word.text):
        return True
    if not word.text[0].isupper() or word.folded in CALENDAR or word.folded in STOP:
        return False
    if not SENTENCE_START.search(plain[max(0, word.start - 8) : word.start]):
        return True
    return _near(word.folded, held)


# --------------------------------------------------------------- whether it is founded


def _founded(named: Sequence[Word], held: Sequence[Source]) -> bool:
    """Whether a group of words stands in the sources, as a whole or in all its parts."""
    if _held("".join(word.folded for word in named), held):
        return True
    for place, word in enumerate(named):
        if word.text.replace(".", "").isdigit():
            if not _number_founded(named, place, held):
                return False
        elif not (len(named) > 1 and word.folded in AFFIXES) and not _known(word, held):
            return False
    return True


def _number_founded(named: Sequence[Word], place: int, held: Sequence[Source]) -> bool:
    """Whether a number in a group of words is a setting, or stands with its name in the sources."""
    if place == 0:
        return True
    before = named[place - 1]
    if before.folded in COUNTED or before.text[-1].isdigit():
        return True
    counts = place + 1 < len(named) and named[place + 1].text.islower()
    return counts or _held(before.folded + named[place].folded, held)


def _known(word: Word, held: Sequence[Source]) -> bool:
    text, folded = word.text, word.folded
    if folded in PLAIN or folded in STOP or (len(text) == 1 and text.islower()) or _held(folded, held):
        return True
    sized = _SIZED.fullmatch(text)
    if sized and sized[2].casefold() in SCALES and _held(sized[1] + SCALES[sized[2].casefold()], held):
        return True
    if len(text) > 2 and text.isalpha() and any(source.holds_within(folded) for source in held):
        return True
    if _ROMAN.fullmatch(text):
        return not any(_ROMAN.fullmatch(name.upper()) for source in held for name in source.names)
    single = folded[:-1] if text[-1] == "s" and len(text) > 2 else folded
    if sum(map(str.isupper, text)) > 1 or single in ACRONYMS:
        return _stands_for(text.removesuffix("s"), held)
    if not text.isalpha() or (text[0].isupper() and _near(folded, held)):
        return False
    return any(root(folded) in source.roots for source in held)


def _held(together: str, held: Sequence[Source]) -> bool:
    return any(source.holds(together) for source in held)


def _stands_for(acronym: str, held: Sequence[Source]) -> bool:
    """Whether the sources hold the words that an acronym is made of."""
    ways = ACRONYMS.get(acronym.casefold(), ())
    if any(f" {way}" in source.flat for source in held for way in ways):
        return True
    if not acronym.isalpha() or _near(acronym.casefold(), held):
        return False
    if len(acronym) == 2:
        return any(acronym.casefold() in source.capitals for source in held)
    spelled = {acronym.casefold(), "".join(filter(str.isupper, acronym)).casefold()}
    return any(len(one) > 2 and one in source.initials for source in held for one in spelled)


def _near(folded: str, held: Sequence[Source]) -> bool:
    """Whether a word is a name of the sources but for one letter."""
    if len(folded) < 3 or _held(folded, held):
        return False
    names = {name for source in held for name in source.names if abs(len(name) - len(folded)) <= 1}
    return any(len(name) > 2 and OSA.distance(folded, name, score_cutoff=1) == 1 for name in names)


def _expanded(words: Sequence[Word], plain: str, held: Sequence[Source]) -> frozenset[int]:
    """Where words stand that spell out an acronym of the sources, as Large Language Model does LLM."""
    acronyms = frozenset[str]().union(*(source.acronyms for source in held))
    found: set[int] = set()
    for first in range(len(words)):
        letters = telling = ""
        for place in range(first, min(first + _MOST_WORDS, len(words))):
            word = words[place]
            apart = place > first and plain[words[place - 1].end : word.start] not in {" ", "-"}
            if apart or not word.text.isalpha():
                break
            letters += word.folded[0]
            telling += "" if word.folded in STOP else word.folded[0]
            run = words[first : place + 1]
            if any(one in acronyms and _spells(run, one) for one in (letters, telling)):
                found.update(one.start for one in run)
    return frozenset(found)


def _spells(run: Sequence[Word], acronym: str) -> bool:
    """Whether words may be what an acronym stands for: what it is known for, if it is known."""
    ways = ACRONYMS.get(acronym)
    spelled = " ".join(word.folded for word in run)
    return any(way in spelled for way in ways) if ways else len(acronym) > 2


def _strange_symbols(answer: str, held: Sequence[Source]) -> Iterator[str]:
    """Words within formulas that no source has: what is written small may be said all the same."""
    for piece in pieces(answer):
        for word in latin_words(plain_letters(piece.text)) if piece.maths else ():
            if len(word.text) > _SYMBOL and word.text.isalpha() and not _known(word, held):
                yield word.text


def _other_versions(words: Sequence[Word], plain: str, held: Sequence[Source]) -> Iterator[str]:
    """Names that the sources know with another number, as `Llama 4` where they have Llama 3."""
    for name, number in pairwise(words):
        beside = plain[name.end : number.start] == " " and (name.text[0].isupper() or is_odd(name.text))
        if not beside or not _VERSION.fullmatch(number.text) or not _GOES_ON.match(plain, number.end):
            continue
        versioned = any(name.folded in source.versioned for source in held)
        if versioned and not _held(name.folded + number.folded, held) and not _known(number, held):
            yield plain[name.start : number.end]
