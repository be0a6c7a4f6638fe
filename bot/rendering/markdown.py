"""Posts as Markdown that reads well as text too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from digest.models import Block, BlockKind, Part, Post, Span

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")
_LINE_START = re.compile(r"^(\s*)([-+>]|\d+[.)])(?=\s)", re.MULTILINE)

LinkTo = Callable[[str], str | None]
"""The address readers can open for an address of ours, None where there is none."""


def document(parts: Sequence[Part], link: LinkTo) -> str:
    """A whole digest as one Markdown document; links to cards become anchors."""
    anchors = {part.name: f"#{anchor(part.name)}" for part in parts}
    pieces = []
    for part in parts:
        level = 1 if part.under is None and part.name == parts[0].name else 2
        mark = f'<a id="{anchor(part.name)}"></a>\n\n' if part.name.startswith("card/") else ""
        pieces.append(mark + post(part.post.linked(anchors), link, level))
    return "\n\n".join(pieces) + "\n"


def anchor(name: str) -> str:
    """The name of a part as an anchor."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


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
    body = "".join(_span(span, link) for span in block.spans)
    match block.kind:
        case BlockKind.TITLE:
            return f"{'#' * level} {body}"
        case BlockKind.HEADING:
            return f"{'#' * (level + 1)} {body}"
        case BlockKind.QUESTION:
            return f"**{body}**"
        case BlockKind.QUOTE:
            return "\n".join(f"> {line}" for line in body.splitlines())
        case BlockKind.ITEM:
            return f"- {body}"
        case BlockKind.FACT:
            label = _escape(block.spans[0].text)
            values = "".join(_span(span, link) for span in block.spans[1:])
            return f"- {label}{values}"
        case BlockKind.NOTE:
            return f"*{body}*"
        case BlockKind.TEXT:
            return _LINE_START.sub(r"\1\\\2", body)


def _span(span: Span, link: LinkTo) -> str:
    body = _escape(span.text)
    if span.strong:
        body = f"**{body}**"
    url = span.url if span.url and span.url.startswith("#") else link(span.url) if span.url else None
    return f"[{body}](<{url}>)" if url else body


def _escape(body: str) -> str:
    return _SPECIAL.sub(r"\\\1", body)
