"""What models put around a reply is taken off, wherever the pieces of a stream end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.writers.unwrapping import Unwrapper, unwrapped

REPLY = '{"a": "``` and <think> and }` are text", "b": [1]}'
WRAPPED = [
    REPLY,
    f" \n{REPLY}",
    f"```json\n{REPLY}\n```",
    f"```\n{REPLY}\n```\nThat is all.",
    f"```JSON\r\n{REPLY}```",
    f"``` {REPLY} ```",
    f"<think>{{ ``` }}</think>{REPLY}",
    f"<THINKING>\nno\n</THINKING>\n```json\n{REPLY}\n```",
    f"<think></think>\n\n<think>again</think>{REPLY}",
]


@pytest.mark.parametrize("text", WRAPPED)
@given(cuts=st.lists(st.integers(0, 120), max_size=12))
def test_a_reply_comes_out_the_same_however_it_is_cut(text: str, cuts: list[int]) -> None:
    unwrapper = Unwrapper()
    ends = sorted({0, *(min(cut, len(text)) for cut in cuts), len(text)})
    pieces = [unwrapper.feed(text[start:end]) for start, end in pairwise(ends)]
    assert ("".join(pieces) + unwrapper.finish()).strip() == unwrapped(text) == REPLY


@given(st.text(alphabet='<>/think`{}[]"\n abc', max_size=60), st.integers(1, 9))
def test_any_text_comes_out_the_same_in_pieces_and_nothing_is_added(text: str, size: int) -> None:
    unwrapper = Unwrapper()
    given_ = "".join(unwrapper.feed(text[at : at + size]) for at in range(0, len(text), size))
    whole = Unwrapper()
    assert (given_ + unwrapper.finish()).strip() == (whole.feed(text) + whole.finish()).strip()
    assert given_ in text or "think" in text


def test_thoughts_may_lack_the_tag_that_opens_them() -> None:
    assert unwrapped(f"The reader wants this.\n</think>\n{REPLY}") == REPLY


def test_thoughts_that_never_end_are_all_that_came() -> None:
    assert unwrapped("<think>on and on") == ""


def test_plain_words_are_left_as_they_are() -> None:
    assert unwrapped("I cannot do that.\n") == "I cannot do that."
