"""Turns papers into passages: finds where the text is, fetches it, has it parsed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from digest.errors import (
    FetchError,
    NotThere,
    ReadingError,
    TooLarge,
    WrongType,
)
from digest.language import by_script
from digest.models import Coverage, Document, Extent, Paper
from digest.ports import Web
from digest.reading.blocks import Block
from digest.reading.child import ChildLimits, Parser
from digest.reading.passages import passages
from digest.reading.wire import Reading

_PUBLIC = "https://arxiv.org"
_LOCAL_BYTES = 100_000_000


class PaperReader:
    """`Reader` for papers on arXiv, at any address, in a local directory, or brought as bytes.

    `site_url` is where arXiv's pages are fetched from; links always lead to arXiv itself.
    `folders` maps a scheme to the directory its names stand for: `sample:NAME`. At most `at_once`
    documents are parsed at a time; those of a reader in the `background` leave the processor to others.
    """

    def __init__(
        self,
        web: Web,
        site_url: str = _PUBLIC,
        folders: Mapping[str, Path] | None = None,
        limits: ChildLimits | None = None,
        at_once: int = 2,
        *,
        background: bool = False,
    ) -> None:
        self._web = web
        self._site = site_url.rstrip("/")
        self._folders = dict(folders or {})
        self._parser = Parser(limits or ChildLimits(), at_once, background=background)

    async def read(self, paper: Paper) -> Document:
        """Fetch and read the whole paper, as `digest.ports.Reader.read` says.

        Raises `NotThere` for a paper that no address or file is known of.
        """
        if paper.arxiv_id is not None:
            return await self._read_arxiv(paper.arxiv_id, paper.version)
        for address in (paper.pdf_url, paper.url, paper.key):
            if address and (path := self._file(address)):
                return await self._read_file(path, paper.url, address)
        for address in (paper.pdf_url, paper.url, paper.key):
            if address and urlsplit(address).scheme in {"http", "https"}:
                return await self._read_address(paper, address)
        raise NotThere("No address is known that this paper could be read from.")

    async def read_bytes(self, data: bytes, url: str | None = None, content_type: str = "") -> Document:
        """Read a document that is at hand, as an upload or a file. Raises a `ReadingError`."""
        return (await self._parse(data, url, None, content_type)).unwrap()

    def read_abstract(self, paper: Paper, reason: str) -> Document | None:
        """What the abstract alone gives, as `digest.ports.Reader.read_abstract` says."""
        return abstract_only(paper, reason)

    async def _read_arxiv(self, arxiv_id: str, version: str | None) -> Document:
        """An arXiv paper from its PDF, which alone has pages, else from its HTML."""
        name = arxiv_id + (version or "")
        try:
            fetched = await self._web.get(f"{self._site}/pdf/{name}")
            return (await self._parse(fetched.body, f"{_PUBLIC}/pdf/{name}", version)).unwrap()
        except (FetchError, ReadingError) as error:
            failure = error
        try:
            fetched = await self._web.get(f"{self._site}/html/{name}")
            reading = await self._parse(fetched.body, f"{_PUBLIC}/html/{name}", version, fetched.content_type)
            return reading.unwrap()
        except (FetchError, ReadingError):
            raise failure from None  # what kept the PDF from being read is what matters

    async def _read_address(self, paper: Paper, address: str) -> Document:
        """Whatever stands at an address; from a page about a paper, the PDF that it names."""
        try:
            reading, url = await self._fetch(address)
        except (NotThere, WrongType):
            if address != paper.pdf_url or not paper.url or paper.url == address:
                raise
            reading, url = await self._fetch(paper.url)
        if reading.pdf_url and reading.pdf_url != url:
            try:
                return (await self._fetch(reading.pdf_url))[0].unwrap()
            except (FetchError, ReadingError):
                return reading.unwrap()
        return reading.unwrap()

    async def _fetch(self, address: str) -> tuple[Reading, str]:
        """What an address gives, read, and the address it came from in the end."""
        fetched = await self._web.get(address)
        return await self._parse(fetched.body, fetched.url, None, fetched.content_type), fetched.url

    def _file(self, address: str) -> Path | None:
        """The file that a local name stands for. Raises `NotThere` for one outside its directory."""
        scheme, colon, name = address.partition(":")
        if not colon or scheme not in self._folders:
            return None
        directory = self._folders[scheme].resolve()
        path = (directory / name).resolve()
        if not path.is_relative_to(directory) or not path.is_file():
            raise NotThere(f"There is no file “{name[:100]}” among those of {scheme}.")
        return path

    async def _read_file(self, path: Path, url: str | None, address: str) -> Document:
        """A local file; links are made on the paper's page on the web, else on its local name."""
        data = await asyncio.to_thread(_contents, path)
        shown = url if url and urlsplit(url).scheme in {"http", "https"} else address
        return (await self._parse(data, shown, None)).unwrap()

    async def _parse(
        self, data: bytes, url: str | None, version: str | None, content_type: str = ""
    ) -> Reading:
        """Parse bytes in a child process."""
        version = version or hashlib.sha256(data).hexdigest()[:16]
        return await self._parser.parse(data, url=url, version=version, content_type=content_type)


def _contents(path: Path) -> bytes:
    """The bytes of a file. Raises `TooLarge`."""
    if path.stat().st_size > _LOCAL_BYTES:
        raise TooLarge(f"{path.name} is larger than {_LOCAL_BYTES:,} bytes.")
    return path.read_bytes()


def abstract_only(paper: Paper, reason: str) -> Document | None:
    """What is left to read where the full text cannot be had: the abstract in our own records.

    `reason` is the kind of the error that kept the text away. None without an abstract.
    """
    text = (paper.abstract or "").strip()
    if not text:
        return None
    return Document(
        passages=passages([Block(" ".join(part.split()), "Abstract") for part in text.split("\n\n")]),
        language=by_script(text) or "en",
        coverage=Coverage(Extent.ABSTRACT, reason=reason),
        media="html",
        version=f"abstract-{hashlib.sha256(text.encode()).hexdigest()[:16]}",
        url=paper.url,
        title=paper.title,
        authors=paper.authors,
        published=paper.published,
        abstract=text,
    )
