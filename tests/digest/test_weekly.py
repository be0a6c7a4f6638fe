"""One week from its sources to a stored issue, whatever fails on the way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import (
    AllSourcesFailed,
    NotBuilt,
    NothingListed,
    NotInDigest,
    NotYetListed,
    SourceError,
    StoreError,
    TooSlow,
    WriterError,
)
from digest.models import Extent
from digest.ports import Step
from digest.readings import Readings
from digest.store.engine import Database
from digest.store.library import SqlLibrary
from digest.store.search import SqliteIndex
from digest.store.turns import SqlTurns
from digest.weekly import Weekly
from tests.builders import WEEK, paper
from tests.clocks import ManualClock
from tests.digest.adapters import CountingReader, KnownFacts, ListSource, PlainWriter

MONDAY = datetime(2024, 3, 4, tzinfo=UTC)
"""When the week has just ended, in UTC."""
PAPERS = tuple(paper(number, authors=None) for number in range(1, 5))


@dataclass
class Desk:
    """Everything a week is made with, to be changed by a test before it begins."""

    library: SqlLibrary
    clock: ManualClock
    sources: list[ListSource] = field(default_factory=lambda: [ListSource(PAPERS)])
    catalogue: KnownFacts = field(default_factory=KnownFacts)
    reader: CountingReader = field(default_factory=CountingReader)
    writer: PlainWriter = field(default_factory=PlainWriter)
    most: int = 10
    at_once: int = 2

    def weekly(self) -> Weekly:
        return Weekly(
            tuple(self.sources),
            self.catalogue,
            Readings(self.reader, self.library, self.clock),
            self.writer,
            self.library,
            self.clock,
            "main",
            ("en", "ja"),
            self.most,
            self.at_once,
            timedelta(hours=18),
            SqlTurns(self.library.database, self.clock, "one"),
        )


@pytest.fixture
def desk(database: Database, clock: ManualClock) -> Desk:
    return Desk(SqlLibrary(database, clock, SqliteIndex()), clock)


async def test_a_week_is_made_whole_and_taken_from_the_store_after(desk: Desk) -> None:
    made = await desk.weekly().build(WEEK, "en")
    assert made.complete
    assert [one.paper.key for one in made.entries] == [one.key for one in PAPERS]
    assert all(one.writing and one.coverage.extent is Extent.FULL for one in made.entries)
    assert all(one.paper.authors == ("Catalogue, A.",) for one in made.entries)
    assert made.overview == ("4 papers in en.",)
    assert await desk.weekly().build(WEEK, "en") == made
    assert (desk.sources[0].asked, len(desk.reader.read_keys), len(desk.writer.written)) == (1, 4, 4)


async def test_a_source_that_fails_is_named_beside_those_that_answered(desk: Desk) -> None:
    desk.sources.append(ListSource(error=SourceError("it rained"), name="Wet list"))
    made = await desk.weekly().build(WEEK, "en")
    assert [(one.name, one.ok, one.note) for one in made.sources] == [
        ("A list", True, None),
        ("Wet list", False, "it rained"),
    ]
    assert len(made.entries) == 4


async def test_all_sources_failing_is_an_error_with_every_reason(desk: Desk) -> None:
    desk.sources = [ListSource(error=SourceError(f"reason {n}"), name=f"List {n}") for n in (1, 2)]
    with pytest.raises(AllSourcesFailed, match=r"List 1: reason 1.*List 2: reason 2"):
        await desk.weekly().build(WEEK, "en")
    assert await desk.library.issue("main", WEEK, "en") is None


@pytest.mark.parametrize(
    "beside", [[], [ListSource(())], [ListSource(error=SourceError("down"))], [ListSource([paper(9)])]]
)
async def test_a_list_that_is_late_is_waited_for(desk: Desk, beside: list[ListSource]) -> None:
    """An issue without it would be whole, and the list never asked for again."""
    late = ListSource(PAPERS, error=NotYetListed("not there yet"))
    desk.sources = [late, *beside]
    desk.clock.time = MONDAY + timedelta(hours=18)
    with pytest.raises(NotYetListed):
        await desk.weekly().build(WEEK, "en")
    late.error = None
    made = await desk.weekly().build(WEEK, "en")
    assert {one.key for one in PAPERS} <= {one.paper.key for one in made.entries}


@pytest.mark.parametrize("usual_hours", [0, 15])
async def test_after_a_set_time_the_other_sources_step_in(desk: Desk, usual_hours: int) -> None:
    late = ListSource(error=NotYetListed("not there yet"), name="Late", usual_hours=usual_hours)
    desk.sources.append(late)
    desk.clock.time = MONDAY + timedelta(hours=18 + usual_hours)
    with pytest.raises(NotYetListed):
        await desk.weekly().build(WEEK, "en")
    desk.clock.advance(seconds=1)
    made = await desk.weekly().build(WEEK, "en")
    assert len(made.entries) == 4
    assert [one.name for one in made.sources if not one.ok] == ["Late"]


async def test_a_digest_that_stands_is_renewed_without_the_list_that_is_late(desk: Desk) -> None:
    await desk.weekly().build(WEEK, "en")
    desk.sources.append(ListSource(error=NotYetListed("not there yet"), name="Late"))
    desk.clock.time = MONDAY
    again = await desk.weekly().build(WEEK, "en", again=True)
    assert [one.name for one in again.sources if not one.ok] == ["Late"]


async def test_a_week_is_without_papers_only_where_every_source_says_so(desk: Desk) -> None:
    desk.sources = [ListSource(()), ListSource(())]
    with pytest.raises(NothingListed):
        await desk.weekly().build(WEEK, "en")
    desk.sources[1].error = SourceError("down")
    with pytest.raises(AllSourcesFailed, match="down"):
        await desk.weekly().build(WEEK, "en")


async def test_a_catalogue_that_fails_is_noted_and_facts_stay_unknown(desk: Desk) -> None:
    desk.catalogue.error = SourceError("closed")
    made = await desk.weekly().build(WEEK, "en")
    assert made.sources[-1].note == "closed"
    assert not made.sources[-1].ok
    assert [one.paper.authors for one in made.entries] == [None] * 4


async def test_what_cannot_be_read_has_its_abstract_or_is_not_read(desk: Desk) -> None:
    papers = [paper(1), paper(2), paper(3, abstract=None)]
    desk.sources = [ListSource(papers)]
    desk.reader.unreadable = {papers[1].key: TooSlow(), papers[2].key: TooSlow()}
    full, abstract, nothing = (await desk.weekly().build(WEEK, "en")).entries
    assert full.coverage.extent is Extent.FULL
    assert (abstract.coverage.extent, abstract.coverage.reason) == (Extent.ABSTRACT, "TooSlow")
    assert abstract.writing is not None
    assert (nothing.coverage.extent, nothing.coverage.reason) == (Extent.NOTHING, "TooSlow")
    assert nothing.writing is None
    # The version stays what the catalogue said, so that the paper itself is tried again next time.
    assert [one.paper.version for one in (full, abstract, nothing)] == ["v1", "v1", "v1"]


async def test_asking_again_reads_what_could_not_be_read_and_only_that(desk: Desk) -> None:
    page = paper(9, key="https://example.org/a", url="https://example.org/a", version=None)
    desk.sources = [ListSource([PAPERS[0], page])]
    desk.reader.unreadable = {page.key: TooSlow()}
    first = await desk.weekly().build(WEEK, "en")
    assert first.entries[1].coverage.extent is Extent.ABSTRACT
    assert first.entries[1].paper.version is None
    desk.reader.unreadable = {}
    for _ in range(2):
        again = await desk.weekly().build(WEEK, "en", again=True)
        assert again.entries[1].coverage.extent is Extent.FULL
    assert desk.reader.read_keys == [PAPERS[0].key, page.key, page.key]
    assert desk.sources[0].asked == 3


async def test_a_writer_that_fails_on_one_paper_leaves_the_others(desk: Desk) -> None:
    desk.writer.fails_on = {PAPERS[1].key}
    desk.writer.overview_fails = True
    made = await desk.weekly().build(WEEK, "en")
    assert [one.writing is not None for one in made.entries] == [True, False, True, True]
    assert made.entries[1].coverage.reason == "WriterError"
    assert made.overview == ()


async def test_a_restart_goes_on_without_reading_or_writing_anything_twice(desk: Desk) -> None:
    desk.at_once = 1
    desk.reader.broken = {PAPERS[2].key: StoreError("pulled out")}
    with pytest.raises(StoreError, match="pulled out"):
        await desk.weekly().build(WEEK, "en")
    desk.reader.broken = {}
    made = await desk.weekly().build(WEEK, "en")
    assert made.complete
    assert [one.paper.key for one in made.entries] == [one.key for one in PAPERS]
    assert desk.reader.read_keys == [one.key for one in (*PAPERS[:3], *PAPERS[2:])]
    assert desk.writer.written == [(one.key, "en") for one in PAPERS]
    assert desk.sources[0].asked == 1


async def test_an_issue_that_is_whole_stays_until_a_new_one_is_whole(desk: Desk) -> None:
    made = await desk.weekly().build(WEEK, "en")
    desk.sources = [ListSource([*PAPERS, paper(9)])]
    desk.reader.broken = {paper(9).key: StoreError("pulled out")}
    with pytest.raises(StoreError):
        await desk.weekly().build(WEEK, "en", again=True)
    assert await desk.library.issue("main", WEEK, "en") == made
    desk.reader.broken = {}
    assert len((await desk.weekly().build(WEEK, "en", again=True)).entries) == 5


async def test_a_second_language_takes_the_same_papers(desk: Desk) -> None:
    english = await desk.weekly().build(WEEK, "en")
    desk.sources = [ListSource([paper(9)])]
    japanese = await desk.weekly().build(WEEK, "ja")
    assert [one.paper.key for one in japanese.entries] == [one.paper.key for one in english.entries]
    assert all(one.writing and one.writing.language == "ja" for one in japanese.entries)
    assert japanese.overview == ("4 papers in ja.",)
    assert desk.sources[0].asked == 0
    assert len(desk.reader.read_keys) == 4


async def test_a_writer_that_writes_otherwise_writes_again(desk: Desk) -> None:
    await desk.weekly().build(WEEK, "en")
    desk.writer.prompt_version = "2"
    again = await desk.weekly().build(WEEK, "en", again=True)
    assert [one.writing.prompt_version for one in again.entries if one.writing] == ["2"] * 4
    assert len(desk.reader.read_keys) == 4


@pytest.mark.parametrize("at_once", [1, 2, 3])
async def test_no_more_papers_are_read_at_once_than_allowed(desk: Desk, at_once: int) -> None:
    desk.sources = [ListSource([paper(number) for number in range(9)])]
    desk.at_once = desk.reader.waits_for = at_once
    await desk.weekly().build(WEEK, "en")
    assert desk.reader.most_at_once == at_once


async def test_no_more_papers_are_taken_than_allowed_and_the_rest_is_named(desk: Desk) -> None:
    desk.most = 3
    made = await desk.weekly().build(WEEK, "en")
    assert len(made.entries) == 3
    assert [one.title for one in made.left_out] == [PAPERS[3].title]


async def test_progress_names_every_paper_and_ends_where_it_should(desk: Desk) -> None:
    steps: list[Step] = []
    await desk.weekly().build(WEEK, "en", steps.append)
    assert [step.name for step in steps[:2]] == ["sources", "facts"]
    assert {step.subject for step in steps if step.name == "read"} == {one.title for one in PAPERS}
    assert all(0 <= step.done < step.total for step in steps)


async def test_a_week_asked_for_twice_at_once_ends_in_one_issue(desk: Desk) -> None:
    one, other = await asyncio.gather(*(desk.weekly().build(WEEK, "en") for _ in range(2)))
    assert one == other
    assert await desk.library.issue("main", WEEK, "en") == one


async def test_one_paper_is_written_anew_in_place_and_the_rest_stays(desk: Desk) -> None:
    made = await desk.weekly().build(WEEK, "en")
    key = PAPERS[1].key
    desk.writer.written.clear()
    renewed = await desk.weekly().renew(WEEK, "en", key)
    assert desk.writer.written == [], "what is up to date is not written without need"
    assert renewed.entries[0] == made.entries[0]
    await desk.weekly().renew(WEEK, "en", key, anew=True)
    assert desk.writer.written == [(key, "en")]
    desk.writer.fails_on = {key}
    with pytest.raises(WriterError):
        await desk.weekly().renew(WEEK, "en", key, anew=True)
    kept = await desk.library.issue(made.selection, WEEK, "en")
    assert kept
    assert [one.writing for one in kept.entries] == [one.writing for one in made.entries]


async def test_only_a_paper_of_a_week_that_was_made_is_renewed(desk: Desk) -> None:
    with pytest.raises(NotBuilt):
        await desk.weekly().renew(WEEK, "en", PAPERS[0].key)
    await desk.weekly().build(WEEK, "en")
    with pytest.raises(NotInDigest):
        await desk.weekly().renew(WEEK, "en", "arxiv:9999.99999")
