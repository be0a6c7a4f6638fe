"""The language of a text: by script where that tells, by common words, else by py3langid."""

from __future__ import annotations

import re
from collections import Counter

_ENGLISH = frozenset(
    {
        "the", "of", "and", "to", "in", "a", "is", "that", "for", "we", "with", "as", "are", "this", "on",
        "by", "our", "be", "which", "from", "it", "an", "can", "have", "not", "these", "or", "at"
    }
)  # fmt: skip
_SAMPLE = 20_000


def by_script(text: str) -> str | None:
    """`ja`, `zh` or `ko` where the script says so, `en` where the common words do, else None."""
    sample = text[:_SAMPLE]
    letters = sum(character.isalpha() for character in sample)
    if not letters:
        return "en"
    kana = len(re.findall("[\u3041-\u30ff]", sample))
    han = len(re.findall("[\u3400-\u9fff]", sample))
    hangul = len(re.findall("[\uac00-\ud7a3]", sample))
    if hangul > 0.3 * letters:
        return "ko"
    if kana + han > 0.2 * letters:
        return "ja" if kana > 0.1 * (kana + han) else "zh"
    words = Counter(re.findall(r"[^\W\d_]+", sample.casefold()))
    total = sum(words.values())
    english = sum(words[word] for word in _ENGLISH)
    return "en" if total and english > 0.17 * total else None


def language_of(text: str) -> str:
    """The BCP 47 tag of a text. Slow to start where script and words do not tell: child only."""
    found = by_script(text)
    if found is None:
        import py3langid

        found = str(py3langid.classify(text[:5000])[0])
    return found
