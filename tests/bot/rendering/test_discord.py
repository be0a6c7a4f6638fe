"""Posts as Discord's components: nothing of others counts as markup, and every limit is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import discord
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.platforms.conversation import Field, Form
from bot.rendering.discord import (
    DISCORD_LIMITS,
    first_text,
    form_modal,
    mark_in,
    mark_of,
    name_of,
    too_large,
    view_of,
)
from bot.rendering.discord_text import LONGEST_JUMP, cleaned, cost, markdown
from digest.compose import Composer
from digest.layout import squeezed
from digest.models import Issue, Week
from digest.phrases import Phrases, Taxonomy
from digest.places import Layout, PartKey, Place
from digest.posts import Block, BlockKind, Button, Post, Span
from tests.bot.rendering.discord_reader import read
from tests.digest.test_compose import LAYOUTS, issues
from tests.servers.discord.components import check_modal
from tests.servers.discord.errors import Form as Faults
from tests.servers.discord.limits import check_message

KEY = PartKey(Place("discord", "1", "2"), Week(2024, 9), "card/arxiv:2402.17764")
PAPER = "https://arxiv.org/abs/2402.17764"
NASTY = (
    "@everyone", "@here", "<@123>", "<@&5>", "<#7>", "<t:1700000000:R>", "<a:wave:99>", ":tada:", "</ask:12>",
    "https://evil.example/x", "[click](https://evil.example)", "<https://evil.example>", "discord.gg/abc",
    "# big", "### h", "-# small", "> quote", ">>> all", "- item", "* item", "1. one", "2) two", "+ plus",
    "**bold**", "__u__", "*i*", "_i_", "~~s~~", "||spoiler||", "`code`", "```py\nx\n```", "\\", "\\*", "]",
    "[", "](", ")](<", "a_b_c", "$x_1^2 \\alpha$", "| a | b |", "🏴\U000e0067\U000e0062\U000e0065\U000e007f",
    "👩\u200d👩\u200d👧", "論文の要約。", "שלום עולם", "\u202eevil", "\u200b", "\u2066x", "\ud800", "\x00",
    "\u2028", "\r\n", "\n", "\n\n", "  ", "¯\\_(ツ)_/¯", "x" * 300, "長い文。" * 200, "https://",
    "http://a.b/c_(d)", "葛\U000e0100", ", ".join(f"Author {n}" for n in range(300)),
)  # fmt: skip
URLS = st.sampled_from(
    [
        *(None, None, PAPER, "https://x.example/a_(b)*c*[d]?q=<e>\\f&g=`h`", "https://x.example/日本 語"),
        *(
            "sample:1",
            "/c/papers",
            "javascript:alert(1)",
            "HTTPS://X.EXAMPLE/",
            "https://x.example/" + "y" * 2000,
        ),
    ]
)
WORDS = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=8)), max_size=4).map(" ".join)
SPANS = st.builds(
    Span, WORDS, URLS, st.sampled_from([None, None, "card/x"]), st.booleans(), st.sampled_from([None, "en"])
)
BLOCKS = st.builds(Block, st.sampled_from(BlockKind), st.lists(SPANS, max_size=3).map(tuple))
BUTTONS = st.builds(Button, st.text(max_size=80), st.sampled_from(["ask", "papers"]), st.text(max_size=8))
POSTS = st.builds(
    Post,
    st.just("ja"),
    st.builds(
        lambda some, times: some * times, st.lists(BLOCKS, max_size=6), st.sampled_from([1, 1, 9, 40])
    ).map(lambda blocks: squeezed(blocks, DISCORD_LIMITS)),
    st.lists(BUTTONS, max_size=10).map(tuple),
)


def post(*blocks: Block) -> Post:
    return Post("ja", blocks)


def block(kind: BlockKind, *texts: str) -> Block:
    return Block(kind, tuple(Span(text) for text in texts))


def name(button: Button) -> str:
    return f"rk:{button.action}:{button.value}"


def components(shown: Post, mark: tuple[int, int] | None = None) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = view_of(shown, name, mark).to_components()  # type: ignore[no-untyped-call]
    return made


def plain(text: str) -> str:
    """Text as it should show, without what cannot be seen and however its spaces fall."""
    return " ".join(cleaned(text).split())


@settings(max_examples=70, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink])
@given(POSTS)
async def test_whatever_a_post_holds_it_is_shown_as_it_is_within_every_limit(shown: Post) -> None:
    assert not too_large(shown)
    linked = shown.linked({"card/x": LONGEST_JUMP})
    text = markdown(linked.blocks)
    assert len(text) <= sum(map(cost, shown.blocks)) <= DISCORD_LIMITS.characters
    check_message({"components": components(linked, mark_of(KEY))}, flags=1 << 15, allowed=1 << 15)

    seen = read(text)
    assert seen.others == []
    ours = {span.url for each in linked.blocks for span in each.spans if span.url}
    assert len(seen.links) <= sum(len(each.spans) for each in linked.blocks)
    for label, url in seen.links:
        assert label.strip()
        assert re.match(r"https?://", url, re.IGNORECASE)
        assert any(url[:18] == own[:18] for own in ours), url
    words = " ".join(plain("".join(span.text for span in each.spans)) for each in linked.blocks)
    alike = str.maketrans("［］", "[]")
    expected = re.sub(r"\s", "", words).translate(alike)
    assert re.sub(r"\s", "", seen.text).translate(alike) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=10)
@given(issues, st.sampled_from(LAYOUTS))
async def test_every_message_of_any_issue_is_taken(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy, made: Issue, layout: Layout
) -> None:
    parts = Composer(phrases["ja"], taxonomy, layout, DISCORD_LIMITS).parts(made)
    names = [part.name for part in parts]
    for part in parts:
        assert not too_large(part.post)
        linked = part.post.linked(dict.fromkeys(names, LONGEST_JUMP))
        check_message({"components": components(linked, mark_of(KEY))}, flags=1 << 15, allowed=1 << 15)
        assert read(markdown(linked.blocks)).others == []


async def test_each_kind_of_block_reads_as_what_it_is() -> None:
    shown = post(
        Block(BlockKind.TITLE, (Span("1-bit [LLM]", url=PAPER),)),
        Block(BlockKind.FACT, (Span("著者:", strong=True), Span("馬 他"))),
        Block(BlockKind.FACT, (Span("URL:", strong=True), Span("arxiv.org/abs/2402.17764", url=PAPER))),
        block(BlockKind.HEADING, "要約"),
        block(BlockKind.TEXT, "重みは3値\nである。"),
        block(BlockKind.QUESTION, "Q. なぜ?"),
        block(BlockKind.TEXT, "A. 速いから。"),
        block(BlockKind.QUOTE, "faster\nand smaller"),
        block(BlockKind.ITEM, "一"),
        block(BlockKind.ITEM, "二"),
        block(BlockKind.NOTE, "自動で\n作りました"),
    )
    assert markdown(shown.blocks) == (
        f"## [1-bit \\[LLM\\]](<{PAPER}>)\n**著者:**馬 他\n"
        f"**URL\\:**[arxiv.org/abs/2402.17764](<{PAPER}>)\n\n"
        "### 要約\n重みは3値\nである。\n\n**Q. なぜ?**\nA. 速いから。\n> faster\n> and smaller\n\n"
        "- 一\n- 二\n\n-# 自動で 作りました"
    )


async def test_backslashes_stand_only_where_something_would_be_made_of_the_text() -> None:
    spans = (
        Span("nDCG@10 at 09:00 (Asia/Tokyo), arXiv:2402.1 @every"),
        Span("one x:"),
        Span("tada: y", PAPER),
    )
    assert markdown([Block(BlockKind.TEXT, spans[:1])]) == spans[0].text
    shown = read(markdown([Block(BlockKind.TEXT, spans)]))
    assert shown.others == []
    assert shown.links == [("tada: y", PAPER)]
    labelled = read(markdown([Block(BlockKind.TEXT, (Span("a:b", PAPER), Span("c:d", PAPER)))]))
    assert (labelled.text, labelled.others) == ("a:bc:d", [])


async def test_items_that_bring_their_numbers_are_a_numbered_list() -> None:
    lines = ["1. TideLM: x", "2. Seventeen", "1.58 bits"]
    assert markdown([block(BlockKind.ITEM, line) for line in lines]) == (
        "1. TideLM: x\n2. Seventeen\n- 1\\.58 bits"
    )


async def test_a_card_stands_in_a_frame_and_an_answer_does_not() -> None:
    ask = Button("この論文に質問", "ask", "arxiv:1")
    card = Post("ja", (block(BlockKind.TITLE, "題"),), (ask, ask))
    (frame,) = components(card)
    assert [inner["type"] for inner in frame["components"]] == [10, 1]
    assert [button["custom_id"] for button in frame["components"][1]["components"]] == ["rk:ask:arxiv:1"]
    answer = Post("ja", (block(BlockKind.TEXT, "答え"),), (ask,))
    assert [each["type"] for each in components(answer)] == [10, 1]


async def test_the_mark_of_a_part_is_in_its_message_whatever_it_shows() -> None:
    mark = mark_of(KEY)
    others = [mark_of(PartKey(KEY.place, KEY.week, f"card/{number}")) for number in range(200)]
    assert len({mark, *others}) == 201
    assert all(0 < each < 2**31 for pair in others for each in pair)
    for shown in (post(block(BlockKind.TITLE, "題")), post(block(BlockKind.NOTE, "もうない")), post()):
        made = [discord.components._component_factory(each) for each in components(shown, mark)]  # type: ignore[arg-type]
        assert mark_in([each for each in made if each]) == mark


async def test_a_thread_is_named_after_the_title_also_when_it_is_read_back() -> None:
    title = "*Attention* is [all] you need: 注意_機構 1. #1"
    card = post(
        block(BlockKind.NOTE, "先"),
        Block(BlockKind.TITLE, (Span(title, url=PAPER),)),
        block(BlockKind.TEXT, "x"),
    )
    assert name_of(card) == title
    made = [discord.components._component_factory(each) for each in components(post(*card.blocks[1:]))]  # type: ignore[arg-type]
    assert first_text([each for each in made if each]) == title
    assert len(name_of(post(block(BlockKind.TITLE, "長い" * 100)))) <= 100
    assert name_of(post()) == "…"


@pytest.mark.parametrize("long", [True, False])
async def test_a_form_is_a_dialog_with_its_fields(long: bool) -> None:
    fields = tuple(
        Field(f"field{n}", "長い名前" * 20, long=long, required=False, value="v" * 5000) for n in range(5)
    )
    modal = form_modal(Form("題" * 60, fields, "送る"), "rk:ask:1").to_dict()
    faults = Faults()
    check_modal(faults, modal)
    faults.done()
    assert [each["component"]["custom_id"] for each in modal["components"]] == [f.name for f in fields]


async def test_what_a_label_has_no_room_for_stands_below_it_and_an_example_in_the_field() -> None:
    said = "訂正文(空欄で送ると、この論文の訂正を取り消します)"
    fields = (
        Field("text", said, example="例：5.7 cm"),
        Field("answer", "Answer (its number from the top, or part of its question)"),
        Field("plain", "質問"),
    )
    modal = form_modal(Form("訂正", fields, "送る"), "rk:correct:1").to_dict()
    shown = [(one["label"], one.get("description")) for one in modal["components"]]
    assert shown == [
        ("訂正文", "空欄で送ると、この論文の訂正を取り消します"),
        ("Answer", "its number from the top, or part of its question"),
        ("質問", None),
    ]
    assert modal["components"][0]["component"]["placeholder"] == "例：5.7 cm"
