from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.choose import LISTED, SAME_LINK, SAME_PAPER, TOO_MANY, choose, same_title, why
from digest.models import Candidate, Link, Listing, Paper, Week

WEEK = Week(2024, 9)


def paper(key: str, title: str | None = None, **fields: object) -> Paper:
    name = key.removeprefix("arxiv:")
    url = f"https://arxiv.org/abs/{name}" if key.startswith("arxiv:") else key
    return Paper(key, title or f"Title of {key}", url, **fields)  # type: ignore[arg-type]  # fields by name


def listing(*candidates: Candidate | Paper | str) -> Listing:
    entries = (paper(c) if isinstance(c, str) else c for c in candidates)
    return Listing(
        WEEK, WEEK.start, WEEK.end, tuple(c if isinstance(c, Candidate) else Candidate(c) for c in entries)
    )


def keys(found: tuple[tuple[Candidate, str], ...]) -> list[str]:
    return [candidate.paper.key for candidate, _ in found]


def test_one_source_keeps_its_order() -> None:
    names = [f"arxiv:2402.0000{n}" for n in range(5)]
    choice = choose([("DAIR.AI", listing(*names))], 3)
    assert keys(choice.chosen) == names[:3]
    assert keys(choice.left_out) == names[3:]
    assert [why(reason) for _, reason in choice.chosen] == [(LISTED, ("DAIR.AI",))] * 3
    assert [why(reason) for _, reason in choice.left_out] == [(TOO_MANY, ("DAIR.AI",))] * 2


def test_sources_take_turns() -> None:
    choice = choose(
        [
            ("A", listing("arxiv:2401.00001", "arxiv:2401.00002", "arxiv:2401.00003")),
            ("B", listing("arxiv:2402.00001")),
            ("C", listing("arxiv:2403.00001", "arxiv:2403.00002")),
        ],
        5,
    )
    assert keys(choice.chosen) == [
        *("arxiv:2401.00001", "arxiv:2402.00001", "arxiv:2403.00001"),
        *("arxiv:2401.00002", "arxiv:2403.00002"),
    ]


def test_in_one_round_what_more_list_comes_first_and_then_what_has_more_votes() -> None:
    choice = choose(
        [
            ("A", listing("arxiv:2401.00001", "arxiv:2401.00002")),
            ("B", listing(Candidate(paper("arxiv:2402.00001"), votes=9), "arxiv:2401.00002")),
            ("C", listing("arxiv:2403.00001", "arxiv:2403.00002")),
        ],
        9,
    )
    assert keys(choice.chosen) == [
        *("arxiv:2402.00001", "arxiv:2401.00001", "arxiv:2403.00001"),
        *("arxiv:2401.00002", "arxiv:2403.00002"),
    ]
    assert why(choice.chosen[3][1]) == (LISTED, ("A", "B"))


def test_one_paper_in_two_sources_is_one_with_all_that_is_known() -> None:
    first = Candidate(paper("arxiv:2402.00001", "Short", links=(Link("Code", "https://c.example/"),)))
    second = Candidate(
        paper(
            "arxiv:2402.00001",
            "Short: A Long and Different Title",
            authors=("A",),
            published=date(2024, 2, 27),
            links=(Link("Code", "https://c.example/"), Link("Project", "https://p.example/")),
        ),
        description="words",
        votes=7,
    )
    choice = choose([("A", listing(first)), ("B", listing(second))], 9)
    ((found, reason),) = choice.chosen
    assert (found.paper.title, found.paper.authors, found.votes) == ("Short", ("A",), 7)
    assert found.description == "words"
    assert [link.label for link in found.paper.links] == ["Code", "Project"]
    assert why(reason) == (LISTED, ("A", "B"))
    assert [why(reason) for _, reason in choice.left_out] == [(SAME_PAPER, ("arxiv:2402.00001",))]


def test_one_paper_under_two_links_is_one_and_arxivs_stands_for_it() -> None:
    page = paper("https://lab.example/tides", "Tidal Attention for Language Models")
    arxiv = paper("arxiv:2402.00001", "Tidal attention for language models.")
    ((found, _),) = choose([("A", listing(page)), ("B", listing(arxiv))], 9).chosen
    assert found.paper.key == "arxiv:2402.00001"
    assert found.paper.links == (Link("Tidal Attention for Language Models", "https://lab.example/tides"),)


def test_one_link_under_two_titles_is_noticed() -> None:
    lists = listing(
        paper("arxiv:2402.00001", "First Light"),
        paper("arxiv:2402.00001", "An Entirely Other Paper"),
        paper("arxiv:2402.00001", "First light!"),
    )
    choice = choose([("A", lists)], 9)
    assert [c.paper.title for c, _ in choice.chosen] == ["First Light"]
    assert [(c.paper.title, why(reason)) for c, reason in choice.left_out] == [
        ("An Entirely Other Paper", (SAME_LINK, ("First Light",))),
        ("First light!", (SAME_PAPER, ("arxiv:2402.00001",))),
    ]


def test_two_papers_on_arxiv_are_two_however_alike() -> None:
    lists = listing(
        paper("arxiv:2404.05405", "The Physics of Language Models"),
        paper("arxiv:2309.14402", "The Physics of Language Models"),
    )
    assert len(choose([("A", lists)], 9).chosen) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Tidal Attention", "TIDAL  ATTENTION.", True),
        ("Ｔｉｄａｌ Attention", "Tidal Attention", True),
        ("A Survey of Large Language Model Agents", "A Survey of Large Language Models Agents", True),
        ("Textbooks Are All You Need", "Textbooks Are All You Need II", False),
        ("DeepSeek-V2: A Strong Language Model", "DeepSeek-V3: A Strong Language Model", False),
        ("Agents", "Agent", False),
        ("Genie", "Genie", True),
        ("", "", False),
        ("大規模言語モデルの潮汐的注意機構", "大規模言語モデルの潮汐的注意機構。", True),
    ],
)
def test_titles_are_the_same_but_for_spelling(one: str, other: str, same: bool) -> None:
    assert same_title(one, other) is same


def test_nothing_from_nothing() -> None:
    assert choose([], 10).chosen == ()
    assert choose([("A", listing("arxiv:2402.00001"))], 0).chosen == ()


def test_a_reason_survives_any_name() -> None:
    choice = choose([("A|B: C", listing("arxiv:2402.00001"))], 1)
    assert why(choice.chosen[0][1]) == (LISTED, ("A/B: C",))


KEYS = st.sampled_from(
    [f"arxiv:2402.0000{n}" for n in range(6)] + ["https://a.example/", "https://b.example/"]
)
LISTS = st.lists(
    st.lists(st.builds(paper, KEYS, st.sampled_from(["One", "Two", "Three"])), max_size=6), max_size=4
)


@given(LISTS, st.integers(0, 12))
def test_nothing_is_lost_or_doubled(lists: list[list[Paper]], most: int) -> None:
    named = [(f"S{n}", listing(*papers)) for n, papers in enumerate(lists)]
    choice = choose(named, most)
    chosen = keys(choice.chosen)
    assert len(chosen) == len(set(chosen)) <= most
    assert len(choice.chosen) + len(choice.left_out) == sum(len(papers) for papers in lists)
    shown = {c.paper.key for c, _ in choice.chosen + choice.left_out}
    shown |= {link.url for c, _ in choice.chosen + choice.left_out for link in c.paper.links}
    assert {p.key for papers in lists for p in papers} <= shown
    assert choose(named, most) == choice
