"""Pure: whether an answer plainly says the opposite of its quote.

Two sentences in one language are laid side by side, and what was changed is looked at. Across
languages only the plain is told: a denial over a quote in which nothing denies or restricts, an
increase over a quote that speaks of decrease alone, two names that change places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from digest.alignment import Edit, Laid, laid_beside
from digest.polarity_ja import denied, fallen, places_changed
from digest.polarity_words import COMPARED, DENYING, NEGATIONS, OPPOSED
from digest.sides import crossed, parted

_COPIED = 0.7
"""Share of an answer's words, in order, that makes it a copy with changes."""
_LONGEST_EDIT, _AT_AN_END, _LEFT_OUT = 7, 3, 2
"""Most words of an edit: between words that agree, at either end, and where words only go."""
_JAPANESE = re.compile("[\u3040-\u30ff]")
_DENIALS_JA = re.compile(
    r"な(?:い|く(?!と)|かっ|けれ)|ませ?ん|ず(?=[、。にあ]|$)|不可|[なぬ]し(?=[、。でに])|(?<=で)きぬ"
)
_OPPOSED_JA = (
    ("可能", "不可能"), ("有効", "無効"), ("成功", "失敗"), ("必要", "不要"), ("一致", "不一致"),
    ("安定", "不安定"), ("十分", "不十分"), ("容易", "困難"), ("肯定", "否定"), ("賛成", "反対"),
    ("含", "除"), ("有", "無"), ("正し", "誤"),
)  # fmt: skip
_COMPARED_JA = (
    "高低", "上下", "増減", "多少", "大小", "優劣", "速遅", "長短", "強弱", "勝負", "早遅", "良悪",
    "前後", "以上以下", "改善悪化", "向上低下", "最大最小", "上昇下降", "上昇低下", "増加減少", "拡大縮小",
    "最良最悪", "超下",
)  # fmt: skip


def turned(answer: str, quotes: Sequence[str]) -> str | None:
    """The words where an answer denies what its quote says, or says what it denies; or None."""
    for laid in laid_beside(answer, quotes):
        if laid.likeness < _COPIED:
            continue
        words = _turned_ja(laid) if _is_japanese(laid.said) else _flipped(laid, DENYING, OPPOSED)
        if words:
            return words
    if _JAPANESE.search(answer):
        return denied(answer, [quote for quote in quotes if not _JAPANESE.search(quote)])
    return None


def swapped(answer: str, quotes: Sequence[str]) -> str | None:
    """The words where an answer turns a comparison of its quote around; or None."""
    for laid in laid_beside(answer, quotes):
        if words := _swapped_ja(laid) if _is_japanese(laid.said) else _swapped(laid):
            return words
    if _JAPANESE.search(answer):
        english = [quote for quote in quotes if not _JAPANESE.search(quote)]
        return fallen(answer, english) or places_changed(answer, english)
    return None


def _is_japanese(words: Iterable[str]) -> bool:
    return any(_JAPANESE.match(word) for word in words)


# -------------------------------------------------------------------------------- English


def _flipped(laid: Laid, denying: frozenset[str], pairs: frozenset[tuple[str, str]]) -> str | None:
    """The changed words where an odd number of changes each say the opposite."""
    flips = [edit for edit in laid.edits if _short(edit) and _flips(edit, denying, pairs) % 2]
    if len(flips) % 2 == 0:
        return None
    return _shown(flips[0])


def _short(edit: Edit) -> bool:
    """Whether an edit changes words; one that leaves out a clause takes nothing back."""
    length = len(edit.quoted) + len(edit.said)
    if not edit.said:
        return edit.inside and length <= _LEFT_OUT
    return length <= (_LONGEST_EDIT if edit.inside else _AT_AN_END)


def _flips(edit: Edit, denying: frozenset[str], pairs: frozenset[tuple[str, str]]) -> int:
    denials = sum(1 for word in (*edit.quoted, *edit.said) if word in denying)
    opposed = sum(
        1
        for old in edit.quoted
        for new in edit.said
        if (old, new) in pairs and old not in denying and new not in denying
    )
    return denials + opposed


def _swapped(laid: Laid) -> str | None:
    places = crossed(laid.said, laid.quoted)
    if laid.likeness < _COPIED and not places:
        return None
    edits = [edit for edit in laid.edits if _short(edit)]
    said = parted(laid.said)
    quoted = parted(laid.quoted, said[1]) if said else None
    pivots = (quoted[1], said[1]) if said and quoted else ("", "")
    flips = [edit for edit in edits if _flips(edit, frozenset(), COMPARED - {pivots}) % 2]
    if flips and any(_flips(edit, NEGATIONS, OPPOSED) % 2 for edit in edits):
        return None  # not higher: lower
    if (len(flips) + places + (pivots in COMPARED)) % 2 == 0:
        return None
    if said and (places or pivots in COMPARED):
        return " ".join((*said[0][-3:], said[1], *said[2][:3])) if places else said[1]
    return _shown(flips[0])


def _shown(edit: Edit) -> str:
    return " ".join(edit.said) or " ".join(edit.quoted)


# ------------------------------------------------------------------------------- Japanese


def _turned_ja(laid: Laid) -> str | None:
    """Whether one of two nearly equal Japanese sentences denies."""
    said, quoted = "".join(laid.said), "".join(laid.quoted)
    if not 0.75 <= len(said) / len(quoted) <= 1.35:
        return None
    denials = [match[0] for text in (said, quoted) for match in _DENIALS_JA.finditer(text)]
    opposed = [pair for pair in _OPPOSED_JA if _exchanged(pair, said, quoted)]
    if (len(denials) + len(opposed)) % 2 == 0:
        return None
    edit = next((edit for edit in laid.edits if _short(edit)), None)
    return "".join(edit.said or edit.quoted) if edit else denials[0] if denials else opposed[0][0]


def _exchanged(pair: tuple[str, str], said: str, quoted: str) -> bool:
    """Whether one sentence has one word of a pair where the other has the other."""
    one, two = pair
    if one in two:
        return said.count(two) != quoted.count(two) and said.count(one) == quoted.count(one)
    more = said.count(one) - quoted.count(one)
    return more != 0 and more == quoted.count(two) - said.count(two)


def _swapped_ja(laid: Laid) -> str | None:
    if laid.likeness < _COPIED:
        return None
    flips = []
    for edit in laid.edits:
        old, new = "".join(edit.quoted), "".join(edit.said)
        for pair in _COMPARED_JA:
            one, two = pair[: len(pair) // 2], pair[len(pair) // 2 :]
            if _short(edit) and ((one in old and two in new) or (two in old and one in new)):
                flips.append(new)
                break
    return flips[0] if len(flips) % 2 else None
