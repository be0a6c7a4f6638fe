from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from bot.rendering.html import HtmlDialect
from digest.posts import Block, BlockKind, Button, Post, Span


def html(*blocks: Block, dialect: HtmlDialect | None = None) -> str:
    return str((dialect or HtmlDialect()).fragment(Post("ja", blocks)))


def block(kind: BlockKind, *spans: Span) -> Block:
    return Block(kind, spans)


def test_every_kind_of_block_has_its_element() -> None:
    shown = html(
        block(BlockKind.TITLE, Span("題")),
        block(BlockKind.HEADING, Span("見出し")),
        block(BlockKind.TEXT, Span("文")),
        block(BlockKind.QUESTION, Span("問い")),
        block(BlockKind.NOTE, Span("注")),
    )
    assert shown == (
        '<h2 class="title">題</h2><h3 class="heading">見出し</h3><p class="text">文</p>'
        '<h4 class="question">問い</h4><p class="note">注</p>'
    )


def test_facts_that_follow_one_another_are_one_list_of_terms() -> None:
    shown = html(
        block(BlockKind.FACT, Span("著者", strong=True), Span("青木")),
        block(BlockKind.FACT, Span("発行日：", strong=True), Span(": 2024年")),
    )
    assert shown == (
        '<dl class="facts"><div><dt>著者</dt><dd>青木</dd></div>'
        "<div><dt>発行日</dt><dd>2024年</dd></div></dl>"
    )


def test_numbered_items_are_counted_by_the_list_from_where_they_begin() -> None:
    shown = html(block(BlockKind.ITEM, Span("3. 三")), block(BlockKind.ITEM, Span("4. 四"), Span(" — それ")))
    assert shown == '<ol class="items" start="3"><li>三</li><li>四 — それ</li></ol>'


def test_items_that_begin_with_titles_are_counted_and_others_are_not() -> None:
    titled = [block(BlockKind.ITEM, Span(text, strong=True)) for text in "ab"]
    assert html(*titled).startswith('<ol class="items" start="1">')
    assert html(*[block(BlockKind.ITEM, Span(text)) for text in "ab"]).startswith('<ul class="items">')


def test_a_quote_carries_its_language_and_names_its_place() -> None:
    shown = html(
        block(
            BlockKind.QUOTE,
            Span("We train it.", language="en"),
            Span("p. 5、§3", url="https://example.org/a.pdf#page=5"),
        )
    )
    assert shown == (
        '<blockquote class="quote" lang="en"><p><span lang="en">We train it.</span></p>'
        '<cite lang="ja"><a href="https://example.org/a.pdf#page=5" target="_blank" '
        'rel="noopener noreferrer">p. 5、§3</a></cite></blockquote>'
    )


def test_a_place_without_an_address_is_still_apart_from_the_quote() -> None:
    shown = html(block(BlockKind.QUOTE, Span("原文。"), Span("(p. 2)")))
    assert shown == '<blockquote class="quote"><p>原文。</p><cite lang="ja">(p. 2)</cite></blockquote>'


def test_only_another_language_is_marked() -> None:
    shown = html(block(BlockKind.TEXT, Span("日本語", language="ja"), Span("English", language="en")))
    assert shown == '<p class="text">日本語<span lang="en">English</span></p>'


def test_formulas_are_readable_and_set_apart() -> None:
    shown = html(block(BlockKind.TEXT, Span("計算量は$O(n^2)$。$5 and $10.")))
    assert shown == '<p class="text">計算量は<span class="maths">O(n²)</span>。$5 and $10.</p>'


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "file:///x", " https://x", "https:x", ""],
)
def test_only_web_addresses_are_links(url: str) -> None:
    assert "<a" not in html(block(BlockKind.TEXT, Span("text", url=url)))


def test_the_page_may_know_addresses_of_its_own() -> None:
    known = {"sample:a.pdf#page=2": "/sample/a.pdf#page=2", "card": "#m-1"}
    shown = html(
        block(
            BlockKind.TEXT, Span("a", url="sample:a.pdf#page=2"), Span("b", url="card"), Span("c", url="no")
        ),
        dialect=HtmlDialect(link=known.get),
    )
    assert shown == (
        '<p class="text"><a href="/sample/a.pdf#page=2" target="_blank" rel="noopener noreferrer">a</a>'
        '<a href="#m-1">b</a>c</p>'
    )


def test_a_button_may_be_shown_short_and_keeps_its_whole_name() -> None:
    dialect = HtmlDialect(short={"ask": "質問する"})
    shown = str(dialect.buttons((Button("「題」に質問する", "ask", "arxiv:1"), Button("次へ", "page", "2"))))
    assert shown == (
        '<div class="buttons"><button type="button" class="button" data-action="ask" data-value="arxiv:1"'
        ' aria-label="「題」に質問する" title="「題」に質問する">質問する</button>'
        '<button type="button" class="button" data-action="page" data-value="2">次へ</button></div>'
    )


def test_a_short_label_that_the_name_does_not_hold_is_not_used() -> None:
    shown = str(HtmlDialect(short={"ask": "Ask"}).buttons((Button("質問する", "ask", "1"),)))
    assert ">質問する</button>" in shown
    assert "aria-label" not in shown


_KINDS = st.sampled_from(list(BlockKind))
_TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(['"><script>alert(1)</script>', "'onload=x", "<img src=x onerror=y>", "$<b>$", "{{x}}"]),
)
_SPANS = st.builds(
    Span,
    text=_TEXT,
    url=st.one_of(st.none(), st.sampled_from(["https://e.org/\"><script>", "javascript:x"])),
    strong=st.booleans(),
    language=st.one_of(st.none(), _TEXT),
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.builds(Block, kind=_KINDS, spans=st.lists(_SPANS, max_size=4).map(tuple)), max_size=6))
def test_no_text_becomes_markup(blocks: list[Block]) -> None:
    tree = LexborHTMLParser(f"<main>{html(*blocks)}</main>")
    main = tree.css_first("main")
    assert main is not None
    allowed = {"main", "h2", "h3", "h4", "p", "dl", "div", "dt", "dd", "ol", "ul", "li", "blockquote", "cite",
               "span", "strong", "a", "br"}  # fmt: skip
    for node in main.css("*"):
        assert node.tag in allowed
        assert set(node.attributes) <= {"class", "lang", "href", "target", "rel", "start"}
        assert (node.attributes.get("href") or "https://").startswith("https://")
