"""Pure: what Slack's events and interactions say, in our words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from bot.rendering.slack import action_of

Json = dict[str, Any]

FORM = "rinko:form"
"""The callback of a modal that a button opened."""
ABOUT = "rinko:about"
"""The callback of a modal that the message shortcut opened."""
_METADATA_CHARACTERS = 3_000
"""https://docs.slack.dev/reference/views/modal-views"""
_BY_PEOPLE = {None, "file_share", "thread_broadcast"}
"""The subtypes of messages that people write; edits, deletions, joins and the like have others."""
_ANGLED = re.compile(r"<((?:[@#!]|https?://|mailto:|tel:)[^<>]*)>")
_LINK = re.compile(r"<(https?://[^<>|\s]+)(?:\|[^<>]*)?>")
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")


@dataclass(frozen=True, slots=True)
class Where:
    """A conversation of the workspace, and where in it answers go."""

    channel: str
    thread: str | None = None
    """The thread of answers for everyone; on a message of the bot's in the channel, its own."""
    private_thread: str | None = None
    """The thread that it was done in. Slack shows what is for one person only in threads that have
    replies, so an answer to something in the channel stays in the channel."""

    @property
    def is_direct(self) -> bool:
        """Whether these are direct messages: the bot's with somebody, or after a command two people's."""
        return self.channel.startswith("D")


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a person wrote."""

    where: Where
    user: str
    ts: str
    text: str
    """What Slack stores of it: escaped, with links and mentions in `<>`."""
    files: tuple[Json, ...] = ()
    to_bot: bool = False
    """Whether it mentions the bot, or is in its direct messages."""
    to_others: bool = False
    """Whether it mentions somebody else."""
    under_bot: bool = False
    """Whether it stands in the thread of a message of the bot's."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that was pressed, and what Slack gives to answer it."""

    where: Where
    user: str
    action: str
    value: str
    trigger: str
    url: str = ""
    """The response URL, which can be used five times within half an hour."""
    replaces: bool = False
    """Whether the message was only for its presser, so that an answer may take its place."""


def said(event: Json, bot: str) -> Said | None:
    """The message of an event, None where no person wrote it just now. `bot` is the bot's user id."""
    user = event.get("user")
    subtype = event.get("subtype")
    if not user or user in {bot, "USLACKBOT"} or event.get("bot_id") or subtype not in _BY_PEOPLE:
        return None
    if event.get("edited") or event.get("hidden"):
        return None
    channel, ts, text = event["channel"], event["ts"], event.get("text") or ""
    thread = event.get("thread_ts")
    where = Where(channel, thread, thread)
    if where.is_direct:
        where = replace(where, thread=thread or ts)
    called = mentioned(text)
    return Said(
        where=where,
        user=user,
        ts=ts,
        text=text,
        files=tuple(event.get("files") or ()),
        to_bot=where.is_direct or bot in called or event["type"] == "app_mention",
        to_others=bool(called - {bot}),
        under_bot=thread not in {None, ts} and event.get("parent_user_id") == bot,
    )


def mentioned(text: str) -> set[str]:
    """Whom a message mentions, by their ids."""
    return set(_MENTION.findall(text))


def words_of(text: str, bot: str, names: Mapping[str, str] | None = None) -> str:
    """A message as it was written: links bare, the bot's own name left out, nothing escaped.

    `names` are those of people, by id: Slack gives the id alone.
    """

    def bare(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        label = label or (names or {}).get(target.removeprefix("@"), "")
        if target == f"@{bot}":
            return " "
        if target[0] in "#!@":
            name = label or target.lstrip("#!@").split("^")[0]
            return name if name.startswith(("#", "@")) else ("#" if target[0] == "#" else "@") + name
        return target if target.startswith("http") else label or target.partition(":")[2]

    words = unescape(_ANGLED.sub(bare, text)).strip()
    return "/" + words[1:] if words.startswith("／") else words


def link_of(text: str) -> str | None:
    """The first address in a message."""
    found = _LINK.search(text)
    return unescape(found[1]) if found else None


def pressed(body: Json, action: Json) -> Pressed | None:
    """The button of an interaction; None for one that is not Rinko's, or in a modal."""
    name = action_of(str(action.get("action_id", "")))
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    if name is None or not channel:
        return None
    message = body.get("message") or {}
    alone = bool(container.get("is_ephemeral"))
    thread = container.get("thread_ts") or message.get("thread_ts")
    ts = container.get("message_ts") or message.get("ts")
    inside = thread if thread != ts else None
    return Pressed(
        where=Where(channel, inside or (None if alone else ts), inside),
        user=body["user"]["id"],
        action=name,
        value=str(action.get("value") or ""),
        trigger=body.get("trigger_id") or "",
        url=body.get("response_url") or "",
        replaces=alone,
    )


def carried(pressed: Pressed) -> str:
    """What a modal carries, so that its submission knows where it began; see `brought`."""
    where = pressed.where
    kept = {
        "action": pressed.action,
        "value": pressed.value,
        "channel": where.channel,
        "thread": where.thread,
        "private_thread": where.private_thread,
        "url": pressed.url,
        "replaces": pressed.replaces,
    }
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    if len(text) <= _METADATA_CHARACTERS:
        return text
    return json.dumps(kept | {"url": "", "replaces": False}, ensure_ascii=False, separators=(",", ":"))


def brought(body: Json) -> tuple[Pressed, Mapping[str, str]]:
    """Where a submitted modal began, and what was filled in."""
    view = body["view"]
    kept = json.loads(view["private_metadata"])
    begun = Pressed(
        where=Where(kept["channel"], kept["thread"], kept["private_thread"]),
        user=body["user"]["id"],
        action=kept["action"],
        value=kept["value"],
        trigger=f"{view['id']}/{view.get('hash', '')}",
        url=kept["url"],
        replaces=kept["replaces"],
    )
    fields = (field for block in view["state"]["values"].values() for field in block.items())
    return begun, {name: str(given.get("value") or "").strip() for name, given in fields}


def paper_file(files: tuple[Json, ...]) -> Json | None:
    """The first of a message's files that says it is a PDF."""
    return next((one for one in files if _says_pdf(one)), None)


def is_picture(one: Json) -> bool:
    """Whether a file is an image or a film, as screenshots are."""
    return str(one.get("mimetype") or "").startswith(("image/", "video/"))


def _says_pdf(one: Json) -> bool:
    kinds = (one.get("mimetype"), one.get("filetype"), str(one.get("name") or "").rpartition(".")[2])
    return any("pdf" in str(kind or "").casefold() for kind in kinds)
