"""Finds the text objects of a PDF page that no reader of the page can see."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

_INVISIBLE = {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}
_STROKED = pdfium.FPDF_TEXTRENDERMODE_STROKE
_TINY = 1.2
_SAME = 12
_MOST_GROUNDS = 400
_DEEPEST = 12
Colour = tuple[int, int, int, int]
Box = tuple[float, float, float, float]


@dataclass
class Unseen:
    """What one page hides: addresses of text objects, with what else has to be known of it."""

    hidden: set[int] = field(default_factory=set)
    unpainted: set[int] = field(default_factory=set)
    """Those whose render mode paints nothing; all of them on a page are an OCR layer."""
    texts: int = 0
    picture: bool = False
    """Whether a picture covers at least half of the page."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """Something painted that text may stand on; `colour` is None for a picture."""

    order: int
    box: Box
    colour: Colour | None

    def holds(self, box: Box) -> bool:
        """Whether the middle of a box lies on it."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return self.box[0] <= x <= self.box[2] and self.box[1] <= y <= self.box[3]


class _Scan:
    """One walk over the objects of a page, with the out-parameters it reuses."""

    def __init__(self, page: Any, page_box: Box) -> None:
        self.page_box = page_box
        self.rgba = [ctypes.c_uint() for _ in range(4)]
        self.edges = [ctypes.c_float() for _ in range(4)]
        self.size = ctypes.c_float()
        self.matrix = pdfium.FS_MATRIX()
        self.found = Unseen()
        self.grounds: list[_Ground] = []
        self.pale: list[tuple[int, int, Colour, Any]] = []
        self.order = 0
        for item, shift in _objects(page):
            self._look(item, shift)
        self._judge_pale()

    def _look(self, item: Any, shift: _Shift) -> None:
        """Take one object into account."""
        self.order += 1
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            self._text(item, shift)
        elif kind in {pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING}:
            self._painted(item, shift, kind)

    def _text(self, item: Any, shift: _Shift) -> None:
        """Note a text object that cannot be seen, or may not."""
        self.found.texts += 1
        mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
        address = address_of(item)
        if mode in _INVISIBLE:
            self.found.unpainted.add(address)
            return
        colour = self._colour(item, stroke=mode == _STROKED)
        box = self._box(item, shift)
        if colour[3] == 0 or self._outside(box) or self._tiny(item, box, shift):
            self.found.hidden.add(address)
        else:
            self.pale.append((self.order, address, colour, box))

    def _painted(self, item: Any, shift: _Shift, kind: int) -> None:
        """Note a filled path or a picture as ground that text may stand on."""
        box = self._box(item, shift)
        width, height = box[2] - box[0], box[3] - box[1]
        if width < 4 or height < 4:
            return
        page = (self.page_box[2] - self.page_box[0]) * (self.page_box[3] - self.page_box[1])
        if kind != pdfium.FPDF_PAGEOBJ_PATH:
            self.found.picture |= width * height >= page / 2
            self.grounds.append(_Ground(self.order, box, None))
            return
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(item, mode, stroke)
        colour = self._colour(item, stroke=False)
        if mode.value and colour[3] > 127:
            self.grounds.append(_Ground(self.order, box, colour))

    def _judge_pale(self) -> None:
        """Hide text that has the colour of what it stands on."""
        largest = sorted(self.grounds, key=lambda g: (g.box[2] - g.box[0]) * (g.box[3] - g.box[1]))
        grounds = sorted(largest[-_MOST_GROUNDS:], key=lambda ground: -ground.order)
        for order, address, colour, box in self.pale:
            if not grounds and min(colour[:3]) < 255 - _SAME:
                continue
            under = next((g for g in grounds if g.order < order and g.holds(box)), None)
            ground = (255, 255, 255, 255) if under is None else under.colour
            if ground and max(abs(a - b) for a, b in zip(colour[:3], ground[:3], strict=True)) <= _SAME:
                self.found.hidden.add(address)

    def _colour(self, item: Any, *, stroke: bool) -> Colour:
        """Red, green, blue and alpha, 0 to 255; black where the object does not say."""
        get = pdfium.FPDFPageObj_GetStrokeColor if stroke else pdfium.FPDFPageObj_GetFillColor
        if not get(item, *self.rgba):
            return (0, 0, 0, 255)
        red, green, blue, alpha = (value.value for value in self.rgba)
        return (red, green, blue, alpha)

    def _box(self, item: Any, shift: _Shift) -> Box:
        """Left, bottom, right and top on the page."""
        if not pdfium.FPDFPageObj_GetBounds(item, *self.edges):
            return self.page_box
        left, bottom, right, top = (value.value for value in self.edges)
        return shift.moved((left, bottom, right, top))

    def _outside(self, box: Box) -> bool:
        """Whether nothing of a box is on the page."""
        page = self.page_box
        return box[2] <= page[0] or box[0] >= page[2] or box[3] <= page[1] or box[1] >= page[3]

    def _tiny(self, item: Any, box: Box, shift: _Shift) -> bool:
        """Whether the text is too small to be seen."""
        if max(box[3] - box[1], box[2] - box[0]) > 4 * _TINY and box[3] - box[1] > _TINY:
            return False
        pdfium.FPDFTextObj_GetFontSize(item, self.size)
        pdfium.FPDFPageObj_GetMatrix(item, self.matrix)
        m = self.matrix
        scale = max(abs(m.a), abs(m.b), abs(m.c), abs(m.d)) * shift.scale
        return self.size.value * scale < _TINY and box[3] - box[1] < _TINY


@dataclass(frozen=True, slots=True)
class _Shift:
    """How the contents of a form are placed on the page (its matrix)."""

    a: float = 1
    b: float = 0
    c: float = 0
    d: float = 1
    e: float = 0
    f: float = 0

    @property
    def scale(self) -> float:
        """How much the form enlarges."""
        return max(abs(self.a), abs(self.b), abs(self.c), abs(self.d))

    def moved(self, box: Box) -> Box:
        """A box of the form, on the page."""
        if self == _STILL:
            return box
        points = [(self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)
                  for x in (box[0], box[2]) for y in (box[1], box[3])]  # fmt: skip
        xs, ys = zip(*points, strict=True)
        return (min(xs), min(ys), max(xs), max(ys))

    def inner(self, m: Any) -> _Shift:
        """The placing of a form inside this one."""
        return _Shift(
            m.a * self.a + m.b * self.c, m.a * self.b + m.b * self.d,
            m.c * self.a + m.d * self.c, m.c * self.b + m.d * self.d,
            m.e * self.a + m.f * self.c + self.e, m.e * self.b + m.f * self.d + self.f,
        )  # fmt: skip


_STILL = _Shift()


def _objects(page: Any) -> Iterator[tuple[Any, _Shift]]:
    """Every object of a page in painting order, those inside forms with the form's placing."""
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        yield from _unfolded(pdfium.FPDFPage_GetObject(page, index), _STILL, 0)


def _unfolded(item: Any, shift: _Shift, depth: int) -> Iterator[tuple[Any, _Shift]]:
    """An object, or what a form holds; forms inside forms only so deep."""
    if pdfium.FPDFPageObj_GetType(item) != pdfium.FPDF_PAGEOBJ_FORM:
        yield item, shift
        return
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(item, matrix)
    if depth < _DEEPEST:
        for index in range(max(0, pdfium.FPDFFormObj_CountObjects(item))):
            yield from _unfolded(pdfium.FPDFFormObj_GetObject(item, index), shift.inner(matrix), depth + 1)


def address_of(item: Any) -> int:
    """The address by which PDFium knows an object; 0 for none."""
    return ctypes.cast(item, ctypes.c_void_p).value or 0


def unseen(page: Any, page_box: Box) -> Unseen:
    """What a page hides; `page` is PDFium's handle, `page_box` left, bottom, right, top."""
    return _Scan(page, page_box).found
