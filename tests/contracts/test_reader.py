"""What every reader must do, shown on the reader of files, pages and uploads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from config.settings import SAMPLE
from digest.citing import cite
from digest.errors import FetchError, ReadingError, WrongType
from digest.models import Extent, Paper
from digest.ports import Reader
from digest.reading.fetch import FetchLimits, SafeWeb
from digest.reading.reader import PaperReader
from tests.clocks import ManualClock

SENTO = Paper("sample:sento.pdf", "推論で湯を沸かす", "sample:sento.pdf")


@pytest.fixture(params=["papers"])
async def reader(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Reader]:
    """Every adapter of the port; a new one is a parameter here."""
    assert request.param == "papers"
    async with SafeWeb(FetchLimits("rinko-tests"), clock) as web:
        yield PaperReader(web, folders={"sample": SAMPLE})


async def test_a_whole_paper_is_read_with_its_language_and_pages(reader: Reader) -> None:
    document = await reader.read(SENTO)
    assert document.coverage.extent is Extent.FULL
    assert document.language == "ja"
    assert [passage.id for passage in document.passages] == list(dict.fromkeys(document.by_id))
    assert {passage.page_at(0) for passage in document.passages} == {1, 2, 3}


async def test_the_same_bytes_give_the_same_version_and_passages(reader: Reader) -> None:
    assert await reader.read(SENTO) == await reader.read(SENTO)


async def test_every_sentence_can_be_cited_with_a_link_to_its_page(reader: Reader) -> None:
    document = await reader.read(SENTO)
    for passage in document.passages:
        for start, end in passage.sentences:
            citation = cite(document, passage, start, end)
            assert citation.quote == passage.text[start:end]
            assert citation.url == f"sample:sento.pdf#page={citation.page}"


async def test_a_paper_that_is_nowhere_is_an_error_of_its_kind(reader: Reader) -> None:
    with pytest.raises(FetchError):
        await reader.read(replace(SENTO, key="sample:none.pdf", url="sample:none.pdf"))


@pytest.mark.parametrize("name", ["../settings.py", "/etc/hostname", "..%2Fsettings.py"])
async def test_no_name_leads_out_of_its_folder(reader: Reader, name: str) -> None:
    with pytest.raises((FetchError, ReadingError)):
        await reader.read(Paper(f"sample:{name}", "out", f"sample:{name}"))


async def test_what_somebody_brought_is_read_from_its_bytes(reader: Reader) -> None:
    brought = await reader.read_bytes((SAMPLE / "sento.pdf").read_bytes(), "file:///sento.pdf")
    assert brought.passages == (await reader.read(SENTO)).passages
    assert brought.url == "file:///sento.pdf"


async def test_what_is_no_document_is_refused(reader: Reader) -> None:
    with pytest.raises(WrongType):
        await reader.read_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100), None)


async def test_an_abstract_says_that_it_is_one_and_why(reader: Reader) -> None:
    known = replace(SENTO, abstract="銭湯で計測した。結果を述べる。")
    document = reader.read_abstract(known, "Encrypted")
    assert document is not None
    assert document.coverage.extent is Extent.ABSTRACT
    assert document.coverage.reason == "Encrypted"
    assert document.passages[0].text.startswith("銭湯で計測した。")
    assert reader.read_abstract(SENTO, "Encrypted") is None
