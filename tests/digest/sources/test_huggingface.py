from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from aiohttp import web as aiohttp_web

from digest.errors import NotYetListed, SourceError
from digest.models import Link, Week
from digest.reading.fetch import SafeWeb
from digest.sources import huggingface
from digest.sources.huggingface import HuggingFaceSource
from tests.digest.sources.support import StillClock
from tests.servers.pages import WebServer


def daily(server: WebServer, days: dict[str, object]) -> list[str]:
    """Serve the API; the dates it was asked for, as they come."""
    asked: list[str] = []

    async def answer(request: aiohttp_web.Request) -> aiohttp_web.Response:
        day = request.query["date"]
        asked.append(day)
        found = days.get(day, [])
        body = found if isinstance(found, str) else json.dumps(found)
        return aiohttp_web.Response(text=body, content_type="application/json")

    server.pages["/api/daily_papers"] = answer
    return asked


def item(number: int, votes: object = 0, **fields: object) -> dict[str, object]:
    return {"paper": {"id": f"2402.{number:05}", "title": f"Paper {number}", "upvotes": votes, **fields}}


@pytest.fixture
def source(server: WebServer, web: SafeWeb, clock: StillClock) -> HuggingFaceSource:
    return HuggingFaceSource(web, clock, f"{server.url}/api/daily_papers", limit=3)


async def test_a_week_is_seven_days_by_votes(source: HuggingFaceSource, server: WebServer) -> None:
    asked = daily(
        server,
        {
            "2024-02-26": [item(1, 5), item(2, 50)],
            "2024-02-28": [item(3, 7), item(1, 9)],
            "2024-03-03": [item(4, 8)],
            "2024-03-04": [item(5, 900)],
        },
    )
    (listing,) = await source.listings(Week(2024, 9))
    assert [(c.paper.key, c.votes) for c in listing.candidates] == [
        ("arxiv:2402.00002", 50),
        ("arxiv:2402.00001", 9),
        ("arxiv:2402.00004", 8),
    ]
    assert (listing.start, listing.end) == (date(2024, 2, 26), date(2024, 3, 3))
    assert asked == [f"2024-02-{day}" for day in (26, 27, 28, 29)] + [f"2024-03-0{day}" for day in (1, 2, 3)]


async def test_none_is_the_latest_week_that_has_ended(source: HuggingFaceSource, server: WebServer) -> None:
    daily(server, {"2024-02-26": [item(1)]})
    assert [listing.week for listing in await source.listings(None)] == [Week(2024, 9)]


async def test_all_that_is_known_is_kept(source: HuggingFaceSource, server: WebServer) -> None:
    daily(
        server,
        {
            "2024-02-26": [
                item(
                    1,
                    authors=[{"name": "Hanako Yamada"}, {"name": "Wrong", "hidden": True}, {"name": ""}],
                    summary="One\n two.",
                    publishedAt="2024-02-25T23:00:00.000Z",
                    githubRepo="https://github.com/a/b",
                    projectPage="javascript:alert(1)",
                    ai_summary="Says what.",
                )
            ]
        },
    )
    ((candidate,),) = [listing.candidates for listing in await source.listings(Week(2024, 9))]
    paper = candidate.paper
    assert paper.authors == ("Hanako Yamada",)
    assert paper.abstract == "One two."
    assert paper.published == date(2024, 2, 25)
    assert paper.links == (Link("Code", "https://github.com/a/b"),)
    assert paper.url == "https://arxiv.org/abs/2402.00001"
    assert candidate.description == "Says what."


@pytest.mark.parametrize(
    "hostile",
    [
        *(None, 7, "x", [], {}, {"paper": None}, {"paper": []}, {"paper": {"id": 3}}),
        {"paper": {"id": "../../etc/passwd", "title": "x"}},
        {"paper": {"id": "evil.example/2402.00001", "title": "x"}},
        {"paper": {"id": {"a": 1}, "title": ["x"]}},
    ],
)
async def test_what_is_no_paper_is_left_out(hostile: object) -> None:
    found = huggingface.parse(json.dumps([hostile, item(1)]).encode())
    assert [candidate.paper.key for candidate in found] == ["arxiv:2402.00001"]


def test_fields_of_the_wrong_type_are_unknown() -> None:
    fields = {"authors": {"name": 1}, "summary": 5, "publishedAt": "soon", "githubRepo": 1, "title": None}
    (found,) = huggingface.parse(json.dumps([item(1, True, **fields)]).encode())
    assert found.votes is None
    assert found.paper.title == "arxiv:2402.00001"
    assert (found.paper.authors, found.paper.abstract, found.paper.published) == (None, None, None)
    assert found.paper.links == ()


@pytest.mark.parametrize("answer", ["<html>", "{}", '"x"', "[" * 100_000])
async def test_an_answer_that_is_no_list_is_an_error(
    source: HuggingFaceSource, server: WebServer, answer: str
) -> None:
    daily(server, {"2024-02-27": answer})
    with pytest.raises(SourceError, match="2024-02-27"):
        await source.listings(Week(2024, 9))


async def test_a_day_that_fails_fails_the_week(source: HuggingFaceSource, server: WebServer) -> None:
    server.fail("/api/daily_papers", 200, 500)
    with pytest.raises(SourceError, match="Hugging Face"):
        await source.listings(Week(2024, 9))


async def test_a_week_that_is_empty_yet_may_still_come(source: HuggingFaceSource, server: WebServer) -> None:
    daily(server, {})
    with pytest.raises(NotYetListed):
        await source.listings(Week(2024, 9))
    with pytest.raises(NotYetListed):
        await source.listings(Week(2024, 10))
    assert await source.listings(Week(2024, 8)) == ()


async def test_the_recorded_answer_is_read(
    shared: Path, source: HuggingFaceSource, server: WebServer, clock: StillClock
) -> None:
    clock.time = datetime(2026, 6, 16, tzinfo=UTC)
    daily(server, {"2026-06-12": (shared / "hf-daily-papers.json").read_text("utf-8")})
    recorded = HuggingFaceSource(source.web, clock, source.url, limit=100)
    (listing,) = await recorded.listings(Week(2026, 24))
    assert len(listing.candidates) == 30
    votes = [candidate.votes or 0 for candidate in listing.candidates]
    assert votes == sorted(votes, reverse=True)
    assert all(c.paper.authors and c.paper.abstract and c.paper.published for c in listing.candidates)
    assert sum(link.label == "Code" for c in listing.candidates for link in c.paper.links) == 16
    assert sum(link.label == "Project" for c in listing.candidates for link in c.paper.links) == 13
