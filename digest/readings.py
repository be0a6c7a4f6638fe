"""Use case: one paper to its document, read once and kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from digest.errors import FetchError, ReadingError
from digest.models import Coverage, Document, Extent, Paper
from digest.ports import Clock, Reader
from digest.stores import Library


@dataclass(frozen=True)
class Readings:
    """Reads papers through the library: what was read is not fetched again."""

    reader: Reader
    library: Library
    clock: Clock

    async def read(self, paper: Paper) -> Document:
        """The paper as read now or before. Raises `FetchError` or `ReadingError`."""
        kept = await self.library.document(paper)
        if kept is not None:
            return kept
        document = await self.reader.read(paper)
        await self.library.keep_document(paper, document, self.clock.now())
        return document

    async def read_or_abstract(self, paper: Paper) -> Document:
        """The paper, or where it cannot be read its abstract; `coverage` says which, and why.

        A fallback is not kept, so that the next time the paper itself is tried again. Raises
        `FetchError` or `ReadingError` where there is no abstract either.
        """
        try:
            return await self.read(paper)
        except (FetchError, ReadingError) as error:
            fallback = self.reader.read_abstract(paper, error.kind)
            if fallback is None:
                raise
            return fallback

    async def read_what_there_is(self, paper: Paper) -> Document:
        """As `read_or_abstract`, but a paper that cannot be read at all is an empty document."""
        try:
            return await self.read_or_abstract(paper)
        except (FetchError, ReadingError) as error:
            coverage = Coverage(Extent.NOTHING, reason=error.kind)
            return Document((), "und", coverage, "html", "-", paper.url)

    async def bring(
        self, data: bytes, name: str, url: str | None, conversation: str, person: str = ""
    ) -> Paper:
        """Read a document that somebody brought and keep it for one conversation.

        `person` is who brought it, and may have it forgotten. Raises `ReadingError`.
        """
        digest = hashlib.sha256(data).hexdigest()[:24]
        owner = hashlib.sha256(conversation.encode()).hexdigest()[:8]
        paper = Paper(f"file:{digest}-{owner}", name, None, conversation=conversation)
        known = await self.library.paper(paper.key)
        people = {*(known.brought_by if known else ()), *filter(None, [person])}
        paper = replace(paper, brought_by=tuple(sorted(people)))
        document = await self.library.document(paper)
        if document is None or document.url != url:
            document = await self.reader.read_bytes(data, url)
        paper = described_by(document, replace(paper, title=document.title or name))
        await self.library.keep_paper(paper)
        await self.library.keep_document(paper, document, self.clock.now())
        return paper


def described_by(document: Document, paper: Paper) -> Paper:
    """The paper with what only its document tells, where nothing better is known."""
    version = paper.version
    if paper.arxiv_id is None and document.coverage.extent in {Extent.FULL, Extent.PAGES}:
        # Only what was read is a version; arXiv's are named by arXiv alone.
        version = version or document.version
    has_title = bool(paper.title) and paper.title not in {paper.url, paper.key}
    return replace(
        paper,
        title=paper.title if has_title else document.title or paper.title or paper.key,
        version=version,
        authors=paper.authors or document.authors,
        published=paper.published or document.published,
        abstract=paper.abstract or document.abstract,
    )
