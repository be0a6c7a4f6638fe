"""Pure: what passes between the reader and the child process that parses."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from digest import errors
from digest.models import Coverage, Document, Extent, Passage


@dataclass(frozen=True, slots=True)
class Order:
    """What the child is to do with the bytes that follow."""

    max_pages: int
    max_characters: int
    soft_seconds: float
    """After so much processor time it stops and gives what it has."""
    cpu_seconds: int
    wall_seconds: int
    memory_bytes: int
    content_type: str = ""
    url: str | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the child found: a document or an error, and where a page says its PDF is."""

    document: Document | None
    error: errors.ReadingError | None = None
    pdf_url: str | None = None

    def unwrap(self) -> Document:
        """The document. Raises the error where there is none."""
        if self.document is None:
            raise self.error or errors.ReadingError()
        return self.document


def packed_order(order: Order, data: bytes) -> bytes:
    """An order and its bytes, as the child reads them."""
    return json.dumps(asdict(order)).encode() + b"\n" + data


def unpacked_order(raw: bytes) -> tuple[Order, bytes]:
    """The order and the bytes that were packed."""
    head, _, data = raw.partition(b"\n")
    return Order(**json.loads(head)), data


def packed(reading: Reading) -> bytes:
    """A reading as one JSON text."""
    document, error = reading.document, reading.error
    found: dict[str, Any] = {"pdf_url": reading.pdf_url}
    if error is not None:
        found["error"] = {"kind": error.kind, "message": error.message}
    if document is not None:
        found["document"] = {
            **{name: getattr(document, name) for name in _PLAIN},
            "published": document.published.isoformat() if document.published else None,
            "coverage": [getattr(document.coverage, name) for name in _COVERAGE],
            "passages": [[p.id, p.text, p.section, p.sentences, p.pages] for p in document.passages],
        }
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")


_PLAIN = ("language", "media", "version", "url", "title", "authors", "abstract", "hidden_characters")
_COVERAGE = ("extent", "pages_read", "pages_total", "reason")
_ERRORS = {each.__name__: each for each in errors.ReadingError.__subclasses__()}


def unpacked(raw: bytes) -> Reading:
    """The reading that was packed. Raises ValueError, KeyError or TypeError for anything else."""
    found = json.loads(raw)
    error = None
    if "error" in found:
        error = _ERRORS.get(found["error"]["kind"], errors.ReadingError)(found["error"]["message"])
    document = _document(found["document"]) if "document" in found else None
    return Reading(document, error, found["pdf_url"])


def _document(found: dict[str, Any]) -> Document:
    """A document from its JSON form."""
    extent, pages_read, pages_total, reason = found["coverage"]
    plain = {name: found[name] for name in _PLAIN}
    plain["authors"] = tuple(found["authors"]) if found["authors"] else None
    return Document(
        **plain,
        published=date.fromisoformat(found["published"]) if found["published"] else None,
        coverage=Coverage(Extent(extent), pages_read, pages_total, reason),
        passages=tuple(
            Passage(name, text, section, _pairs(spans), _pairs(pages))
            for name, text, section, spans, pages in found["passages"]
        ),
    )


def _pairs(found: list[list[int]]) -> tuple[tuple[int, int], ...]:
    """Pairs as they are in the models."""
    return tuple((first, second) for first, second in found)
