"""Pure: the paragraph, and the joining of lines into paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from digest.reading.layout import Measure
from digest.reading.lines import JOIN, Line, is_wide

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_BULLET = re.compile(
    r"[•·‣▪◦●○■–—-]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s|\[\d{1,3}\]\s|[①-⑳]|・|Q\d*[:.]\s"
)
_ADDRESS = re.compile(r"(?:https?://|www\.|doi\.org/)\S*$")
_WIDE_MARKS = "―…，．、。「」『』（）・：；！？［］【】"
_ENDS = re.compile(r"[.!?:。．！？：][\"'”’）)\]」』]*(?:\[[\d, –-]+\]|[\d,]{1,5})?$")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph: its text, section, and `(offset, page)` pairs as in `models.Passage`.

    A block that stands `apart` (caption, table, footnote) is no part of the running text.
    """

    text: str
    section: str | None = None
    pages: tuple[tuple[int, int], ...] = ()
    apart: bool = False


_SUFFIXES = frozenset(
    {
        "able", "ible", "ing", "ings", "tion", "tions", "sion", "sions", "ment", "ments", "ness", "ity",
        "ities", "ed", "er", "ers", "est", "ly", "ally", "al", "ial", "ical", "ous", "ive", "ence", "ance",
        "ency", "ancy", "ize", "ized", "izes", "izing", "ise", "ised", "ful", "less", "ism", "ist", "ists",
        "tive", "tively", "mation", "zation", "ization"
    }
)  # fmt: skip


class Vocabulary:
    """The words a document itself uses, by which words cut at a line's end are put together."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._words: Counter[str] = Counter()
        for line in lines:
            text = line.text[: line.text.rfind(" ") + 1] if line.text.endswith((JOIN, "-")) else line.text
            for word in _WORD.findall(text):
                folded = word.casefold()
                self._words[folded] += 1
                if folded.count("-") > 1:
                    self._words.update("-".join(pair) for pair in pairwise(folded.split("-")))

    def joined(self, head: str, tail: str) -> str:
        """Two halves of a word cut by a hyphen, with the hyphen where the word has one."""
        cut_head = re.search(r"[^\W_]+(?:-[^\W_]+)*$", head)
        cut_tail = re.match(r"[^\W_]+", tail)
        if not cut_head or not cut_tail:
            return f"{head}-{tail}"
        first, second = cut_head[0].casefold(), cut_tail[0].casefold()
        last = first.rpartition("-")[2]
        if self._words[f"{first}-{second}"] or self._words[f"{last}-{second}"] > self._words[last + second]:
            return f"{head}-{tail}"
        if self._words[last + second] or (second in _SUFFIXES and len(last) > 2):
            return head + tail
        if second[0].isdigit() or first[-1].isdigit() or cut_tail[0][0].isupper():
            return f"{head}-{tail}"
        both_known = self._words[last] and self._words[second] and min(len(last), len(second)) > 2
        return f"{head}-{tail}" if both_known or len(last) < 2 else head + tail


def paragraphs(
    lines: Sequence[Line], measure: Measure, words: Vocabulary, section: str | None, *, apart: bool = False
) -> list[Block]:
    """Running text cut into paragraphs where the type area shows one to begin."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and not _begins(line, groups[-1], measure):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [replace(joined(group, words, section), apart=apart) for group in groups]


def _begins(line: Line, before: Sequence[Line], measure: Measure) -> bool:
    """Whether a line begins a new paragraph."""
    last = before[-1]
    if last.text.endswith(JOIN):
        return False
    ended = bool(_ENDS.search(last.text))
    if _BULLET.match(line.text) and (ended or measure.is_short(last)) and not line.text[:1].islower():
        return True
    if ended and line.bold and not last.bold and not _is_continued(line):
        return True
    indented = 0.6 < measure.indent(line) - min(measure.indent(each) for each in before[-1:]) < 6
    if (
        line.page == last.page
        and last.y0 - line.y1 < 0.75 * max(line.size, last.size)
        and last.y0 > line.y0 - 1
    ):
        return ended and (indented or (measure.is_short(last) and not _is_continued(line)))
    if line.page == last.page and 0 <= measure.left(line) - measure.left(last) < 2 and last.y0 > line.y1:
        return ended or last.y0 - line.y1 > 2.5 * line.size
    return ended and (measure.is_short(last) or measure.indent(line) > 0.6)


def _is_continued(line: Line) -> bool:
    """Whether a line can only be the rest of a sentence."""
    return line.text[:1].islower() or line.text[:1] in ",;)]"


def joined(lines: Sequence[Line], words: Vocabulary, section: str | None) -> Block:
    """Some lines as one paragraph, with the pages they stand on."""
    text = ""
    pages: list[tuple[int, int]] = []
    for line in lines:
        if text.endswith(JOIN) or (text.endswith("-") and text[-2:-1].isalpha() and line.text[:1].isalpha()):
            offset = len(text) - 1
            text = words.joined(text[:-1], line.text)
            offset = min(offset, len(text) - len(line.text))
        else:
            text += "" if not text or _closed_up(text, line.text[0]) else " "
            offset = len(text)
            text += line.text
        if not pages or pages[-1][1] != line.page:
            pages.append((offset, line.page))
    return Block(text.replace(JOIN, "-"), section, tuple(pages))


def _closed_up(text: str, start: str) -> bool:
    """Whether no space belongs between two lines, as in Japanese and inside an address."""
    if start in "/.?=&#_-" and _ADDRESS.search(text):
        return True
    end = text[-1]
    return (is_wide(end) and is_wide(start)) or end in _WIDE_MARKS or start in _WIDE_MARKS
