"""Pure: how text is cut into search terms, alike for every search engine.

NFKC and lower case; words of any alphabet as they stand; runs of Chinese characters and kana as
overlapping pairs, with the last character once more alone, so that one character is found by
its prefix.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_CJK = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>[^\W_{_CJK}]+)")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SNIPPET = 160
_MOST_PHRASES = 32


def fold(text: str) -> str:
    """One spelling for what readers take as the same text; what no database can hold is left out."""
    text = _UNSTORABLE.sub("", text)
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def index_terms(text: str) -> str:
    """The terms of a text, separated by spaces, as they go into the index."""
    terms: list[str] = []
    for match in _TOKEN.finditer(fold(text)):
        if run := match["cjk"]:
            terms.extend(run[i : i + 2] for i in range(len(run) - 1))
            terms.append(run[-1])
        else:
            terms.append(match["word"])
    return " ".join(terms)


def query_phrases(query: str) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """What must all be found: `(terms in a row, whether the last is only a beginning)`.

    Words joined without a space, as in `gpt-4` or `LLMの評価`, are one phrase each per script.
    Each counts once, and only so many: engines take long over a query that goes on and on.
    """
    phrases: list[tuple[tuple[str, ...], bool]] = []
    for chunk in fold(query).split():
        words: list[str] = []
        for match in _TOKEN.finditer(chunk):
            if run := match["cjk"]:
                if words:
                    phrases.append(_words(words))
                    words = []
                pairs = tuple(run[i : i + 2] for i in range(len(run) - 1))
                phrases.append((pairs, False) if pairs else ((run,), True))
            else:
                words.append(match["word"])
        if words:
            phrases.append(_words(words))
    return tuple(dict.fromkeys(phrases))[:_MOST_PHRASES]


def _words(words: list[str]) -> tuple[tuple[str, ...], bool]:
    """A phrase of words; a word of three letters or more also finds its longer forms."""
    return tuple(words), len(words[-1]) >= 3 and words[-1].isalpha()


def snippet(text: str, query: str, width: int = _SNIPPET) -> str:
    """A piece of `text` of about `width` characters around the first thing the query names."""
    lowered = text.casefold()
    places = [place for word in _plain_words(query) if (place := lowered.find(word)) >= 0]
    if len(text) <= width:
        return text
    start = max(0, min(places, default=0) - width // 3)
    start = _word_start(text, start)
    piece = text[start : start + width].rstrip()
    return ("…" if start else "") + piece + ("…" if start + width < len(text) else "")


def _plain_words(query: str) -> Sequence[str]:
    return [match[0] for match in _TOKEN.finditer(fold(query))]


def _word_start(text: str, start: int) -> int:
    """Move on to where a word begins, if one is near, so as not to begin inside it."""
    if start == 0:
        return 0
    gap = text.find(" ", start, start + 20)
    return gap + 1 if gap >= 0 else start
