"""Pure: blocks of text into passages of a few sentences, within sections, overlapping by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from digest.models import Passage
from digest.reading.blocks import Block
from digest.reading.sentences import LONGEST, sentences

_MOST_SENTENCES = 5
_MOST_CHARACTERS = 1600


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with where it stands; `opens` where a paragraph begins with it."""

    text: str
    pages: tuple[tuple[int, int], ...]
    opens: bool


def passages(blocks: Iterable[Block]) -> tuple[Passage, ...]:
    """Passages `p1`, `p2`, … of four to five sentences, none across sections.

    Blocks that stand apart make passages of their own and cut no running text in two.
    """
    found: list[Passage] = []
    for section, group in groupby(blocks, key=lambda block: block.section):
        own = list(group)
        for part in ([b for b in own if not b.apart], [b for b in own if b.apart]):
            for window in _windows([s for block in part for s in _sentences(block)]):
                found.append(_passage(f"p{len(found) + 1}", section, window))
    return tuple(found)


def _sentences(block: Block) -> list[_Sentence]:
    """The sentences of a block, each with the pages it stands on."""
    return [
        _Sentence(block.text[start:end], _pages(block, start, end), opens=index == 0)
        for index, (start, end) in enumerate(sentences(block.text))
    ]


def _pages(block: Block, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """The page breaks of a span, counted from its start."""
    before = [page for offset, page in block.pages if offset <= start]
    inside = [(offset - start, page) for offset, page in block.pages if start < offset < end]
    return ((0, before[-1]), *inside) if before else tuple(inside)


def _windows(found: Sequence[_Sentence]) -> list[Sequence[_Sentence]]:
    """Runs of four to five sentences, each beginning with the last of the one before."""
    windows: list[Sequence[_Sentence]] = []
    start = 0
    while start < len(found):
        end = start + 1
        length = len(found[start].text)
        while end < len(found) and end - start < _MOST_SENTENCES:
            length += len(found[end].text) + 1
            if length > _MOST_CHARACTERS:
                break
            end += 1
        if end == start + _MOST_SENTENCES and len(found) - end == 1:
            end -= 1  # leaves three for the last passage instead of two
        windows.append(found[start:end])
        if end >= len(found):
            break
        start = end if end - start == 1 or len(found[end - 1].text) > LONGEST // 2 else end - 1
    return windows


def _passage(name: str, section: str | None, window: Sequence[_Sentence]) -> Passage:
    """Some sentences as one passage."""
    text = ""
    spans: list[tuple[int, int]] = []
    pages: list[tuple[int, int]] = []
    for sentence in window:
        text += "" if not text else "\n" if sentence.opens else _space(text[-1])
        start = len(text)
        text += sentence.text
        spans.append((start, len(text)))
        for offset, page in sentence.pages:
            if not pages or pages[-1][1] != page:
                pages.append((start + offset, page))
    return Passage(name, text, section, tuple(spans), tuple(pages))


def _space(end: str) -> str:
    """What stands between two sentences of a paragraph: nothing in Japanese."""
    return "" if end in "。！？．」』）" else " "
