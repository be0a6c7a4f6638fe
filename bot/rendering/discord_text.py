"""Pure: blocks as Discord's Markdown, in which nothing counts as markup but what we put there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from urllib.parse import quote

from digest.posts import Block, BlockKind, Span

LONGEST_JUMP = f"https://discord.com/channels/{'9' * 20}/{'9' * 20}/{'9' * 20}"
"""The longest address that a link to another message may have: three ids of 64 bits."""
_LONGEST_URL = 1000
"""A longer address is no link: it would take the place of what there is to read."""

_SPECIAL = re.compile(r"[\\`*_~|<>\[\]]|@(?=everyone|here)|:(?=//|[^\s:]+:)")
"""What means something anywhere in a line. Discord shows any mark after a backslash as it is; where
nothing has to be kept from being a link, an emoji by its name or a call there is none, as copied text
shows it."""
_LINE_START = re.compile(r"^(\s*)(?:([-+#])|(\d{1,10})(?=[.)]))", re.MULTILINE)
"""What would begin a heading, a list or small print."""
_NUMBERED = re.compile(r"^(\d{1,3})\\\. ")
_BREAKS = re.compile(r"[ \t]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])[ \t]*")
_INVISIBLE = re.compile(
    "(\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)"  # a flag of a region is drawn by tags
    "|[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What cannot be seen, or turns the direction of what follows; joiners, which shape letters, stay."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_NOT_IN_ADDRESS = re.compile(
    "[\\s<>()*\\\\\\x00-\\x1f\\x7f-\\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_BRACKETS = str.maketrans("[]", "［］")
_CLOSE = {
    (BlockKind.ITEM, BlockKind.ITEM),
    (BlockKind.FACT, BlockKind.FACT),
    (BlockKind.NOTE, BlockKind.NOTE),
    (BlockKind.TEXT, BlockKind.QUOTE),
    (BlockKind.QUESTION, BlockKind.TEXT),
    (BlockKind.QUESTION, BlockKind.QUOTE),
}
"""Kinds that follow one another without an empty line; nor is there one after a title or a heading."""


def cleaned(text: str) -> str:
    """Text without what cannot be seen; what no encoding can write becomes `�`."""
    visible = _INVISIBLE.sub(lambda found: found[1] or "", _BREAKS.sub("\n", text).replace("\t", " "))
    return _SURROGATE.sub("\ufffd", visible)


def escaped(text: str, following: str = "") -> str:
    """Text of others that shows as it is in the middle of a line, whatever it holds and what follows."""
    pieces, at = [], 0
    for found in _SPECIAL.finditer(text + following):
        if found.start() >= len(text):
            break
        pieces.append(text[at : found.start()])
        at = found.start()
    return "\\".join((*pieces, text[at:]))


def markdown(blocks: Sequence[Block]) -> str:
    """Blocks as one text."""
    pieces: list[str] = []
    previous: BlockKind | None = None
    for block in blocks:
        shown = block_markdown(block)
        if not shown:
            continue
        close = previous in {BlockKind.TITLE, BlockKind.HEADING} or (previous, block.kind) in _CLOSE
        pieces += [("\n" if close else "\n\n") if pieces else "", shown]
        previous = block.kind
    return "".join(pieces)


def cost(block: Block) -> int:
    """What a block takes of a message: its markup, its addresses and the break before it.

    A link to another part counts as the longest address of a message.
    """
    spans = tuple(replace(s, url=LONGEST_JUMP, part=None) if s.part else s for s in block.spans)
    return len(block_markdown(replace(block, spans=spans))) + 2


def block_markdown(block: Block) -> str:
    """One block; empty where there is nothing to see in it."""
    lines = block.kind in {BlockKind.TEXT, BlockKind.QUOTE}
    strong = block.kind is BlockKind.QUESTION
    body = _LINE_START.sub(_at_line_start, _inline(block.spans, lines=lines, all_strong=strong).strip())
    if not body:
        return ""
    match block.kind:
        case BlockKind.TITLE:
            return f"## {body}"
        case BlockKind.HEADING:
            return f"### {body}"
        case BlockKind.QUOTE:
            return "\n".join(f"> {line}" for line in body.split("\n"))
        case BlockKind.NOTE:
            return f"-# {body}"
        case BlockKind.ITEM:
            # An item that brings its number is one of a numbered list.
            return _NUMBERED.sub(r"\1. ", body) if _NUMBERED.match(body) else f"- {body}"
        case _:
            return body


def _at_line_start(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\"


def _inline(spans: Sequence[Span], *, lines: bool, all_strong: bool) -> str:
    """Spans in a row; strong ones that touch become one, for `****` would show."""
    pieces = []
    seen = [span for span in spans if cleaned(span.text)]
    follows = ["".join(_raw(later) for later in seen[at:]) for at in range(1, len(seen) + 1)]
    for strong, group in groupby(
        zip(seen, follows, strict=True), key=lambda one: one[0].strong or all_strong
    ):
        shown = "".join(_span(span, after, lines=lines and not strong) for span, after in group)
        inner = shown.strip()
        pieces.append(shown.replace(inner, f"**{inner}**", 1) if strong and inner else shown)
    return "".join(pieces)


def _raw(span: Span) -> str:
    """What stands in a message for a span, its address included."""
    return cleaned(span.text) + (span.url or "")


def _span(span: Span, following: str, *, lines: bool) -> str:
    text = cleaned(span.text)
    if not lines:
        text = text.replace("\n", " ")
    address = _address(span.url)
    if address is None or not text.strip():
        return escaped(_paired(text), following)
    label, target = _label(text.replace(chr(10), " ").strip()), f"](<{address}>)"
    return f"[{escaped(label, target)}{target}"


def _label(text: str) -> str:
    """A link's words: brackets that do not pair would end them, and give way to wide ones."""
    depth = 0
    for mark in text:
        depth += (mark == "[") - (mark == "]")
        if depth not in (0, 1):
            break
    return text if depth == 0 else text.translate(_BRACKETS)


def _paired(text: str) -> str:
    """Text whose closing brackets all have an opening one: others would widen a link before them."""
    opened, marks = 0, []
    for mark in text:
        opened += mark == "["
        if mark == "]":
            opened -= 1
            if opened < 0:
                opened, mark = 0, mark.translate(_BRACKETS)
        marks.append(mark)
    return "".join(marks)


def _address(url: str | None) -> str | None:
    """An address that a link may lead to, written so that nothing in it ends the link."""
    if url is None or not _WEB.match(url):
        return None
    safe = _NOT_IN_ADDRESS.sub(lambda found: quote(found[0], safe="", errors="replace"), url)
    safe = safe.replace("(", "%28").replace(")", "%29").replace("*", "%2A")
    return safe if len(safe) <= _LONGEST_URL else None


_SHOWN_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\(<[^>]*>\)")
_SHOWN_MARKS = re.compile(r"^(?:#{1,3}|-#|>|-) ")


def first_line(text: str) -> str:
    """The first line of a text that `markdown` made, as readers see it."""
    line = _SHOWN_LINK.sub(r"\1", _SHOWN_MARKS.sub("", text.partition("\n")[0])).replace("**", "")
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", line).strip()
