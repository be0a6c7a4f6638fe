"""Words for numbers, and for the labels that numbers have, in English and Japanese."""

from __future__ import annotations


def _numbered(words: str, first: int = 1, step: int = 1) -> dict[str, int]:
    """Words by the numbers they stand for; those joined by `/` stand for the same."""
    steps = enumerate(words.split())
    return {word: first + step * place for place, ways in steps for word in ways.split("/")}


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


ONES = _numbered(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
TENS = _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
POWERS = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
SUFFIXES = {"K": 10**3, "k": 10**3, "M": 10**6, "m": 10**6, "B": 10**9, "b": 10**9, "T": 10**12,
            "mn": 10**6, "bn": 10**9, "tn": 10**12}  # fmt: skip
ORDINALS = _numbered(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
    " fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
PARTS = {
    "half": 2, "halves": 2, "quarter": 4, "quarters": 4, "hundredth": 100, "hundredths": 100,
    "thousandth": 1000, "thousandths": 1000,
} | {
    word + plural: number for word, number in ORDINALS.items() if number > 2 for plural in ("", "s")
}  # fmt: skip
"""The lower figure of a fraction in words."""
MULTIPLES = _numbered(
    "twice/twofold/double/doubles/doubled/doubling thrice/threefold/triple/triples/tripled/tripling"
    " fourfold/quadruple/quadrupled/quadrupling fivefold/quintupled sixfold sevenfold eightfold ninefold"
    " tenfold",
    2,
) | {"hundredfold": 100, "thousandfold": 1000}  # fmt: skip
HALVES = ("half", "halves", "halved", "halving", "halve")
IMPLIED = _numbered(
    "zero one/once/single/monolingual/unigram"
    " both/pair/pairs/paired/couple/dual/twin/either/binary/bilingual/bidirectional/pairwise/duo/bigram"
    " trio/triplet/triplets/ternary/trilingual/trigram/trigrams", 0
)  # fmt: skip
"""Words that say a number without being one in every sentence."""
MONTHS_NAMED = _numbered(
    "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sept/sep"
    " october/oct november/nov december/dec"
)
ROMAN = _numbered("I II III IV V VI VII VIII")
VAGUE = {"tens": 10, "dozens": 10, "hundreds": 100, "thousands": 10**3, "millions": 10**6, "billions": 10**9,
         "trillions": 10**12}  # fmt: skip

KANJI = _numbered("〇/零 一 二 三 四 五 六 七 八 九", 0)
KANJI_TENS = {"十": 10, "百": 100, "千": 1000}
KANJI_POWERS = {"万": 10**4, "億": 10**8, "兆": 10**12}

# ----------------------------------------------------------------------------------- labels

_LABELS = """
表: table tab
図: figure fig
章: chapter section sec §
節: section sec § subsection
項: section sec § item
式: equation eq
付録: appendix
アルゴリズム: algorithm alg
定理: theorem thm
補題: lemma
仮説: hypothesis h
フェーズ: phase stage
段階: phase stage step
段階目: phase stage step
ステップ: step
ステージ: stage phase
タスク: task subtask
実験: experiment exp study
研究: study
手順: step
レベル: level
ページ: page p pp
頁: page p pp
バージョン: version v ver
版: version edition v
世代: generation gen
層: layer
問: question q rq
例: example
グループ: group
タイプ: type
クラス: class
位: rank ranked place no
番目: no
期: phase stage
条件: condition
課題: task rq
回: round
四半期: q quarter
ラウンド: round
行: line row
列: column
学年: grade
年生: grade
"""
LABELS = {row.split(":")[0]: row.split(":")[1].strip() for row in _LABELS.strip().splitlines()}
"""Japanese words that make a label of the figure beside them, with the English ones for it."""
REFERENCES = _listed(
    "table tables tab figure figures fig figs section sections sec sect equation equations eq eqs"
    " appendix algorithm alg theorem lemma corollary chapter footnote"
)
"""Labels of the parts of a paper."""
LABELS_ENGLISH = REFERENCES + _listed(
    "phase stage step level task subtask experiment exp hypothesis study version ver type group class"
    " generation grade page line rank tier round no rq part condition question layer"
)
