"""Pure: how many things a text lists, for 三つのデータセット where a quote names all three."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from digest.quantities import Quantity

_SENTENCE_END = re.compile(r"(?<=[.!?;:])\s+(?=[A-Z(])|(?<=[。！？;:])|\n")
_AND = re.compile(r"^(?:and|or|as well as|plus)\s+|\s(?:and|or|as well as|plus)\s", re.IGNORECASE)
_COMMA = re.compile(r",\s+|、")
_OPENS = re.compile(
    r"^(?:in|on|for|when|however|finally|moreover|thus|then|first|to|with|if|while|although|since|as|here|after|by"
    r"|specifically|therefore|additionally|also)\b",
    re.IGNORECASE,
)
_MOST_WORDS = 7
_MARKS = re.compile(r"\(([1-9]|[ivx]{1,4}|[a-h])\)|(?<![0-9.])([1-9])[.)]\s")
_THINGS = re.compile(
    r"\s?(?:つ|種|段階|点|者|人|名|都市|言語|か?国|社|校|ステップ|モデル|手法|データセット|ベンチマーク|タスク|要素|項目|側面|観点"
    r"|指標|本柱|個の|カテゴリ|クラス|グループ|領域|分野|工程|部分|部構成|方法|条件|理由|課題|貢献|通り|[a-z])"
)
_BRACKETED = re.compile(r"[({\[]([^(){}\[\]]{3,120})[)}\]]")
_STEPS = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in ("first", "second|then|next|followed by|subsequently", "third|finally|lastly")
)
_TWO_BEFORE = re.compile(r"(?:と|および|及び|や|\band )\S{1,24}(?:の|という|といった|、|[(（])$")
_TWO_IN_TURN = re.compile(r"(?:一|1)つは.{1,80}(?:もう|いま)?(?:一|1)つは|一方.{1,80}(?:他方|もう一方)")
_TWO_AFTER = re.compile(r"[(（:：、。][^。]{1,40}?(?:と|および|及び|\band\b)")


def listed(number: Quantity, answer: str, quotes: Sequence[str]) -> bool:
    """Whether the number is how many things a quote lists; two only where the answer lists them."""
    values = {int(one.value) for one in number.readings if not one.unit and one.value.denominator == 1}
    if not values or number.negative or not _THINGS.match(answer, number.end):
        return False
    wanted = min(values)
    if wanted == 2:
        before, after = answer[max(0, number.start - 48) : number.start], answer[number.end : number.end + 60]
        if _TWO_IN_TURN.search(answer):
            return True
        both = _TWO_BEFORE.search(before) or _TWO_AFTER.search(after)
        return bool(both) and any(_AND.search(quote) or "と" in quote for quote in quotes)
    if not 3 <= wanted <= 12:
        return False
    return any(wanted in set(_lengths(quote)) for quote in quotes)


def _lengths(text: str) -> Iterator[int]:
    """The lengths of the lists in a text."""
    for sentence in _SENTENCE_END.split(text):
        yield from _inline(sentence)
    marks = {match[1] or match[2] for match in _MARKS.finditer(text)}
    for series in ("123456789", "abcdefgh", ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii")):
        length = 0
        while length < len(series) and series[length] in marks:
            length += 1
        yield length
    yield from (len(_COMMA.split(match[1])) for match in _BRACKETED.finditer(text))
    yield sum(1 for step in _STEPS if step.search(text))


def _inline(sentence: str) -> Iterator[int]:
    """The length of a list with commas and "and", or of one in Japanese."""
    pieces = [piece for piece in _COMMA.split(sentence) if piece.strip()]
    for last, piece in enumerate(pieces):
        joined = _AND.search(piece)
        japanese = "、" in sentence
        if not joined and not japanese:
            continue
        first = last
        while first > 0 and (first - 1 == 0 or len(pieces[first - 1].split()) <= _MOST_WORDS):
            first -= 1
        own = 1 if joined is None or joined.start() == 0 else 2
        if last > first:
            yield last - first + own
        if last > first + 1 and _OPENS.match(pieces[first].strip()):
            yield last - first + own - 1  # "In this work, we use A, B, and C" lists three
