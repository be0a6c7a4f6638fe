"""PDF files made for tests, well-formed and hostile."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

from fpdf import FPDF

PROSE = (
    "We study how small models read long papers. The work began with a question that a reader asked us. "
    "Each model was given the same three hundred pages and the same forty questions. "
    "The best of them answered thirty one of the questions from the right page. "
    "Larger models were not better than smaller ones when both saw the page numbers. "
)


def prose_pdf(*paragraphs: str, draw: Callable[[FPDF], None] | None = None) -> bytes:
    """One column of paragraphs, and whatever else `draw` puts on the first page."""
    pdf = FPDF(format="A4", unit="pt")
    pdf.set_margins(60, 60)
    pdf.set_auto_page_break(True, 60)
    pdf.add_page()
    pdf.set_font("Times", size=11)
    if draw:
        draw(pdf)
    for paragraph in paragraphs or (PROSE,):
        pdf.multi_cell(0, 14, paragraph)
        pdf.ln(10)
    return bytes(pdf.output())


def pages_pdf(count: int) -> bytes:
    """So many pages, each saying which it is."""
    pdf = FPDF(format="A4", unit="pt")
    pdf.set_font("Times", size=11)
    for number in range(1, count + 1):
        pdf.add_page()
        pdf.multi_cell(0, 14, f"This is what page number {number} has to say about reading. " * 3)
    return bytes(pdf.output())


def columns_pdf(rows: Sequence[tuple[str, str]]) -> bytes:
    """Two columns that the file writes row by row, across the gap between them."""
    pdf = FPDF(format="A4", unit="pt")
    pdf.add_page()
    pdf.set_font("Times", size=10)
    for index, (left, right) in enumerate(rows):
        pdf.text(50, 100 + 12 * index, left)
        pdf.text(310, 100 + 12 * index, right)
    return bytes(pdf.output())


def locked_pdf(*, user: str, owner: str) -> bytes:
    """A PDF with passwords."""
    pdf = FPDF()
    pdf.set_encryption(owner_password=owner, user_password=user)
    pdf.add_page()
    pdf.set_font("Times", size=11)
    pdf.multi_cell(0, 6, PROSE)
    return bytes(pdf.output())


def raw_pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    """A stream object that holds `data` as it is."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), extra, data)


_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>%s>>>>"
_HEAD = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>")
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def drawn_pdf(content: str) -> bytes:
    """One page with this content stream; `/F` is its font."""
    return raw_pdf([*_HEAD, _PAGE % b"", stream(content.encode("latin-1")), _FONT])


def flate_bomb(megabytes: int) -> bytes:
    """One page whose content is so many megabytes of drawing once it is unpacked."""
    packer = zlib.compressobj(9)
    piece = b"0 0 m 9 9 l S q Q " * 58_000
    data = b"".join([*(packer.compress(piece) for _ in range(megabytes)), packer.flush()])
    return raw_pdf([*_HEAD, _PAGE % b"", stream(data, b"/Filter/FlateDecode"), _FONT])


def recursive_form() -> bytes:
    """A form that draws itself twice, and so for ever."""
    form = stream(
        b"/X Do /X Do /Y Do",
        b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R/Y 7 0 R>>>>",
    )
    other = stream(
        b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>"
    )
    page = _PAGE % b"/XObject<</X 6 0 R/Y 7 0 R>>"
    return raw_pdf([*_HEAD, page, stream(b"/X Do /Y Do"), _FONT, form, other])


def doubling_forms(depth: int) -> bytes:
    """Forms that each draw the next one ten times: ten to the power of `depth` drawings."""
    forms = [
        stream(
            b"/X Do " * 10,
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>" % (7 + level),
        )
        for level in range(depth)
    ]
    leaf = stream(
        b"BT /F 9 Tf (boom) Tj ET", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 5 0 R>>>>"
    )
    return raw_pdf([*_HEAD, _PAGE % b"/XObject<</X 6 0 R>>", stream(b"/X Do"), _FONT, *forms, leaf])


def endless_pages() -> bytes:
    """A page tree that is its own child, and claims very many pages."""
    return raw_pdf(
        [_HEAD[0], b"<</Type/Pages/Kids[2 0 R 2 0 R 3 0 R]/Count 2000000>>", _PAGE % b"", stream(b""), _FONT]
    )


def bomb_on_page(good: int, megabytes: int) -> bytes:
    """Some good pages, and then one that unpacks to more than any child may hold."""
    packer = zlib.compressobj(9)
    piece = b"0 0 m 9 9 l S q Q " * 58_000
    data = b"".join([*(packer.compress(piece) for _ in range(megabytes)), packer.flush()])
    text = stream(f"BT /F 11 Tf 60 700 Td ({PROSE[:160]}) Tj ET".encode())
    kids = b" ".join(b"%d 0 R" % (6 + i) for i in range(good + 1))
    pages = [_PAGE.replace(b"4 0 R", b"4 0 R" if i < good else b"3 0 R") % b"" for i in range(good + 1)]
    return raw_pdf([
        _HEAD[0], b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, good + 1),
        stream(data, b"/Filter/FlateDecode"), text, _FONT, *pages,
    ])  # fmt: skip
