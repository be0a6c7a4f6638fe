from __future__ import annotations

import time

import pytest

from digest.errors import Damaged, Encrypted, NoText, TooDemanding, WrongType
from digest.models import Extent
from digest.reading.child import ChildLimits, Parser
from tests.digest.reading import pdfs


@pytest.fixture
def parser() -> Parser:
    return Parser(ChildLimits(cpu_seconds=4, wall_seconds=12))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", WrongType),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), WrongType),
        (b"just some words, no markup at all", WrongType),
        (b"PK\x03\x04" + bytes(100), WrongType),
        (b"%PDF-1.7\nnothing else", Damaged),
        (pdfs.prose_pdf()[:-400], Damaged),
        (pdfs.locked_pdf(user="open sesame", owner="owner"), Encrypted),
        (pdfs.drawn_pdf("0 0 100 100 re f"), NoText),
        (b"<html><body><p>Hi.</p></body></html>", NoText),
    ],
)
async def test_what_cannot_be_read_says_why(parser: Parser, data: bytes, error: type[Exception]) -> None:
    reading = await parser.parse(data)
    assert reading.document is None
    assert type(reading.error) is error


async def test_owner_password_alone_locks_nobody_out(parser: Parser) -> None:
    document = (await parser.parse(pdfs.locked_pdf(user="", owner="owner"))).unwrap()
    assert "small models read long papers" in document.text


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(pdfs.flate_bomb(900), id="flate bomb"),
        pytest.param(pdfs.recursive_form(), id="form that draws itself"),
        pytest.param(pdfs.doubling_forms(12), id="forms that double"),
        pytest.param(pdfs.endless_pages(), id="endless page tree"),
        pytest.param(b"<html><body>" + b"<div>" * 400_000 + b"deep", id="deep nesting"),
        pytest.param(b"<html><p>" + b"<b><i>" * 300_000 + b"x</p>" * 1000, id="misnested tags"),
    ],
)
async def test_bombs_end_soon_and_alone(parser: Parser, data: bytes) -> None:
    began = time.monotonic()
    try:
        reading = await parser.parse(data)
    except TooDemanding:
        pass
    else:
        assert isinstance(reading.error, TooDemanding | NoText | Damaged)
    assert time.monotonic() - began < 20


async def test_huge_attributes_do_not_hang(parser: Parser) -> None:
    attributes = b" ".join(b"data-a%d=x" % i for i in range(250_000))
    page = b"<html><body><p " + attributes + b">" + pdfs.PROSE.encode() + b"</p></body></html>"
    began = time.monotonic()
    document = (await parser.parse(page)).unwrap()
    assert "forty questions" in document.text
    assert time.monotonic() - began < 10


async def test_page_too_large_is_too_demanding(parser: Parser) -> None:
    page = b"<html><body>" + b"<p>words and more words</p>" * 200_000
    assert isinstance((await parser.parse(page)).error, TooDemanding)


async def test_at_most_so_many_pages_and_says_so(parser: Parser) -> None:
    document = (await parser.parse(pdfs.pages_pdf(310))).unwrap()
    assert document.coverage.extent is Extent.PAGES
    assert (document.coverage.pages_read, document.coverage.pages_total) == (300, 310)
    assert document.coverage.reason == "TooDemanding"
    assert str(document.coverage) == "first 300 pages"
    assert "page number 300 " in document.text
    assert "page number 301 " not in document.text


async def test_pages_before_a_bomb_are_kept() -> None:
    parser = Parser(ChildLimits(cpu_seconds=4, wall_seconds=12))
    document = (await parser.parse(pdfs.bomb_on_page(3, 900))).unwrap()
    assert document.coverage.extent is Extent.PAGES
    assert document.coverage.pages_read == 3
    assert document.coverage.pages_total == 4
    assert "small models" in document.text


async def test_output_is_capped() -> None:
    parser = Parser(ChildLimits(output_bytes=500))
    with pytest.raises(TooDemanding):
        await parser.parse(pdfs.prose_pdf())


async def test_the_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    from digest.reading.child import _environment

    monkeypatch.setenv("RINKO_LLM__API_KEY", "hunter2")
    assert "hunter2" not in str(_environment())
