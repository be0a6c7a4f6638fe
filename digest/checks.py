"""Pure: all checks on what a model wrote, together; what passes them may be shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from digest import names, numbers, polarity, wording
from digest.findings import Check, Finding
from digest.repetition import repeated, restates

VERSION = "2"
"""Changes when something that passed before would not, or the other way round."""
_ANSWER = 1_200
_QUESTION = 300


@dataclass(frozen=True, slots=True)
class Statement:
    """An answer, or a claim of one, with what it rests on."""

    text: str
    language: str
    quotes: tuple[str, ...]
    """What is shown as its quotes: spans of the source."""
    sources: tuple[str, ...] = ()
    """Where names may stand besides: the passages cited, the paper's title."""
    question: str = ""
    marks: tuple[str, ...] = ()
    """Marks of the prompt, which must not come up."""
    paper: tuple[str, ...] | None = None
    """The texts of the whole paper, where what the question speaks of must stand; None where
    somebody else asked it."""


def check_statement(said: Statement) -> tuple[Finding, ...]:
    """What is wrong with an answer or a claim by itself, in the order of its seriousness."""
    also = (*said.sources, said.question)
    found = list(wording.faults(said.text, said.language, marks=said.marks, may_hold=also, most=_ANSWER))
    wrong = numbers.unfounded(said.text, said.quotes, said.question, also=said.sources)
    found += [Finding(Check.NUMBER, one) for one in wrong]
    sources = (*said.quotes, *also)
    found += [Finding(Check.NAME, one) for one in names.unfounded(said.text, sources, said.language)]
    if words := polarity.turned(said.text, said.quotes):
        found.append(Finding(Check.POLARITY, words))
    if words := polarity.swapped(said.text, said.quotes):
        found.append(Finding(Check.COMPARISON, words))
    if restates(said.question, said.text):
        found.append(Finding(Check.RESTATES))
    return tuple(found)


def check_pair(said: Statement) -> tuple[Finding, ...]:
    """What is wrong with a question and its answer."""
    found = list(check_statement(said))
    paper = said.paper or ()
    sources = (*said.quotes, *said.sources, *paper)
    found += wording.faults(
        said.question, said.language, marks=said.marks, may_hold=sources, most=_QUESTION, sentence=False
    )
    if said.paper is not None:
        found += [Finding(Check.NUMBER, one) for one in numbers.nowhere(said.question, paper)]
        whole = "\n".join(paper)  # read once for all questions, where passages would be read anew
        if not names.stand_in(said.question, whole, said.language):
            unknown = names.unfounded(said.question, (whole,), said.language)
            found += [Finding(Check.NAME, one) for one in unknown]
    return tuple(found)


def check_pairs(pairs: Sequence[Statement]) -> tuple[tuple[Finding, ...], ...]:
    """What is wrong with each pair of a paper, by itself and beside those before it.

    A pair that has failed already is nobody's double.
    """
    found = [check_pair(pair) for pair in pairs]
    asked: set[str] = set()
    for place, pair in enumerate(pairs):
        question = _letters(pair.question)
        if not found[place] and question in asked:
            found[place] = (Finding(Check.REPEATS, pair.question),)
        elif not found[place]:
            asked.add(question)
    passed = [place for place, wrong in enumerate(found) if not wrong]
    for later, earlier in repeated([pairs[place].text for place in passed]):
        wrong = Finding(Check.REPEATS, pairs[passed[earlier]].question)
        if not found[passed[later]]:
            found[passed[later]] = (wrong,)
    return tuple(found)


def _letters(text: str) -> str:
    """A text by its letters and figures alone."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def check_words(
    text: str,
    language: str,
    sources: Sequence[str],
    *,
    marks: Sequence[str] = (),
    sentence: bool = True,
    most: int | None = None,
) -> tuple[Finding, ...]:
    """What is wrong with a text that shows no quotes: its numbers and names stand in `sources`."""
    found = list(wording.faults(text, language, marks=marks, may_hold=sources, most=most, sentence=sentence))
    found += [Finding(Check.NUMBER, one) for one in numbers.unfounded(text, sources, also=sources)]
    found += [Finding(Check.NAME, one) for one in names.unfounded(text, sources, language)]
    return tuple(found)
