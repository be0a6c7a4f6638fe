"""Measures retrieval: how often the first passages hold the evidence, beside plain BM25."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot.question_file import read_questions
from digest.errors import SettingsError, WrongUse
from digest.evidence import Index
from digest.models import Passage
from digest.searchtext import fold
from digest.terms import STOP, stem, words

FIRST = 5
"""How many passages are looked at."""
_SAMPLES = 10_000
_SEED = 20240226
_SHINGLE = 5
_SHARED = 0.5
_RECALLED = 0.8


@dataclass(frozen=True, slots=True)
class Measure:
    """Recall of one kind among the first passages, in per cent, ours beside bm25s.

    `low` and `high` bound the difference (ours less theirs) with 95% confidence: the
    questions are drawn anew 10,000 times, with a fixed seed.
    """

    questions: int
    left_out: int
    """Questions of the kind whose evidence or answer stands in no passage at all."""
    ours: float
    bm25s: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """What `rinko eval retrieval` found.

    *Evidence*: the share of a question's evidence paragraphs that the first five passages hold.
    A passage holds a paragraph where the two share at least half of the runs of five words of
    whichever is shorter; a paragraph may be longer than a passage, and pictures and tables
    (`FLOAT SELECTED`) do not count.

    *Answers*: whether one of a question's answers is found in the first five passages: word for
    word in one of them (articles and punctuation aside), or with at least 80% of its content
    words in the five together. Yes, no and unanswerable are no answers that could be found.
    """

    papers: int
    passages: int
    evidence: Measure
    answers: Measure

    def text(self) -> str:
        """The report in a few lines, for a terminal."""
        lines = [
            f"{self.papers} papers, {self.passages} passages; recall among the first {FIRST} passages",
            f"{'':10}{'questions':>10}{'Rinko':>9}{'bm25s':>9}{'difference':>12}   95% interval",
        ]
        for name, measure in (("evidence", self.evidence), ("answers", self.answers)):
            lines.append(
                f"{name:10}{measure.questions:>10}{measure.ours:>8.1f}%{measure.bm25s:>8.1f}%"
                f"{measure.difference:>+12.1f}   {measure.low:+.1f} to {measure.high:+.1f}"
            )
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """The report as a JSON document."""
        return asdict(self)


_Ranker = Callable[[str], Sequence[Passage]]


def retrieval(path: Path) -> RetrievalReport:
    """Measure retrieval on a file of papers with questions, a JSON object a line.

    Each object holds `full_text` (a line a heading or paragraph) and `qas`, each with `question`,
    `answers` and `evidence` (`raw` paragraphs). Raises `NotFound` where there is no such file,
    `WrongUse` where it is not of that form or asks nothing, `SettingsError` without bm25s.
    """
    plain = _bm25s()
    papers = read_questions(path)
    evidence: list[tuple[float, float] | None] = []
    answers: list[tuple[float, float] | None] = []
    for paper in papers:
        index = Index(paper.passages)
        theirs = plain(paper.passages)
        for question in paper.questions:
            first = [scored.passage for scored in index.rank(question.text)[:FIRST]]
            other = theirs(question.text)[:FIRST]
            if question.evidence:
                evidence.append(_both(_evidence_recall, question.evidence, paper.passages, first, other))
            if question.answers:
                answers.append(_both(_answer_recall, question.answers, paper.passages, first, other))
    if not any(evidence) and not any(answers):
        raise WrongUse(f"{path} has no question whose evidence or answer stands in its papers.")
    count = sum(len(paper.passages) for paper in papers)
    return RetrievalReport(len(papers), count, _measure(evidence), _measure(answers))


def _both(
    recall: Callable[[Sequence[str], Sequence[Passage]], float],
    wanted: Sequence[str],
    everything: Sequence[Passage],
    first: Sequence[Passage],
    other: Sequence[Passage],
) -> tuple[float, float] | None:
    """Recall by both rankings; None where even all passages hold nothing of what is wanted."""
    return (recall(wanted, first), recall(wanted, other)) if recall(wanted, everything) else None


def _evidence_recall(paragraphs: Sequence[str], found: Sequence[Passage]) -> float:
    return sum(any(_holds(passage.text, one) for passage in found) for one in paragraphs) / len(paragraphs)


def _holds(text: str, paragraph: str) -> bool:
    one, other = _shingles(text), _shingles(paragraph)
    return len(one & other) >= _SHARED * min(len(one), len(other))


@cache
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    said = re.findall(r"\w+", fold(text))
    return frozenset(
        tuple(said[start : start + _SHINGLE]) for start in range(max(1, len(said) - _SHINGLE + 1))
    )


def _answer_recall(answers: Sequence[str], found: Sequence[Passage]) -> float:
    together = frozenset[str]().union(*(_content(passage.text) for passage in found))
    for answer in answers:
        content = _content(answer)
        if any(f" {_plain(answer)} " in f" {_plain(passage.text)} " for passage in found):
            return 1.0
        if content and len(content & together) >= _RECALLED * len(content):
            return 1.0
    return 0.0


@cache
def _plain(text: str) -> str:
    return " ".join(word for word in re.findall(r"\w+", fold(text)) if word not in {"a", "an", "the"})


@cache
def _content(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in STOP)


def _measure(pairs: Sequence[tuple[float, float] | None]) -> Measure:
    known = [pair for pair in pairs if pair is not None]
    left_out = len(pairs) - len(known)
    if not known:
        return Measure(0, left_out, 0.0, 0.0, 0.0, 0.0, 0.0)
    differences = [100 * (ours - theirs) for ours, theirs in known]
    low, high = _interval(differences)
    count = len(known)
    return Measure(
        questions=count,
        left_out=left_out,
        ours=100 * sum(ours for ours, _ in known) / count,
        bm25s=100 * sum(theirs for _, theirs in known) / count,
        difference=sum(differences) / count,
        low=low,
        high=high,
    )


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """The middle 95% of the mean of values that are drawn anew, with a fixed seed."""
    draw = random.Random(_SEED)  # noqa: S311 - a repeatable sample, no secret
    means = sorted(sum(draw.choices(values, k=len(values))) / len(values) for _ in range(_SAMPLES))
    return means[int(0.025 * _SAMPLES)], means[int(0.975 * _SAMPLES)]


def _bm25s() -> Callable[[Sequence[Passage]], _Ranker]:
    """What makes a ranking by bm25s with its defaults. Raises `SettingsError` without it."""
    try:
        import bm25s
    except ImportError:
        raise SettingsError(
            "The comparison needs bm25s, which is not installed.",
            hint='Install it with: pip install "rinko[eval]"',
        ) from None

    def over(found: Sequence[Passage]) -> _Ranker:
        retriever = bm25s.BM25()
        texts = [passage.text for passage in found]
        retriever.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)

        def ranked(question: str) -> Sequence[Passage]:
            tokens = bm25s.tokenize(question, show_progress=False)
            places, _ = retriever.retrieve(tokens, k=min(FIRST, len(found)), show_progress=False)
            return [found[place] for place in places[0]]

        return ranked

    return over
