"""What Slack does to text when it stores it, and whom the text notifies."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.servers.slack.nouns import Json

_CONTROL = re.compile(
    r"<(?:[@#][A-Z][A-Z0-9]+(?:\|[^<>]*)?"
    r"|!(?:channel|here|everyone|subteam\^[A-Z0-9]+|date\^[^<>|]+)(?:\|[^<>]*)?"
    r"|(?:https?|mailto|tel):[^<>|\s]+(?:\|[^<>]*)?)>"
)
_ADDRESS = re.compile(r"https?://[!-;=?-~]*[A-Za-z0-9/=&_#~-]")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_PING = re.compile(
    r"<(?:@(?P<user>[UW][A-Z0-9]+)|!(?P<all>channel|here|everyone)|!subteam\^(?P<group>S[A-Z0-9]+))"
)
_NAMED = re.compile(r"(?<!\w)@(channel|here|everyone)\b")


def escaped(text: str) -> str:
    """`&`, `<` and `>` as entities; what is an entity already stays."""
    return _BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """The other way round."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def stored(text: str, links: bool = True) -> str:
    """As the text comes back: control sequences kept, the rest escaped, bare addresses wrapped in `<>`."""

    def plain(part: str) -> str:
        if not links:
            return escaped(part)
        out, end = [], 0
        for address in _ADDRESS.finditer(part):
            out += [escaped(part[end : address.start()]), f"<{escaped(address[0])}>"]
            end = address.end()
        return "".join([*out, escaped(part[end:])])

    out, end = [], 0
    for control in _CONTROL.finditer(text):
        out += [plain(text[end : control.start()]), _BARE_AMPERSAND.sub("&amp;", control[0])]
        end = control.end()
    return "".join([*out, plain(text[end:])])


def stored_blocks(blocks: list[Json], block_id: Callable[[], str]) -> list[Json]:
    """As the blocks come back: text objects filled in and escaped, each block with an id.

    So they never equal what was sent. A `markdown` block does not keep its id.
    """
    kept = copy.deepcopy(blocks)
    for block in kept:
        if block["type"] == "markdown" or not block.get("block_id"):
            block["block_id"] = block_id()
        if block["type"] != "rich_text":
            for node in _objects(block):
                _store_text(node)
    return kept


def _store_text(node: Json) -> None:
    if node.get("type") == "mrkdwn":
        node["text"] = stored(node["text"], links=not node.get("verbatim"))
        node.setdefault("verbatim", False)
    elif node.get("type") == "plain_text":
        node["text"] = escaped(node["text"])
        node.setdefault("emoji", True)


def pings(text: str, blocks: list[Json], names: bool = False) -> set[str]:
    """Whom a message notifies, from its text and its blocks as stored.

    Slack looks at the text only where there are no blocks; counting both can only find more. `names` is
    `link_names` or `parse=full`, which turn a plain `@channel` into a notification.
    """
    found = _in_text(text) | (set(_NAMED.findall(text)) if names else set())
    for node in (node for block in blocks for node in _objects(block)):
        match node:
            case {"type": "mrkdwn" | "markdown", "text": str(words)}:
                found |= _in_text(words)
            case {"type": "user", "user_id": str(name)} | {"type": "usergroup", "usergroup_id": str(name)}:
                found.add(name)
            case {"type": "broadcast", "range": str(name)}:
                found.add(name)
    return found


def _in_text(text: str) -> set[str]:
    return {name for ping in _PING.finditer(text) for name in ping.groups() if name}


def _objects(value: Any) -> Iterator[Json]:
    """Every JSON object within."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)
