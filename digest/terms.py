"""Pure: the terms of a text as ranking compares them, and which scientific words stand for each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from digest.searchtext import fold

CJK = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKEN = re.compile(rf"[{CJK}]+|\d+(?:[.,]\d+)*|[^\W\d_{CJK}]+(?:['’][^\W\d_{CJK}]+)?\d*")
_CJK_START = re.compile(f"[{CJK}]")
_HIRAGANA = re.compile(r"[\u3041-\u309f]+")

_STOP = """
a about above after all also am an and any are as at be because been being both but by can could did do
does doing done each either for from further had has have having he her hers him his how i if in into is
it its itself just many may me might more most much my no nor not of off on once one only or other our
out over own per same shall she should so some such than that the their them then there these they this
those through to too two under until up upon us very via was we were what when where which while who
whom whose why will with within without would you your et al e.g i.e etc vs cannot
"""
_FAINT = """
use used using paper work author authors study propose proposed present article approach
different kind kinds type types specific based make give get show actually
"""

STOP = frozenset(_STOP.split())
"""Words that carry no matter of their own, the question words among them."""

FAINT = frozenset(_FAINT.split())
"""Words that say little in a question about a paper, since papers say them everywhere."""

_ENGLISH_GROUPS = """
dataset data corpus corpora collection benchmark
size amount number contain consist total comprise
baseline compare comparison against outperform
metric evaluate evaluation measure score
performance result achieve improve improvement gain outperform score accuracy
model architecture network system
method approach technique algorithm procedure
limitation shortcoming drawback fail failure weakness error future
annotate annotator annotation label labelled crowdsource crowdworker worker turker expert judge rater
obtain collect gather crawl source retrieve extract download
define definition refer denote mean
differ difference different unlike contrast whereas
previous prior existing related past earlier
hyperparameter parameter dropout rate optimizer batch epoch
feature representation embedding vector
cheap cost expensive inexpensive
code github release available open licence license
improve improvement increase gain boost
explain explanation reason cause due hypothesis intuition
domain genre area field
task problem challenge
train training pretrain pretrained finetune
"""

_JAPANESE_GROUPS = """
データセット コーパス 学習データ 評価データ
規模 サイズ 件数 総数
ベースライン 比較 従来手法 既存手法
評価指標 指標 評価尺度
結果 性能 精度 正解率 改善 向上
モデル アーキテクチャ ネットワーク
手法 方法 アルゴリズム 提案手法
限界 課題 問題点 今後
アノテーション 注釈 作業者 評価者 ラベル
収集 取得 構築
先行研究 関連研究 既存研究
公開 ライセンス ソースコード
"""


def stem(word: str) -> str:
    """An English word without its plural, `-ed` or `-ing`; other words as they are.

    Light on purpose: on question answering over papers a stemmer that also cuts `-ation` or
    `-er` ranked worse than none.
    """
    if len(word) <= 3 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        rest = word.removesuffix(suffix)
        if rest != word and len(rest) >= 4:
            doubled = rest[-1] == rest[-2] and rest[-1] not in "lsz"
            return rest[:-1] if doubled else rest.removesuffix("e")
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def words(text: str) -> Iterator[str]:
    """The folded words of a text in order, not stemmed; a run of CJK comes as its bigrams.

    Bigrams of hiragana alone are left out: they are endings and particles.
    """
    for match in _TOKEN.finditer(fold(text)):
        token = match[0]
        if _CJK_START.match(token):
            yield from _bigrams(token)
        else:
            yield token.replace(",", "").replace("’", "'").removesuffix("'s")


def _bigrams(run: str) -> Iterator[str]:
    if len(run) == 1 and not _HIRAGANA.fullmatch(run):
        yield run
    for first, second in pairwise(run):
        if not _HIRAGANA.fullmatch(first + second):
            yield first + second


def terms(text: str) -> list[str]:
    """The stems of a text's words in order, without stop words."""
    return [stem(word) for word in words(text) if word not in STOP]


def _groups() -> dict[str, frozenset[str]]:
    neighbours: dict[str, frozenset[str]] = {}
    for line in _ENGLISH_GROUPS.strip().splitlines():
        group = frozenset(stem(word) for word in line.split())
        for term in group:
            neighbours[term] = neighbours.get(term, frozenset()) | (group - {term})
    return neighbours


SYNONYMS = _groups()
"""For a stem, the stems that a paper may say instead of it."""

PHRASE_SYNONYMS = tuple(tuple(line.split()) for line in _JAPANESE_GROUPS.strip().splitlines())
"""Rows of Japanese phrases, any of which a paper may say for any other."""
