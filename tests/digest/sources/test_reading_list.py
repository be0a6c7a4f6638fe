from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from digest.errors import NotYetListed, SourceError
from digest.models import Link, Week
from digest.sources.reading_list import ReadingList
from tests.digest.sources.support import StillClock

LIST = """# What we read

Every Monday, over tea (see README.md).

<!-- Newest first.
2402.99999 is not a paper of ours. -->

## 2024-W10

- 2402.17764
- 2402.00001v2  The Second Version
* https://arxiv.org/abs/2402.00002 - A Dashed Title
1. The Title Comes First: A Study - https://lab.example/paper.pdf
- [A *linked* title](https://lab.example/post) <!-- aside -->
  authors: Hanako Yamada, Ada Example
  published: 2024-02-29
  updated: 2024-03-01
  categories: cs.CL cs.AI
  abstract: One sentence: with a colon.
  code: https://code.example/it
  日本語の解説： https://lab.example/ja
- 10.1000/xyz-1 A paper with a DOI
- [潮の満ち引きと言語モデル](sample:shio-lm.pdf)
  authors: 山田 花子、佐藤 健
- cs.AI/0601001
- Node.js Considered Calming https://lab.example/node

---
## 2024-02-26 to 2024-03-03
2401.00001
## 2024-02-07
Smith; or, A Life | https://lab.example/smith
  authors: Smith, J.; Doe, J.
"""


def write(file: Path, content: str | bytes | None) -> None:
    """Make the file hold this; None removes it."""
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "reading.md"
    path.write_text(LIST, "utf-8")
    return path


@pytest.fixture
def reading(file: Path, clock: StillClock) -> ReadingList:
    return ReadingList(file, clock)


async def test_papers_are_understood_however_they_are_written(reading: ReadingList) -> None:
    (listing,) = await reading.listings(Week(2024, 10))
    assert [(c.paper.key, c.paper.title) for c in listing.candidates] == [
        ("arxiv:2402.17764", "arxiv:2402.17764"),
        ("arxiv:2402.00001", "The Second Version"),
        ("arxiv:2402.00002", "A Dashed Title"),
        ("https://lab.example/paper.pdf", "The Title Comes First: A Study"),
        ("https://lab.example/post", "A linked title"),
        ("https://doi.org/10.1000/xyz-1", "A paper with a DOI"),
        ("sample:shio-lm.pdf", "潮の満ち引きと言語モデル"),
        ("arxiv:cs/0601001", "arxiv:cs/0601001"),
        ("https://lab.example/node", "Node.js Considered Calming"),
    ]
    assert listing.candidates[1].paper.version == "v2"


async def test_details_follow_their_paper(reading: ReadingList) -> None:
    (listing,) = await reading.listings(Week(2024, 10))
    paper = listing.candidates[4].paper
    assert paper.authors == ("Hanako Yamada", "Ada Example")
    assert (paper.published, paper.updated) == (date(2024, 2, 29), date(2024, 3, 1))
    assert paper.categories == ("cs.CL", "cs.AI")
    assert paper.abstract == "One sentence: with a colon."
    assert paper.links == (
        Link("code", "https://code.example/it"),
        Link("日本語の解説", "https://lab.example/ja"),
    )
    sample = listing.candidates[6].paper
    assert (sample.url, sample.pdf_url, sample.authors) == (
        *("sample:shio-lm.pdf", "sample:shio-lm.pdf", ("山田 花子", "佐藤 健")),
    )


async def test_weeks_may_be_written_as_days_and_come_newest_first(reading: ReadingList) -> None:
    found = await reading.listings(None)
    assert [(str(x.week), x.start, x.end) for x in found] == [
        ("2024-W10", date(2024, 3, 4), date(2024, 3, 10)),
        ("2024-W09", date(2024, 2, 26), date(2024, 3, 3)),
        ("2024-W06", date(2024, 2, 5), date(2024, 2, 11)),
    ]
    (smith,) = found[2].candidates
    assert smith.paper.title == "Smith; or, A Life"
    assert smith.paper.authors == ("Smith, J.", "Doe, J.")


async def test_papers_under_no_heading_belong_to_any_week(file: Path, clock: StillClock) -> None:
    write(file, "2402.00001\n\n## 2024-W08\n2402.00002\n")
    reading = ReadingList(file, clock)
    for week, keys in {
        Week(2030, 1): ["arxiv:2402.00001"],
        Week(2024, 8): ["arxiv:2402.00002", "arxiv:2402.00001"],
    }.items():
        (listing,) = await reading.listings(week)
        assert listing.week == week
        assert [candidate.paper.key for candidate in listing.candidates] == keys
    assert [x.week for x in await reading.listings(None)] == [Week(2024, 9), Week(2024, 8)]


async def test_a_week_without_a_heading(reading: ReadingList) -> None:
    with pytest.raises(NotYetListed, match="## 2024-W11"):
        await reading.listings(Week(2024, 11))
    assert await reading.listings(Week(2024, 7)) == ()


async def test_the_file_is_read_anew(reading: ReadingList, file: Path) -> None:
    write(file, LIST + "## 2024-W11\n2403.00001\n")
    assert len(await reading.listings(Week(2024, 11))) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a paper I liked", "“a paper I liked” is not a paper"),
        ("- a paper I liked", "“- a paper I liked” is not a paper"),
        ("ftp://lab.example/a.pdf", "is not a paper"),
        ("[Bad](javascript:alert(1))", "is not a paper"),
        ("sample:../../secret", "is not a paper"),
        ("## soon", "“soon” is not a week"),
        ("## 2024-W60", "“2024-W60” is not a week"),
        ("## 2024-02-30", "is not a week"),
        ("## 2024-03-10 to 2024-03-01", "is not a week"),
        ("  published: last spring", "“last spring” is not a date"),
        ("  mood: cheerful", "“mood: cheerful” is no detail"),
        ("authors: A, B", "is not a paper"),
    ],
)
async def test_a_line_not_understood_is_named_with_its_file(
    reading: ReadingList, file: Path, line: str, said: str
) -> None:
    write(file, f"# List\n<!-- a\ncomment -->\n2402.00001\n{line}\n")
    with pytest.raises(SourceError) as caught:
        await reading.listings(None)
    assert f"{file}, line 5: " in caught.value.message
    assert said in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("line", ["2402.177", "https//lab.example/a", "- tea", "[Tea](tea)", "sample: tea"])
async def test_below_the_title_only_prose_is_passed_over(reading: ReadingList, file: Path, line: str) -> None:
    write(file, f"# List\n\nWith tea.\n{line}\n")
    with pytest.raises(SourceError, match="line 4"):
        await reading.listings(None)


async def test_a_file_that_cannot_be_read_says_why(reading: ReadingList, file: Path) -> None:
    write(file, b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="not UTF-8"):
        await reading.listings(None)
    write(file, None)
    with pytest.raises(SourceError, match="No such file"):
        await reading.listings(None)


async def test_an_empty_file_lists_nothing(file: Path, clock: StillClock) -> None:
    write(file, "\ufeff# Nothing yet\n")
    assert await ReadingList(file, clock).listings(None) == ()
    with pytest.raises(NotYetListed):
        await ReadingList(file, clock).listings(Week(2024, 9))
