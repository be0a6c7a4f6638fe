"""Pure: splits English and Japanese text into sentences, minding brackets and abbreviations."""

from __future__ import annotations

import re

LONGEST = 1200
"""No sentence is longer: tables and garbage are cut at a space."""

_WIDE_END = "。！？．"
_OPEN = {
    "(": ")",
    "[": "]",
    "「": "」",
    "『": "』",
    "（": "）",
    "【": "】",
    "〈": "〉",
    "《": "》",
    "｛": "｝",
}
_CLOSING = "\"'”’)]」』）】》〉｝"
_ABBREVIATIONS = frozenset(
    {
        "al", "fig", "figs", "eq", "eqs", "eqn", "eqns", "sec", "secs", "ch", "chap", "no", "nos", "vol",
        "vols", "pp", "p", "tab", "tabs", "ref", "refs", "app", "appx", "e.g", "i.e", "cf", "vs", "viz",
        "etc", "approx", "resp", "w.r.t", "wrt", "a.k.a", "aka", "dr", "mr", "mrs", "ms", "prof", "st",
        "jr", "sr", "inc", "ltd", "co", "corp", "dept", "univ", "ed", "eds", "ph.d", "m.sc", "b.sc", "u.s",
        "u.k", "i.i.d", "alg", "thm", "lem", "prop", "def", "cor", "sect", "para", "jan", "feb", "mar",
        "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "min", "max", "avg", "std", "incl",
        "excl", "est", "art", "arxiv", "proc", "conf", "intl", "suppl", "n.b", "s.t", "a.m", "p.m", "et"
    }
)  # fmt: skip
_FINAL_TOO = frozenset(
    {"etc", "al", "inc", "ltd", "co", "corp", "u.s", "u.k", "a.m", "p.m", "i.i.d", "jr", "sr"}
)
_BEFORE = re.compile(r"[^\s(\[“\"'‘]+$")
_BULLET_NUMBER = re.compile(r"(?:^|\s)\(?(?:\d{1,2}|[A-Za-z]|[ivx]{1,4})$")
_STARTS = re.compile(
    r"[\"'“‘(\[]*(?:[A-Z0-9À-Þ\u0391-\u03a9$\\•–\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[a-z]+[A-Z])"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """The `(start, end)` spans of the sentences of one paragraph, without the space between."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [*_ends(text), len(text)]:
        begin = start + len(text[start:end]) - len(text[start:end].lstrip())
        stop = end - (len(text[start:end]) - len(text[start:end].rstrip()))
        if stop > begin:
            spans.extend(_bounded(text, begin, stop))
        start = max(start, end)
    return _without_crumbs(text, spans)


def _ends(text: str) -> list[int]:
    """The offsets at which sentences end."""
    found: list[int] = []
    closers: list[tuple[str, int]] = []
    for index, character in enumerate(text):
        if character in _OPEN:
            closers.append((_OPEN[character], index))
        elif closers and character == closers[-1][0]:
            closers.pop()
        elif closers and index - closers[-1][1] > 500:
            closers.clear()  # a bracket that nobody closes holds nothing together
        if (character in _WIDE_END and not closers and _ends_wide(text, index)) or (
            character in ".!?" and not closers and _ends_latin(text, index)
        ):
            found.append(_after_closing(text, index + 1))
    return found


def _after_closing(text: str, index: int) -> int:
    """The offset after quotes and brackets that close behind the full stop."""
    while index < len(text) and text[index] in _CLOSING:
        index += 1
    return index


def _ends_wide(text: str, index: int) -> bool:
    """Whether a Japanese full stop ends a sentence; `３．５` and `。」と` do not."""
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    if text[index] == "．" and before.isalnum() and after.isdigit():
        return False
    return after not in set(_WIDE_END)


def _ends_latin(text: str, index: int) -> bool:
    """Whether a full stop, question or exclamation mark ends a sentence."""
    stop = _after_closing(text, index + 1)
    rest = text[stop:]
    if rest and not rest[0].isspace():
        return text[index] in "!?" and "\u3040" <= rest[0] <= "\u9fff"
    following = rest.lstrip()
    if not following:
        return False
    if text[index] != ".":
        return bool(_STARTS.match(following))
    match = _BEFORE.search(text[max(0, index - 40) : index])
    word = (match[0] if match else "").casefold()
    if word in _ABBREVIATIONS or word.rpartition("-")[2] in _ABBREVIATIONS:
        return word in _FINAL_TOO and _is_new(following, word)
    if len(word) == 1 and word.isalpha():
        unit = re.search(r"\d\s?[A-Z]$", text[max(0, index - 6) : index]) is not None  # at 3.2 W. It
        named = match is not None and match[0].isupper() and not unit
        return False if named else bool(_STARTS.match(following))
    if _BULLET_NUMBER.search(text[max(0, index - 6) : index]) and _opens_item(text, index):
        return False
    return bool(_STARTS.match(following))


def _is_new(following: str, word: str) -> bool:
    """Whether words after an abbreviation that may end a sentence begin a new one."""
    if word == "al":
        return False
    return bool(re.match(r"(?:[A-Z][a-z]+|[A-Z]) [a-z]", following))


def _opens_item(text: str, index: int) -> bool:
    """Whether a number and full stop open an item of a list instead of closing a sentence."""
    head = text[:index].rstrip("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ(")
    return not head.strip() or head.rstrip()[-1:] in ".:;•"


def _bounded(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence, cut at spaces where it is longer than any sentence is."""
    spans = []
    while end - start > LONGEST:
        cut = max(text.rfind(mark, start + LONGEST // 2, start + LONGEST) for mark in (" ", "、", "，", "\n"))
        cut = start + LONGEST if cut < 0 else cut + 1
        stop = cut - (len(text[start:cut]) - len(text[start:cut].rstrip()))
        spans.append((start, stop))
        start = cut
    if text[start:end].strip():
        spans.append((start, end))
    return spans


def _without_crumbs(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans, those of a character or two put to the one before."""
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        crumb = end - start < 12 and sum(map(str.isalnum, text[start:end])) < 2
        if kept and crumb and end - kept[-1][0] <= LONGEST:
            kept[-1] = (kept[-1][0], end)
        else:
            kept.append((start, end))
    return kept
