"""Pure: which lines of a document are headings, and what kind of section they open."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from digest.reading.layout import Measure
from digest.reading.lines import Line, Outlined, is_wide

_NUMBER = re.compile(
    r"(?P<number>(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){0,3}[.．]?|[IVX]{1,5}\.|第\d{1,2}[章節]|[A-Z]\.)\s+(?P<title>\S.*)"
)
_NUMBER_TIGHT = re.compile(
    r"(?P<number>\d{1,2}(?:[.．]\d{1,2}){0,3}[.．]?)(?P<title>[\u3040-\u30ff\u4e00-\u9fff].*)"
)
_KNOWN = re.compile(
    r"abstract|introduction|background|related works?|preliminaries|methods?|methodology|approach"
    r"|experiments?|results|evaluation|discussion|analysis|limitations?|conclusions?"
    r"|conclusions? and future work|future work|ethic(?:s|al) (?:statement|considerations?)|broader impacts?"
    r"|acknowledge?ments?|references"
    r"|bibliography|appendix|appendices|supplementary materials?|materials and methods"
    r"|data availability|code availability"
    r"|author contributions|competing interests|funding|reproducibility statement|impact statement"
    r"|概要|要旨|あらまし|抄録|はじめに|序論|まえがき|関連研究|先行研究|提案手法|手法|実験|実験設定|結果|考察|評価|おわりに|結論|まとめ"
    r"|むすび|あとがき|今後の課題|謝辞|参考文献|引用文献|文献|付録|補遺",
    re.IGNORECASE,
)
_REFERENCES = re.compile(
    r"references(?: and notes)?|bibliography|literature cited|works cited|参考文献|引用文献|文献",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(r"abstract|summary|概要|要旨|あらまし|抄録|アブストラクト", re.IGNORECASE)
_INLINE_ABSTRACT = re.compile(r"(abstract|概要|要旨|あらまし)\s*(?:[—–:：.]|-{1,2}\s)\s*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.。．,，、;；:：]$")
_FOLDED_NUMBER = re.compile(r"\d{1,6}|[a-z]\d{0,4}|[ivx]+|(?:chapter|section|appendix)[a-z\d]{1,3}")
_LONGEST = 130


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that stands on `lines` printed lines."""

    title: str
    lines: int = 1
    level: int = 0

    @property
    def bare(self) -> str:
        """The title without its number."""
        match = _NUMBER.fullmatch(self.title) or _NUMBER_TIGHT.fullmatch(self.title)
        return match["title"] if match else self.title

    @property
    def opens_references(self) -> bool:
        """Whether the list of references follows."""
        return bool(_REFERENCES.fullmatch(_spaceless(self.bare)))

    @property
    def opens_abstract(self) -> bool:
        """Whether the abstract follows."""
        return bool(_ABSTRACT.fullmatch(_spaceless(self.bare)))


def find(lines: Sequence[Line], measure: Measure, outline: Sequence[Outlined]) -> dict[int, Heading]:
    """The headings by the index of their first line: from the outline, else from numbers and type."""
    found = _from_outline(lines, outline)
    styled = [(i, h) for i in range(len(lines)) if (h := _by_number(lines, i, measure)) is not None]
    enough = len(found) >= 3 and len(found) >= 0.5 * len(outline)
    if not enough:
        found |= dict(_plausible(styled))
    taken = {i + k for i, h in found.items() for k in range(h.lines)}
    for index, line in enumerate(lines):
        if index not in taken and _is_known(lines, index, measure):
            found[index] = Heading(_told(line.text))
    if not enough and len(found) < 4:
        found |= {i: h for i in range(len(lines)) if i not in found and (h := _by_type(lines, i, measure))}
    return dict(sorted(found.items()))


def inline_abstract(text: str) -> str | None:
    """The rest of a line that begins with “Abstract—”, or None."""
    match = _INLINE_ABSTRACT.match(text)
    return text[match.end():] if match else None  # fmt: skip


def _spaceless(text: str) -> str:
    """A title as it is compared: 謝　辞 and R EFERENCES are set with spaces."""
    text = unicodedata.normalize("NFKC", text)
    return re.sub(
        r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])|(?<=\b[A-Z])\s(?=[A-Z]{2})|[.:：]$", "", text
    ).strip()


def _folded(text: str) -> str:
    """A title stripped to its letters, for comparing outline and print."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def _from_outline(lines: Sequence[Line], outline: Sequence[Outlined]) -> dict[int, Heading]:
    """The lines that print the entries of the outline, in order."""
    by_page: dict[int, list[int]] = {}
    for index, line in enumerate(lines):
        by_page.setdefault(line.page, []).append(index)
    found: dict[int, Heading] = {}
    for entry in outline:
        wanted = _folded(entry.title)
        match = _printed(lines, by_page.get(entry.page or 0, []), wanted, found) if wanted else None
        if match:
            index, count = match
            found[index] = Heading(
                _told(*(line.text for line in lines[index : index + count])), count, entry.level
            )
    return found


def _printed(
    lines: Sequence[Line], indexes: Sequence[int], wanted: str, taken: dict[int, Heading]
) -> tuple[int, int] | None:
    """Where on a page a title is printed, with or without a number: first line and line count."""
    candidates: list[tuple[bool, float, int, int]] = []
    for index in indexes:
        text = ""
        for count in range(1, 4):
            if index in taken or index + count > len(lines):
                break
            text += _folded(lines[index + count - 1].text)
            number = text.removesuffix(wanted) if text.endswith(wanted) else None
            if number is not None and (not number or _FOLDED_NUMBER.fullmatch(number)):
                candidates.append((bool(number), lines[index].size, -index, count))
            if len(text) > len(wanted) + 8:
                break
    if not candidates:
        return None
    _, _, index, count = max(candidates)  # the numbered, the largest, the first of them
    return -index, count


def _stands_out(line: Line, measure: Measure) -> bool:
    """Whether a line is set in another type than the running text, and not in a smaller one."""
    return line.size >= measure.size - 0.7 and (
        line.size >= 1.08 * measure.size or (line.bold and "old" not in measure.font)
        or (line.font != measure.font and line.text.isupper())
    )  # fmt: skip


def _by_number(lines: Sequence[Line], index: int, measure: Measure) -> Heading | None:
    """The numbered heading that begins on a line, with the lines it runs on to."""
    line = lines[index]
    match = _NUMBER.fullmatch(line.text) or _NUMBER_TIGHT.fullmatch(line.text)
    if not match or not _stands_out(line, measure) or not _is_title(match["title"]):
        return None
    count = 1
    if line.width > 0.6 * measure.width or line.text.endswith(("-", "\ufffe")):
        count += _runs_on(lines, index, measure)
    texts = [each.text for each in lines[index : index + count]]
    if _SENTENCE_END.search(texts[-1]) or len("".join(texts)) > _LONGEST:
        return None
    return Heading(_told(*texts), count, match["number"].strip(".").count("."))


def _runs_on(lines: Sequence[Line], index: int, measure: Measure) -> int:
    """How many further lines a heading takes: same type, close below, not numbered."""
    first = lines[index]
    count = 0
    for line in lines[index + 1 : index + 3]:
        close = first.page == line.page and 0 < first.y0 - line.y0 < (count + 1) * 2.2 * first.size
        if (
            not close
            or abs(line.size - first.size) > 0.09 * line.size
            or line.bold != first.bold
            or not _stands_out(line, measure)
        ):
            break
        if _NUMBER.fullmatch(line.text):
            break
        count += 1
    return count


def _is_title(title: str) -> bool:
    """Whether words could be a section's title: letters, beginning like one."""
    first = title[0]
    letters = sum(c.isalpha() for c in title)
    opens = first.isupper() or is_wide(first) or first in "“\"'‘$("
    return (opens or any(is_wide(c) for c in title[:6])) and letters >= 0.5 * len(title.replace(" ", ""))


def _plausible(styled: Sequence[tuple[int, Heading]]) -> list[tuple[int, Heading]]:
    """The numbered lines whose numbers go on from one another as sections do."""
    kept: list[tuple[int, Heading]] = []
    last = 0
    for index, heading in styled:
        first = re.match(r"\d+", heading.title)
        if first:
            number = int(first[0])
            if number < last or number > last + 2:
                continue
            last = number
        kept.append((index, heading))
    return kept


def _is_known(lines: Sequence[Line], index: int, measure: Measure) -> bool:
    """Whether a line is nothing but the usual name of a section, set apart."""
    line = lines[index]
    title = Heading(line.text).bare
    if not _KNOWN.fullmatch(_spaceless(title)):
        return False
    return _stands_out(line, measure) or (line.font != measure.font and line.size >= measure.size - 1) or (
        line.width < 0.5 * measure.width and title[:1].isupper() and line.text != line.text.lower()
        and not line.gaps and _is_alone(lines, index)
    )  # fmt: skip


def _is_alone(lines: Sequence[Line], index: int) -> bool:
    """Whether there is more room above a line than a line takes."""
    if index == 0 or lines[index - 1].page != lines[index].page:
        return True
    line, above = lines[index], lines[index - 1]
    return above.y0 - line.y1 > 0.6 * line.size or above.y0 < line.y0


def _by_type(lines: Sequence[Line], index: int, measure: Measure) -> Heading | None:
    """A heading without number: larger or bold, short, alone, with running text below."""
    line = lines[index]
    if line.gaps or not _stands_out(line, measure) or len(line.text) > 90 or line.width > 0.9 * measure.width:
        return None
    if not _is_title(line.text) or re.search(r"[.。．,，;]$", line.text) or not _is_alone(lines, index):
        return None
    below = lines[index + 1 : index + 4]
    same_page = [each for each in below if each.page == line.page]
    if not any(measure.is_prose(each) and abs(each.size - measure.size) < 0.6 for each in same_page):
        return None
    return Heading(_told(line.text))


def _told(*texts: str) -> str:
    """The lines of a heading as one title."""
    title = ""
    for text in texts:
        text = text.strip()
        if title.endswith("\ufffe"):
            title = title[:-1] + text
        elif title and not (is_wide(title[-1]) and is_wide(text[0])):
            title += f" {text}"
        else:
            title += text
    title = re.sub(r"\b([A-Z]) (?=[A-Z]{2,}\b)", r"\1", title)
    return title.replace("\ufffe", "-").strip()
