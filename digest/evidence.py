"""Pure: ranks a paper's passages by how likely they are to answer a question.

BM25 over the passages of one paper, with what a question about a paper tells beyond its words:
scientific words that stand for each other, the section a passage stands in, and the kind of
thing that is asked for (a number, a language, a name, earlier work).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from digest.models import Passage
from digest.searchtext import fold
from digest.terms import CJK, FAINT, PHRASE_SYNONYMS, STOP, SYNONYMS, stem, terms, words


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage and how well it fits a question; 0 where they share nothing."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature counts; 0 turns one off, to see what it gives."""

    k1: float = 1.5
    b: float = 0.5
    """Less than the usual 0.75, as the passages of one paper are of similar length."""
    section: float = 2.0
    """How often a word of a section's title counts as said in each of its passages."""
    synonym: float = 0.5
    faint: float = 0.3
    pair: float = 0.5
    """Two words of the question side by side."""
    cue: float = 1.5
    """A thing of the kind that is asked for."""


@dataclass(frozen=True)
class _Cue:
    """A kind of thing that is asked for: how a question shows it, and how a passage holds it."""

    name: str
    asked: re.Pattern[str]
    held: re.Pattern[str]
    section: re.Pattern[str] | None = None


_LANGUAGES = (
    "English|Chinese|Mandarin|German|French|Spanish|Japanese|Arabic|Hindi|Russian|Portuguese|Italian|Dutch|"
    "Turkish|Korean|Czech|Finnish|Vietnamese|Swedish|Danish|Norwegian|Polish|Romanian|Greek|Hebrew|Thai|"
    "Indonesian|Bengali|Urdu|Persian|Hungarian|Ukrainian|Swahili|Basque|Catalan|Latin|multilingual|"
    "monolingual|英語|日本語|中国語|ドイツ語|フランス語|韓国語|スペイン語|多言語"
)
_CUES = (
    _Cue(
        "number",
        re.compile(
            r"how (?:many|much|big|large|long|often|high|small|well)|\bsizes?\b|number of|percent|amount"
            r"|accurac|scores?\b|results?\b|performance|improve"
            r"|いくつ|何[件個人文語回本]|どれ(?:くらい|ぐらい|だけ|ほど)|どの(?:くらい|程度)|規模|サイズ|件数|精度|性能|結果|スコア",
            re.IGNORECASE,
        ),
        re.compile(r"(?<![\w.])\d[\d.,]*(?:[kKmMbB%％万億件個人文語])?(?!\w)"),
    ),
    _Cue(
        "language",
        re.compile(r"\blanguages?\b(?! model)|どの言語|何語", re.IGNORECASE),
        re.compile(_LANGUAGES),
    ),
    _Cue(
        "name",
        re.compile(
            r"\b(?:what|which|who)\b.*\b(?:models?|baselines?|datasets?|corpus|corpora|methods?|systems?|metrics?"
            r"|tools?|architectures?|algorithms?|functions?|tasks?|features?|approach|embeddings?)\b|^who\b"
            r"|(?:何|どの|どんな|どのような).*(?:モデル|ベースライン|データ|コーパス|手法|指標|ツール)",
            re.IGNORECASE,
        ),
        re.compile(
            r"(?<![\w-])(?!BIBREF|INLINEFORM|DISPLAYFORM)"
            r"(?:(?=\w*[A-Z]\w*[A-Z])[A-Za-z]\w*(?:-\w+)*|[A-Z][a-z]+\d\w*)"
        ),
    ),
    _Cue(
        "earlier work",
        re.compile(
            r"\b(?:previous|prior|existing|pre-existing|related|earlier)\b|先行|関連|既存|従来", re.IGNORECASE
        ),
        re.compile(
            r"et al\b|\b(?:previous|prior|existing) (?:work|stud|approach|method|research)|先行研究|従来"
        ),
        re.compile(r"related|previous|prior|background|literature|関連研究|先行研究|背景", re.IGNORECASE),
    ),
)
_JAPANESE_RUN = re.compile("[\u30a1-\u30ff]{2,}|[\u3400-\u9fff々]{2,}|[\uac00-\ud7af]{2,}")
_CJK_TEXT = re.compile(f"[{CJK}]+")
_ONLY_ASKS = re.compile("何.?.?|誰|論文|本論文|研究|本研究|著者|方法|具体的|場合|必要|可能|以上|以下")
_SECTION_HOLDS = 3
"""How many things of a kind a section's title alone is taken to say."""


@dataclass(frozen=True)
class _Entry:
    counts: Mapping[str, float]
    length: int


class Index:
    """The passages of one paper, made ready to be ranked many times."""

    def __init__(self, passages: Sequence[Passage], weights: Weights | None = None) -> None:
        self.passages = tuple(passages)
        self._weights = weights or Weights()
        self._entries = [_entry(passage, self._weights) for passage in self.passages]
        self._mean_length = sum(entry.length for entry in self._entries) / max(1, len(self._entries)) or 1.0
        self._holding = Counter(term for entry in self._entries for term in entry.counts)

    def rarity(self, term: str) -> float:
        """How telling a term is: high for one that few passages hold, highest for none."""
        holding = self._holding[term]
        return math.log(1 + (len(self._entries) - holding + 0.5) / (holding + 0.5))

    def rank(self, question: str) -> list[Scored]:
        """All passages, best first; equals stay in reading order."""
        wanted = _wanted(question, self._weights)
        scored = [
            Scored(passage, self._score(entry, wanted))
            for passage, entry in zip(self.passages, self._entries, strict=True)
        ]
        return sorted(scored, key=lambda item: -item.score)

    def coverage(self, asked: Sequence[Sequence[str]], text: str) -> float:
        """The share of what is asked, from 0 to 1, that a text holds; see `asked`.

        Each thing counts by its rarity in the paper, so that one the paper never says counts
        most; a text that holds only a synonym holds it in part.
        """
        have = set(terms(text))
        total = found = 0.0
        for ways in asked:
            split = [way for way in (terms(way) for way in ways) if way]
            if not split:
                continue
            weight = min(sum(map(self.rarity, way)) / len(way) for way in split)
            total += weight
            if any(have.issuperset(way) for way in split):
                found += weight
            elif any(
                all(term in have or not have.isdisjoint(SYNONYMS.get(term, ())) for term in way)
                for way in split
            ):
                found += weight * self._weights.synonym
        return found / total if total else 0.0

    def _score(self, entry: _Entry, wanted: Sequence[Mapping[str, float]]) -> float:
        weights = self._weights
        norm = weights.k1 * (1 - weights.b + weights.b * entry.length / self._mean_length)
        score = 0.0
        for alternatives in wanted:
            score += max(
                weight * self.rarity(term) * entry.counts[term] / (entry.counts[term] + norm)
                if term in entry.counts
                else 0.0
                for term, weight in alternatives.items()
            )
        return score


def rank(question: str, passages: Sequence[Passage], weights: Weights | None = None) -> list[Scored]:
    """The passages by how likely they are to answer a question, best first."""
    return Index(passages, weights).rank(question)


def _held(term: str, have: AbstractSet[str]) -> bool:
    """Whether a term or one of its synonyms is among those of a text."""
    return term in have or not have.isdisjoint(SYNONYMS.get(term, ()))


def asked(question: str) -> tuple[tuple[str, ...], ...]:
    """The telling words of a question, each as a thing that can be said in one way.

    Of Japanese these are the runs of kanji and katakana, without what only asks (何, どの).
    """
    runs = (run for run in _JAPANESE_RUN.findall(fold(question)) if not _ONLY_ASKS.fullmatch(run))
    rest = _CJK_TEXT.sub(" ", fold(question))
    telling = (word for word in words(rest) if word not in STOP and word not in FAINT)
    return tuple((thing,) for thing in dict.fromkeys((*telling, *runs)))


def _entry(passage: Passage, weights: Weights) -> _Entry:
    said = terms(passage.text)
    counts: Counter[str] = Counter(said)
    counts.update(_pair(first, second) for first, second in pairwise(said))
    held: dict[str, float] = dict(counts)
    for cue in _CUES:
        things = len(cue.held.findall(passage.text))
        if cue.section and passage.section and cue.section.search(passage.section):
            things += _SECTION_HOLDS
        if things:
            held[_kind(cue)] = things
    if weights.section:
        for term in terms(passage.section or ""):
            held[term] = held.get(term, 0.0) + weights.section
    return _Entry(held, len(said))


def _wanted(question: str, weights: Weights) -> list[dict[str, float]]:
    """What the question looks for: for each thing the terms that may stand for it, weighted."""
    said = [word for word in words(question) if word not in STOP]
    wanted: dict[str, dict[str, float]] = {}
    for word in said:
        term = stem(word)
        faint = word in FAINT
        alternatives = {} if faint else dict.fromkeys(SYNONYMS.get(term, ()), weights.synonym)
        wanted.setdefault(term, alternatives | {term: weights.faint if faint else 1.0})
    for first, second in pairwise(said):
        pair = _pair(stem(first), stem(second))
        wanted[pair] = {pair: weights.pair}
    for phrase in _phrase_synonyms(fold(question)):
        for term in terms(phrase):
            wanted.setdefault(term, {term: weights.synonym})
    for cue in _CUES:
        if cue.asked.search(question):
            wanted[_kind(cue)] = {_kind(cue): weights.cue}
    return list(wanted.values())


def _phrase_synonyms(question: str) -> list[str]:
    rows = (row for row in PHRASE_SYNONYMS if any(phrase in question for phrase in row))
    return [phrase for row in rows for phrase in row if phrase not in question]


def _pair(first: str, second: str) -> str:
    return f"{first} {second}"


def _kind(cue: _Cue) -> str:
    """The term a kind of thing is counted under; no word of a text holds a `#`."""
    return f"#{cue.name}"
