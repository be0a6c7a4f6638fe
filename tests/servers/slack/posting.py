"""How a message comes to be, changes and goes, and which events tell of it."""

from __future__ import annotations

import copy
from typing import Any

from tests.servers.slack.nouns import Channel, File, Json, Message, User, Workspace
from tests.servers.slack.state import SlackError, State
from tests.servers.slack.text import pings, stored, stored_blocks

BROADCAST = "thread_broadcast"
TOMBSTONE = "tombstone"
_UNDISPLAYABLE = "This content can't be displayed."
_METADATA_BYTES = 16_000


def post(
    state: State,
    channel: Channel,
    user: str,
    text: str = "",
    *,
    blocks: list[Json] | None = None,
    thread: str | None = None,
    broadcast: bool = False,
    metadata: Json | None = None,
    files: list[File] | None = None,
    only_for: User | None = None,
    names: bool = False,
    given: Json | None = None,
) -> Message:
    """Store a message and tell of it. Blocks are checked already.

    A reply to a message that is gone, or never was, stands in the channel itself, and no error says so.
    """
    parent = channel.messages.get(thread or "")
    if parent and parent.is_reply:
        parent = channel.messages.get(parent.thread_ts or "")
    kept = stored_blocks(blocks or [], lambda: state.id("b"))
    message = Message(
        channel,
        state.ts(),
        user,
        stored(text) or (_UNDISPLAYABLE if kept else ""),
        kept,
        parent.ts if parent else None,
        "file_share" if files else BROADCAST if broadcast and parent else None,
        metadata,
        files or [],
        only_for=only_for.id if only_for else None,
        given=given or {},
    )
    message.pings = pings(message.text, message.blocks, names)
    message.unfurl_links, message.unfurl_media = (
        message.given.get("unfurl_links"),
        message.given.get("unfurl_media"),
    )
    if only_for:
        state.ephemerals.append(message)
    else:
        channel.messages[message.ts] = message
        if message.from_bot and message.thread_ts:
            state.statuses.get((channel.id, message.thread_ts), {}).pop("status", None)
        _tell_posted(state, message)
    state.changed()
    return message


def change(
    state: State,
    message: Message,
    *,
    text: str | None = None,
    blocks: list[Json] | None = None,
    metadata: Json | None = None,
    names: bool = False,
) -> None:
    """Edit a message: what is not given stays; an empty list of blocks, or empty metadata, goes."""
    before = message.json()
    if text is not None:
        message.text = stored(text)
    if blocks is not None:
        message.blocks = stored_blocks(blocks, lambda: state.id("b"))
    if metadata is not None:
        message.metadata = metadata or None
    message.edited = {"user": message.user, "ts": state.ts()}
    message.pings |= pings(message.text, message.blocks, names)
    if not message.only_for:
        _tell_changed(state, message, before)
    state.changed()


def remove(state: State, message: Message) -> None:
    """Delete a message; one with replies leaves a tombstone, under which the thread goes on."""
    before, channel = message.json(), message.channel
    if message.only_for:
        state.ephemerals.remove(message)
        state.changed()
        return
    if message.replies():
        message.text, message.blocks, message.metadata = "This message was deleted.", [], None
        message.subtype, message.user, message.files = TOMBSTONE, "USLACKBOT", []
    else:
        del channel.messages[message.ts]
    event = _event(state, channel, {"subtype": "message_deleted", "hidden": True, "deleted_ts": before["ts"]})
    state.emit(channel.team, _subscription(channel), event | {"previous_message": before, "ts": state.ts()})
    state.changed()


def finish_stream(state: State, message: Message, before: Json | None = None) -> None:
    """A streamed message stands now."""
    message.streaming = None
    message.pings |= pings(message.text, message.blocks)
    _tell_changed(state, message, before or message.json())
    state.changed()


def checked_metadata(metadata: Any) -> Json | None:
    """Metadata as kept; SlackError for what is refused.

    A type that holds anything but letters, digits, `_` and `-` loses the metadata, and no error says so.
    """
    if metadata in (None, {}):
        return None
    fields = isinstance(metadata, dict) and set(metadata) == {"event_type", "event_payload"}
    if (
        not fields
        or not isinstance(metadata["event_type"], str)
        or not isinstance(metadata["event_payload"], dict)
    ):
        raise SlackError("invalid_metadata_format")
    if len(str(metadata["event_payload"]).encode()) > _METADATA_BYTES:
        raise SlackError("metadata_too_large")
    if not metadata["event_type"].replace("_", "").replace("-", "").isalnum():
        return None
    kept: Json = copy.deepcopy(metadata)
    return kept


def _subscription(channel: Channel) -> str:
    return f"message.{ {'channel': 'channels', 'group': 'groups', 'im': 'im'}[channel.kind] }"


def _event(state: State, channel: Channel, more: Json) -> Json:
    return {
        "type": "message",
        "channel": channel.id,
        "channel_type": channel.kind,
        "event_ts": state.ts(),
    } | more


def _tell_posted(state: State, message: Message) -> None:
    channel, team = message.channel, message.channel.team
    if not channel.bot_inside:
        return
    told = message.json() | {"channel": channel.id, "event_ts": message.ts}
    if message.subtype == BROADCAST and message.thread_ts:
        told["root"] = channel.messages[message.thread_ts].json()
    state.emit(team, _subscription(channel), told | {"channel_type": channel.kind})
    if team.bot_user in message.pings and channel.kind != "im" and not message.from_bot:
        state.emit(team, "app_mention", told | {"type": "app_mention"})


def _tell_changed(state: State, message: Message, before: Json) -> None:
    channel: Channel = message.channel
    team: Workspace = channel.team
    if channel.bot_inside:
        event = _event(state, channel, {"subtype": "message_changed", "hidden": True, "ts": state.ts()})
        event |= {"message": message.json(), "previous_message": before}
        state.emit(team, _subscription(channel), event)
