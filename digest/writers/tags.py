"""Pure: the few terms a reader would look a paper up by, from the glossary and the paper's own title."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from digest.models import Document, Paper
from digest.phrases import Glossary, Taxonomy
from digest.searchtext import fold
from digest.terms import FAINT, STOP

_MOST = 6
_MOST_OWN = 2
"""Most terms that come from the title alone."""
_ENOUGH = 3
"""Below this, single words of the title and the fields of its categories fill up."""
_FEWEST = 2
_OFTEN = 4
"""How often a paper says a word that it is about."""
_LONGEST = 32
_GENERIC_WORDS = """
model models system systems method methods data dataset text texts language learning large small novel study
studies analysis towards toward using based efficient better best good improving improved million billion
parameter parameters three four five seven first second every people person reads writes read write century
centuries means stop ask asking complex sequential mistakes own table tables figure rule rules pattern
patterns book books search result results task tasks approach approaches framework frameworks survey review
introduction report technical towards evaluation evaluating understanding automatic automatically diverse
strategy strategies landscape beyond without via still slightly long short high low deep new open via case
make makes making need needs really matter matters does toward back time way ways simple general
モデル システム 手法 方法 研究 論文 データ 利用 検討 評価 分析 提案 理解 人間 応答 最適化 計測 構築
効果 影響 実験
"""
_GENERIC = frozenset(_GENERIC_WORDS.split()) | STOP | FAINT
"""What many titles say and no reader would look for."""
_HALVES_OF_TERMS = "search pattern patterns table tables book books rule rules learning language text"
_HALVES = frozenset(_HALVES_OF_TERMS.split())
"""Generic alone, telling beside another word."""
_WORD = re.compile(r"[^\W\d_][\w'’-]*[^\W_]|[^\w\s]")
_JAPANESE_TERM = re.compile(r"[\u30a1-\u30ffー]{3,}|[\u4e00-\u9fff々]{2,8}")
_NAMES_A_THING = r"(?:an?|the|of|our|each|every|this|these|many|most|some|no|per)\s+(?:[\w-]+\s)?"
_DOES_A_THING = r"\s+(?:an?|the|it|them|its|their|each|every|us|that|to)\b"


@dataclass(frozen=True, slots=True)
class _Found:
    """A term with how often the title, the abstract and the whole text say it."""

    term: str
    title: int
    abstract: int
    body: int

    @property
    def sure(self) -> bool:
        """Whether the paper is about it, and does not only mention it."""
        told = self.abstract >= 1 and self.body >= _OFTEN
        return (
            self.title > 0 or (told and self.abstract + self.body // _OFTEN >= 4) or self.body >= 3 * _OFTEN
        )

    @property
    def weight(self) -> int:
        """What is said in the title counts most."""
        return 24 * self.title + 6 * self.abstract + min(self.body, 5 * _OFTEN)


def tags(
    paper: Paper, document: Document, glossary: Glossary, taxonomy: Taxonomy, name: str | None
) -> tuple[str, ...]:
    """Up to six short terms the paper is about; `name` is what it calls its own thing.

    Japanese papers get Japanese terms; those of any other language English ones, in which `-` stands
    for the space. No term is the name of a category, as the card has these in a line of their own.
    """
    language = "ja" if document.language == "ja" else "en"
    body = fold(document.text)
    known = _known(paper, document, glossary, language, body)
    barred = {fold(name or ""), *(_hyphened(fold(each)) for each in _categories(paper, taxonomy))}
    chosen: list[str] = []

    def take(terms: Sequence[str], most: int) -> None:
        for term in terms:
            if len(chosen) < most and _is_other(term, chosen, barred, fold(name or "")):
                chosen.append(term)

    sure = [found.term for found in known if found.sure]
    take(sure, _MOST - _MOST_OWN)
    take(_phrases(paper.title, body), min(_MOST, len(chosen) + _MOST_OWN))
    if language == "ja":
        take(_japanese(paper.title, body), _ENOUGH)
    else:
        take(_things(paper.title, body), _ENOUGH)
    take([found.term for found in known if found.abstract and found.body > 1], _ENOUGH)
    take([found.term for found in known if found.abstract], _FEWEST)
    take(_fields(_categories(paper, taxonomy), glossary, language), _ENOUGH)
    return tuple(chosen)


def _known(paper: Paper, document: Document, glossary: Glossary, language: str, body: str) -> list[_Found]:
    """The terms of the glossary that a paper says, the weightiest first.

    Longer forms are looked for first and taken out: 大規模言語モデル is not also 言語モデル.
    """
    first = document.passages[0].text if document.passages else ""
    texts = [fold(paper.title), fold(paper.abstract or document.abstract or first), body]
    counts: dict[str, list[int]] = {}
    for form, row in _forms(glossary):
        if form not in texts[0] and form not in texts[1] and form not in texts[2]:
            continue
        pattern = _pattern(form)
        term = row["ja"][0] if language == "ja" else row["tag"][0]
        said = counts.setdefault(term, [0, 0, 0])
        for place, text in enumerate(texts):
            texts[place], times = pattern.subn(" | ", text)
            said[place] += times
    found = [_Found(term, *said) for term, said in counts.items() if any(said)]
    found.sort(key=lambda each: -each.weight)
    return [each for place, each in enumerate(found) if not _is_broader(each.term, found[:place], glossary)]


def _is_broader(term: str, before: Sequence[_Found], glossary: Glossary) -> bool:
    """Whether a weightier term says the same more closely, as “large language model” does."""
    forms = {shown: [fold(form) for form in row["en"]] for row in glossary.rows for shown in _shown(row)}
    return any(own in other for own in forms[term] for each in before for other in forms[each.term])


def _shown(row: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What a term is shown as, if it may be a tag."""
    return (row["ja"][0], row["tag"][0]) if row.get("tag") else ()


def _forms(glossary: Glossary) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    """The folded forms of terms that may be tags, the longest first."""
    rows = [row for row in glossary.rows if row.get("tag") and row.get("ja")]
    forms = [(fold(form), row) for row in rows for form in (*row["ja"], *row.get("en", ()))]
    yield from sorted(forms, key=lambda pair: -len(pair[0]))


def _pattern(form: str) -> re.Pattern[str]:
    """A term as a word of its own where it is of letters, also in the plural."""
    written = re.escape(form).replace(r"\ ", r"[\s-]+")
    return re.compile(rf"(?<![a-z0-9]){written}(?:e?s)?(?![a-z0-9])" if form.isascii() else written)


def _phrases(title: str, body: str) -> list[str]:
    """Two words side by side in a title that the text says as well: `tide-tables`."""
    words = _WORD.findall(fold(title))
    found: dict[str, int] = {}
    for first, second in pairwise(words):
        if not (_tells(first) and _tells(second)) or first.endswith("ly"):
            continue
        singular = second.removesuffix("s")
        said = len(
            re.findall(rf"(?<![\w-]){re.escape(first)}[\s-]{re.escape(singular)}(?:s|es)?(?!\w)", body)
        )
        if said and len(first + second) < _LONGEST and not _acts(second, body):
            found[f"{first}-{second}"] = said
    places = list(found)  # of equals the later is taken, which has the noun
    best = sorted(places, key=lambda phrase: (-found[phrase], -places.index(phrase)))
    return [
        phrase
        for place, phrase in enumerate(best)
        if all(set(phrase.split("-")).isdisjoint(better.split("-")) for better in best[:place])
    ]


def _tells(word: str) -> bool:
    return (word.isascii() and len(word) > 3 and word not in _GENERIC | {"them"}) or word in _HALVES


_HALVES = frozenset(
    [
        "search",
        "pattern",
        "patterns",
        "table",
        "tables",
        "book",
        "books",
        "rule",
        "rules",
        "learning",
        "language",
        "text",
    ]
)
"""Generic alone, telling beside another word."""


def _things(title: str, body: str) -> list[str]:
    """The nouns of a title that the paper goes on speaking of, the commonest first."""
    counts: dict[str, int] = {}
    for word in _WORD.findall(fold(title)):
        if word.isascii() and len(word) > 4 and word not in _GENERIC and not word.endswith(("ing", "ly")):
            singular = word.removesuffix("s")
            said = len(re.findall(rf"(?<![\w-]){re.escape(singular)}s?(?![\w-])", body))
            if said >= _OFTEN // 2 and not _acts(word, body):
                counts[word] = said
    return sorted(counts, key=lambda word: -counts[word])


def _acts(word: str, body: str) -> bool:
    """Whether a text uses a word as a verb more than as the name of a thing."""
    written = re.escape(word)
    does = len(re.findall(rf"\b{written}{_DOES_A_THING}", body))
    names = len(re.findall(rf"\b{_NAMES_A_THING}{written}\b", body))
    return does > names


def _japanese(title: str, body: str) -> list[str]:
    """The runs of katakana and kanji of a title that the paper goes on speaking of."""
    runs = dict.fromkeys(_JAPANESE_TERM.findall(fold(title)))
    counts = {run: body.count(run) for run in runs if run not in _GENERIC}
    return sorted((run for run in counts if counts[run] >= _OFTEN), key=lambda run: -counts[run])


def _categories(paper: Paper, taxonomy: Taxonomy) -> list[str]:
    """The English and Japanese names of a paper's categories."""
    return [taxonomy.name(code, language) for code in paper.categories or () for language in ("en", "ja")]


def _fields(names: Sequence[str], glossary: Glossary, language: str) -> list[str]:
    """The terms of the glossary in the names of the categories."""
    found = glossary.gloss(" / ".join(names), "en", "ja" if language == "ja" else "tag").terms
    return [forms[0] for forms in found]


def _is_other(term: str, chosen: Sequence[str], barred: set[str], name: str) -> bool:
    """Whether a term is none of those chosen, nor a part of one, nor barred."""
    folded = fold(term)
    if folded in barred or (name and (folded in name or name in folded)):
        return False
    return not any(folded in fold(other) or fold(other) in folded for other in chosen)


def _hyphened(text: str) -> str:
    return re.sub(r"\s+", "-", text)
