"""What every `Writer` does; a new writer is one more row of `WRITERS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from config.words import load_glossary, load_phrases, load_taxonomy
from digest.errors import WriterError
from digest.models import Citation, Claim, Document, Outcome, Week
from digest.ports import Inquiry, Writer
from digest.writers.extractive import ExtractiveWriter
from tests.digest.writers.llm_room import room
from tests.papers import JAPANESE, PAPER, document

WEEK = Week(2024, 9)


@asynccontextmanager
async def extractive(folder: Path) -> AsyncIterator[Writer]:
    yield ExtractiveWriter(load_phrases(), load_glossary(), load_taxonomy())


@asynccontextmanager
async def llm(folder: Path) -> AsyncIterator[Writer]:
    async with room(folder) as one:
        yield one.writer


WRITERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Writer]]] = {
    "extractive": extractive,
    "llm": llm,
}


@pytest.fixture(params=WRITERS)
async def writer(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Writer]:
    async with WRITERS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=["en", "ja"])
def paper_read(request: pytest.FixtureRequest) -> Document:
    return document() if request.param == "en" else document(JAPANESE, "ja")


def stands_there(citation: Citation, read: Document) -> bool:
    """Whether a quote is the passage's own text, on the page and in the section claimed."""
    passage = read.by_id[citation.passage_id]
    start = passage.text.find(citation.quote)
    at = passage.page_at(start)
    return start >= 0 and citation.page == at and citation.section == passage.section


async def claims(writer: Writer, read: Document, question: str, language: str = "en") -> list[Claim]:
    steps = [step async for step in writer.answer(Inquiry(question, language, PAPER, read))]
    assert [isinstance(step, Outcome) for step in steps] == [False] * (len(steps) - 1) + [True]
    return [step for step in steps if isinstance(step, Claim)]


def test_says_who_it_is(writer: Writer) -> None:
    assert writer.name
    assert writer.model
    assert writer.prompt_version


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_writes_a_paper_up(writer: Writer, paper_read: Document, language: str) -> None:
    writing = await writer.write(PAPER, paper_read, language)
    assert (writing.paper_key, writing.version, writing.language) == (PAPER.key, "v1", language)
    assert (writing.writer, writing.model) == (writer.name, writer.model)
    assert writing.prompt_version == writer.prompt_version
    assert writing.summary.gist
    assert writing.summary.text
    assert writing.text_language == (paper_read.language if writing.extract else language)


async def test_every_pair_has_an_answer_of_its_own_that_is_cited(
    writer: Writer, paper_read: Document
) -> None:
    writing = await writer.write(PAPER, paper_read, "ja")
    assert 1 <= len(writing.qa) <= 10
    assert len({pair.question for pair in writing.qa}) == len(writing.qa)
    assert len({pair.answer for pair in writing.qa}) == len(writing.qa)
    for pair in writing.qa:
        assert pair.citations
        assert all(stands_there(citation, paper_read) for citation in pair.citations)


async def test_links_open_the_page(writer: Writer, paper_read: Document) -> None:
    writing = await writer.write(PAPER, paper_read, "en")
    for pair in writing.qa:
        for citation in pair.citations:
            assert citation.url == f"{paper_read.url}#page={citation.page}"


async def test_answers_what_the_paper_says(writer: Writer) -> None:
    read = document()
    found = await claims(writer, read, "How many households were there?")
    assert found
    assert all(stands_there(citation, read) for claim in found for citation in claim.citations)
    assert any("40 households" in citation.quote for claim in found for citation in claim.citations)


async def test_says_nothing_on_what_the_paper_does_not_say(writer: Writer, paper_read: Document) -> None:
    for question in ("What is the capital of France?", "明日の天気はどうですか?", "xyzzy plugh"):
        assert await claims(writer, paper_read, question) == []


async def test_writes_the_same_twice(writer: Writer, paper_read: Document) -> None:
    first = await writer.write(PAPER, paper_read, "ja")
    assert await writer.write(PAPER, paper_read, "ja") == first


async def test_a_language_without_a_locale_is_an_error(writer: Writer) -> None:
    with pytest.raises(WriterError, match="tlh"):
        await writer.write(PAPER, document(), "tlh")


async def test_an_empty_week_has_no_trends(writer: Writer) -> None:
    assert await writer.overview(WEEK, [], "ja") == ()


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_a_week_has_about_three_lines(writer: Writer, language: str) -> None:
    writing = await writer.write(PAPER, document(), language)
    lines = await writer.overview(WEEK, [(PAPER, writing)], language)
    assert 1 <= len(lines) <= 4
