"""Posts as Markdown: read back by its rules, the words are those that were put in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rendering.markdown import document, post
from digest.places import Part
from digest.posts import Block, BlockKind, Post, Span


def link(url: str) -> str | None:
    return url if url.startswith("https://") else None


def shown(kind: BlockKind, *spans: Span) -> str:
    return post(Post("en", (Block(kind, spans),)), link)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (BlockKind.TITLE, "## a"),
        (BlockKind.HEADING, "### a"),
        (BlockKind.TEXT, "a"),
        (BlockKind.QUESTION, "**a**"),
        (BlockKind.NOTE, "*a*"),
        (BlockKind.ITEM, "- a"),
        (BlockKind.QUOTE, "> a"),
    ],
)
def test_every_kind_has_its_form(kind: BlockKind, text: str) -> None:
    assert shown(kind, Span("a")) == text


def test_a_fact_names_its_label_once() -> None:
    assert shown(BlockKind.FACT, Span("Authors"), Span("Ann"), Span(" and Bob")).count("Authors") == 1


def test_links_are_kept_where_a_reader_can_open_them() -> None:
    assert shown(BlockKind.TEXT, Span("a", url="https://x.example/a b>c")).startswith(
        "[a](<https://x.example/"
    )
    assert shown(BlockKind.TEXT, Span("a", url="sample:x.pdf")) == "a"
    assert shown(BlockKind.TEXT, Span("a", url="javascript:alert(1)")) == "a"


@pytest.mark.parametrize("url", ["https://x/>)[y](<javascript:z", "https://x/\n\n# h", "https://x/<y>"])
def test_an_address_does_not_end_its_link(url: str) -> None:
    text = shown(BlockKind.TEXT, Span("a", url=url))
    assert re.fullmatch(r"\[a\]\(<[^<>\n]*>\)", text), text


@pytest.mark.parametrize(
    "words",
    [
        "# heading",
        "1. one",
        "- item",
        "+ item",
        "> quote",
        "a\n\n# b",
        "a\n- b",
        "    code",
        "| a | b |",
        "---",
        "===",
    ],
)
def test_words_that_look_like_structure_are_none(words: str) -> None:
    for kind in BlockKind:
        if kind is BlockKind.FACT:
            continue
        text = shown(kind, Span(words))
        inner = text.split("\n", 1)[1] if "\n" in text else ""
        assert not re.search(r"^(#+ |[-+*] |\d+[.)] )", inner, re.MULTILINE), (kind, text)
    text = shown(BlockKind.TEXT, Span(words))
    assert not re.match(r"(#+ |[-+*] |\d+[.)] |>| {4}|---$|===$)", text), text


@pytest.mark.parametrize("kind", list(BlockKind))
def test_every_line_of_a_block_stays_in_it(kind: BlockKind) -> None:
    text = shown(kind, Span("label"), Span("one\n\ntwo\nthree"))
    assert "\n\n" not in text, text


def test_strong_words_with_spaces_at_their_ends_are_still_strong() -> None:
    text = shown(BlockKind.TEXT, Span("a"), Span(" b ", strong=True), Span("c"))
    assert re.search(r"a \*\*b\*\* c", text), text


@given(st.text(max_size=40))
def test_no_text_opens_markup(words: str) -> None:
    text = shown(BlockKind.TEXT, Span(f"x{words}"))
    for sign in "*_`[]<>|#~":
        assert not re.search(rf"(?<!\\){re.escape(sign)}", re.sub(r"\\\\", "", text)), text


def test_parts_are_anchored_once_each() -> None:
    parts = [
        Part("header", Post("en", (Block(BlockKind.ITEM, (Span("a", part="card/arxiv:1"),)),))),
        Part("card/arxiv:1", Post("en", (Block(BlockKind.TITLE, (Span("A"),)),))),
        Part("card/https://x/1?a=b", Post("en", (Block(BlockKind.TITLE, (Span("B"),)),))),
        Part("card/https://x/1?a-b", Post("en", (Block(BlockKind.TITLE, (Span("C"),)),))),
    ]
    text = document(parts, link)
    assert "[a](<#card-arxiv-1>)" in text
    anchors = re.findall(r'id="([^"]+)"', text)
    assert len(anchors) == len(set(anchors)) == 3
