"""What every source of papers must do, whatever it is: one suite over all kinds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web as aiohttp_web

from digest.errors import NotYetListed, SourceError
from digest.models import Listing, Week
from digest.ports import Source, Web
from digest.sources.arxiv import ArxivSource
from digest.sources.arxiv_client import ArxivClient, ArxivLimits
from digest.sources.dair import DairSource
from digest.sources.feed import FeedSource
from digest.sources.huggingface import HuggingFaceSource
from digest.sources.reading_list import ReadingList
from digest.weeks import week_of
from tests.digest.sources.support import StillClock, loopback_web, page_server
from tests.servers.arxiv import ArxivServer, ServedPaper
from tests.servers.pages import WebServer

LATEST, BEFORE, EMPTY, NEXT = Week(2024, 9), Week(2024, 8), Week(2024, 6), Week(2024, 10)
"""Two weeks with papers, the first of them the latest that has ended; one without; one to come."""
PAPERS = {LATEST: ("2402.00001", "2402.00002"), BEFORE: ("2402.00003",)}
NOW = datetime(2024, 3, 5, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A source that lists `PAPERS`, and how to break what it reads from."""

    source: Source
    break_it: Callable[[], Awaitable[None]]
    keeps_weeks: bool
    """Whether it keeps a list of weeks, or answers any date it is asked for."""


async def dair(stack: AsyncExitStack, tmp_path: Path, clock: StillClock) -> Case:
    web, server = await _web(stack, clock)
    weeks = "\n".join(
        f"## Top AI Papers of the Week ({week.start:%B %-d} - {week.end:%B %-d}) - {week.end.year}\n"
        "| **Paper**  | **Links** |\n| --- | --- |\n"
        + "\n".join(
            f"| {n}) **T {x}** - x. | [Paper](https://arxiv.org/abs/{x}) |" for n, x in enumerate(ids, 1)
        )
        for week, ids in PAPERS.items()
    )
    return Case(DairSource(web, server.give("/README.md", weeks), clock), _gone(server), keeps_weeks=True)


async def feed(stack: AsyncExitStack, tmp_path: Path, clock: StillClock) -> Case:
    web, server = await _web(stack, clock)
    items = "".join(
        f"<entry><title>T {x}</title><id>{x}</id><link href='https://arxiv.org/abs/{x}'/>"
        f"<published>{week.start + timedelta(days=2)}T12:00:00Z</published></entry>"
        for week, ids in PAPERS.items()
        for x in ids
    )
    atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{items}</feed>"
    return Case(FeedSource(web, server.give("/feed", atom), clock), _gone(server), keeps_weeks=True)


async def huggingface(stack: AsyncExitStack, tmp_path: Path, clock: StillClock) -> Case:
    web, server = await _web(stack, clock)

    async def answer(request: aiohttp_web.Request) -> aiohttp_web.Response:
        week = week_of(date.fromisoformat(request.query["date"]))
        papers = [{"paper": {"id": x, "title": f"T {x}"}} for x in PAPERS.get(week, ())]
        return aiohttp_web.Response(text=json.dumps(papers), content_type="application/json")

    server.pages["/api"] = answer
    return Case(HuggingFaceSource(web, clock, f"{server.url}/api"), _gone(server), keeps_weeks=False)


async def arxiv(stack: AsyncExitStack, tmp_path: Path, clock: StillClock) -> Case:
    server = ArxivServer()
    await server.start()
    stack.push_async_callback(server.stop)
    for week, ids in PAPERS.items():
        posted = datetime.combine(week.start, datetime.min.time(), UTC) + timedelta(days=2)
        server.add(*(ServedPaper(x, title=f"T {x}", versions=(posted,)) for x in ids))
    client = ArxivClient(ArxivLimits("Rinko-test", server.api_url), clock)
    stack.callback(client.close)

    async def break_it() -> None:
        server.faults.extend([(500, {})] * 9)

    return Case(ArxivSource(client, "cat:cs.CL", clock), break_it, keeps_weeks=False)


async def reading_list(stack: AsyncExitStack, tmp_path: Path, clock: StillClock) -> Case:
    file = tmp_path / "list.md"
    lines = (f"## {week}\n" + "".join(f"- {x} T {x}\n" for x in ids) for week, ids in PAPERS.items())
    file.write_text("".join(lines), "utf-8")

    async def break_it() -> None:
        file.unlink()

    return Case(ReadingList(file, clock), break_it, keeps_weeks=True)


async def _web(stack: AsyncExitStack, clock: StillClock) -> tuple[Web, WebServer]:
    return await stack.enter_async_context(loopback_web(clock)), await stack.enter_async_context(
        page_server()
    )


def _gone(server: WebServer) -> Callable[[], Awaitable[None]]:
    async def break_it() -> None:
        server.pages.clear()

    return break_it


@pytest.fixture(params=[arxiv, dair, feed, huggingface, reading_list], ids=lambda make: make.__name__)
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Case]:
    async with AsyncExitStack() as stack:
        yield await request.param(stack, tmp_path, StillClock(NOW))


def ids(listing: Listing) -> tuple[str, ...]:
    return tuple(candidate.paper.key.removeprefix("arxiv:") for candidate in listing.candidates)


async def test_it_has_a_name_and_a_kind(case: Case) -> None:
    assert case.source.name
    assert case.source.kind in {"dair", "arxiv", "huggingface", "feed", "list"}


@pytest.mark.parametrize("week", [LATEST, BEFORE], ids=str)
async def test_a_week_gives_that_week_alone(case: Case, week: Week) -> None:
    (listing,) = await case.source.listings(week)
    assert listing.week == week
    assert ids(listing) == PAPERS[week]
    assert week.start <= listing.start <= listing.end <= week.end


async def test_papers_have_titles_and_addresses(case: Case) -> None:
    (listing,) = await case.source.listings(LATEST)
    for candidate in listing.candidates:
        assert candidate.paper.title == f"T {candidate.paper.arxiv_id}"
        assert candidate.paper.url == f"https://arxiv.org/abs/{candidate.paper.arxiv_id}"


async def test_none_gives_all_weeks_it_keeps_newest_first(case: Case) -> None:
    found = await case.source.listings(None)
    weeks = [LATEST, BEFORE] if case.keeps_weeks else [LATEST]
    assert [(listing.week, ids(listing)) for listing in found] == [(week, PAPERS[week]) for week in weeks]


async def test_a_week_to_come_is_not_listed_yet(case: Case) -> None:
    with pytest.raises(NotYetListed):
        await case.source.listings(NEXT)


async def test_an_older_week_without_papers_gives_none(case: Case) -> None:
    assert await case.source.listings(EMPTY) == ()


async def test_what_cannot_be_read_is_an_error_and_not_late(case: Case) -> None:
    await case.break_it()
    for week in (LATEST, None):
        with pytest.raises(SourceError) as caught:
            await case.source.listings(week)
        assert not isinstance(caught.value, NotYetListed)
        assert caught.value.message


async def test_asking_twice_gives_the_same(case: Case) -> None:
    assert await case.source.listings(LATEST) == await case.source.listings(LATEST)
