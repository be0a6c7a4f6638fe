"""Whatever a post holds, Slack takes it, shows it in order, and nobody is pinged by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.platforms.conversation import Field, Form
from bot.rendering.slack import (
    MOST_CHARACTERS,
    MOST_EDITED_TEXT_BYTES,
    SLACK_LIMITS,
    action_of,
    blocks_of,
    characters,
    form_view,
    text_of,
)
from digest.compose import Composer
from digest.layout import length, squeezed
from digest.models import Issue
from digest.phrases import Phrases, Taxonomy
from digest.places import Layout
from digest.posts import Block, BlockKind, Button, Post, Span
from tests.bot.platforms.local.posts import answer_post, card_post, header_post, qa_post
from tests.clocks import RunningClock
from tests.digest.test_compose import LAYOUTS, issues
from tests.servers.slack.blocks import check_message_blocks, check_view
from tests.servers.slack.nouns import Channel, Message, Workspace
from tests.servers.slack.shown import shown
from tests.servers.slack.state import State
from tests.servers.slack.text import pings, stored, stored_blocks

PIECES = [
    "新しい", "**太字**", "*bold*", "_under_", "~no~", "`code`", "```\nblock\n```", "| a | b |\n|---|---|",
    "$x_1$", "<!channel>", "<@U000000001>", "@here", "@channel", "<https://evil.example|ここ>", "&lt;!x&gt;",
    "&amp;", "<!subteam^S1>", ":smile:", "> 引用", "* item", "1. ", "  12. ", "שלום", "مرحبا", "\u202eevil",
    "👩\u200d🔬", "🏴\U000e0067\U000e0062\U000e007f", "か\u3099", '"', "\\", "\n", "\r\n", "\u2028", "\x00",
    "\ud800", "\t", " ", "　",
]  # fmt: skip
URLS = [
    None, None, "https://example.org/a?b=1&c=2", "http://例え.jp/紙|x>y z", "sample:paper", "/thread/1", "#a",
    "javascript:alert(1)", "https://", "https://example.org/" + "x" * 3_000, "ftp://example.org",
]  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.text(max_size=60),
    st.builds(lambda piece, times: piece * times, st.sampled_from(PIECES), st.integers(1, 1_500)),
)
spans_ = st.builds(Span, texts, url=st.sampled_from(URLS), strong=st.booleans()) | st.builds(
    Span, texts, part=st.just("card/a"), strong=st.booleans()
)
blocks_ = st.builds(Block, st.sampled_from(BlockKind), st.lists(spans_, max_size=6).map(tuple))
buttons_ = st.builds(
    Button,
    texts.map(lambda text: text[: SLACK_LIMITS.button_label]),
    st.sampled_from(["ask", "share", "papers"]),
    st.text("arxiv:0123456789", max_size=60),
)
posts_ = st.builds(
    Post,
    st.just("ja"),
    st.lists(blocks_, max_size=70).map(lambda blocks: squeezed(blocks, SLACK_LIMITS)),
    st.lists(buttons_, max_size=SLACK_LIMITS.buttons).map(tuple),
)
LINK = (
    "https://an-enterprise-with-a-name.enterprise.slack.com/archives/C0123456789/p1709600000000000"
    "?thread_ts=1709600000.000000&cid=C0123456789"
)


def read(post: Post) -> str:
    """What a reader sees of a post in Slack."""
    team = Workspace(State(RunningClock()), "T1", "輪講会", "", "U0", "B0")
    channel = Channel("C1", "papers", team, "channel", set())
    return shown(Message(channel, "1.0", "U0", blocks=stored_blocks(blocks_of(post), lambda: "b")))


def post(*blocks: Block, buttons: tuple[Button, ...] = ()) -> Post:
    return Post("ja", blocks, buttons)


def block(kind: BlockKind, *spans: Span | str) -> Block:
    return Block(kind, tuple(Span(each) if isinstance(each, str) else each for each in spans))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(posts_)
@example(post(*[block(BlockKind.NOTE, "注"), block(BlockKind.ITEM, Span("2. 題", part="card/a"))] * 24))
@example(post(*[block(BlockKind.TEXT, Span("題", part="card/a")), block(BlockKind.QUOTE, "引")] * 24))
def test_whatever_fits_the_limits_is_taken_by_slack_and_pings_nobody(shown: Post) -> None:
    for each in (shown, shown.linked({"card/a": LINK})):
        blocks = blocks_of(each)
        check_message_blocks(blocks)
        content = blocks_of(replace(each, buttons=()))
        assert characters(content) <= length(shown.blocks, SLACK_LIMITS) + 100
        assert characters(content) < 11_500
        assert characters(blocks) <= MOST_CHARACTERS
        assert len(blocks) <= 50
        text, edited = text_of(each), text_of(each, MOST_EDITED_TEXT_BYTES)
        assert len(text) <= 40_000
        assert len(edited.encode()) <= 4_000
        assert not pings(stored(text), stored_blocks(blocks, lambda: "b"), names=False)
        assert not any(mark in text for mark in "<\u202e\x00")


@settings(max_examples=30, deadline=None)
@given(st.lists(blocks_, min_size=1, max_size=20))
def test_all_words_are_read_in_their_order(blocks: list[Block]) -> None:
    """Letters and digits, as marks of lists and control characters differ; markers of items are cut."""
    kept = squeezed([each for each in blocks if each.kind is not BlockKind.ITEM], SLACK_LIMITS)

    def letters(text: str) -> str:
        return "".join(character for character in text if character.isalnum())

    assert letters(read(post(*kept))) == letters(post(*kept).text.replace("\ud800", ""))


def test_bold_beside_kana_shows_no_asterisks() -> None:
    fact = block(BlockKind.FACT, Span("著者：", strong=True), "森鷗外")
    linked = block(BlockKind.TEXT, "これは", Span("論文", url="https://example.org/"), "です")
    assert read(post(fact, linked)) == "著者：森鷗外\n\nこれは論文です"


def test_neighbours_share_a_block_and_notes_are_small() -> None:
    made = blocks_of(
        post(
            block(BlockKind.TITLE, "今週の論文"),
            block(BlockKind.NOTE, "第9週"),
            block(BlockKind.TEXT, "はじめに"),
            block(BlockKind.HEADING, "論文"),
            block(BlockKind.ITEM, Span("一", part="card/a", strong=True)),
            block(BlockKind.ITEM, Span("二", part="card/b", strong=True)),
            block(BlockKind.QUOTE, "引用", Span("（p. 5）", url="https://example.org/#page=5")),
            block(BlockKind.NOTE, "出典：", Span("arXiv", url="https://arxiv.org/?a=1&b=2")),
            buttons=(Button("「題」に質問する", "ask", "arxiv:1"), Button("他に質問する", "ask", "arxiv:2")),
        )
    )
    assert [each["type"] for each in made] == ["header", "context", "rich_text", "context", "actions"]
    assert [each["type"] for each in made[2]["elements"]] == [
        "rich_text_section",
        "rich_text_list",
        "rich_text_quote",
    ]
    assert made[3]["elements"][1]["text"] == "<https://arxiv.org/?a=1&amp;b=2|arXiv>"
    assert [button["action_id"] for button in made[4]["elements"]] == ["rinko:ask", "rinko:ask:2"]
    assert [action_of(button["action_id"]) for button in made[4]["elements"]] == ["ask", "ask"]
    assert action_of("someone-elses") is None


def test_a_numbered_list_counts_from_its_first_number() -> None:
    items = [block(BlockKind.ITEM, f"{number}. 項目") for number in (3, 4)]
    assert read(post(*items)) == "3. 項目\n4. 項目"


def test_addresses_of_the_local_page_are_shown_as_text() -> None:
    made = blocks_of(post(block(BlockKind.TITLE, Span("題", url="sample:1"))))
    assert made == [{"type": "header", "text": {"type": "plain_text", "text": "題", "emoji": False}}]
    linked = blocks_of(post(block(BlockKind.TITLE, Span("題", url="https://example.org/"))))
    assert linked[0]["elements"][0]["elements"] == [
        {"type": "link", "url": "https://example.org/", "text": "題", "style": {"bold": True}}
    ]


def test_a_note_whose_link_could_be_markup_stands_as_rich_text() -> None:
    assert (
        blocks_of(post(block(BlockKind.NOTE, Span("*x*", url="https://a.example/"))))[0]["type"]
        == "rich_text"
    )


def test_the_text_is_a_whole_reading_and_is_cut_only_for_edits() -> None:
    quoted = block(BlockKind.QUOTE, "a < b\n& <!channel>")
    assert (
        text_of(post(block(BlockKind.ITEM, "一"), quoted))
        == "• 一\n&gt; a &lt; b\n&gt; &amp; &lt;!channel&gt;"
    )
    long = post(block(BlockKind.TEXT, "長い文です。" * 400))
    assert text_of(long) == long.text
    assert text_of(long, MOST_EDITED_TEXT_BYTES).endswith(("。", "…"))


@pytest.mark.parametrize(
    "made",
    [header_post(), card_post(1), qa_post(), answer_post("何？", done=True)],
    ids=["header", "card", "qa", "answer"],
)
def test_what_rinko_posts_reads_without_markup(made: Post) -> None:
    assert squeezed(made.blocks, SLACK_LIMITS) == made.blocks
    check_message_blocks(blocks_of(made))
    assert "*" not in read(made)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=10)
@given(issues, st.sampled_from(LAYOUTS))
def test_every_message_of_any_issue_is_taken(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy, made: Issue, layout: Layout
) -> None:
    for part in Composer(phrases["ja"], taxonomy, layout, SLACK_LIMITS).parts(made):
        blocks = blocks_of(part.post)
        check_message_blocks(blocks)
        assert characters(blocks) < 12_000
        assert not pings(stored(text_of(part.post)), stored_blocks(blocks, lambda: "b"))


def test_a_form_becomes_a_modal_within_the_limits() -> None:
    long: dict[str, Any] = {"label": "質問" * 2_000, "value": "あ" * 4_000}
    form = Form(
        "この論文に質問する" * 5,
        (Field("question", long=True, **long), Field("note", "備考", required=False)),
        "送信" * 20,
    )
    view = check_view(form_view(form, "rinko:ask", "{}"), "modal")
    assert [each["block_id"] for each in view["blocks"]] == ["question", "note"]
    assert [each["optional"] for each in view["blocks"]] == [False, True]
