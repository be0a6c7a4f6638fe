from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import NotYetListed, SourceError
from digest.models import Week
from digest.reading.fetch import SafeWeb
from digest.sources.dair import DairSource
from tests.digest.sources.support import DATA, StillClock
from tests.servers.pages import WebServer

NOW = datetime(2032, 1, 20, tzinfo=UTC)


def serve(server: WebServer, folder: Path) -> str:
    for path in folder.rglob("*.md"):
        server.give(f"/list/{path.relative_to(folder)}", path.read_bytes(), "text/plain; charset=utf-8")
    return f"{server.url}/list/README.md"


@pytest.fixture
def source(server: WebServer, web: SafeWeb, clock: StillClock) -> DairSource:
    clock.time = NOW
    return DairSource(web, serve(server, DATA / "dair"), clock)


async def test_a_week_takes_the_index_and_its_year_file(source: DairSource, server: WebServer) -> None:
    (listing,) = await source.listings(Week(2031, 21))
    assert listing.week == Week(2031, 21)
    assert len(listing.candidates) == 5
    assert server.asked == {"/list/README.md": 1, "/list/years/2031.md": 1}


async def test_a_week_over_new_year_takes_the_new_years_file(source: DairSource, server: WebServer) -> None:
    (listing,) = await source.listings(Week(2032, 1))
    assert [c.paper.title for c in listing.candidates] == ["New Year's Bells"]
    assert server.asked == {"/list/README.md": 1, "/list/years/2032.md": 1}


async def test_a_week_the_index_forgot_is_found_in_its_year(source: DairSource) -> None:
    (listing,) = await source.listings(Week(2031, 13))
    assert [c.paper.title for c in listing.candidates] == ["Spring"]


async def test_all_weeks_come_newest_first(source: DairSource, server: WebServer) -> None:
    found = await source.listings(None)
    assert [str(listing.week) for listing in found] == [
        *("2032-W02", "2032-W01", "2031-W51", "2031-W21", "2031-W13", "2031-W12", "2031-W02")
    ]
    assert sum(server.asked.values()) == 3


async def test_the_single_file_is_fetched_alone(source: DairSource, web: SafeWeb, server: WebServer) -> None:
    single = DairSource(web, f"{server.url}/list/single.md", source.clock)
    (listing,) = await single.listings(Week(2023, 27))
    assert [c.paper.title for c in listing.candidates] == ["Summer"]
    assert len(await single.listings(None)) == 5
    assert set(server.asked) == {"/list/single.md"}


async def test_one_years_file_will_do(source: DairSource, web: SafeWeb, server: WebServer) -> None:
    year = DairSource(web, f"{server.url}/list/years/2031.md", source.clock)
    assert len(await year.listings(None)) == 5


async def test_a_week_after_the_newest_is_late(source: DairSource) -> None:
    with pytest.raises(NotYetListed, match="2032-W03"):
        await source.listings(Week(2032, 3))


async def test_a_week_whose_table_is_still_to_come_is_late(
    source: DairSource, web: SafeWeb, server: WebServer
) -> None:
    server.give(
        "/late/README.md", "- [Top (May 6 - May 12)](years/2024.md)\n- [Top (May 13 - May 19)](years/2024.md)"
    )
    table = "| 1) **A** - x | [Paper](https://a.example/1) |"
    server.give("/late/years/2024.md", f"## Top (May 13 - May 19)\n\n## Top (May 6 - May 12)\n{table}")
    late = DairSource(web, f"{server.url}/late/README.md", source.clock)
    with pytest.raises(NotYetListed):
        await late.listings(Week(2024, 20))
    assert len(await late.listings(Week(2024, 19))) == 1


async def test_an_older_week_that_was_left_out_gives_none(source: DairSource) -> None:
    assert await source.listings(Week(2031, 40)) == ()


async def test_a_list_that_is_gone_names_the_source_and_the_address(
    source: DairSource, web: SafeWeb, server: WebServer
) -> None:
    with pytest.raises(SourceError, match=r"DAIR\.AI Top Papers: .*/gone\.md"):
        await DairSource(web, f"{server.url}/gone.md", source.clock).listings(None)


async def test_a_page_that_is_no_list_says_what_to_do(
    source: DairSource, web: SafeWeb, server: WebServer
) -> None:
    address = server.give("/page.md", "<html><body>Sign in</body></html>")
    with pytest.raises(SourceError, match="raw Markdown") as caught:
        await DairSource(web, address, source.clock).listings(Week(2032, 3))
    assert not isinstance(caught.value, NotYetListed)


async def test_an_index_cannot_send_us_elsewhere(source: DairSource, web: SafeWeb, server: WebServer) -> None:
    table = "## Top (May 6 - May 12) - 2024\n| 1) **A** - x | [Paper](https://a.example/1) |"
    server.give("/list/in/README.md", f"- [Top (May 13 - May 19)](../years/2031.md)\n\n{table}")
    found = await DairSource(web, f"{server.url}/list/in/README.md", source.clock).listings(None)
    assert len(found) == 1
    assert set(server.asked) == {"/list/in/README.md"}


async def test_every_recorded_week_comes_through_the_index(
    shared: Path, web: SafeWeb, server: WebServer, clock: StillClock
) -> None:
    clock.time = datetime(2026, 7, 1, tzinfo=UTC)
    source = DairSource(web, serve(server, shared / "dair"), clock)
    found = await source.listings(None)
    assert len(found) == 20 + 18 + 18 + 8
    assert {len(listing.candidates) for listing in found} == {10}
    for listing in found[::9]:
        assert await source.listings(listing.week) == (listing,)
    with pytest.raises(NotYetListed):
        await source.listings(Week(2026, 27))
    assert await source.listings(Week(2026, 12)) == ()
