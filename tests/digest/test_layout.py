"""Whatever is laid out fits, ends, and is cut only where a reader would let it be cut."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.layout import clip, fits, length, packed, shortened, squeezed
from digest.posts import Block, BlockKind, Limits, Span

PIECES = [
    "e\u0301", "か\u3099", "👩\u200d🔬", "👍🏽", "🇯🇵", "🇫🇷", "1\ufe0f\u20e3", "❤\ufe0f", "क\u094d", "ص\u0651",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\u1100\u1161\u11a8",
    "a", "語", " ", "。", ". ", "3.5", "！", "\n", "שלום ", "$x_1$",
]  # fmt: skip
LETTERS = {". ", "3.5", "שלום ", "$x_1$"}
"""Pieces that may be cut inside."""
texts = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
blocks_ = st.builds(
    Block,
    st.sampled_from(BlockKind),
    st.lists(
        st.builds(Span, texts, url=st.none() | st.just("https://example.org")), min_size=1, max_size=4
    ).map(tuple),
)
limits_ = st.builds(Limits, st.integers(1, 600), st.integers(1, 12), st.integers(1, 200))


@given(texts, st.integers(0, 250))
def test_a_clipped_text_is_never_longer_than_allowed(text: str, most: int) -> None:
    clipped = clip(text, most)
    assert len(clipped) <= most
    assert clipped == text or text.startswith(clipped.removesuffix("…"))
    assert len(text) > most or clipped == text


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=40), st.integers(2, 80))
@example(["a", "1\ufe0f\u20e3"], 2)
def test_no_character_is_cut_in_two(pieces: list[str], most: int) -> None:
    text = "".join(pieces)
    clipped = clip(text, most)
    cut = len(clipped.removesuffix("…")) if clipped != text else len(text)
    ends, at = {0}, 0
    for piece in pieces:
        ends |= set(range(at, at + len(piece))) if piece in LETTERS else {at}
        at += len(piece)
    ends.add(at)
    assert cut in ends
    if cut < len(text):
        assert not unicodedata.combining(text[cut])


@pytest.mark.parametrize(
    ("text", "most", "clipped"),
    [
        ("We saved 3.5 points of light in all.", 11, "We saved…"),
        ("We saved 3. 5 points of light in all.", 11, "We saved 3."),
        ("One. Two is longer than that.", 12, "One. Two is…"),
        ("光を節約した。とても長い文がここに続く。", 12, "光を節約した。"),
        ("Whole.", 6, "Whole."),
        ("Supercalifragilistic", 8, "Superca…"),
        ("anything", 1, "…"),
        ("anything", 0, ""),
    ],
)
def test_a_cut_comes_after_a_sentence_or_between_words_and_is_marked(
    text: str, most: int, clipped: str
) -> None:
    assert clip(text, most) == clipped


@given(blocks_, st.integers(0, 120))
def test_a_shortened_block_fits_and_links_without_words_are_gone(block: Block, most: int) -> None:
    short = shortened(block, most)
    assert len(short.text) <= most
    assert short.kind is block.kind
    if len(block.text) > most:
        assert all(span.text for span in short.spans[1:] if span not in block.spans)


@given(st.lists(blocks_, max_size=15), limits_)
def test_squeezed_blocks_always_fit(blocks: list[Block], limits: Limits) -> None:
    kept = squeezed(blocks, limits)
    assert fits(kept, limits)
    assert [block.kind for block in kept] == [block.kind for block in blocks[: len(kept)]]
    if fits(blocks, limits):
        assert list(kept) == blocks


def test_a_little_too_much_costs_a_little() -> None:
    blocks = [Block(BlockKind.TEXT, (Span("word " * 400),)), Block(BlockKind.NOTE, (Span("n" * 100),))]
    roomy = Limits(10_000, 40, 4000)
    kept = squeezed(blocks, Limits(length(blocks, roomy) - 10, 40, 4000))
    assert length(kept, roomy) > length(blocks, roomy) - 60
    assert kept[1] == blocks[1]


@given(st.lists(st.lists(blocks_, min_size=1, max_size=4), max_size=12), limits_)
def test_no_group_is_cut_in_two_and_every_post_fits(groups: list[list[Block]], limits: Limits) -> None:
    posts = packed(groups, limits)
    assert all(fits(post, limits) and post for post in posts)
    if not all(fits(group, limits) for group in groups):
        return
    assert [block for post in posts for block in post] == [block for group in groups for block in group]
    ends = {0}
    for group in groups:
        ends.add(max(ends) + len(group))
    at = 0
    for post in posts:
        at += len(post)
        assert at in ends
    for before, after in pairwise(posts):
        first = next(group for group in groups if group[0] is after[0])
        assert not fits((*before, *first), limits)  # none would have had room for more
