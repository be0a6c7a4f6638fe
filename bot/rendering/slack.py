"""A post as Slack's Block Kit, with a fallback as text, and a form as a modal; pure, and never splits.

Words of papers and people go into `rich_text` and `plain_text`, where nothing is markup: `mrkdwn` would
show the asterisks of bold beside kana and kanji, and could be made to mention people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from bot.platforms.conversation import Field, Form
from bot.rendering.slack_text import Json, clean, compact, escaped, href, label, plain, units
from digest.layout import clip
from digest.posts import Block, BlockKind, Button, Limits, Post, Span

MOST_CHARACTERS = 13_000
"""Most that the blocks of a message may come to as compact JSON. Slack answers `msg_blocks_too_long` from
about 13,172 to 13,297 on (bolt-js #2509), which no page of its documentation says."""
MOST_TEXT_BYTES = 39_000
"""Slack cuts the text of a new message at 40,000 characters."""
MOST_EDITED_TEXT_BYTES = 4_000
"""An edit takes a text of 4,000 bytes, counted as escaped; more is `msg_too_long`."""

_HEADER, _TEXT, _BUTTON, _CAPTION, _FIELD_LABEL, _PLACEHOLDER = 150, 3_000, 75, 24, 2_000, 150
"""Most characters of a header, a text, a button, the title or submit of a modal, and of a field's label and
the example in it."""
_CONTEXT_ELEMENTS = 10
_PERMALINK = "https://".ljust(140, "x")
"""As long as the longest address of a message: an Enterprise domain, and a thread."""

_MARKUP = re.compile(r"[*_~`|\n]|:[\w+-]+:")
_NUMBERED = re.compile(r"\s*(\d{1,3})[.)．]\s+")
_ACTION = re.compile(r"rinko:(?P<action>.+?)(?::\d+)?")

_OPENING = {BlockKind.TITLE, BlockKind.HEADING, BlockKind.QUESTION}
"""Bold, set off from what was before, and close to what follows."""
_BOLD = {"bold": True}


# ---------------------------------------------------------------------- a message


def blocks_of(post: Post) -> list[Json]:
    """The post as blocks; neighbours share one `rich_text` block, so that few are used."""
    blocks: list[Json] = []
    pairs = [(block, _apart(block)) for block in post.blocks if clean(block.text).strip()]
    for together, group in groupby(pairs, lambda pair: pair[1] is None):
        if together:
            blocks.append({"type": "rich_text", "elements": _rich([block for block, _ in group])})
        else:
            blocks += [apart for _, apart in group if apart is not None]
    if post.buttons:
        blocks.append({"type": "actions", "elements": _buttons(post.buttons)})
    return blocks


def text_of(post: Post, most_bytes: int = MOST_TEXT_BYTES) -> str:
    """All of the post as text, for notifications and whoever has the blocks read out.

    Escaped, so that it holds no mention; where it is longer than `most_bytes` it ends in `…`.
    """
    whole = "\n".join(_line(block) for block in post.blocks if clean(block.text).strip())
    text, most = escaped(whole), len(whole)
    while len(text.encode()) > most_bytes:
        most = most * 9 // 10
        text = escaped(clip(whole, most))
    return text


def characters(blocks: Sequence[Json]) -> int:
    """What blocks take of `MOST_CHARACTERS`."""
    return units(compact(blocks))


def action_of(action_id: str) -> str | None:
    """The action that the id of a button stands for; None for a button that is not Rinko's."""
    found = _ACTION.fullmatch(action_id)
    return found["action"] if found else None


def _line(block: Block) -> str:
    words = clean(block.text)
    match block.kind:
        case BlockKind.ITEM:
            return f"• {words}"
        case BlockKind.QUOTE:
            return f"> {words}".replace("\n", "\n> ")
    return words


# ------------------------------------------------------------------------- blocks


def _apart(block: Block) -> Json | None:
    """A title as a header and a note in small print; None for what stands in a `rich_text` block."""
    if block.kind is BlockKind.TITLE and not any(href(span) for span in block.spans):
        words = plain(" ".join(clean(block.text).split()))
        return {"type": "header", "text": words} if units(words["text"]) <= _HEADER else None
    if block.kind is BlockKind.NOTE:
        elements = _small(block.spans)
        return {"type": "context", "elements": elements} if elements else None
    return None


def _small(spans: Sequence[Span]) -> list[Json]:
    """The elements of a context; none where it cannot hold these spans.

    A link there has to be markup, and so only words without a character of markup may be one.
    """
    elements: list[Json] = []
    for linked, group in groupby(spans, lambda span: bool(href(span))):
        if not linked:
            words = clean("".join(span.text for span in group))
            elements += [plain(words)] if words.strip() else []
            continue
        for span in group:
            words = clean(span.text)
            if not words:
                continue
            if not words.strip() or _MARKUP.search(words):
                return []
            link = f"<{escaped(href(span) or '')}|{escaped(words)}>"
            elements.append({"type": "mrkdwn", "text": link, "verbatim": True})
    fits = all(units(element["text"]) <= _TEXT for element in elements)
    return elements if fits and len(elements) <= _CONTEXT_ELEMENTS else []


def _rich(blocks: Sequence[Block]) -> list[Json]:
    """The elements of a `rich_text` block: sections, quotes and lists."""
    elements: list[Json] = []
    for family, group in groupby(blocks, lambda block: _FAMILIES.get(block.kind, "section")):
        if family == "quote":
            elements += [{"type": "rich_text_quote", "elements": _runs(block)} for block in group]
        elif family == "list":
            elements.append(_list(list(group)))
        else:
            elements.append({"type": "rich_text_section", "elements": _prose(list(group), bool(elements))})
    return elements


_FAMILIES = {BlockKind.QUOTE: "quote", BlockKind.ITEM: "list"}


def _prose(blocks: Sequence[Block], follows: bool) -> list[Json]:
    """Blocks below one another in one section; one that begins something anew stands off."""
    runs: list[Json] = []
    before: BlockKind | None = None
    for block in blocks:
        if before is not None:
            _add(runs, "\n" if block.kind is before or before in _OPENING else "\n\n")
        elif follows and block.kind in _OPENING:
            _add(runs, "\n")
        for run in _runs(block):
            _join(runs, run)
        before = block.kind
    return runs


def _list(blocks: Sequence[Block]) -> Json:
    """A list; it counts where its items are numbered, or each begins with the title of a paper."""
    numbers = [_NUMBERED.match(block.spans[0].text) if block.spans else None for block in blocks]
    start = int(numbers[0][1]) if numbers[0] else 0
    ordered = start > 0 and all(m is not None and int(m[1]) == start + i for i, m in enumerate(numbers))
    if ordered:
        cut = [m.end() if m else 0 for m in numbers]
        blocks = [_without(block, end) for block, end in zip(blocks, cut, strict=True)]
    elif len(blocks) > 1 and all(_leads_somewhere(block) for block in blocks):
        ordered, start = True, 1
    items = [{"type": "rich_text_section", "elements": _runs(block)} for block in blocks]
    listed: Json = {"type": "rich_text_list", "style": "ordered" if ordered else "bullet", "elements": items}
    return listed | ({"offset": start - 1} if ordered and start > 1 else {})


def _leads_somewhere(block: Block) -> bool:
    """Whether an item begins with a title: strong, and a link at least once it can be one."""
    first = block.spans[0] if block.spans else None
    return first is not None and first.strong and bool(first.url or first.part)


def _without(block: Block, start: int) -> Block:
    """The block without what its first span begins with, unless nothing would be left."""
    first, *rest = block.spans
    shorter = replace(block, spans=(replace(first, text=first.text[start:]), *rest))
    return shorter if clean(shorter.text).strip() else block


def _runs(block: Block) -> list[Json]:
    """The spans of a block as text and links."""
    runs: list[Json] = []
    for span in block.spans:
        words, address = clean(span.text), href(span)
        if not words:
            continue
        run: Json = {"type": "text", "text": words}
        if address and words.strip():
            run = {"type": "link", "url": address, "text": words}
        if span.strong or block.kind in _OPENING:
            run["style"] = _BOLD
        _join(runs, run)
    return runs


def _join(runs: list[Json], run: Json) -> None:
    """Add a run; text goes on in the run before it where that looks the same."""
    last = runs[-1] if runs else {}
    alike = last.get("type") == run["type"] == "text" and last.get("style") == run.get("style")
    if alike and len(last["text"]) + len(run["text"]) <= _TEXT:
        last["text"] += run["text"]
    else:
        runs.append(run)


def _add(runs: list[Json], breaks: str) -> None:
    """Add line breaks in the style of what stands before them, else in bold: they look alike."""
    style = runs[-1].get("style") if runs else _BOLD
    _join(runs, {"type": "text", "text": breaks} | ({"style": style} if style else {}))


def _buttons(buttons: Sequence[Button]) -> list[Json]:
    """Buttons, each with an id of its own in the message."""
    elements: list[Json] = []
    taken: dict[str, int] = {}
    for button in buttons:
        taken[button.action] = number = taken.get(button.action, 0) + 1
        name = f"rinko:{button.action}" + (f":{number}" if number > 1 else "")
        words = plain(label(button.label, _BUTTON))
        element: Json = {"type": "button", "text": words, "action_id": name}
        elements.append(element | ({"value": button.value} if button.value else {}))
    return elements


# ------------------------------------------------------------------------- limits


def cost(block: Block) -> int:
    """What a block takes of a message's characters at most, whatever stands beside it."""
    if not any(span.part for span in block.spans):
        return _cost(block)
    spans = tuple(replace(span, url=_PERMALINK) if span.part else span for span in block.spans)
    return max(_cost(block), _cost(replace(block, spans=spans)))


def _cost(block: Block) -> int:
    if not clean(block.text).strip():
        return 0
    if (apart := _apart(block)) is not None:
        return units(compact(apart)) + _AROUND
    runs = units(compact(_runs(block)))
    match block.kind:
        case BlockKind.ITEM:
            return runs + _LIST + _AROUND
        case BlockKind.QUOTE:
            return runs + _QUOTE + _AROUND
    return runs + _BREAKS


def _taken(*frames: Json) -> int:
    """What these take, with a comma behind each."""
    return sum(units(compact(frame)) + 1 for frame in frames)


_SECTION: Json = {"type": "rich_text_section", "elements": []}
_AROUND = _taken({"type": "rich_text", "elements": []}, _SECTION)
"""What may have to be opened anew behind a block that is no prose."""
_LIST = _taken({"type": "rich_text_list", "style": "ordered", "elements": [], "offset": 1000}, _SECTION)
_QUOTE = _taken({"type": "rich_text_quote", "elements": []})
_BREAKS = _taken({"type": "text", "text": "\n\n", "style": _BOLD})
"""The line breaks beside a block of prose."""

SLACK_LIMITS = Limits(
    characters=11_400,
    blocks=48,
    block_characters=_TEXT,
    buttons=5,
    button_label=_BUTTON,
    call_seconds=40.0,
    cost=cost,
)
"""Of Slack's 50 blocks, one is for the buttons; of the characters, 600 are for the frame and a button, so
that a message of ordinary buttons stays below 12,000."""


# -------------------------------------------------------------------------- modals


def form_view(form: Form, callback_id: str, private_metadata: str) -> Json:
    """A modal; what is filled in comes as `state.values[FIELD][FIELD].value`."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private_metadata,
        "title": plain(label(form.title, _CAPTION)),
        "submit": plain(label(form.submit, _CAPTION)),
        "blocks": [_input(field) for field in form.fields],
    }


def _input(field: Field) -> Json:
    element: Json = {
        "type": "plain_text_input",
        "action_id": field.name,
        "multiline": field.long,
        "max_length": _TEXT,
    }
    if field.value:
        element["initial_value"] = clip(clean(field.value), _TEXT)
    if field.example:
        element["placeholder"] = plain(label(field.example, _PLACEHOLDER))
    return {
        "type": "input",
        "block_id": field.name,
        "label": plain(label(field.label, _FIELD_LABEL)),
        "element": element,
        "optional": not field.required,
    }
