"""Pure: the ordered lines of a document into front matter, sections, captions and footnotes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from digest.reading.blocks import Block, Vocabulary, joined, paragraphs
from digest.reading.headings import Heading, find, inline_abstract
from digest.reading.layout import Measure, arranged
from digest.reading.lines import Line, Outlined, Sheet, is_wide
from digest.reading.raised import without_mark

_CAPTION = re.compile(
    r"(?P<label>(?:(?P<table>Table|Tab\.|表)|Figure|Fig\.|FIGURE|TABLE|Algorithm|Listing|図)\s*(?:[A-Z]?\.?\d{1,3}|[IVX]{1,5}))"
    r"\s*(?:[.:：|．]|(?=\s+[A-Z\u3040-\u9fff]))"
)
_NOTE = re.compile(r"(?:\d{1,2}[)）]?|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}[)）]?|[*†‡§¶∗])\s?[A-Za-z\"“(\u3040-\u9fff]")
_MARK = re.compile(r"\d{1,2}[)）]?|[*†‡§¶∗]")
_KEYWORDS = re.compile(r"(?:key ?words?|index terms|ccs concepts|キーワード)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """A document as text: what stands before its first section, and its blocks."""

    title: str | None
    abstract: str | None
    blocks: tuple[Block, ...]
    front: str
    """All text of the first page above the first heading, where the authors stand."""


def written(sheets: Sequence[Sheet], outline: Sequence[Outlined], named: str | None) -> Written:
    """The text of a document; `named` is the title its metadata give."""
    lines, measure = arranged(sheets)
    headings = find(lines, measure, outline)
    words = Vocabulary(lines)
    title_at, title = _title(lines, measure, words, named)
    headings = {i: h for i, h in headings.items() if i not in title_at}
    first = min(headings, default=0)
    front = [line for line in lines[:first] if line.page == 1]
    blocks: list[Block] = []
    start = first
    if not any(h.opens_abstract for i, h in headings.items() if lines[i].page <= 2):
        start, lead = _unheaded_front(lines, first, title_at, measure)
        blocks += _section(lead[0], measure, words, lead[1])
    blocks += _sections(lines, headings, start, measure, words)
    abstract = next((_text_of(blocks, h.title) for h in _opening(headings, lines)), None)
    if abstract is None and blocks and blocks[0].section == "Abstract":
        abstract = _text_of(blocks, "Abstract")
    return Written(title, abstract, tuple(blocks), "\n".join(line.text for line in front))


def _opening(headings: Mapping[int, Heading], lines: Sequence[Line]) -> list[Heading]:
    """The heading of the abstract, if the first pages have one."""
    return [h for i, h in headings.items() if h.opens_abstract and lines[i].page <= 2][:1]


def _text_of(blocks: Sequence[Block], section: str) -> str | None:
    """The running text of a section."""
    return "\n".join(b.text for b in blocks if b.section == section and not b.apart) or None


def _title(
    lines: Sequence[Line], measure: Measure, words: Vocabulary, named: str | None
) -> tuple[set[int], str | None]:
    """The lines of the title on the first page, and the title."""
    page = lines[0].page if lines else 1
    top = [(i, line) for i, line in enumerate(lines[:40]) if line.page == page]
    largest = max((line.size for _, line in top if len(line.text) > 3), default=0.0)
    if largest < 1.15 * measure.size:
        return set(), named
    found: list[tuple[int, Line]] = []
    for index, line in top:
        if line.size < largest - 0.3:
            if found:
                break
            continue
        if found and (found[-1][1].y0 - line.y1 > 1.5 * largest or len(found) > 4):
            break
        found.append((index, line))
    text = joined([line for _, line in found], words, None).text
    return {index for index, _ in found}, text if len(text) < 300 else named


def _unheaded_front(
    lines: Sequence[Line], first: int, title_at: set[int], measure: Measure
) -> tuple[int, tuple[list[Line], str | None]]:
    """Text above the first heading where no heading names an abstract: only what is prose."""
    before = [(i, line) for i, line in enumerate(lines[:first]) if i not in title_at]
    for position, (_, line) in enumerate(before):
        rest = inline_abstract(line.text)
        if rest is not None:
            tail = [line for _, line in before[position + 1 :]]
            return first, ([replace(line, text=rest), *tail] if rest else tail, "Abstract")
    prose = [line for k, (_, line) in enumerate(before)
             if measure.is_prose(line) or (k and measure.is_prose(before[k - 1][1]) and not line.gaps)
             or (first == 0 or len(before) > 60)]  # fmt: skip
    return first, (prose, None)


def _sections(
    lines: Sequence[Line], headings: Mapping[int, Heading], start: int, measure: Measure, words: Vocabulary
) -> list[Block]:
    """The blocks of every section, without the references."""
    blocks: list[Block] = []
    marks = [i for i in headings if i >= start] or []
    if start == 0 and (not marks or marks[0] > 0) and not headings:
        marks = [0]
    in_references = False
    for mark, end in zip(marks, [*marks[1:], len(lines)], strict=True):
        heading = headings.get(mark)
        if heading and heading.opens_references:
            in_references = True
        elif heading and in_references and _reopens(heading, lines[mark], measure):
            in_references = False
        if not in_references:
            body = list(lines[mark + (heading.lines if heading else 0) : end])
            blocks += _section(body, measure, words, heading.title if heading else None)
    return blocks


def _reopens(heading: Heading, line: Line, measure: Measure) -> bool:
    """Whether a heading after the references opens text again, as an appendix does."""
    return (line.size >= measure.size - 0.7 and not re.match(r"\d", heading.title)) or (
        bool(re.match(r"\d", heading.title)) and line.size > 1.05 * measure.size
    )  # fmt: skip


def _section(lines: list[Line], measure: Measure, words: Vocabulary, section: str | None) -> list[Block]:
    """One section: its running text, then what stands apart from it."""
    body, notes = _without_notes(lines, measure)
    body, floats = _without_floats(body, measure)
    blocks = paragraphs([line for line in body if not _KEYWORDS.match(line.text)], measure, words, section)
    for label, group in floats:
        blocks += _float_blocks(label, group, words)
    for note in notes:
        blocks.append(replace(joined(_unmarked(note), words, section), apart=True))
    return blocks


def _unmarked(note: Sequence[Line]) -> list[Line]:
    """A footnote without the mark it opens with."""
    text = without_mark(note[0].text)
    return [replace(note[0], text=text), *note[1:]] if text else list(note)


def _float_blocks(label: str, group: tuple[list[Line], list[Line]], words: Vocabulary) -> list[Block]:
    """A caption, and row by row what is printed in its figure or table."""
    caption, inside = group
    blocks = [replace(joined(caption, words, label), apart=True)]
    telling = [_says_something(line) for line in inside]
    all_of_it = sum(telling) > len(inside) / 2 or sum(line.gaps > 0 for line in inside) > 1
    rows: list[list[Line]] = []
    for line, tells in zip(inside, telling, strict=True):
        if not tells and not all_of_it:
            continue
        if rows and not line.gaps and not rows[-1][-1].gaps and abs(rows[-1][-1].size - line.size) < 0.4:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [*blocks, *(replace(joined(row, words, label), apart=True) for row in rows)]


def _says_something(line: Line) -> bool:
    """Whether a line inside a figure or table is more than a mark on an axis."""
    words = re.findall(r"[^\W\d_]{2,}", line.text)
    wide = sum(is_wide(character) for character in line.text)
    return len(words) >= 4 or wide >= 8 or (line.gaps > 0 and bool(words or wide))


def _without_notes(lines: list[Line], measure: Measure) -> tuple[list[Line], list[list[Line]]]:
    """The lines without footnotes, and the footnotes."""
    body: list[Line] = []
    notes: list[list[Line]] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        small = line.size <= 0.93 * measure.size
        before = body[-1] if body else None
        low = before is not None and before.page == line.page and before.y0 > line.y0
        top = before is None or before.page != line.page
        if small and (low or top) and _NOTE.match(line.text) and not line.gaps:
            end = index + 1
            while end < len(lines) and _goes_on(lines[end], lines[end - 1], line):
                end += 1
            after = lines[end] if end < len(lines) else None
            ends = after is None or after.page != line.page or after.y0 > line.y0
            if ends or (top and after is not None and after.size > 1.1 * line.size):
                notes += _cut_notes(lines[index:end])
                index = end
                continue
        body.append(line)
        index += 1
    marks = {match[0] for note in notes if (match := _MARK.match(note[0].text))}
    # a mark that the file writes by itself would stand in the sentence like a number
    return [line for line in body if line.text not in marks or line.size > 0.85 * measure.size], notes


def _goes_on(line: Line, before: Line, first: Line) -> bool:
    """Whether a line still belongs to the footnotes that began with `first`."""
    return (
        line.page == first.page
        and line.size <= first.size + 0.4
        and -2 < before.y0 - line.y0 < 2.5 * first.size
    )


def _cut_notes(lines: Sequence[Line]) -> list[list[Line]]:
    """Footnotes that stand together, each by itself."""
    notes: list[list[Line]] = []
    for line in lines:
        if notes and not _NOTE.match(line.text):
            notes[-1].append(line)
        else:
            notes.append([line])
    return notes


def _without_floats(
    lines: list[Line], measure: Measure
) -> tuple[list[Line], list[tuple[str, tuple[list[Line], list[Line]]]]]:
    """The lines without figures and tables, and these: label, caption lines, lines inside."""
    taken: set[int] = set()
    floats = []
    for index, line in enumerate(lines):
        match = None if index in taken else _CAPTION.match(line.text)
        if not match or not _starts_caption(lines, index, taken):
            continue
        end = _caption_end(lines, index)
        caption = list(range(index, end))
        inside = _loose(lines, index - 1, -1, taken, measure)
        if match["table"] or match["label"].isupper() or not inside:
            inside = inside or _loose(lines, end, 1, taken, measure)
        taken.update(caption, inside)
        floats.append((match["label"], ([lines[i] for i in caption], [lines[i] for i in sorted(inside)])))
    return [line for i, line in enumerate(lines) if i not in taken], floats


def _starts_caption(lines: Sequence[Line], index: int, taken: set[int]) -> bool:
    """Whether a line that begins like a caption is one, and no sentence that names a figure."""
    line = lines[index]
    if re.match(r"(?:\S+\s*\S+?)\s*[:：|]", line.text) and ":" in line.text[:14].replace("：", ":"):
        return True
    before = lines[index - 1] if index else None
    if before is None or index - 1 in taken or before.page != line.page:
        return True
    return before.y0 - line.y1 > 0.8 * line.size or abs(before.size - line.size) > 0.5 or before.y0 < line.y0


def _caption_end(lines: Sequence[Line], index: int) -> int:
    """The index after the last line of a caption."""
    end = index + 1
    first = lines[index]
    while end < len(lines):
        line, before = lines[end], lines[end - 1]
        close = line.page == first.page and -1 < before.y0 - line.y0 < 1.55 * max(first.size, line.size) + 1
        finished = re.search(r"[.。．]$", before.text) and before.x1 < first.x1 - first.size
        if (
            not close
            or abs(line.size - first.size) > 0.4
            or finished
            or _CAPTION.match(line.text)
            or line.gaps
        ):
            break
        if before.x1 < first.x1 - 4 * first.size:
            break
        end += 1
    return end


def _loose(lines: Sequence[Line], index: int, step: int, taken: set[int], measure: Measure) -> list[int]:
    """The lines up or down from a caption that are no running text, on the same page."""
    found: list[int] = []
    page = lines[index - step].page if 0 <= index - step < len(lines) else 0
    while 0 <= index < len(lines) and index not in taken and lines[index].page == page:
        line = lines[index]
        if _is_text(lines, index, measure) or _CAPTION.match(line.text):
            break
        found.append(index)
        index += step
    return found


def _is_text(lines: Sequence[Line], index: int, measure: Measure) -> bool:
    """Whether a line is running text: it fills its column, or ends or opens a paragraph that does."""
    line = lines[index]
    if abs(line.size - measure.size) > 0.6 or line.gaps:
        return False
    if measure.is_prose(line):
        return True
    for near in (index - 1, index + 1):
        if 0 <= near < len(lines):
            other = lines[near]
            apart = abs(other.middle - line.middle)
            same = other.page == line.page and abs(other.size - line.size) < 0.6
            if same and measure.is_prose(other) and apart < 1.7 * line.size:
                return True
    return False
