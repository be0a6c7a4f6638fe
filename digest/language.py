"""Pure: the language of a text, by its script and its common words, else by py3langid.

py3langid takes about a second to load: it is loaded where script and words do not tell, and
only then.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

_COMMON = frozenset(
    {
        "the", "of", "and", "to", "in", "a", "is", "that", "for", "we", "with", "as", "are", "this", "on",
        "by", "our", "be", "which", "from", "it", "an", "can", "have", "not", "these", "or", "at"
    }
)  # fmt: skip
_ASKING = _COMMON | frozenset(
    {
        "what", "how", "why", "when", "where", "who", "whose", "does", "do", "did", "were", "was", "has",
        "they", "their", "you", "your", "its", "any", "there", "been", "use", "used", "using", "than",
        "between", "about", "explain", "compare", "many", "much", "paper", "authors", "more", "only"
    }
)  # fmt: skip
_SHARED = "a in on an or at be is it as we was can have by not do who has did more any"
_ONLY_ENGLISH = _ASKING - frozenset(_SHARED.split())
"""Common words without those that other languages have too."""
_SAMPLE = 20_000
_KANA = re.compile("[\u3041-\u30fa\u30fc-\u30ff\uff66-\uff9d]")
_HAN = re.compile("[\u3400-\u9fff々]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_ONLY_CHINESE = re.compile("[这们么为说对时从还过发经进实应问题论关样种让给吗呢哪您它她谁较边习练训這們嗎麼]")
_SCRIPTS = {
    "ko": _HANGUL,
    "zh": _HAN,
    "ru": re.compile("[\u0400-\u04ff]"),
    "uk": re.compile("[\u0400-\u04ff]"),
    "bg": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "fa": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
}
_CLOSED = re.compile(r"「[^「」]*」|『[^『』]*』|“[^“”]*”|\"[^\"\n]*\"|\([^()]*\)|（[^（）]*）|\[[^\[\]]*\]")
_STRETCH = re.compile(r"(?<![\w'’-])[A-Za-z][A-Za-z'’-]*+(?:[ ,;:]{1,2}[A-Za-z][A-Za-z'’-]*+){4,}")
_STRANGE = re.compile(
    "[\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff]{3,}|[\uac00-\ud7a3]{2,}"
)
_CJK = re.compile("[\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
_CHINESE_GRAMMAR = re.compile("[的是了在和我不有与為個这這们們]")
_LOWER = re.compile(r"(?<![A-Za-z\d-])[a-z]{2,}(?![A-Za-z\d-])")
_CERTAIN = 0.7
_IMPLAUSIBLE = 0.02
_FEW_LETTERS = 20
_ENOUGH_LETTERS = 40
_FEW_HAN = 8
_LONGEST_NAME = 12


def by_script(text: str) -> str | None:
    """`ja`, `zh` or `ko` where the script says so, `en` where the common words do, else None."""
    sample = text[:_SAMPLE]
    letters = sum(character.isalpha() for character in sample)
    if not letters:
        return "en"
    kana = len(re.findall("[\u3041-\u30ff]", sample))
    han = len(re.findall("[\u3400-\u9fff]", sample))
    hangul = len(_HANGUL.findall(sample))
    if hangul > 0.3 * letters:
        return "ko"
    if kana + han > 0.2 * letters:
        return "ja" if kana > 0.1 * (kana + han) else "zh"
    return "en" if _share(sample, _COMMON) > 0.17 else None


def likely(text: str) -> list[tuple[str, float]]:
    """The languages a text may be in, each with its probability, the likeliest first."""
    return [(str(tag), float(probability)) for tag, probability in _identifier().rank(text[:5000])]


def of_question(text: str, fallback: str) -> str:
    """The language a question is asked in; `fallback` where it does not show.

    Names alone show none, nor do Chinese characters alone where Japanese is expected. What is
    written in Latin letters is English unless it is long enough to be seen to be another.
    """
    kana = len(_KANA.findall(text))
    latin = len(_LATIN.findall(text))
    if kana and not (_share(text, _ASKING) > 0.2 and latin > 2 * kana):
        return "ja"
    hangul, han = len(_HANGUL.findall(text)), len(_HAN.findall(text))
    if hangul and hangul >= han:
        return "ko"
    if han and han * 3 > latin:
        japanese = fallback == "ja" and not _chinese(text)
        return "ja" if japanese else "zh"
    letters = sum(character.isalpha() for character in text)
    if not letters:
        return fallback
    if latin < letters / 2:
        return likely(text)[0][0]
    return _of_latin(text, fallback)


def _of_latin(text: str, fallback: str) -> str:
    words = [word for word in text.split() if _WORD.search(word)]
    if not any(word.islower() for word in words) and not _share(text, _ASKING):
        return fallback
    letters = len(_LATIN.findall(text))
    if _share(text, _ASKING) >= 0.2 or letters < _FEW_LETTERS or len(words) < 3:
        return "en"
    first, probability = likely(text)[0]
    return first if probability > _CERTAIN else "en"


def foreign(text: str, language: str, *, may_hold: Sequence[str] = (), sentence: bool = True) -> str:
    """What of a text is not in the language it should be in; empty where all of it is.

    Names, and terms between quotation marks or brackets, may be in any language; words in another
    script are names where one of `may_hold` has them. `sentence` is false for titles and tags,
    which in Japanese may do without kana.
    """
    plain = _CLOSED.sub(" ", text)
    language = language.partition("-")[0]
    if language == "ja":
        return _not_japanese(plain, text, sentence)
    if language in _SCRIPTS:
        return _not_in_script(plain, language)
    return _not_latin(plain, language, may_hold)


def _not_japanese(plain: str, text: str, sentence: bool) -> str:
    strange = _STRANGE.search(plain)
    if strange:
        return strange[0]
    for match in _STRETCH.finditer(plain):
        words = [word.strip(",;:") for word in match[0].split()]
        lower = [word for word in words if word.islower()]
        if len(lower) >= 0.6 * len(words) and _share(match[0], _ASKING) * len(words) >= 2:
            return match[0]
    for part in re.split(r"[。.!?！？\n]", plain):
        if len(_HAN.findall(part)) > _FEW_HAN and not _KANA.search(part) and _chinese(part):
            return part.strip()
    if _KANA.search(text):
        latin = sum(map(len, _LOWER.findall(plain)))
        japanese = len(_KANA.findall(plain)) + len(_HAN.findall(plain))
        return plain.strip() if latin > 3 * japanese and latin >= _FEW_LETTERS else ""
    han = len(_HAN.findall(text))
    if len(_LOWER.findall(text)) >= 3 or _share(text, _ASKING) or (han and _chinese(text)):
        return text.strip()
    return text.strip() if sentence and han > _FEW_HAN else ""


def _not_in_script(plain: str, language: str) -> str:
    """For languages with a script of their own: another script where this one is due."""
    own = len(_SCRIPTS[language].findall(plain))
    if language == "zh" and len(_KANA.findall(plain)) > max(2, own // 20):
        return plain.strip()
    words = re.findall(r"(?<![\w-])[^\W\d_A-Z]{2,}(?![\w-])", plain)
    others = sum(len(word) for word in words if not _SCRIPTS[language].search(word))
    letters = sum(character.isalpha() for character in plain)
    return plain.strip() if others > own and (others >= _FEW_LETTERS or not own) and letters else ""


def _not_latin(plain: str, language: str, may_hold: Sequence[str]) -> str:
    """For languages in Latin letters, English among them."""
    runs: list[str] = _CJK.findall(plain)
    strange = [run for run in runs if len(run) > _LONGEST_NAME or not any(run in text for text in may_hold)]
    if sum(map(len, strange)) > 3:
        return max(strange, key=len)
    other = _STRANGE.search(plain)
    if other:
        return other[0]
    if len(_LATIN.findall(plain)) < _ENOUGH_LETTERS or len(plain.split()) < 7:
        return ""
    if language == "en" and _share(plain, _ONLY_ENGLISH) > 0.1:
        return ""
    found = dict(likely(plain))
    first = max(found, key=lambda one: found[one])
    sure = found[first] > _CERTAIN and found.get(language, 1.0) < _IMPLAUSIBLE
    return plain.strip() if first != language and sure else ""


def _chinese(text: str) -> bool:
    """Whether a text of Chinese characters has marks of Chinese that Japanese has not."""
    only = len(_ONLY_CHINESE.findall(text))
    grammar = len(_CHINESE_GRAMMAR.findall(text))
    return only >= 2 or (only + grammar >= 2 and 7 * (only + grammar) >= len(_HAN.findall(text)))


def _share(text: str, common: frozenset[str]) -> float:
    words = Counter(_WORD.findall(text.casefold()))
    total = sum(words.values())
    return sum(words[word] for word in common) / total if total else 0.0


@cache
def _identifier() -> Any:
    """py3langid with probabilities; on loading it sets up numpy and reads its model."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
