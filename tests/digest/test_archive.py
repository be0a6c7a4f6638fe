"""Past weeks, searched and paged."""

from __future__ import annotations

import pytest

from digest.archive import PAGE_SIZE, Archive
from digest.errors import NotFound
from digest.models import Week
from digest.store.engine import Database
from digest.store.library import SqlLibrary
from digest.store.search import SqliteIndex
from tests.builders import WEEK, entry, issue
from tests.clocks import ManualClock


@pytest.fixture
async def archive(database: Database) -> Archive:
    library = SqlLibrary(database, ManualClock(), SqliteIndex())
    for week in range(3):
        numbers = range(week * 10, week * 10 + 10)
        await library.keep_issue(issue([entry(n) for n in numbers], week=WEEK.plus(week)))
    return Archive(library, "main")


async def test_pages_hold_everything_once(archive: Archive) -> None:
    pages = [await archive.search("lampnet", number) for number in (1, 2, 3)]
    assert [(one.page, one.pages, one.total, len(one.results)) for one in pages] == [
        (number, 3, 30, PAGE_SIZE) for number in (1, 2, 3)
    ]
    assert len({hit.key for one in pages for hit in one.results}) == 30


@pytest.mark.parametrize(("asked", "shown"), [(0, 1), (-5, 1), (4, 3), (10**9, 3)])
async def test_a_page_that_is_none_shows_the_nearest(archive: Archive, asked: int, shown: int) -> None:
    page = await archive.search("lampnet", asked)
    assert (page.page, len(page.results)) == (shown, PAGE_SIZE)


@pytest.mark.parametrize("query", ["", "kettles", '"'])
async def test_a_search_without_results_is_one_empty_page(archive: Archive, query: str) -> None:
    page = await archive.search(query, 7)
    assert (page.page, page.pages, page.total, page.results) == (1, 1, 0, ())


async def test_an_issue_that_is_not_whole_is_not_there_yet(archive: Archive) -> None:
    await archive.library.keep_issue(issue(week=Week(2025, 1), complete=False))
    with pytest.raises(NotFound, match="2025-W01"):
        await archive.issue(Week(2025, 1), "en")
    assert (await archive.issue(WEEK, "en")).week == WEEK
    with pytest.raises(NotFound):
        await archive.issue(WEEK, "ja")


async def test_the_latest_is_the_newest_that_is_whole(archive: Archive) -> None:
    latest = await archive.latest("en")
    assert latest is not None
    assert latest.week == WEEK.plus(2)
    assert await archive.latest("ja") is None
