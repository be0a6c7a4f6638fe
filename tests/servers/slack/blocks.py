"""Block Kit as Slack checks it: which block may stand where, what it may hold, and how long."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.servers.slack import elements
from tests.servers.slack.elements import plain, text
from tests.servers.slack.nouns import Json
from tests.servers.slack.schema import (
    Check,
    Report,
    address,
    anything,
    boolean,
    items,
    one_of,
    say,
    shape,
    string,
    typed,
)
from tests.servers.slack.state import SlackError

MOST_CHARACTERS = 13_200
"""Over all blocks of a message. Reports put it at 13,172 to 13,297 and say that the keys count too."""
MOST_MARKDOWN = 12_000

_ID = {"block_id": string(255)}
_SECTION = shape(
    {},
    _ID
    | {
        "text": text(3000),
        "fields": items(text(2000), 10),
        "accessory": elements.ACCESSORY,
        "expand": boolean,
    },
)


def _section(value: Any, path: str, report: Report) -> None:
    _SECTION(value, path, report)
    if not ("text" in value or "fields" in value):
        say(report, "missing required field: text or fields", path)


_TASK = shape(
    {"task_id": string(255), "title": string(3000)},
    _ID
    | {
        "status": one_of("pending", "in_progress", "complete", "error"),
        "details": anything,
        "output": anything,
        "sources": items(anything, 100, 0),
    },
)
_ANYWHERE: dict[str, Check] = {
    "section": _section,
    "divider": shape({}, _ID),
    "header": shape({"text": plain(150)}, _ID),
    "context": shape({"elements": items(elements.CONTEXT, 10)}, _ID),
    "actions": shape({"elements": items(elements.ACTIONS, 25)}, _ID),
    "image": shape(
        {"alt_text": string(2000)},
        _ID | {"image_url": address(), "slack_file": anything, "title": plain(2000)},
    ),
    "input": shape(
        {"label": plain(2000), "element": elements.INPUTS},
        _ID | {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": shape({"elements": items(elements.RICH_TEXT, 10_000)}, _ID),
}
_CELL = typed(
    {
        "raw_text": shape({"text": string(3000, 0)}, {}),
        "rich_text": shape({"elements": items(elements.RICH_TEXT, 1000)}, {}),
    }
)
_IN_MESSAGES = _ANYWHERE | {
    "markdown": shape({"text": string(MOST_MARKDOWN)}, _ID),
    "context_actions": shape(
        {
            "elements": items(
                typed({"feedback_buttons": elements.FEEDBACK_BUTTONS, "icon_button": elements.ICON_BUTTON}), 5
            )
        },
        _ID,
    ),
    "table": shape({"rows": items(items(_CELL, 20), 100)}, _ID | {"column_settings": items(anything, 20)}),
    "task_card": _TASK,
    "plan": shape({"title": string(3000)}, _ID | {"tasks": items(_TASK, 100, 0)}),
}
_MESSAGE = items(typed(_IN_MESSAGES), 50, 0)
_VIEW_BLOCKS = items(typed(_ANYWHERE), 100)

_VIEW_COMMON = {
    "blocks": _VIEW_BLOCKS,
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_VIEW = typed(
    {
        "modal": shape(
            {"title": plain(24), "blocks": _VIEW_BLOCKS},
            _VIEW_COMMON
            | {
                "submit": plain(24),
                "close": plain(24),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
        "home": shape({"blocks": _VIEW_BLOCKS}, _VIEW_COMMON),
    }
)


def check_message_blocks(blocks: Any) -> list[Json]:
    """The blocks of a message; SlackError if Slack would refuse them."""
    report: Report = []
    _MESSAGE(blocks, "/blocks", report)
    if not report:
        _check_ids(blocks, "/blocks", report)
        if sum(block["type"] == "table" for block in blocks) > 1:
            say(report, "only one table is allowed", "/blocks")
    if report:
        raise SlackError("invalid_blocks", report, errors=report)
    written = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if written > MOST_MARKDOWN or characters(blocks) > MOST_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    checked: list[Json] = blocks
    return checked


def characters(blocks: list[Json]) -> int:
    """How much of the limit over all blocks they use: their JSON, without spaces."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def check_view(view: Any, kind: str) -> Json:
    """A view of this kind; SlackError if Slack would refuse it."""
    report: Report = []
    _VIEW(view, "/view", report)
    if not report:
        _check_ids(view["blocks"], "/view/blocks", report)
        if view["type"] != kind:
            say(report, f"must be a {kind}", "/view/type")
        asks = any(block["type"] == "input" for block in view["blocks"])
        if kind == "modal" and asks and "submit" not in view:
            say(report, "missing required field: submit", "/view")
    if report:
        raise SlackError("invalid_arguments", report)
    if len(json.dumps(view)) > 250_000:
        raise SlackError("view_too_large")
    checked: Json = view
    return checked


def controls(block: Json) -> list[Json]:
    """The interactive elements of a block."""
    found = [block.get("accessory"), block.get("element")]
    if block["type"] in ("actions", "context_actions"):
        found += block["elements"]
    return [each for each in found if each]


def _check_ids(blocks: list[Json], path: str, report: Report) -> None:
    """A block's id is its own in the message; an action's id is its own in the block."""
    for name, times in Counter(block.get("block_id") for block in blocks).items():
        if name and times > 1:
            say(report, f"block_id already exists: {name}", path)
    for number, block in enumerate(blocks):
        for name, times in Counter(each.get("action_id") for each in controls(block)).items():
            if name and times > 1:
                say(report, f"action_id already exists: {name}", f"{path}/{number}")
