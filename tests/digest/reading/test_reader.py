from __future__ import annotations

from pathlib import Path

import pytest

from digest.citing import cite
from digest.errors import Encrypted, FetchError, NoText, NotThere, WrongType
from digest.models import Extent, Paper
from digest.reading.fetch import SafeWeb
from digest.reading.reader import PaperReader, abstract_only
from tests.digest.reading import pdfs
from tests.digest.reading.test_html import LATEXML, POST
from tests.servers.pages import WebServer

ARXIV = Paper("arxiv:2402.17764", "A paper", "https://arxiv.org/abs/2402.17764", version="v2")


@pytest.fixture
def reader(web: SafeWeb, server: WebServer, tmp_path: Path) -> PaperReader:
    return PaperReader(web, site_url=server.url, folders={"sample": tmp_path / "sample"})


def at(server: WebServer, path: str, pdf: str | None = None) -> Paper:
    return Paper(server.url + path, "A paper", server.url + path, pdf_url=pdf and server.url + pdf)


async def test_arxiv_pdf_first_with_public_links(reader: PaperReader, server: WebServer) -> None:
    server.give("/pdf/2402.17764v2", pdfs.prose_pdf(), "application/pdf")
    document = await reader.read(ARXIV)
    assert document.version == "v2"
    assert document.url == "https://arxiv.org/pdf/2402.17764v2"
    passage = document.passages[0]
    citation = cite(document, passage, *passage.sentences[0])
    assert citation.quote == "We study how small models read long papers."
    assert citation.page == 1
    assert citation.url == "https://arxiv.org/pdf/2402.17764v2#page=1"


@pytest.mark.parametrize("pdf", [None, b"%PDF-1.7 broken", b"\x00\x01"])
async def test_arxiv_html_where_the_pdf_fails(
    reader: PaperReader, server: WebServer, pdf: bytes | None
) -> None:
    if pdf is not None:
        server.give("/pdf/2402.17764v2", pdf, "application/pdf")
    server.give("/html/2402.17764v2", LATEXML)
    document = await reader.read(ARXIV)
    assert document.media == "html"
    assert document.url == "https://arxiv.org/html/2402.17764v2"
    passage = document.passages[0]
    assert cite(document, passage, 0, 8).page is None
    assert cite(document, passage, 0, 8).url == "https://arxiv.org/html/2402.17764v2"


async def test_arxiv_with_neither_says_why_the_pdf_failed(reader: PaperReader, server: WebServer) -> None:
    with pytest.raises(NotThere):
        await reader.read(ARXIV)
    locked = pdfs.locked_pdf(user="u", owner="o")
    server.give("/pdf/2402.17764v2", locked, "application/pdf")
    with pytest.raises(Encrypted):
        await reader.read(ARXIV)


async def test_type_is_sniffed_and_not_believed(reader: PaperReader, server: WebServer) -> None:
    server.give("/a.html", pdfs.prose_pdf(), "text/html")
    assert (await reader.read(at(server, "/a.html"))).media == "pdf"
    server.give("/b.pdf", POST.format(extra="", style=""), "application/pdf")
    assert (await reader.read(at(server, "/b.pdf", "/b.pdf"))).media == "html"
    server.give("/c", b"\x89PNG\r\n" + bytes(100), "text/html")
    with pytest.raises(WrongType):
        await reader.read(at(server, "/c"))


async def test_version_is_a_hash_of_the_bytes(reader: PaperReader, server: WebServer) -> None:
    server.give("/a.pdf", pdfs.prose_pdf("One text that is long enough to be read."), "application/pdf")
    first = await reader.read(at(server, "/a.pdf"))
    server.give("/a.pdf", pdfs.prose_pdf("Another text that is long enough to be read."), "application/pdf")
    second = await reader.read(at(server, "/a.pdf"))
    assert len(first.version) == 16
    assert first.version != second.version


async def test_a_page_about_a_paper_leads_to_its_pdf(reader: PaperReader, server: WebServer) -> None:
    server.give(
        "/abs",
        '<html><head><meta name="citation_pdf_url" content="/real.pdf"></head><p>Abstract only.</p></html>',
    )
    server.give("/real.pdf", pdfs.prose_pdf(), "application/pdf")
    document = await reader.read(at(server, "/abs"))
    assert document.media == "pdf"
    assert document.url == server.url + "/real.pdf"
    del server.pages["/real.pdf"]
    with pytest.raises(NoText):
        await reader.read(at(server, "/abs"))


async def test_a_missing_pdf_falls_back_to_the_page(reader: PaperReader, server: WebServer) -> None:
    server.give("/post", POST.format(extra="", style=""))
    assert (await reader.read(at(server, "/post", "/gone.pdf"))).media == "html"


async def test_redirected_pages_link_to_where_they_are(reader: PaperReader, server: WebServer) -> None:
    server.give("/new", POST.format(extra="", style=""))
    server.redirect("/old", "/new")
    assert (await reader.read(at(server, "/old"))).url == server.url + "/new"


async def test_local_names_stay_in_their_directory(reader: PaperReader, tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample" / "a.pdf").write_bytes(pdfs.prose_pdf())
    (tmp_path / "secret.pdf").write_bytes(pdfs.prose_pdf())
    (tmp_path / "sample" / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    document = await reader.read(Paper("sample:a.pdf", "A", "https://example.org/a"))
    assert document.coverage.extent is Extent.FULL
    assert document.url == "https://example.org/a"
    assert (await reader.read(Paper("sample:a.pdf", "A", "sample:a.pdf"))).url == "sample:a.pdf"
    for name in ("../secret.pdf", "link.pdf", "/etc/passwd", "none.pdf", ""):
        with pytest.raises(NotThere):
            await reader.read(Paper(f"sample:{name}", "A", None))


async def test_nothing_to_read_from(reader: PaperReader) -> None:
    with pytest.raises(NotThere):
        await reader.read(Paper("file:abc", "An upload", None))


async def test_bytes_that_somebody_brought(reader: PaperReader) -> None:
    document = await reader.read_bytes(pdfs.prose_pdf(), None)
    assert document.url is None
    assert cite(document, document.passages[0], 0, 8).url is None


def test_abstract_alone() -> None:
    paper = Paper("arxiv:1", "T", "https://arxiv.org/abs/1", abstract="We do this.\nIt is good.\n\nReally.")
    document = abstract_only(paper, "Encrypted")
    assert document is not None
    assert document.coverage.extent is Extent.ABSTRACT
    assert document.coverage.reason == "Encrypted"
    assert document.version.startswith("abstract-")
    assert document.passages[0].text == "We do this. It is good.\nReally."
    assert abstract_only(Paper("arxiv:1", "T", None), "Encrypted") is None


async def test_errors_are_those_the_port_promises(reader: PaperReader, server: WebServer) -> None:
    with pytest.raises(FetchError):
        await reader.read(at(server, "/none"))
