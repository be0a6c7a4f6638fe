"""Extracts the visible lines of a PDF with PDFium; runs only in the child process."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from digest.errors import Damaged, Encrypted, NoText
from digest.reading.hidden import Unseen, address_of, unseen
from digest.reading.lines import JOIN, Line, Outlined, PdfText, Sheet, is_wide, without_unseen
from digest.reading.raised import CANDIDATE, as_superscript, is_raised

_BOLD = re.compile(r"bold|black|heavy|medi\b|-medi|demi|cmbx|cmb\d|[-,]b(?:$|old)|ゴシック", re.IGNORECASE)
_ERROR_PASSWORD = 4
_HYPHEN = 0xFFFE
_TAIL = 32_768


def extract(data: bytes, max_pages: int, max_characters: int, go_on: Callable[[int, int], bool]) -> PdfText:
    """Read the lines of a PDF, page by page while `go_on(pages read, pages)` says so.

    Raises `Damaged`, `Encrypted`, and `NoText` where no page holds text that can be seen.
    """
    document = _opened(data)
    total = len(document)
    sheets: list[Sheet] = []
    layers: list[tuple[Sheet, int]] = []
    hidden = characters = 0
    while len(sheets) < min(total, max_pages) and characters < max_characters and go_on(len(sheets), total):
        page = _Page(document, len(sheets))
        sheet, left_out = page.sheet(keep_unpainted=page.is_ocr_layer)
        if page.hides_a_layer:
            layers.append((page.sheet(keep_unpainted=True)[0], left_out))
        page.close()
        sheets.append(sheet)
        hidden += left_out
        characters += sum(len(line.text) for line in sheet.lines)
    if layers and not any(sheet.lines for sheet in sheets):
        # Nothing in the whole document is painted: what is there is an OCR layer.
        hidden -= sum(left_out for _, left_out in layers)
        by_number = {sheet.number: sheet for sheet, _ in layers}
        sheets = [by_number.get(sheet.number, sheet) for sheet in sheets]
    if sheets and not _has_text(sheets):
        raise NoText
    return PdfText(tuple(sheets), tuple(_outline(document)), document.get_metadata_dict(), total, hidden)


def _has_text(sheets: list[Sheet]) -> bool:
    """Whether some pages hold more than a few letters each, as a stamp on a scanned page does."""
    wanted = max(12, 4 * len(sheets))
    for sheet in sheets:
        for line in sheet.lines:
            wanted -= sum(map(str.isalnum, line.text))
            if wanted <= 0:
                return True
    return False


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    """The document. Raises `Encrypted` or `Damaged`.

    PDFium rebuilds a file that was cut short, and may lose pages without a word: a file that
    does not end in a cross-reference is refused.
    """
    if b"startxref" not in data[-_TAIL:]:
        raise Damaged
    try:
        document = pypdfium2.PdfDocument(data)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _ERROR_PASSWORD or "assword" in str(error):
            raise Encrypted from None
        raise Damaged from None
    if pages < 1:
        raise Damaged
    return document


def _outline(document: pypdfium2.PdfDocument) -> Iterator[Outlined]:
    """The table of contents, as far as it can be read."""
    try:
        for count, entry in enumerate(document.get_toc(max_depth=4)):
            if count >= 500:
                return
            place = entry.get_dest()
            index = place.get_index() if place else None
            yield Outlined(entry.get_title().strip(), entry.level, None if index is None else index + 1)
    except (pypdfium2.PdfiumError, ValueError):
        return


class _Page:
    """One page while it is read. Raises `Damaged` where PDFium cannot load a first page."""

    def __init__(self, document: pypdfium2.PdfDocument, index: int) -> None:
        self.number = index + 1
        self._n = 0
        self._raw: Any = None
        self._matrix = pdfium.FS_MATRIX()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        try:
            page = document[index]
            text = page.get_textpage()
        except (pypdfium2.PdfiumError, RuntimeError):
            if index == 0 and len(document) == 1:
                raise Damaged from None
            self._open = False
            self.unseen, self.box = Unseen(), (0.0, 0.0, 612.0, 792.0)
            return
        self._open = True
        self._page, self._text = page, text
        self._raw = text.raw
        self.box = page.get_bbox()
        self._n = pdfium.FPDFText_CountChars(self._raw)
        self.unseen = unseen(page.raw, self.box)

    def close(self) -> None:
        """Give the page's memory back before the next one takes it."""
        if self._open:
            self._text.close()
            self._page.close()

    @property
    def is_ocr_layer(self) -> bool:
        """Whether all text lies unpainted over a picture of the page."""
        return self.hides_a_layer and self.unseen.picture

    @property
    def hides_a_layer(self) -> bool:
        """Whether the page has text and paints none of it."""
        return 0 < self.unseen.texts == len(self.unseen.unpainted)

    def sheet(self, *, keep_unpainted: bool) -> tuple[Sheet, int]:
        """The visible lines, and how many characters were left out."""
        text, unseen_marks = self._visible(keep_unpainted)
        text = self._with_superscripts(text)
        lines: list[Line] = []
        for row, (start, end) in enumerate(_spans(text), 1):
            lines.extend(self._pieces(text, start, end, row))
        cleaned = [line.cleaned() for line in lines]
        left, bottom, right, top = self.box
        kept = tuple(line for line in cleaned if line.text)
        return Sheet(self.number, right - left, top - bottom, kept), unseen_marks

    def _visible(self, keep_unpainted: bool) -> tuple[str, int]:
        """The page's text, a character an index, with the unseen replaced by NUL and counted."""
        text = self._characters()
        out = self.unseen.hidden if keep_unpainted else self.unseen.hidden | self.unseen.unpainted
        marks = without_unseen(text)[1]
        if not out:
            return (text if not marks else _blanked(text)), marks
        characters = list(_blanked(text) if marks else text)
        left_out = marks
        for index in range(len(characters)):
            if address_of(pdfium.FPDFText_GetTextObject(self._raw, index)) in out:
                left_out += not characters[index].isspace()
                characters[index] = "\0"
        return "".join(characters), left_out

    def _with_superscripts(self, text: str) -> str:
        """The text, index for index, with raised characters as such and within the line they belong to."""
        characters: list[str] | None = None
        for match in CANDIDATE.finditer(text):
            start, end = match.span("mark")
            size, x, base = self._placed(start)
            before = start - 1 - len(match["before"] or "")
            beside = self._placed(before) if before >= 0 else (0.0, 0.0, 0.0)
            in_row = is_raised(size, base, beside[0], beside[2]) and x > beside[1]
            if not in_row and match["before"] and end < len(text) and text[end] not in "\r\n":
                follows = self._placed(end + (text[end] == " "))
                if not is_raised(size, base, follows[0], follows[2]):
                    continue
            elif not in_row:
                continue
            characters = characters or list(text)
            characters[start:end] = as_superscript(match["mark"])
            if in_row and match["before"]:
                characters[before + 1 : start] = "\0" * (start - before - 1)
            after = match.end()
            if in_row and match["after"] and after < len(text):
                _, next_x, next_base = self._placed(after)
                if next_x > x and abs(next_base - beside[2]) < 0.1 * beside[0]:
                    characters[end:after] = "\0" * (after - end - 1) + " "
        return "".join(characters) if characters else text

    def _placed(self, index: int) -> tuple[float, float, float]:
        """The size of a character in points, and where it stands on its line: x and y."""
        matrix, x, y = self._matrix, self._x, self._y
        size = pdfium.FPDFText_GetFontSize(self._raw, index)
        if pdfium.FPDFText_GetMatrix(self._raw, index, matrix):
            size *= math.hypot(matrix.c, matrix.d)
        pdfium.FPDFText_GetCharOrigin(self._raw, index, x, y)
        return size, x.value, y.value

    def _characters(self) -> str:
        """The page's text in which every index is PDFium's own."""
        if not self._n:
            return ""
        buffer = ctypes.create_string_buffer((self._n + 1) * 4)
        written = pdfium.FPDFText_GetText(
            self._raw, 0, self._n, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
        )
        text = buffer.raw[: max(0, written - 1) * 2].decode("utf-16-le", "replace")
        if len(text) == self._n:
            return text
        return "".join(self._character(index) for index in range(self._n))

    def _character(self, index: int) -> str:
        """One character; what PDFium has no Unicode for is NUL."""
        code = _HYPHEN if pdfium.FPDFText_IsHyphen(self._raw, index) == 1 else 0
        code = code or pdfium.FPDFText_GetUnicode(self._raw, index)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\0"

    def _pieces(self, text: str, start: int, end: int, row: int) -> Iterator[Line]:
        """The line of a span, cut where a gap too wide for a space runs through it."""
        boxes = self._boxes(start, end)
        if not boxes:
            return
        height = max(box[3] - box[1] for box in boxes)
        wide = max(1.3 * height, 9.0)
        if any(b[0] - a[2] > wide or a[0] - b[2] > wide for a, b in pairwise(boxes)):
            for cut_start, cut_end in self._cuts(text, start, end, wide):
                cut_boxes = self._boxes(cut_start, cut_end)
                if cut_boxes:
                    yield self._line(text, cut_start, cut_end, cut_boxes, row)
        else:
            yield self._line(text, start, end, boxes, row)

    def _cuts(self, text: str, start: int, end: int, wide: float) -> Iterator[tuple[int, int]]:
        """The spans between wide gaps, found from the boxes of single characters."""
        edges = [ctypes.c_double() for _ in range(4)]
        begin, last = start, None
        for index in range(start, end):
            if text[index].isspace() or text[index] == "\0":
                continue
            pdfium.FPDFText_GetCharBox(self._raw, index, *edges)
            left, right = edges[0].value, edges[1].value
            if last is not None and (left - last > wide or last - right > 20 * wide):
                yield begin, index
                begin = index
            last = right
        yield begin, end

    def _boxes(self, start: int, end: int) -> list[tuple[float, float, float, float]]:
        """The boxes of a span's text runs: left, bottom, right, top."""
        edges = [ctypes.c_double() for _ in range(4)]
        found = []
        for index in range(max(0, pdfium.FPDFText_CountRects(self._raw, start, end - start))):
            pdfium.FPDFText_GetRect(self._raw, index, *edges)
            left, top, right, bottom = (edge.value for edge in edges)
            found.append((left, bottom, right, top))
        return found

    def _line(
        self, text: str, start: int, end: int, boxes: list[tuple[float, float, float, float]], row: int
    ) -> Line:
        """A line with what its first letter says of its type."""
        first = next((i for i in range(start, end) if text[i].isalpha()), start)
        size, font, bold, turned = self._type(first, is_wide(text[first]))
        return Line(
            text=text[start:end], page=self.number, size=size, font=font, bold=bold, turned=turned, row=row,
            x0=min(b[0] for b in boxes) - self.box[0], y0=min(b[1] for b in boxes) - self.box[1],
            x1=max(b[2] for b in boxes) - self.box[0], y1=max(b[3] for b in boxes) - self.box[1],
        )  # fmt: skip

    def _type(self, index: int, wide: bool) -> tuple[float, str, bool, bool]:
        """Size in points, font name, boldness, and whether the writing is turned."""
        size = self._placed(index)[0]
        buffer = ctypes.create_string_buffer(96)
        flags = ctypes.c_int()
        length = pdfium.FPDFText_GetFontInfo(self._raw, index, buffer, 96, flags)
        font = buffer.raw[: max(0, min(length, 96) - 1)].decode("utf-8", "replace").split("+")[-1]
        bold = bool(_BOLD.search(font)) or bool(flags.value & 1 << 18)
        angle = pdfium.FPDFText_GetCharAngle(self._raw, index)
        turned = not wide and 0.7 < angle % math.pi < 2.4
        return round(size, 1), font, bold, turned


def _blanked(text: str) -> str:
    """The text with every unseen character made NUL, so that no index moves."""
    return "".join("\0" if without_unseen(character)[1] else character for character in text)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """The index ranges of the lines that have something to see; a joined hyphen ends one, too."""
    start = 0
    for match in re.finditer(f"{JOIN}|\r\n?|\n|$", text):
        end = match.end() if match[0] == JOIN else match.start()
        if text[start:end].strip(" \0\t"):
            yield start, end
        start = match.end()
