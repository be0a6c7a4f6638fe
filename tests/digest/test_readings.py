"""A paper is read once; a fallback says so and is tried again."""

from __future__ import annotations

import pytest

from digest.errors import NotThere, ReadingError
from digest.models import Coverage, Extent
from digest.readings import Readings, described_by
from digest.store.engine import Database
from digest.store.library import SqlLibrary
from digest.store.search import SqliteIndex
from tests.builders import document, paper
from tests.clocks import ManualClock
from tests.digest.adapters import CountingReader


@pytest.fixture
def readings(database: Database, clock: ManualClock) -> Readings:
    return Readings(CountingReader(), SqlLibrary(database, clock, SqliteIndex()), clock)


def reader(readings: Readings) -> CountingReader:
    assert isinstance(readings.reader, CountingReader)
    return readings.reader


async def test_a_version_is_read_once(readings: Readings) -> None:
    for _ in range(3):
        await readings.read(paper())
    await readings.read(paper(version="v2"))
    assert len(reader(readings).read_keys) == 2


async def test_a_fallback_is_not_kept_in_place_of_the_paper(readings: Readings) -> None:
    reader(readings).unreadable = {paper().key: NotThere()}
    fallback = await readings.read_or_abstract(paper())
    assert (fallback.coverage.extent, fallback.coverage.reason) == (Extent.ABSTRACT, "NotThere")
    reader(readings).unreadable = {}
    assert (await readings.read_or_abstract(paper())).coverage.extent is Extent.FULL


async def test_a_paper_without_text_or_abstract_is_an_error_or_an_empty_document(readings: Readings) -> None:
    bare = paper(abstract=None)
    reader(readings).unreadable = {bare.key: NotThere()}
    with pytest.raises(NotThere):
        await readings.read_or_abstract(bare)
    empty = await readings.read_what_there_is(bare)
    assert (empty.passages, empty.coverage) == ((), Coverage(Extent.NOTHING, reason="NotThere"))


async def test_the_same_file_in_two_conversations_is_two_papers(readings: Readings) -> None:
    one = await readings.bring(b"A secret paper", "a.pdf", None, "local/-/papers/@ann")
    same = await readings.bring(b"A secret paper", "b.pdf", None, "local/-/papers/@ann")
    other = await readings.bring(b"A secret paper", "a.pdf", None, "local/-/papers/@ben")
    assert one.key == same.key != other.key
    assert one.conversation == "local/-/papers/@ann"
    assert one.title == "A secret paper"
    assert await readings.read(one) == await readings.read(other)
    assert reader(readings).read_keys == []


async def test_a_file_that_cannot_be_read_leaves_nothing(readings: Readings) -> None:
    with pytest.raises(ReadingError):
        await readings.bring(b"", "a.pdf", None, "c")
    assert await readings.library.purge_uploads(readings.clock.now().replace(year=2100)) == 0


@pytest.mark.parametrize("extent", [Extent.ABSTRACT, Extent.NOTHING])
def test_what_was_not_read_is_no_version(extent: Extent) -> None:
    """A version that no reading has would never be found in the store, nor at arXiv."""
    fallback = document(coverage=Coverage(extent), version="-")
    page = paper(key="https://example.org/a", version=None)
    assert described_by(fallback, page).version is None
    assert described_by(document(version="bytes"), page).version == "bytes"
    assert described_by(document(version="bytes"), paper(version=None)).version is None
    assert described_by(document(version="bytes"), paper(version="v2")).version == "v2"


def test_only_what_is_unknown_is_taken_from_the_document() -> None:
    found = document(title="Printed", authors=("Printed, P.",), abstract="Printed.")
    known = described_by(found, paper())
    assert (known.title, known.authors) == (paper().title, paper().authors)
    unknown = paper(title="arxiv:2402.00001", authors=None, abstract=None)
    assert described_by(found, unknown).title == "Printed"
    assert described_by(found, unknown).authors == ("Printed, P.",)
    assert described_by(document(), unknown).title == "arxiv:2402.00001"
