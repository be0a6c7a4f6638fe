"""Pure: numbers that are part of a name or say where to look: GPT-4, Table 3, 第3章, [12]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from digest.number_text import plain
from digest.number_words import LABELS, ONES, ORDINALS, ROMAN
from digest.quantities import Kind, Quantity

_NOT_IN_NAMES = re.compile(r"[\s\-–_/@'’+().,:*#]+")
_BETWEEN_FIGURES = re.compile(rf"(?<=[0-9]){_NOT_IN_NAMES.pattern}(?=[0-9])")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3})")
_IN_A_SERIES = re.compile(r"(.*[a-z])([0-9·]+)")
_POINT = re.compile(r"(?<=[0-9])\.(?=[0-9])")
_F_MEASURE = re.compile(r"f-?(?:score|measure)|f値", re.IGNORECASE)


@lru_cache(maxsize=512)
def _squashed(text: str) -> str:
    """The text without what a name may be written with or without; figures stay apart."""
    folded = _THOUSANDS.sub("", plain(text).text.casefold())
    folded = _POINT.sub("·", folded)
    return _NOT_IN_NAMES.sub("", _BETWEEN_FIGURES.sub("|", folded))


def named(name: str, sources: Sequence[str]) -> bool:
    """Whether a name with its figures stands in one of the sources, however spaced or hyphened."""
    wanted = _squashed(name)
    if not wanted:
        return False
    shortened = re.sub(r"(?<=[a-z])(?:19|20)([0-9]{2})$", r"\1", wanted)
    before = "(?<![0-9·])" if wanted[0].isdigit() else ""
    after = "(?![0-9]|·[0-9])" if wanted[-1].isdigit() else ""
    ways = f"{re.escape(wanted)}|{re.escape(shortened)}"
    if series := _IN_A_SERIES.fullmatch(wanted):  # CIFAR-10/100
        ways += rf"|{re.escape(series[1])}(?:[0-9·]+\|)+{re.escape(series[2])}"
    pattern = re.compile(f"{before}(?:{ways}){after}")
    if any(pattern.search(_squashed(source)) for source in sources):
        return True
    return wanted.startswith("f1") and any(_F_MEASURE.search(source) for source in sources)


def labelled(number: Quantity, sources: Sequence[str]) -> bool:
    """Whether a source has the figure with the same label, or as the same ordinal."""
    value = next((one.value for one in number.readings if not one.unit), None)
    if value is None:
        return False
    written = str(value) if value.denominator == 1 else str(float(value))
    figure = rf"(?:0?{re.escape(written)}|{_word(value)})(?![0-9]|\.[0-9])"
    if number.name == "[":
        pattern = rf"\[[0-9,\s–-]*(?<![0-9]){written}(?![0-9])[0-9,\s–-]*\]|\bbibref{written}(?![0-9])"
    else:
        label = number.name.lower()
        words = [*LABELS.get(label, "").split(), label] if label else []
        words += [japanese for japanese, english in LABELS.items() if label in english.split()]
        ways = "|".join(re.escape(word) for word in words) or "第"
        nth = next((word for word, nth in ORDINALS.items() if nth == value), "")
        pattern = rf"(?:{ways})s?\.?[\s#(-]*{figure}|第?\s?{value}\s?(?:{ways})|\b{value}(?:st|nd|rd|th)\b"
        pattern += rf"|\b{nth}\b" if nth else ""
        pattern += (
            rf"|(?:{ways})s?\.?\s?[0-9]{{1,2}}(?:, [0-9]{{1,2}}){{0,6}},? ?(?:and|–|-) ?{value}(?![0-9])"
        )
    found = re.compile(pattern, re.IGNORECASE)
    return any(found.search(plain(source).text) for source in sources)


def _word(value: Fraction) -> str:
    """Roman and English words for a figure, as a pattern."""
    words = [word for table in (ROMAN, ONES) for word, number in table.items() if number == value]
    return "|".join(f"{word}(?![A-Za-z])" for word in words) or "(?!)"


def alike(one: str, other: str) -> bool:
    """Whether two names differ in one digit only, as GPT-3 and GPT-4."""
    first, second = _squashed(one), _squashed(other)
    apart = [(a, b) for a, b in zip(first, second, strict=False) if a != b]
    return len(first) == len(second) and len(apart) == 1 and apart[0][0].isdigit() and apart[0][1].isdigit()


_NAME_BEFORE = re.compile(
    r"(?<![A-Za-z0-9])(?!(?:The|We|In|Of|With|Using|And|For|From|To|At|By|On|Our|All|These|Those|Between|About|Over|Only|BLEU"
    r"|ROUGE|METEOR|Accuracy|AUC|WER|CER|PPL|EM|MAP|MRR|NDCG|FID|Top|This|Its|After|A|An|Up|Than|Is|Are|Was)\b)"
    r"([A-Z][A-Za-z]*[A-Za-z0-9.+-]*)\s$"
)
_VERSION = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?|[345]0[0-9]0")


def spaced_name(number: Quantity, text: str) -> str:
    """The name that a bare figure after a capitalised word may belong to, as Llama 2; or nothing."""
    figure = text[number.start : number.end]
    match = _NAME_BEFORE.search(text[max(0, number.start - 32) : number.start])
    bare = number.kind is Kind.AMOUNT and _VERSION.fullmatch(figure) and not number.negative
    return f"{match[1]} {figure}" if match and bare else ""
