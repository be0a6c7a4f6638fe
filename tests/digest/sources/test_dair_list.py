from __future__ import annotations

import re
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.models import Candidate, Listing, Week
from digest.sources import dair_dates, dair_list, dair_rows
from tests.digest.sources.support import DATA

TODAY = date(2032, 1, 20)
FIXTURE = DATA / "dair"


def parsed(path: Path, today: date = TODAY) -> dict[str, Listing]:
    year = dair_list.year_of_file(path.name)
    listings = dair_list.parse(path.read_text("utf-8"), today, year)
    assert [listing.week for listing in listings] == sorted((x.week for x in listings), reverse=True)
    return {str(listing.week): listing for listing in listings}


def titles(listing: Listing) -> list[str]:
    return [candidate.paper.title for candidate in listing.candidates]


def test_every_heading_gets_its_dates_and_week() -> None:
    found = {w: (x.start, x.end) for w, x in parsed(FIXTURE / "years/2031.md").items()}
    assert found == {
        "2031-W51": (date(2031, 12, 15), date(2031, 12, 21)),
        "2031-W21": (date(2031, 5, 19), date(2031, 5, 25)),
        "2031-W13": (date(2031, 3, 27), date(2031, 4, 2)),
        "2031-W12": (date(2031, 3, 20), date(2031, 3, 26)),
        "2031-W02": (date(2031, 1, 6), date(2031, 1, 12)),
    }


def test_a_week_over_new_year_stands_in_the_new_years_file() -> None:
    found = {w: (x.start, x.end) for w, x in parsed(FIXTURE / "years/2032.md").items()}
    assert found == {
        "2032-W02": (date(2032, 1, 4), date(2032, 1, 11)),
        "2032-W01": (date(2031, 12, 29), date(2032, 1, 4)),
    }


def test_the_single_file_dates_headings_without_a_year_by_their_order() -> None:
    found = {w: (x.start, x.end) for w, x in parsed(FIXTURE / "single.md").items()}
    assert found == {
        "2025-W01": (date(2024, 12, 30), date(2025, 1, 5)),
        "2024-W01": (date(2024, 1, 1), date(2024, 1, 7)),
        "2023-W52": (date(2023, 12, 25), date(2023, 12, 31)),
        "2023-W27": (date(2023, 7, 3), date(2023, 7, 9)),
        "2023-W01": (date(2023, 1, 1), date(2023, 1, 8)),
    }


def test_titles_come_without_marks_numbers_and_dashes() -> None:
    recent = parsed(FIXTURE / "years/2032.md")
    assert titles(recent["2032-W02"]) == [
        "Tidal Attention",
        "Correlated Lanterns",
        "Folding Screens",
        "Paper Cranes: A Study of <FOLD> Tokens",
    ]
    older = parsed(FIXTURE / "years/2031.md")
    assert titles(older["2031-W51"])[:4] == [
        "Linked Title",
        "Only Talked About",
        "Unlinked",
        "Questions & Answers & Doubts",
    ]
    assert titles(older["2031-W21"]) == [
        "The Shape of Rain",
        "Rain-Aware Roofs",
        "Roofs - A Survey",
        "Gutters",
        "Eaves",
    ]
    assert titles(older["2031-W13"]) + titles(older["2031-W12"]) == ["Spring", "Equinox"]


def test_descriptions_keep_pipes_and_lose_marks() -> None:
    first, second, third, fourth = parsed(FIXTURE / "years/2032.md")["2032-W02"].candidates
    assert first.description == "orders tokens by the moon. ● Tides: gives |r| of 0.9."
    assert second.description == "finds a correlation (|r|≈0.88) and another (|s|>0.2)."
    assert third.description == "doubles its stars."
    assert fourth.description == "uses a double dash."


def test_the_papers_own_link_is_found() -> None:
    found = parsed(FIXTURE / "years/2031.md")["2031-W51"].candidates
    assert [(c.paper.key, c.paper.url, c.paper.pdf_url) for c in found] == [
        ("arxiv:3112.00001", "https://arxiv.org/abs/3112.00001", "https://arxiv.org/pdf/3112.00001"),
        ("https://x.com/someone/status/5", "https://x.com/someone/status/5", None),
        ("dair:2031-W51/3", None, None),
        ("arxiv:3112.00004", "https://arxiv.org/abs/3112.00004", "https://arxiv.org/pdf/3112.00004"),
        ("https://wiki.example/Bell_(device)", "https://wiki.example/Bell_(device)", None),
        ("arxiv:3112.00006", "https://arxiv.org/abs/3112.00006", "https://arxiv.org/pdf/3112.00006"),
        *[("https://review.example/forum?id=abc&noteId=def",) * 2 + (None,)],
        ("https://lab.example/card.pdf",) * 3,
        ("https://lab.example/one.html", "https://lab.example/one.html", None),
        ("arxiv:3112.00010", "https://arxiv.org/abs/3112.00010", "https://arxiv.org/pdf/3112.00010"),
    ]


def test_all_links_of_a_row_are_kept_and_empty_ones_dropped() -> None:
    recent = parsed(FIXTURE / "years/2032.md")["2032-W02"].candidates
    assert [[(link.label, link.url) for link in c.paper.links] for c in recent] == [
        [("Paper", "https://arxiv.org/abs/3201.00001"), ("Tweet", "https://x.com/someone/status/1")],
        [("Paper", "https://arxiv.org/abs/3201.00002v3")],
        [
            ("Paper", "https://arxiv.org/pdf/3201.00003v2.pdf"),
            ("Code", "https://code.example/screens"),
            ("Tweet", "https://x.com/someone/status/3"),
        ],
        [("Paper", "http://www.arxiv.org/pdf/3201.00004")],
    ]
    assert [c.paper.version for c in recent] == [None, "v3", "v2", None]
    tweet_first = parsed(FIXTURE / "years/2031.md")["2031-W51"].candidates[0].paper
    assert [link.label for link in tweet_first.links] == ["Tweet", "Linked Title", "Report"]


def test_one_link_under_two_titles_is_kept_as_listed() -> None:
    found = parsed(FIXTURE / "years/2031.md")["2031-W02"].candidates
    assert [(c.paper.title, c.paper.key) for c in found] == [
        ("First Light", "arxiv:3101.00001"),
        ("Second Light", "arxiv:3101.00001"),
    ]


def test_two_headings_in_one_week_lose_no_paper() -> None:
    text = "\n".join(
        f"## Papers of the Week ({days}) - 2024\n| **Paper** | **Links** |\n|---|---|\n"
        f"| 1) **{title}** - x. | [Paper](https://arxiv.org/abs/2403.0000{n}) |"
        for n, (days, title) in enumerate([("March 4 - March 10", "A"), ("March 5 - March 11", "B")])
    )
    (listing,) = dair_list.parse(text, TODAY)
    assert (listing.week, listing.start, listing.end) == (Week(2024, 10), date(2024, 3, 4), date(2024, 3, 11))
    assert titles(listing) == ["A", "B"]


@pytest.mark.parametrize(
    ("heading", "start", "end"),
    [
        ("(Jan 1-8)", (1, 1), (1, 8)),
        ("(Feb 13 - 19)", (2, 13), (2, 19)),
        ("(Mar 6-Mar 12)", (3, 6), (3, 12)),
        ("(Sept. 4th to Sept. 10th)", (9, 4), (9, 10)),
        ("(December 30, 2024 – January 5, 2025)", (12, 30), (1, 5)),
        ("April 26 — May 3 [2026]", (4, 26), (5, 3)),
        ("(AUGUST 26 -- SEPTEMBER 1)-2024", (8, 26), (9, 1)),
    ],
)
def test_ranges_of_many_shapes_are_read(heading: str, start: tuple[int, int], end: tuple[int, int]) -> None:
    found = dair_dates.printed(f"Top AI Papers of the Week {heading}")
    assert found
    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize(
    ("heading", "year"),
    [
        ("(June 2 - June 8) - 2025", 2025),
        ("(June 2 - June 8) 2025", 2025),
        ("(June 2 - June 8, 2025)", 2025),
        ("(December 30, 2024 - January 5, 2025)", 2025),
        ("(December 30, 2024 - January 5)", 2025),
        ("(June 2 - June 8)", None),
    ],
)
def test_the_year_of_a_range_is_the_year_it_ends_in(heading: str, year: int | None) -> None:
    found = dair_dates.printed(heading)
    assert found
    assert found.year == year


def test_days_that_no_calendar_has_are_put_right() -> None:
    found = dair_dates.printed("(Feb 24 - Feb 30) - 2026")
    assert found
    assert found.dated(2026) == (date(2026, 2, 24), date(2026, 2, 28))


def test_a_file_in_which_nothing_says_a_year_is_taken_for_the_latest_past() -> None:
    text = "## Papers (Nov 3 - 9)\n| 1) **A** - x | [Paper](https://a.example/1) |\n"
    (listing,) = dair_list.parse(text, date(2026, 3, 1))
    assert listing.start == date(2025, 11, 3)


def test_a_row_of_rubbish_is_no_paper() -> None:
    for line in ("| **Paper** | **Links** |", "|---|:--|", "||", "|  |  |", "| Papers | Link |"):
        assert dair_rows.row(line, "dair:x/1") is None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("1) Tides - introduces a  Lunar Framework", "Tides"),
        ("2) Tides - A Survey  This paper surveys", "Tides - A Survey"),
        ("3) Tides – A framework that moves -- slowly", "Tides"),
        ("4) Tides -- introduces", "Tides"),
        ("5. Tides <br> introduces", "Tides"),
        ("**6) Tides** - introduces", "Tides"),
        ("7) **Tides - introduces", "Tides"),
        ("8) __Tides__: introduces", "Tides"),
        ("9) [**Tides**](https://t.example/) - introduces", "Tides"),
        ("10) **Tides (v2.0): Q&amp;A — Part 1** - introduces", "Tides (v2.0): Q&A — Part 1"),
        ("**Tides** - introduces", "Tides"),
        ("3D Tides - introduces", "3D Tides"),
        ("4) 4D Tides - introduces", "4D Tides"),
        ("5) **`tides`-*1B*** - introduces", "tides-1B"),
    ],
)
def test_a_title_is_found_however_it_is_set_off(text: str, title: str) -> None:
    candidate = dair_rows.row(f"| {text} | [Paper](https://a.example/1) |", "dair:x/1")
    assert candidate
    assert candidate.paper.title == title
    assert candidate.paper.url == "https://a.example/1"


@pytest.mark.parametrize(
    ("cell", "url"),
    [
        ("[Project](https://p.example/), [Technical Report](https://r.example/)", "https://r.example/"),
        ("[GitHub](https://github.com/a/b), [Blog](https://b.example/)", "https://b.example/"),
        ("[Book](https://b.example/), [Tweet](https://x.com/a)", "https://b.example/"),
        ("[Tweet](https://x.com/a), [Demo](https://d.example/)", "https://d.example/"),
        ("[Paper](https://x.com/a), [Tweet](https://p.example/)", "https://p.example/"),
        (
            "[Code](https://c.example/)[Post](https://arxiv.org/pdf/2401.00001)",
            "https://arxiv.org/abs/2401.00001",
        ),
        ("[Paper] (https://p.example/a), [Tweet](https://x.com/a)", "https://p.example/a"),
        ("[Paper](https://https://p.example/a)", "https://p.example/a"),
        ("[Paper](http:/p.example/a)", "http://p.example/a"),
        ('[Paper](<https://p.example/a> "A title")', "https://p.example/a"),
        ("[**Paper**](https://p.example/a) and [Tweet](https://x.com/a)", "https://p.example/a"),
    ],
)
def test_the_best_link_of_a_cell_is_the_papers(cell: str, url: str) -> None:
    candidate = dair_rows.row(f"| 1) **Tides** - t | {cell} |", "dair:x/1")
    assert candidate
    assert candidate.paper.url == url


def test_a_row_without_a_pipe_before_its_links_is_read() -> None:
    candidate = dair_rows.row(
        "| 1) **Tides** - t [Paper](https://a.example/1), [Tweet](https://x.com/a) |", "x"
    )
    assert candidate
    assert candidate.paper.url == "https://a.example/1"
    assert len(candidate.paper.links) == 2


def test_a_row_broken_over_lines_is_one_row() -> None:
    text = "## May 1 - May 7, 2024\n"
    text += "| 1) **Tides** - t\nmore | [Paper](https://a.example/1) |\n| 2) **B** - x | y |"
    (listing,) = dair_list.parse(text, TODAY)
    assert titles(listing) == ["Tides", "B"]
    assert listing.candidates[0].paper.url == "https://a.example/1"
    assert listing.candidates[0].description == "t more"


def test_hostile_rows_give_clean_text_and_only_web_links() -> None:
    line = (
        "| 1) **<script>alert(1)</script>A\u202eB\u0007 <b onclick=x>C</b>** - t "
        "| [Paper](javascript:alert(1)), [Code](data:text/html,x), [Blog](https://user@evil.example/), "
        "[Site](https://good.example/) |"
    )
    candidate = dair_rows.row(line, "dair:x/1")
    assert candidate
    assert candidate.paper.title == "alert(1) AB C"
    assert [link.url for link in candidate.paper.links] == ["https://good.example/"]
    assert candidate.paper.url == "https://good.example/"


@pytest.mark.parametrize(
    "piece",
    ["*a", "**", "[", "[x](", "|", " ", "\t", "`", "<a ", "<!--", "_x", "&#1;", "\\|", "- ", "●", "Jan 1 "],
)
def test_no_text_however_made_takes_long(piece: str) -> None:
    started = time.process_time()
    dair_list.parse(f"## May 1 - 7 {piece * 50_000}\n| 1) {piece * 100_000} | x |", TODAY)
    assert time.process_time() - started < 5


# ------------------------------------------------------------------- the recorded list

FILES = ("years/2023.md", "years/2024.md", "years/2025.md", "years/2026.md", "single-file-2025.md")


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_week_has_ten_papers(shared: Path, name: str) -> None:
    path = shared / "dair" / name
    found = parsed(path, date(2026, 7, 1))
    headings = re.findall(r"^## Top \w\w Papers.*", path.read_text("utf-8"), re.MULTILINE)
    assert len(found) == len(headings)
    assert {len(listing.candidates) for listing in found.values()} == {10}
    for listing in found.values():
        assert timedelta(days=5) <= listing.end - listing.start <= timedelta(days=7)


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_week_has_the_dates_its_heading_prints(shared: Path, name: str) -> None:
    path = shared / "dair" / name
    for listing in parsed(path, date(2026, 7, 1)).values():
        days = rf"{listing.start:%b}\w* {listing.start.day} ?- ?(?:{listing.end:%b}\w* )?{listing.end.day}\)"
        assert re.search(rf"^## .*\({days}(?: - {listing.end.year})?$", path.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_week_is_of_the_year_its_papers_are_of(shared: Path, name: str) -> None:
    """An arXiv id names the month it was given in: most of a list's are of the last two months."""
    for listing in parsed(shared / "dair" / name, date(2026, 7, 1)).values():
        ids = [candidate.paper.arxiv_id for candidate in listing.candidates if candidate.paper.arxiv_id]
        months = [2000 * 12 + int(one[:2]) * 12 + int(one[2:4]) - 1 for one in ids]
        ages = sorted(listing.end.year * 12 + listing.end.month - 1 - month for month in months)
        assert 0 <= ages[len(ages) // 2] <= 2, listing.week


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_title_and_link_is_clean_and_whole(shared: Path, name: str) -> None:
    text = (shared / "dair" / name).read_text("utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\|\s*\d+\)", line)]
    found = [c for listing in parsed(shared / "dair" / name).values() for c in listing.candidates]
    by_title = {re.sub(r"\W", "", c.paper.title): c for c in found}
    assert len(rows) == len(found)
    for line in rows:
        candidate = _of_row(line, by_title)
        title = candidate.paper.title
        assert title == title.strip(" -–—:*|_`")
        assert not re.search(r"\*\*|\]\(|<br|\s{2}|^\d+\)", title)
        printed = {url.replace("&amp;", "&") for url in re.findall(r"\]\((\S+?)\)", line)}
        assert {link.url for link in candidate.paper.links} == printed
        labelled = re.findall(r"\[Paper\]\((\S+?)\)", line)
        if labelled and (number := re.search(r"arxiv\.org/\w+/(\d{4}\.\d{4,5})", labelled[0])):
            assert candidate.paper.key == f"arxiv:{number[1]}"
        elif labelled:
            assert candidate.paper.url == labelled[0]


def _of_row(line: str, by_title: dict[str, Candidate]) -> Candidate:
    bold = re.match(r"\|\s*\d+\)\s*\*{2,}\s*(.+?)\s*\*{2,}", line)
    plain = re.match(r"\|\s*\d+\)\s*(.+?)(?:\s{2,}|\s-\s)", line)
    match = bold or plain
    assert match
    return by_title[re.sub(r"\W", "", match[1])]


def test_the_recorded_index_gives_each_week_exactly_one_list(shared: Path) -> None:
    """The midpoint rule over all 181 headings: none share a week, and one week has none."""
    items = dair_list.index((shared / "dair/README.md").read_text("utf-8"), date(2026, 7, 1))
    weeks = [item.week for item in items]
    assert len(weeks) == len(set(weeks)) == 181
    between = {weeks[-1].plus(n) for n in range(len(weeks) + 1)}
    assert between - set(weeks) == {Week(2026, 12)}
    assert {item.file for item in items} == {f"years/{year}.md" for year in (2023, 2024, 2025, 2026)}


def test_by_start_or_end_some_recorded_weeks_would_get_two_lists(shared: Path) -> None:
    items = dair_list.index((shared / "dair/README.md").read_text("utf-8"), date(2026, 7, 1))
    for days in ([item.start for item in items], [item.end for item in items]):
        assert len({day.isocalendar()[:2] for day in days}) < 181


def test_the_recorded_single_files_index_is_dated_too(shared: Path) -> None:
    text = (shared / "dair/single-file-2025.md").read_text("utf-8")
    items = dair_list.index(text, date(2025, 7, 1))
    assert len(items) == len({item.week for item in items}) == 130
    assert items[0].end == date(2025, 6, 29)
    assert items[-1].start == date(2023, 1, 1)
