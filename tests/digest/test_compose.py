"""What a digest looks like within any platform's limits, whatever its papers are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.compose import HEADER, Composer, card_name, paper_of, short_title
from digest.layout import fits
from digest.models import (
    QA,
    Citation,
    Coverage,
    Entry,
    Extent,
    Issue,
    Link,
    Paper,
    SourceReport,
    Summary,
    Writing,
)
from digest.phrases import Phrases, Taxonomy
from digest.places import FollowUps, Layout
from digest.posts import Block, BlockKind, Limits, Post
from digest.quoting import quote
from tests.builders import FULL, entry, issue, paper, writing

DISCORD, SLACK, TINY = Limits(4000, 1000, 4000), Limits(12000, 50, 3000), Limits(200, 5, 80)
ROOMY = Limits(20_000, 200, 8_000)
LAYOUTS: tuple[Layout, ...] = ("qa", "bilingual")

awkward = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "", " ", "{title}", "%s", "長い題名" * 80, "word " * 120, "שלום עולם " * 20, "👩\u200d🔬" * 40,
            "a" * 700, "$\\mathcal{O}(n^{2})$ and $x_{1", "<b>@everyone</b> [x](http://evil.example)",
            "\n\n\n", "e\u0301" * 300,
        ]
    ),
)  # fmt: skip
names = st.none() | st.just(()) | st.lists(awkward, max_size=4).map(tuple) | st.just(("A. Author",) * 300)
citations = st.builds(
    Citation, st.just("p1"), awkward, st.none() | st.integers(1, 999), st.none() | awkward.filter(bool)
)
papers = st.builds(
    Paper,
    st.integers(1, 10**6).map("arxiv:2402.{:06d}".format),
    awkward,
    st.none() | st.just("https://example.org/" + "p" * 300),
    authors=names,
    published=st.none() | st.dates(),
    updated=st.none() | st.dates(),
    categories=st.none()
    | st.lists(st.sampled_from(["cs.CL", "cmp-lg", "no.SUCH", ""]), max_size=60).map(tuple),
    abstract=st.none() | awkward,
    links=st.lists(st.builds(Link, awkward, st.just("https://example.org/x")), max_size=30).map(tuple),
)
summaries = st.builds(
    Summary,
    awkward,
    awkward,
    st.none() | awkward,
    st.none() | awkward,
    st.lists(awkward, max_size=9).map(tuple),
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    of = draw(papers)
    pairs = st.builds(QA, awkward, awkward, st.lists(citations, max_size=3).map(tuple))
    made = replace(
        writing(of, "ja"),
        summary=draw(summaries),
        qa=tuple(draw(st.lists(pairs, max_size=4))),
        text_language=draw(st.sampled_from(["ja", "en", "und", "xx"])),
        extract=draw(st.booleans()),
    )
    coverage = draw(
        st.builds(
            Coverage, st.sampled_from(Extent), st.just(40), st.just(300), st.none() | st.just("TooSlow")
        )
    )
    return Entry(of, coverage, draw(st.none() | st.just(made)), hidden_characters=draw(st.integers(0, 9)))


issues = st.builds(
    lambda found, overview, reports: issue(found, overview=overview, sources=reports, language="ja"),
    st.lists(entries(), max_size=4, unique_by=lambda one: one.paper.key),
    st.lists(awkward, max_size=3).map(tuple),
    st.lists(st.builds(SourceReport, awkward, st.just("list"), ok=st.booleans()), max_size=3).map(tuple),
)


def composer(
    phrases: Mapping[str, Phrases],
    taxonomy: Taxonomy,
    layout: Layout = "qa",
    limits: Limits = ROOMY,
    language: str = "en",
) -> Composer:
    return Composer(phrases[language], taxonomy, layout, limits)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)
@given(
    issues, st.sampled_from([DISCORD, SLACK, TINY]), st.sampled_from(LAYOUTS), st.sampled_from(["ja", "en"])
)
def test_every_part_of_any_issue_fits(
    phrases: Mapping[str, Phrases],
    taxonomy: Taxonomy,
    made: Issue,
    limits: Limits,
    layout: Layout,
    language: str,
) -> None:
    parts = composer(phrases, taxonomy, layout, limits, language).parts(made)
    known: set[str] = set()
    for part in parts:
        assert fits(part.post.blocks, limits)
        assert part.post.blocks
        assert len(part.post.buttons) <= limits.buttons
        assert all(len(button.label) <= limits.button_label for button in part.post.buttons)
        assert part.under is None or part.under in known
        assert part.name not in known
        known.add(part.name)
    assert [part.name for part in parts if part.post.notify] == [HEADER]
    assert [part.name for part in parts if part.under is None] == [
        HEADER,
        *(card_name(one.paper.key) for one in made.entries),
    ]


def test_parts_are_named_by_paper_without_version(phrases: Mapping[str, Phrases], taxonomy: Taxonomy) -> None:
    made = issue([entry(1), entry(2, paper=paper(2, key="https://example.org/a/b"))])
    names_ = [part.name for part in composer(phrases, taxonomy).parts(made)]
    assert names_ == [
        "header",
        "card/arxiv:2402.00001", "qa/arxiv:2402.00001/1",
        "card/https://example.org/a/b", "qa/https://example.org/a/b/1",
    ]  # fmt: skip
    assert [paper_of(name) for name in names_] == [
        None, *["arxiv:2402.00001"] * 2, *["https://example.org/a/b"] * 2
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_not_known_is_said_to_be_unknown(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy, language: str, layout: Layout
) -> None:
    bare = Paper("https://example.org/a", "A page", None)
    card = composer(phrases, taxonomy, layout, language=language).card(Entry(bare, FULL, None))
    facts = {
        block.spans[0].text: block.spans[1].text for block in card.blocks if block.kind is BlockKind.FACT
    }
    say = phrases[language]
    assert list(facts.values()).count(say("facts.unknown")) == len(facts) >= 3
    assert any(say("facts.authors") in label for label in facts)


@pytest.mark.parametrize("extent", [Extent.PAGES, Extent.ABSTRACT, Extent.NOTHING])
def test_what_was_not_read_in_full_says_so_on_its_card(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy, extent: Extent
) -> None:
    make = composer(phrases, taxonomy)
    partly = make.card(entry(1, coverage=Coverage(extent, 40, 300, "TooSlow"), hidden_characters=7))
    added = notes(partly) - notes(make.card(entry(1)))
    assert len(added) == 2
    if extent is Extent.PAGES:
        assert any("40" in text and "300" in text for text in added)
    assert any("7" in text for text in added)


def test_a_card_has_the_topics_that_a_platform_may_sort_it_by(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    one = entry(1)
    assert one.writing
    paper = replace(one.paper, categories=("cs.CL", "cs.LG"))
    card = composer(phrases, taxonomy).card(replace(one, paper=paper))
    assert set(card.topics) >= {"cs.CL", "cs.LG", *one.writing.summary.tags}
    bare = replace(one, paper=replace(paper, categories=None), writing=None)
    assert composer(phrases, taxonomy).card(bare).topics == ()


def notes(post: Post) -> set[str]:
    return {block.text for block in post.blocks if block.kind is BlockKind.NOTE}


def test_the_header_lists_every_paper_with_a_link_to_its_card(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    long = [entry(n, paper=paper(n, title=f"{n} " + "long title " * 25)) for n in range(10)]
    failed = SourceReport("Wet list", "list", ok=False, note="it rained")
    header = composer(phrases, taxonomy, limits=DISCORD).header(issue(long, sources=(failed,)))
    links = [span.part for block in header.blocks for span in block.spans if span.part]
    assert links == [card_name(one.paper.key) for one in long]
    assert "Wet list" in header.text


def test_a_week_without_papers_says_so(phrases: Mapping[str, Phrases], taxonomy: Taxonomy) -> None:
    (only,) = composer(phrases, taxonomy).parts(issue([]))
    assert phrases["en"]("digest.empty") in only.post.text


def test_three_hundred_authors_are_counted(phrases: Mapping[str, Phrases], taxonomy: Taxonomy) -> None:
    card = composer(phrases, taxonomy).card(entry(1, paper=paper(1, authors=("A. Author",) * 300)))
    assert "290" in card.text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_note_in_place_of_a_part_is_one_line(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy, language: str
) -> None:
    note = Composer(phrases[language], taxonomy, "qa", ROOMY).remark("digest.retired")
    assert [block.kind for block in note.blocks] == [BlockKind.NOTE]
    assert note.text.strip()
    assert "\n" not in note.text
    assert not note.notify


def test_an_unfinished_writing_makes_no_thread(phrases: Mapping[str, Phrases], taxonomy: Taxonomy) -> None:
    without: Writing = replace(writing(), qa=())
    assert composer(phrases, taxonomy).thread(entry(1, writing=without)) == ()
    assert composer(phrases, taxonomy).thread(entry(1, writing=None)) == ()


def test_a_thread_says_once_how_to_go_on_asking(phrases: Mapping[str, Phrases], taxonomy: Taxonomy) -> None:
    for follow_ups, words in (("mentions", "mention Rinko"), ("all", "just write in this thread")):
        asked = replace(composer(phrases, taxonomy), follow_ups=cast(FollowUps, follow_ups))
        first, *rest = asked.thread(entry(1))
        assert words in first.text
        assert all(words not in post.text for post in rest)


def test_a_long_thread_goes_into_few_messages_with_no_pair_cut(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    pairs = tuple(QA(f"Question {n}?", "An answer. " * 30, ()) for n in range(12))
    thread = composer(phrases, taxonomy, limits=Limits(2000, 40, 1900)).thread(
        entry(1, writing=replace(writing(), qa=pairs))
    )
    assert 2 <= len(thread) <= 4
    for message in thread:
        kinds = [block.kind for block in message.blocks if block.kind is not BlockKind.HEADING]
        assert kinds == [BlockKind.QUESTION, BlockKind.TEXT] * (len(kinds) // 2)


def test_nothing_is_shown_twice_for_a_writing_of_one_sentence(
    phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    same = replace(writing(), summary=Summary("Lamps learn.", "Lamps learn."))
    card = composer(phrases, taxonomy).card(entry(1, writing=same))
    assert [block for block in card.blocks if "Lamps learn." in block.text] == [
        one_text(card, "Lamps learn.")
    ]


def one_text(post: Post, text: str) -> Block:
    (found,) = [block for block in post.blocks if block.text == text]
    return found


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("TideLM: A Model", "TideLM"),
        ("うなずき 120M：相づちの予測モデル", "うなずき 120M"),
        ("Ratio 3:1 of Things", "Ratio 3:1 of Things"),
        ("：何か", "：何か"),
        ("Long " * 10 + ": A Model", "Long " * 10 + ": A Model"),
    ],
)
def test_a_title_is_called_by_what_stands_before_its_colon(full: str, short: str) -> None:
    assert short_title(full) == short


@pytest.mark.parametrize(
    ("language", "words", "shown"),
    [
        ("ja", "It is three times faster.", "It is three times faster. (p. 3)"),
        ("ja", "処理は3倍速い。", "処理は3倍速い。(p. 3)"),
        ("en", "It is three times faster.", "It is three times faster. (p. 3)"),
        ("en", "処理は3倍速い。", "処理は3倍速い。 (p. 3)"),
    ],
)
def test_the_page_stands_apart_from_a_quote_in_latin_letters(
    phrases: Mapping[str, Phrases], language: str, words: str, shown: str
) -> None:
    assert quote(phrases[language], Citation("p1", words, 3, None, None), None, extract=False).text == shown
