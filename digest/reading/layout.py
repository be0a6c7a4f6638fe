"""Pure: lines of pages into reading order, without what only furnishes the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from digest.reading.lines import Line, Sheet, is_wide

_PAGE_NUMBER = re.compile(r"[\s\-–—―|/.]*(?:p(?:age|\.)?\s*)?(\d{1,4}|[ivxlc]{1,6})"
                          r"(?:\s*(?:/|of)\s*\d{1,4})?[\s\-–—―|/.]*", re.IGNORECASE)  # fmt: skip
_STAMP = re.compile(r"arXiv:\d{4}\.\d{4,5}(v\d+)?\s+\[")
_NOTICE = re.compile(
    r"©|\(c\) ?\d{4}|copyright|licen[sc]ed? under|creative ?commons|all rights reserved|permission to make"
    r"|^preprint\b|under review|work in progress|^published as|accepted (?:at|to|by|for)\b|^proceedings of"
    r"|^transactions of|^\d+(?:st|nd|rd|th) (?:conference|annual|international)|pages? \d+[-–]\d+|\bissn\b"
    r"|corresponding author|equal contribution|contributed equally|action editor|submission batch"
    r"|distributed under|work done (?:while|during|at)|発表論文集|^c \d{4} |^[*∗†‡]",
    re.IGNORECASE,
)
_BAND = 0.09
_LOWER = 0.35


@dataclass(frozen=True, slots=True)
class Measure:
    """What the running text of a document measures: points, and the left edges of columns."""

    size: float
    font: str
    width: float
    lefts: tuple[float, ...]

    @property
    def two_columns(self) -> bool:
        """Whether the text stands in more than one column."""
        return len(self.lefts) > 1

    def left(self, line: Line) -> float:
        """The left edge of the column a line stands in."""
        fitting = [left for left in self.lefts if left <= line.x0 + self.size]
        return fitting[-1] if fitting else line.x0

    def indent(self, line: Line) -> float:
        """How far a line begins from the edge of its column, in ems."""
        return (line.x0 - self.left(line)) / self.size

    def is_short(self, line: Line) -> bool:
        """Whether a line ends well before its column does."""
        return line.x1 < self.left(line) + self.width - 1.8 * self.size

    def is_prose(self, line: Line) -> bool:
        """Whether a line fills its column, as running text does."""
        return not line.gaps and 0.8 * self.width <= line.width <= 1.12 * self.width


def measured(lines: Sequence[Line]) -> Measure:
    """Measure the running text among some lines."""
    sizes: Counter[tuple[float, str]] = Counter()
    for line in lines:
        sizes[(line.size, line.font)] += len(line.text) * (2 if is_wide(line.text[-1]) else 1)
    size, font = sizes.most_common(1)[0][0] if sizes else (10.0, "")
    body = [line for line in lines if abs(line.size - size) < 0.6]
    widths: Counter[int] = Counter()
    for line in body:
        if line.width > 8 * size:
            widths[round(line.width / 6)] += 1
    width = max((b * 6.0 for b, n in widths.items() if n >= 0.2 * max(widths.values())), default=0.0)
    common = widths.most_common(1)[0][0] * 6.0 if widths else width or 40 * size
    width = width if width < 1.3 * common else common
    full = [line for line in body if 0.8 * width <= line.width <= 1.12 * width]
    return Measure(size, font, width, _lefts(full, width))


def _lefts(full: Sequence[Line], width: float) -> tuple[float, ...]:
    """The left edges that full lines begin at, those of one column counted once."""
    edges: Counter[int] = Counter(round(line.x0 / 3) for line in full)
    found: list[float] = []
    for edge, _ in sorted((e for e in edges.items() if e[1] >= 0.04 * len(full)), key=lambda e: e[0]):
        if not found or edge * 3 - found[-1] > 0.85 * width:
            found.append(edge * 3.0)
    return tuple(found)


def arranged(sheets: Sequence[Sheet]) -> tuple[list[Line], Measure]:
    """All lines that are text of the document, in reading order, and their measure."""
    upright = [replace(sheet, lines=tuple(_upright(sheet))) for sheet in sheets]
    repeated = _repeated(upright)
    stripped = [_stripped(sheet, repeated) for sheet in upright]
    if _characters(stripped) < 0.5 * _characters([sheet.lines for sheet in upright]):
        # what repeats is the text itself, as on forms and slides
        stripped = [_stripped(sheet, set()) for sheet in upright]
    whole = measured([line for lines in stripped for line in lines])
    ordered: list[Line] = []
    for lines in stripped:
        page = measured(lines) if len(lines) > 25 else whole
        page = page if abs(page.size - whole.size) < 0.6 and page.lefts else whole
        apart = page.two_columns and _stand_side_by_side(lines, page)
        ordered.extend(_in_order(_rows(lines, page if apart else None), page))
    return ordered, whole


def _characters(pages: Iterable[Sequence[Line]]) -> int:
    """How many characters some pages hold."""
    return sum(len(line.text) for lines in pages for line in lines)


def _upright(sheet: Sheet) -> Iterable[Line]:
    """The lines without those written sideways, unless the whole page is."""
    turned = sum(len(line.text) for line in sheet.lines if line.turned)
    if turned > sum(len(line.text) for line in sheet.lines) / 2:
        return sheet.lines
    return [line for line in sheet.lines if not line.turned]


def _key(text: str) -> str:
    """A line as running heads compare: without numbers, which change from page to page."""
    return re.sub(r"[\d\s]+|\b[ivxl]+\b", "", text).casefold()


def _in_band(line: Line, sheet: Sheet) -> bool:
    """Whether a line stands where running heads and page numbers do."""
    return line.middle > sheet.height * (1 - _BAND) or line.middle < sheet.height * _BAND


def _repeated(sheets: Sequence[Sheet]) -> set[str]:
    """Running heads and feet: what stands in the margin of several pages."""
    seen: Counter[str] = Counter()
    for sheet in sheets:
        seen.update({_key(line.text) for line in sheet.lines if _in_band(line, sheet)})
    return {key for key, count in seen.items() if key and count >= max(2, min(3, len(sheets) // 3))}


def _stripped(sheet: Sheet, repeated: set[str]) -> list[Line]:
    """The lines of a page without running heads, page numbers, stamps and notices."""
    kept = []
    notices: list[Line] = []
    for line in sheet.lines:
        band = _in_band(line, sheet)
        if band and (_key(line.text) in repeated or _PAGE_NUMBER.fullmatch(line.text)):
            continue
        if _STAMP.match(line.text) and (band or line.size > 12):
            continue
        if sheet.number == 1 and _is_notice(line, sheet):
            notices.append(line)
            continue
        kept.append(line)
    if sheet.number == 1:
        kept = _without_notice_tails(kept, notices)
    return kept


def _is_notice(line: Line, sheet: Sheet) -> bool:
    """Whether a line of the first page's margin speaks of publication, not of the subject."""
    low = line.middle < sheet.height * _LOWER or line.middle > sheet.height * (1 - _BAND)
    return low and bool(_NOTICE.search(line.text))


def _without_notice_tails(lines: list[Line], notices: Sequence[Line]) -> list[Line]:
    """The lines without those that carry a removed notice on: same small type, close to it."""
    sizes = Counter(line.size for line in lines if len(line.text) > 20)
    body = sizes.most_common(1)[0][0] if sizes else 0.0

    def carries_on(line: Line) -> bool:
        return line.size < 0.93 * body and any(
            abs(line.size - notice.size) < 0.3
            and abs(line.middle - notice.middle) < 1.7 * line.size
            and line.x0 < notice.x1
            and line.x1 > notice.x0
            for notice in notices
        )

    return [line for line in lines if not carries_on(line)]


def _stand_side_by_side(lines: Sequence[Line], measure: Measure) -> bool:
    """Whether the file writes rows across the columns, so that lines of two columns share a row."""
    shared = sum(
        a.row == b.row and measure.is_prose(a) and measure.is_prose(b) and _columns_apart(a, b, measure)
        for a, b in pairwise(lines)
    )
    return shared >= 4


def _rows(lines: Sequence[Line], measure: Measure | None) -> list[Line]:
    """The lines with the pieces of one row put together; given a measure, not across its columns."""
    rows: list[Line] = []
    for line in lines:
        last = rows[-1] if rows else None
        if last and last.row == line.row and not (measure and _columns_apart(last, line, measure)):
            longer = max(last, line, key=lambda piece: len(piece.text))
            rows[-1] = replace(
                longer, text=f"{last.text} {line.text}", gaps=last.gaps + 1,
                x0=min(last.x0, line.x0), x1=max(last.x1, line.x1),
                y0=min(last.y0, line.y0), y1=max(last.y1, line.y1),
            )  # fmt: skip
        else:
            rows.append(line)
    return rows


def _columns_apart(left: Line, right: Line, measure: Measure) -> bool:
    """Whether two pieces of a row are lines of two columns that stand side by side."""
    edges = [edge for edge in measure.lefts if abs(right.x0 - edge) < 1.5 * measure.size]
    return bool(edges) and left.x1 < edges[0] and measure.left(left) < edges[0]


def _in_order(lines: list[Line], measure: Measure) -> list[Line]:
    """The lines of a page column by column; the file's own order where that reads well."""
    if not measure.two_columns:
        return _downward(lines)
    edge = measure.lefts[1] - measure.size

    def side(line: Line) -> str:
        return "L" if line.x1 < edge + measure.size else ("R" if line.x0 > edge else "F")

    switches = sum({side(a), side(b)} == {"L", "R"} for a, b in pairwise(lines))
    if switches <= 6:
        return lines
    ordered: list[Line] = []
    columns: dict[str, list[Line]] = {"L": [], "R": []}
    for line in sorted(lines, key=lambda each: -each.middle):
        if side(line) == "F":
            ordered += [*columns["L"], *columns["R"], line]
            columns = {"L": [], "R": []}
        else:
            columns[side(line)].append(line)
    return [*ordered, *columns["L"], *columns["R"]]


def _downward(lines: list[Line]) -> list[Line]:
    """The lines of one column; sorted only where the file's order runs up and down the page."""
    rises = sum(b.y0 > a.y1 + 2 for a, b in pairwise(lines))
    return sorted(lines, key=lambda line: -line.middle) if rises > max(6, len(lines) // 4) else lines
