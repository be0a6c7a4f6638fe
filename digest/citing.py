"""Pure: a citation of a span of a document, made from our own records alone."""

from __future__ import annotations

from urllib.parse import urldefrag

from digest.models import Citation, Document, Passage


def cite(document: Document, passage: Passage, start: int, end: int) -> Citation:
    """The citation of `passage.text[start:end]`, with its page, section and a link to it.

    The page is the one the span begins on; a link to a PDF opens at that page.
    """
    page = passage.page_at(start)
    url = document.url
    if url and page is not None and document.media == "pdf":
        url = f"{urldefrag(url).url}#page={page}"
    return Citation(passage.id, passage.text[start:end], page, passage.section, url)
