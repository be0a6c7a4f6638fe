"""The process one document is parsed in: it limits itself, reads, answers, and ends."""

from __future__ import annotations

import re
import resource
import signal
import sys
import time

from digest.errors import NoText, ReadingError, TooDemanding, WrongType
from digest.models import Coverage, Document, Extent
from digest.reading.wire import Order, Reading, packed, unpacked_order

_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|article|main|div|section|p|h[1-6]|span|table|!--|\?xml)[\s>/]",
    re.IGNORECASE,
)


def main() -> None:
    """Read an order and bytes from standard input, write the reading to standard output."""
    order, data = unpacked_order(sys.stdin.buffer.read())
    _limit(order)
    try:
        reading = read(data, order)
    except ReadingError as error:
        reading = Reading(None, error)
    except (MemoryError, RecursionError):
        reading = Reading(None, TooDemanding())
    sys.stdout.buffer.write(packed(reading))
    sys.stdout.buffer.flush()


def _limit(order: Order) -> None:
    """Let the system end this process when it takes too much; it writes no core file."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, order.wall_seconds)
    wanted = (
        (resource.RLIMIT_CPU, order.cpu_seconds),
        (resource.RLIMIT_AS, order.memory_bytes),
        (resource.RLIMIT_DATA, order.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in wanted:
        try:
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):  # a system without this limit still has the others
            continue


def media_of(data: bytes) -> str:
    """`pdf` or `html`, judged by the bytes alone. Raises `WrongType`."""
    head = data[:4096]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\0", b"")
    if b"\0" not in head and _MARKUP.search(head):
        return "html"
    raise WrongType


def read(data: bytes, order: Order) -> Reading:
    """Parse a document, whatever it was declared to be. Raises a `ReadingError`."""
    if media_of(data) == "pdf":
        return Reading(_pdf(data, order))
    from digest.reading.html import read_html

    return read_html(data, order)


def _pdf(data: bytes, order: Order) -> Document:
    """A PDF as a document, as far as its pages and the limits allow."""
    from digest.reading.flow import written
    from digest.reading.language import language_of
    from digest.reading.passages import passages
    from digest.reading.pdf import extract

    begun = time.process_time()

    def go_on(done: int, total: int) -> bool:
        print(f"{done}/{total}", file=sys.stderr, flush=True)  # noqa: T201 - progress for the parent
        return time.process_time() - begun < order.soft_seconds

    text = extract(data, order.max_pages, order.max_characters, go_on)
    if not text.sheets:
        raise TooDemanding
    named = _plausible_title(text.metadata.get("Title", ""))
    found = written(text.sheets, text.outline, named)
    chosen = passages(found.blocks)
    if not chosen:
        raise NoText
    read_pages, total = len(text.sheets), text.pages_total
    whole = read_pages == total
    return Document(
        passages=chosen,
        language=language_of("\n".join(block.text for block in found.blocks[:60])),
        coverage=Coverage(Extent.FULL, read_pages, total)
        if whole
        else Coverage(Extent.PAGES, read_pages, total, TooDemanding().kind),
        media="pdf",
        version=order.version,
        url=order.url,
        title=found.title,
        authors=_sure_authors(text.metadata.get("Author", ""), found.front),
        abstract=found.abstract,
        hidden_characters=text.hidden_characters,
    )


def _plausible_title(named: str) -> str | None:
    """A title from the metadata, unless it is a file's name or a program's default."""
    named = named.strip()
    junk = re.search(
        r"\.(?:dvi|docx?|tex|pdf|pptx?|indd|rtf)$|^untitled|^microsoft word|^paper$|^\W*$", named, re.I
    )
    return None if junk or len(named) < 8 else named[:300]


def _sure_authors(named: str, front: str) -> tuple[str, ...] | None:
    """The authors that the metadata name, if the first page prints every one of them."""
    names = [name.strip() for name in re.split(r"[;,；、]|\band\b", named) if name.strip()]
    printed = re.sub(r"\s+", " ", front).casefold()
    return tuple(names) if names and all(len(n) > 2 and n.casefold() in printed for n in names) else None
