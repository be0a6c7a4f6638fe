from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest.addresses import arxiv_reference
from digest.errors import NotYetListed, SourceError
from digest.models import Link, Paper, Week
from digest.sources.arxiv import ArxivCatalogue, ArxivSource
from digest.sources.arxiv_client import ArxivClient, ArxivLimits
from tests.digest.sources.support import StillClock
from tests.servers.arxiv import ArxivServer, ServedPaper

TWO_VERSIONS = (datetime(2024, 2, 27, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))


def listed(name: str, title: str = "Short name", version: str | None = None) -> Paper:
    found = arxiv_reference(name, version)
    return Paper(found.key, title, found.url, found.pdf_url, found.version)


@pytest.fixture
async def arxiv() -> AsyncIterator[ArxivServer]:
    server = ArxivServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(arxiv: ArxivServer, clock: StillClock) -> AsyncIterator[ArxivClient]:
    opened = ArxivClient(ArxivLimits("Rinko-test/1", arxiv.api_url), clock)
    yield opened
    opened.close()


@pytest.fixture
def catalogue(client: ArxivClient) -> ArxivCatalogue:
    return ArxivCatalogue(client)


async def test_facts_are_filled_in(arxiv: ArxivServer, catalogue: ArxivCatalogue) -> None:
    arxiv.add(
        ServedPaper(
            "2402.17764",
            title="The Long\n   and Whole Title",
            categories=("cs.LG", "cs.CL", "cs.CL"),
            primary="cs.CL",
            versions=TWO_VERSIONS,
        )
    )
    paper = replace(listed("2402.17764"), links=(Link("Code", "https://code.example/"),))
    (found,) = await catalogue.describe([paper])
    assert found == Paper(
        key="arxiv:2402.17764",
        title="The Long and Whole Title",
        url="https://arxiv.org/abs/2402.17764",
        pdf_url="https://arxiv.org/pdf/2402.17764v2",
        version="v2",
        authors=("Hanako Yamada", "Ada Example"),
        published=date(2024, 2, 27),
        updated=date(2024, 3, 1),
        categories=("cs.CL", "cs.LG"),
        abstract="We show that it works.",
        links=(Link("Code", "https://code.example/"),),
    )
    assert arxiv.agents == ["Rinko-test/1"]


async def test_a_named_version_is_the_one_described(arxiv: ArxivServer, catalogue: ArxivCatalogue) -> None:
    arxiv.add(ServedPaper("2402.17764", versions=TWO_VERSIONS))
    first, latest = await catalogue.describe([listed("2402.17764", version="v1"), listed("2402.17764")])
    assert (first.version, first.updated, first.pdf_url) == (
        *("v1", date(2024, 2, 27), "https://arxiv.org/pdf/2402.17764v1"),
    )
    assert (latest.version, latest.updated) == ("v2", date(2024, 3, 1))
    assert len(arxiv.queries) == 1


async def test_a_version_that_never_was_gets_the_latest_facts(
    arxiv: ArxivServer, catalogue: ArxivCatalogue
) -> None:
    arxiv.add(ServedPaper("2402.17764", versions=TWO_VERSIONS))
    _, found = await catalogue.describe([listed("2402.17764"), listed("2402.17764", version="v9")])
    assert found.version == "v2"


async def test_a_hundred_papers_are_one_request(arxiv: ArxivServer, catalogue: ArxivCatalogue) -> None:
    names = [f"2402.{n:05}" for n in range(100)]
    arxiv.add(*(ServedPaper(name, title=f"Title {name}") for name in names))
    found = await catalogue.describe([listed(name) for name in names])
    assert [paper.title for paper in found] == [f"Title {name}" for name in names]
    assert len(arxiv.queries) == 1


async def test_more_than_a_batch_is_asked_for_three_seconds_apart(
    arxiv: ArxivServer, catalogue: ArxivCatalogue, clock: StillClock
) -> None:
    names = [f"2402.{n:05}" for n in range(230)]
    arxiv.add(*(ServedPaper(name) for name in names))
    found = await catalogue.describe([listed(name) for name in names])
    assert all(paper.authors for paper in found)
    assert len(arxiv.queries) == 3
    assert clock.slept == [3.0, 3.0]


async def test_a_missing_paper_does_not_make_the_package_turn_pages(
    arxiv: ArxivServer, catalogue: ArxivCatalogue
) -> None:
    """An entry the package cannot use makes the page look short, and the package asks on by itself."""
    arxiv.add(ServedPaper("2402.00001"), ServedPaper("2402.00002"))
    answer = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">
      <o:totalResults>2</o:totalResults>
      <entry><id>http://arxiv.org/abs/2402.00001v1</id><title>Good</title>
        <published>2024-02-01T00:00:00Z</published><updated>2024-02-01T00:00:00Z</updated></entry>
      <entry><id>http://arxiv.org/abs/2402.00002v1</id><title>Undated</title></entry></feed>"""
    arxiv.faults.append(answer)
    one, two = await catalogue.describe([listed("2402.00001"), listed("2402.00002")])
    assert (one.title, two.title) == ("Good", "Short name")
    assert len(arxiv.queries) == 1


async def test_what_is_not_known_comes_back_as_it_was(arxiv: ArxivServer, catalogue: ArxivCatalogue) -> None:
    elsewhere = Paper("https://lab.example/a.pdf", "Elsewhere", "https://lab.example/a.pdf")
    arxiv.add(ServedPaper("2402.00001"))
    papers = [elsewhere, listed("2402.99999"), listed("2402.00001")]
    found = await catalogue.describe(papers)
    assert found[:2] == tuple(papers[:2])
    assert found[2].authors


async def test_nothing_on_arxiv_asks_nothing(arxiv: ArxivServer, catalogue: ArxivCatalogue) -> None:
    elsewhere = Paper("https://lab.example/a.pdf", "Elsewhere", "https://lab.example/a.pdf")
    assert await catalogue.describe([elsewhere]) == (elsewhere,)
    assert not arxiv.queries


async def test_one_id_that_is_refused_does_not_lose_the_others(
    arxiv: ArxivServer, catalogue: ArxivCatalogue
) -> None:
    names = [f"2402.{n:05}" for n in range(8)]
    arxiv.add(*(ServedPaper(name, title=f"Title {name}") for name in names))
    arxiv.poisoned.add("2402.00005")
    found = await catalogue.describe([listed(name) for name in names])
    assert [paper.title for paper in found] == [
        "Short name" if name == "2402.00005" else f"Title {name}" for name in names
    ]


async def test_an_entry_with_a_broken_date_does_not_lose_the_others(
    arxiv: ArxivServer, catalogue: ArxivCatalogue
) -> None:
    arxiv.add(ServedPaper("2402.00001", published_as="soon"), ServedPaper("2402.00002", title="Good"))
    one, two = await catalogue.describe([listed("2402.00001"), listed("2402.00002")])
    assert (one.title, two.title) == ("Short name", "Good")


async def test_old_ids_are_asked_for_without_their_subject_class(
    arxiv: ArxivServer, catalogue: ArxivCatalogue
) -> None:
    arxiv.add(ServedPaper("math/0309136", title="Old"))
    (found,) = await catalogue.describe([listed("math.GT/0309136")])
    assert (found.title, found.key) == ("Old", "arxiv:math/0309136")


async def test_a_withdrawn_paper_has_no_pdf(arxiv: ArxivServer, catalogue: ArxivCatalogue) -> None:
    arxiv.add(ServedPaper("2402.00001", abstract="This paper has been withdrawn.", listed_pdf=False))
    (found,) = await catalogue.describe([listed("2402.00001")])
    assert found.pdf_url is None
    assert found.abstract == "This paper has been withdrawn."


async def test_an_empty_answer_is_asked_for_once_more(arxiv: ArxivServer, catalogue: ArxivCatalogue) -> None:
    arxiv.add(ServedPaper("2402.00001"), ServedPaper("2402.00002"))
    arxiv.faults.append('<feed xmlns="http://www.w3.org/2005/Atom"></feed>')
    found = await catalogue.describe([listed("2402.00001"), listed("2402.00002")])
    assert all(paper.authors for paper in found)


# ------------------------------------------------------------------- pace and backoff


async def test_all_who_ask_share_one_pace(
    arxiv: ArxivServer, client: ArxivClient, catalogue: ArxivCatalogue, clock: StillClock
) -> None:
    arxiv.add(ServedPaper("2402.00001"))
    source = ArxivSource(client, "cat:cs.CL", clock)
    await asyncio.gather(
        source.listings(Week(2024, 9)),
        catalogue.describe([listed("2402.00001")]),
        source.listings(Week(2024, 9)),
    )
    assert clock.slept == [3.0, 3.0]


async def test_retry_after_is_obeyed_by_all(
    arxiv: ArxivServer, catalogue: ArxivCatalogue, clock: StillClock
) -> None:
    arxiv.add(ServedPaper("2402.00001"))
    arxiv.faults.append((429, {"Retry-After": "17"}))
    (found,) = await catalogue.describe([listed("2402.00001")])
    assert found.authors
    assert clock.slept == [17.0]


async def test_retry_after_as_a_date_is_obeyed(
    arxiv: ArxivServer, catalogue: ArxivCatalogue, clock: StillClock
) -> None:
    arxiv.add(ServedPaper("2402.00001"))
    arxiv.faults.append((503, {"Retry-After": "Tue, 05 Mar 2024 00:00:30 GMT"}))
    await catalogue.describe([listed("2402.00001")])
    assert clock.slept == [30.0]


async def test_without_retry_after_waits_double(
    arxiv: ArxivServer, catalogue: ArxivCatalogue, clock: StillClock
) -> None:
    arxiv.add(ServedPaper("2402.00001"))
    arxiv.faults.extend([(429, {}), (500, {}), (503, {"Retry-After": "soon"})])
    (found,) = await catalogue.describe([listed("2402.00001")])
    assert found.authors
    assert clock.slept == [6.0, 12.0, 24.0]


async def test_a_server_that_stays_busy_is_an_error(arxiv: ArxivServer, catalogue: ArxivCatalogue) -> None:
    arxiv.faults.extend([(429, {})] * 9)
    with pytest.raises(SourceError, match=r"arXiv: it is busy \(HTTP 429\)\. Try again"):
        await catalogue.describe([listed("2402.00001")])
    assert len(arxiv.queries) == 4


async def test_a_wait_that_is_too_long_is_an_error_at_once(
    arxiv: ArxivServer, catalogue: ArxivCatalogue, clock: StillClock
) -> None:
    arxiv.faults.append((429, {"Retry-After": "86400"}))
    with pytest.raises(SourceError, match="86400 seconds"):
        await catalogue.describe([listed("2402.00001")])
    assert clock.slept == []


async def test_a_server_that_is_not_there_is_an_error(clock: StillClock) -> None:
    client = ArxivClient(ArxivLimits("Rinko-test/1", "http://127.0.0.1:9/api/query"), clock)
    with pytest.raises(SourceError, match="did not answer"):
        await ArxivCatalogue(client).describe([listed("2402.00001")])
    client.close()


async def test_an_address_that_is_none_names_the_setting(clock: StillClock) -> None:
    client = ArxivClient(ArxivLimits("Rinko-test/1", "gopher://arxiv.example/{}"), clock)
    with pytest.raises(SourceError, match=r"arxiv\.api_url"):
        await ArxivCatalogue(client).describe([listed("2402.00001")])
    client.close()


# ---------------------------------------------------------------------------- search


async def test_a_search_is_held_to_the_days_of_the_week(
    arxiv: ArxivServer, client: ArxivClient, clock: StillClock
) -> None:
    days = {
        "before": datetime(2024, 2, 25, 23, 59, tzinfo=UTC),
        "first": datetime(2024, 2, 26, tzinfo=UTC),
        "last": datetime(2024, 3, 3, 23, 59, tzinfo=UTC),
        "after": datetime(2024, 3, 4, tzinfo=UTC),
    }
    for n, (title, day) in enumerate(days.items()):
        arxiv.add(ServedPaper(f"2402.0000{n}", title=title, versions=(day,)))
    source = ArxivSource(client, "cat:cs.CL OR cat:cs.LG", clock, limit=7)
    (listing,) = await source.listings(Week(2024, 9))
    assert [candidate.paper.title for candidate in listing.candidates] == ["first", "last"]
    assert (listing.start, listing.end) == (date(2024, 2, 26), date(2024, 3, 3))
    assert arxiv.queries[0]["search_query"] == (
        "(cat:cs.CL OR cat:cs.LG) AND submittedDate:[202402260000 TO 202403032359]"
    )
    assert arxiv.queries[0]["max_results"] == "7"


async def test_a_search_knows_the_facts_already(
    arxiv: ArxivServer, client: ArxivClient, clock: StillClock
) -> None:
    arxiv.add(ServedPaper("2402.17764", title="Found", versions=TWO_VERSIONS))
    (listing,) = await ArxivSource(client, "cat:cs.CL", clock).listings(None)
    paper = listing.candidates[0].paper
    assert (paper.key, paper.version, paper.authors) == (
        *("arxiv:2402.17764", "v2", ("Hanako Yamada", "Ada Example")),
    )


async def test_a_week_that_has_not_ended_is_not_listed_yet(client: ArxivClient, clock: StillClock) -> None:
    with pytest.raises(NotYetListed):
        await ArxivSource(client, "cat:cs.CL", clock).listings(Week(2024, 10))


async def test_a_search_that_is_not_understood_says_so(
    arxiv: ArxivServer, client: ArxivClient, clock: StillClock
) -> None:
    arxiv.faults.append((400, {}))
    with pytest.raises(SourceError, match=r"does not understand the search “cat:”"):
        await ArxivSource(client, "cat:", clock).listings(Week(2024, 9))


async def test_the_recorded_answer_is_read(
    shared: Path, arxiv: ArxivServer, client: ArxivClient, clock: StillClock
) -> None:
    arxiv.faults.append((shared / "arxiv-atom.xml").read_text("utf-8"))
    clock.time = datetime(2026, 8, 4, tzinfo=UTC)
    (listing,) = await ArxivSource(client, "cat:cs.AI", clock, limit=25).listings(Week(2026, 31))
    assert len(listing.candidates) == 25
    first = listing.candidates[0].paper
    assert (first.key, first.version) == ("arxiv:2607.28628", "v1")
    assert first.title == "Learning to Trace Seiberg Dualities"
    assert first.categories == ("hep-th", "cs.AI", "cs.LG", "hep-ph")
    assert first.authors
    assert first.authors[-2:] == ("Alessandro Mininno", "Gary Shiu")
    assert first.published == date(2026, 7, 30)
    for candidate in listing.candidates:
        assert candidate.paper.abstract
        assert "\n" not in candidate.paper.abstract
        assert candidate.paper.pdf_url
