"""Pure: which numbers of a text are part of a name, a label, an ordinal or a list's numbering."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from digest.number_drafts import Draft
from digest.number_units import unit_after
from digest.number_words import LABELS, LABELS_ENGLISH, REFERENCES
from digest.quantities import Kind


def _any_of(words: Sequence[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_GLUED_BEFORE = re.compile(r"[A-Za-z_@][A-Za-z0-9_.+@]*(?:[-/_@][A-Za-z0-9_.+@]*)*$|[A-Za-z]['_]$")
_GLUED_AFTER = re.compile(r"[A-Za-z]+[A-Za-z0-9]*(?:[-.][A-Za-z0-9]+)*")
_NO_NAME_BEFORE = re.compile(r"[x×]|.*['=]|(?:to|from|of|is|at|in|and|or|by|than|the|with|for)", re.DOTALL)
_COUNTER = re.compile(r"\s?(?:枚|台|基|個|つ|件|人|名|種|本|社|層|回|倍|%)")
_MEASURED_AFTER = re.compile(r"[kKMmBbTx]-|[a-z]+-")
_BIT_TYPES = re.compile(
    r"(?<![A-Za-z])(?:fp|bf|tf|int|float|uint|nf|mxfp|[wa](?=[0-9]{1,2}$))-?(?=[0-9]+$)", re.IGNORECASE
)
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_LABEL_BEFORE = re.compile(
    rf"(?:\b({_any_of(LABELS_ENGLISH)})\b\.?|([#§])|(?<![\u3400-\u9fff])({_any_of(tuple(LABELS))}))[\s#]?\(?$",
    re.IGNORECASE,
)
_LABEL_AFTER = re.compile(
    r"\s?(つ目|番目|位(?!置|相)|段階目|層目|回目|年目|日目|世代|期生?|版|章|節(?!約)|項(?!目)|ページ|頁|行目|列目|人目|年生|ステップ目|世紀|四半期|パーセンタイル)"
)
_WITH_PARTS = frozenset({"節", "章", "項", "バージョン"})
"""Labels whose figures may have a point, as 3.2節."""
_IN_LABELS = frozenset({"digits", "words", "kanji", "roman"})
_ORDERED = frozenset(["st", "nd", "rd", "th"])
_MARKER = re.compile(r"\(([0-9]{1,2})\)|(?:(?<=\s)|^)([0-9]{1,2})\)")
_CITED = re.compile(r"\[[0-9,\s–-]{1,40}\]")


def name_of(draft: Draft, text: str, before: str) -> bool:
    """Make a name of a figure that is part of one, as in GPT-4 and 3D, and say whether it is."""
    glued = _GLUED_BEFORE.search(before)
    word = glued[0] if glued and not _NO_NAME_BEFORE.fullmatch(glued[0]) else ""
    if _COUNTER.match(text, draft.end) and word.isalpha():
        word = ""  # GPU8枚
    if draft.figure.form == "chain":
        draft.kind, draft.name = Kind.NAME, word + text[draft.start : draft.end]
        return True
    if draft.figure.form != "digits":
        return False
    number = text[draft.start : draft.end]
    measured = unit_after(text, draft.end, number)
    after = _GLUED_AFTER.match(text, draft.end)
    if not word:
        ends_measured = after is None or measured.end >= after.end() or bool(_MEASURED_AFTER.match(after[0]))
        if after is None or ends_measured or after[0].lower() in _ORDERED:
            return False
    draft.kind = Kind.NAME
    end = max(measured.end if measured.glued else draft.end, after.end() if after else draft.end)
    draft.name = word + text[draft.start : end].rstrip(".-")
    _read_name(draft, word, number, after[0].lower() if after else "")
    if measured.power != 1 or (measured.glued and measured.units):
        draft.read((draft.figure.value or 0) * measured.power)
        draft.power, draft.end = measured.power, measured.end
    return True


def _read_name(draft: Draft, word: str, number: str, after: str) -> None:
    """Read what the figure of a name may be an amount of: FP16 has 16 bits, top-5 five things."""
    value = draft.figure.value
    if value is None:
        return
    if _BIT_TYPES.search(word + number):
        draft.read(value, "bits")
    if word and (word.islower() or not any(one.isupper() for one in word) or _YEAR.fullmatch(number)):
        draft.read(value)
    elif not word and after == "d":
        draft.read(value)
        draft.nouns, draft.counted = frozenset({"dimension"}), True


def label_of(draft: Draft, text: str, before: str) -> None:
    """Say so where the figure is a label's, as in Table 3 and 第3章, or an ordinal."""
    roman = draft.figure.form == "roman"
    if draft.kind is not Kind.AMOUNT and not roman:
        return
    label = _LABEL_BEFORE.search(before) if draft.figure.form in _IN_LABELS else None
    if after := _LABEL_AFTER.match(text, draft.figure.end):
        draft.kind, draft.name = Kind.LABEL, after[1]
        draft.read(draft.figure.value or Fraction(0))
        draft.end = max(draft.end, after.end())
    elif label and (roman or _labels(label, draft)):
        draft.kind, draft.name = Kind.LABEL, label[1] or label[2] or label[3]
    elif draft.figure.form == "digits" and text[draft.end : draft.end + 2].lower() in _ORDERED:
        draft.kind = Kind.ORDINAL
        draft.end += 2
    elif before.rstrip().endswith("第"):
        draft.kind = Kind.ORDINAL


def _labels(label: re.Match[str], draft: Draft) -> bool:
    """Whether the word before a figure makes a label of it, and not of 0.18 a class."""
    if label[2]:
        return True
    whole = draft.figure.value is not None and draft.figure.value.denominator == 1
    return draft.bare and (whole or (label[1] or "").lower() in REFERENCES or label[3] in _WITH_PARTS)


def mark_lists(drafts: Sequence[Draft], text: str) -> None:
    """Mark what numbers a list (1) …, (2) … and what cites [12]."""
    marks = {match.start(1 if match[1] else 2): int(match[1] or match[2]) for match in _MARKER.finditer(text)}
    numbers = list(marks.values())
    if 1 in numbers and any(first + 1 == second for first, second in pairwise(numbers)):
        for draft in drafts:
            if draft.start in marks:
                draft.kind = Kind.MARKER
    for match in _CITED.finditer(text):
        if re.search(r"(?<![0-9])0", match[0]):
            continue  # [0, 1] is an interval
        for draft in drafts:
            if match.start() < draft.start < match.end():
                draft.kind, draft.name = Kind.LABEL, "["
