"""How many false answers slip through that are made by a small change to a true sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

import pytest

from digest import numbers, polarity
from tests.sweeps import mutations

ONE_DIGIT = 0.01
"""Largest share of answers with one digit changed that may slip through."""
ONE_NUMBER = 0.02
"""The same where an answer in another language says a single number: another of the quote may be meant."""
REJECTED = 0.01
"""Largest share of true sentences that may be taken for false ones."""


def accused(answer: str, quote: str) -> bool:
    return bool(
        numbers.unfounded(answer, [quote], also=[quote])
        or polarity.turned(answer, [quote])
        or polarity.swapped(answer, [quote])
    )


def digit_rates(lines: Sequence[str], rounds: int, seed: int) -> tuple[Counter[str], Counter[str]]:
    """How many answers with one digit changed there are of each kind, and how many slip through."""
    rng = Random(seed)
    tried: Counter[str] = Counter()
    slipped: Counter[str] = Counter()
    for _ in range(rounds):
        for made in mutations.digits_changed(list(lines), rng):
            tried[made.kind] += 1
            slipped[made.kind] += not accused(made.answer, made.quote)
    return tried, slipped


def changed_rates(
    lines: Sequence[str], change: Callable[[str, Random], str | None], rounds: int, seed: int
) -> tuple[int, int]:
    rng = Random(seed)
    tried = slipped = 0
    for _ in range(rounds):
        for line in lines:
            changed = change(line, rng)
            if changed and changed != line:
                tried += 1
                slipped += not accused(changed, line)
    return tried, slipped


def test_few_changed_digits_of_a_sample_slip_through() -> None:
    lines = [line for line in mutations.sentences() if any(one.isdigit() for one in line)][::3]
    tried, slipped = digit_rates(lines, 1, 7)
    assert tried.total() > 100
    assert slipped["digit, copied"] == 0
    assert slipped.total() <= 0.02 * tried.total()


def test_few_true_sentences_of_a_sample_are_accused() -> None:
    lines = mutations.sentences()[::4]
    assert sum(accused(line, line) for line in lines) <= REJECTED * len(lines)


@pytest.mark.parametrize("change", [mutations.turned, mutations.swapped])
def test_most_turned_sentences_of_a_sample_are_found(change: Callable[[str, Random], str | None]) -> None:
    tried, slipped = changed_rates(mutations.sentences()[::5], change, 1, 7)
    assert tried > 20
    assert slipped <= 0.25 * tried


@pytest.mark.sweep
@pytest.mark.timeout(900)
def test_changed_digits_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    tried, slipped = digit_rates(mutations.sentences(), 10, 11)
    with capsys.disabled():
        for kind, count in tried.items():
            print(f"\n{kind}: {slipped[kind]} of {count} slip through ({slipped[kind] / count:.2%})", end="")
        print(f"\none digit, all: {slipped.total() / tried.total():.2%} of {tried.total()}")
    assert slipped.total() <= ONE_DIGIT * tried.total()
    assert slipped["digit, copied"] <= ONE_DIGIT * tried["digit, copied"]
    assert all(slipped[kind] <= ONE_NUMBER * count for kind, count in tried.items())


@pytest.mark.sweep
@pytest.mark.timeout(900)
@pytest.mark.parametrize("change", [mutations.turned, mutations.swapped])
def test_what_is_turned_around_is_measured(
    change: Callable[[str, Random], str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    tried, slipped = changed_rates(mutations.sentences(), change, 5, 11)
    with capsys.disabled():
        print(f"\n{change.__name__}: {slipped} of {tried} slip through ({slipped / tried:.2%})")
    assert slipped <= 0.25 * tried


@pytest.mark.sweep
def test_true_sentences_are_let_through(capsys: pytest.CaptureFixture[str]) -> None:
    lines = mutations.sentences()
    lost = sum(accused(line, line) for line in lines)
    with capsys.disabled():
        print(f"\ntrue sentences: {lost} of {len(lines)} rejected ({lost / len(lines):.2%})")
    assert lost <= REJECTED * len(lines)
