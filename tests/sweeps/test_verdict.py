"""The crash sweep sees each thing that can be wrong with a digest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.sweeps.crash.verdict import Shown, Verdict, Wanted, judge, texts_of

WANTED = Wanted((("header", ()), ("card/a", ("qa/a/1", "qa/a/2")), ("card/b", ("qa/b/1",))))


def message(name: str, *thread: Shown, links: tuple[str, ...] = ()) -> Shown:
    return Shown(name, f"text of {name}", f"at {name}", links, thread)


HEADER = message("header", links=("at card/a", "https://arxiv.org", "at card/b"))
A = message("card/a", message("qa/a/1"), message("qa/a/2"))
B = message("card/b", message("qa/b/1"))
WHOLE = [HEADER, A, B]
TEXTS = texts_of(WHOLE)


def test_a_whole_digest_is_good() -> None:
    assert judge(WANTED, WHOLE, TEXTS).good


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        ([HEADER, A], Verdict(lost=("card/b", "qa/b/1"), unlinked=("card/b",))),
        ([HEADER, replace(A, thread=A.thread[:1]), B], Verdict(lost=("qa/a/2",))),
        ([A, B], Verdict(lost=("header",), unlinked=("card/a", "card/b"))),
        ([HEADER, A, B, B], Verdict(doubled=("card/b", "qa/b/1"))),
        ([HEADER, A, replace(B, thread=B.thread * 2)], Verdict(doubled=("qa/b/1",))),
        ([HEADER, B, A], Verdict(disordered=("channel",))),
        ([HEADER, replace(A, thread=A.thread[::-1]), B], Verdict(disordered=("card/a",))),
        (
            [HEADER, replace(A, thread=(*A.thread, *B.thread)), replace(B, thread=())],
            Verdict(disordered=("qa/b/1",)),
        ),
        ([HEADER, *A.thread, replace(A, thread=()), B], Verdict(disordered=("qa/a/1", "qa/a/2"))),
        ([replace(HEADER, links=("at card/b", "at card/a")), A, B], Verdict(unlinked=("order",))),
        ([replace(HEADER, links=("at card/a",)), A, B], Verdict(unlinked=("card/b",))),
        ([HEADER, A, replace(B, text="half")], Verdict(altered=("card/b",))),
        ([HEADER, A, B, Shown("", "what is this?", "there")], Verdict(altered=("what is this?",))),
    ],
)
def test_what_is_wrong_is_seen(shown: list[Shown], verdict: Verdict) -> None:
    assert judge(WANTED, shown, TEXTS) == verdict
