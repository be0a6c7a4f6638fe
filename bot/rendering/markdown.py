"""Posts as Markdown that reads well as text too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from digest.places import Part
from digest.posts import Block, BlockKind, Post, Span

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")
_LINE_START = re.compile(r"^(\d{0,9})([-+=.)])(?=[\s=-]|$)", re.MULTILINE)
"""What would begin a list, a rule or a heading, for `#` and `>` are escaped everywhere."""
_BREAKS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_NOT_IN_ADDRESS = re.compile(r"[\s<>\\\x00-\x1f]")

LinkTo = Callable[[str], str | None]
"""The address readers can open for an address of ours, None where there is none."""


def document(parts: Sequence[Part], link: LinkTo) -> str:
    """A whole digest as one Markdown document; links to cards become anchors."""
    anchors = anchors_of(parts)
    links = {name: f"#{anchor}" for name, anchor in anchors.items()}
    pieces = []
    for part in parts:
        level = 1 if part.under is None and part.name == parts[0].name else 2
        mark = f'<a id="{anchors[part.name]}"></a>\n\n' if part.name.startswith("card/") else ""
        pieces.append(mark + post(part.post.linked(links), link, level))
    return "\n\n".join(pieces) + "\n"


def anchors_of(parts: Sequence[Part]) -> dict[str, str]:
    """An anchor for each part by its name, made of it, and unlike every other."""
    anchors: dict[str, str] = {}
    for part in parts:
        plain = re.sub(r"[^A-Za-z0-9]+", "-", part.name).strip("-")
        taken, anchor, number = set(anchors.values()), plain, 1
        while anchor in taken:
            number += 1
            anchor = f"{plain}-{number}"
        anchors[part.name] = anchor
    return anchors


def post(shown: Post, link: LinkTo, level: int = 2) -> str:
    """One post; `level` is that of its title's heading."""
    lines: list[str] = []
    previous: BlockKind | None = None
    for block in shown.blocks:
        close = block.kind is previous and block.kind in {BlockKind.ITEM, BlockKind.FACT}
        lines.append(("\n" if close else "\n\n") + _block(block, link, level))
        previous = block.kind
    return "".join(lines).strip()


def _block(block: Block, link: LinkTo, level: int) -> str:
    spans = block.spans[1:] if block.kind is BlockKind.FACT else block.spans
    body = _LINE_START.sub(r"\1\\\2", _BREAKS.sub("\n", "".join(_span(span, link) for span in spans)).strip())
    line = body.replace("\n", " ")
    match block.kind:
        case BlockKind.TITLE:
            return f"{'#' * level} {line}"
        case BlockKind.HEADING:
            return f"{'#' * (level + 1)} {line}"
        case BlockKind.QUESTION:
            return f"**{line.replace('**', '')}**"
        case BlockKind.QUOTE:
            return "\n".join(f"> {one}" for one in body.split("\n"))
        case BlockKind.ITEM:
            return f"- {line}"
        case BlockKind.FACT:
            label = _BREAKS.sub(" ", _escape(block.spans[0].text if block.spans else ""))
            return f"- {label}{line}"
        case BlockKind.NOTE:
            return f"*{line}*" if line else ""
        case BlockKind.TEXT:
            return body


def _span(span: Span, link: LinkTo) -> str:
    words = span.text.strip()
    before, _, after = span.text.partition(words) if words else (span.text, "", "")
    body = _escape(words)
    if span.strong and words:
        body = f"**{body}**"
    url = span.url if span.url and span.url.startswith("#") else link(span.url) if span.url else None
    if url and words:
        address = _NOT_IN_ADDRESS.sub(lambda found: quote(found[0]), url)
        body = f"[{_BREAKS.sub(' ', body)}](<{address}>)"
    return before + body + after


def _escape(body: str) -> str:
    return _SPECIAL.sub(r"\\\1", body)
