"""`chat.startStream`, `appendStream`, `stopStream`: an answer that is written before the reader's eyes."""

from __future__ import annotations

from typing import Any

from tests.servers.slack import posting
from tests.servers.slack.blocks import check_message_blocks
from tests.servers.slack.desk import Desk, Method
from tests.servers.slack.limits import TIER_2, TIER_4
from tests.servers.slack.nouns import Json, Message
from tests.servers.slack.state import SlackError
from tests.servers.slack.text import stored, stored_blocks

_CHUNKS: dict[str, set[str]] = {
    "markdown_text": {"text"},
    "task_update": {"id", "title", "status"},
    "plan_update": {"title"},
    "blocks": {"blocks"},
}
SESSION_STATUSES = ("active", "processing", "suspended", "closed")


def start(desk: Desk) -> Json:
    """A streamed message, always a reply; in a channel it says for whom it is written."""
    channel = desk.place()
    parent = channel.messages.get(desk.text("thread_ts") or "")
    if parent is None:
        raise SlackError("thread_not_found")
    if channel.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if not desk.text(name):
                raise SlackError(f"missing_{name}")
        desk.user("recipient_user_id")
    written = _written(desk)
    message = posting.post(
        desk.state, channel, desk.team.bot_user, thread=parent.ts, given={**desk.call.args, "chunks": []}
    )
    message.streaming = desk.state.clock.now()
    _write(desk, message, written)
    return {"channel": channel.id, "ts": message.ts}


def append(desk: Desk) -> Json:
    """More of it."""
    message = _streaming(desk)
    written = _written(desk)
    if not written:
        raise SlackError("no_text")
    _write(desk, message, written)
    message.streaming = desk.state.clock.now()
    desk.state.changed()
    return {"channel": message.channel.id, "ts": message.ts}


def stop(desk: Desk) -> Json:
    """The last of it, with blocks below it and metadata."""
    message = _streaming(desk)
    written, blocks = _written(desk), desk.json("blocks")
    below = [] if blocks is None else check_message_blocks(blocks)
    metadata = posting.checked_metadata(desk.json("metadata"))
    session = desk.text("session_status")
    if session is not None and session not in SESSION_STATUSES:
        raise SlackError("invalid_arguments", ["invalid session_status"])
    before = message.json()
    _write(desk, message, written)
    if not (message.blocks or below):
        raise SlackError("no_text")
    message.blocks += stored_blocks(below, lambda: desk.state.id("b"))
    message.metadata = metadata
    if session and message.thread_ts:
        desk.state.statuses.setdefault((message.channel.id, message.thread_ts), {})["session"] = session
    posting.finish_stream(desk.state, message, before)
    told = message.json(all_metadata=True)
    return {"channel": message.channel.id, "ts": message.ts, "message": told}


def _streaming(desk: Desk) -> Message:
    message = desk.message(desk.channel(inside=False))
    if not message.from_bot:
        raise SlackError("message_not_owned_by_app")
    if message.streaming and desk.state.older(message.streaming, desk.limits.stream_idle):
        posting.finish_stream(desk.state, message)
    if not message.streaming:
        raise SlackError("message_not_in_streaming_state")
    return message


def _written(desk: Desk) -> list[Json]:
    """The chunks of a call, checked; plain `markdown_text` is one of them."""
    chunks: Any = desk.json("chunks") or []
    if text := desk.text("markdown_text"):
        chunks = [{"type": "markdown_text", "text": text}, *chunks]
    for chunk in chunks:
        if not _CHUNKS.get(chunk.get("type"), {"no such chunk"}) <= set(chunk):
            raise SlackError("invalid_chunks")
        if chunk["type"] == "blocks":
            check_message_blocks(chunk["blocks"])
    checked: list[Json] = chunks
    return checked


def _write(desk: Desk, message: Message, chunks: list[Json]) -> None:
    """Put chunks under what is there: text goes on in one block, a task or plan replaces its last state."""
    so_far = sum(len(block["text"]) for block in message.blocks if block["type"] == "markdown")
    more = sum(len(chunk["text"]) for chunk in chunks if chunk["type"] == "markdown_text")
    if so_far + more > desk.limits.stream_text:
        raise SlackError("msg_too_long")
    message.given.setdefault("chunks", []).extend(chunks)
    for chunk in chunks:
        match chunk["type"]:
            case "markdown_text":
                _write_text(desk, message, chunk["text"])
            case "blocks":
                message.blocks += stored_blocks(chunk["blocks"], lambda: desk.state.id("b"))
            case "task_update":
                _replace(
                    message, {"type": "task_card", "task_id": chunk["id"], **_without(chunk, "type", "id")}
                )
            case "plan_update":
                _replace(message, {"type": "plan", "title": chunk["title"]})
    message.text = stored("".join(block["text"] for block in message.blocks if block["type"] == "markdown"))


def _write_text(desk: Desk, message: Message, text: str) -> None:
    if message.blocks and message.blocks[-1]["type"] == "markdown":
        message.blocks[-1]["text"] += text
    else:
        message.blocks.append({"type": "markdown", "text": text, "block_id": desk.state.id("b")})


def _replace(message: Message, block: Json) -> None:
    for number, each in enumerate(message.blocks):
        if each["type"] == block["type"] and each.get("task_id") == block.get("task_id"):
            message.blocks[number] = block
            return
    message.blocks.append(block)


def _without(chunk: Json, *names: str) -> Json:
    return {name: value for name, value in chunk.items() if name not in names}


_WRITE = ("chat:write",)

METHODS = {
    "chat.startStream": Method(start, TIER_2, ("channel", "thread_ts"), _WRITE),
    "chat.appendStream": Method(append, TIER_4, ("channel", "ts"), _WRITE),
    "chat.stopStream": Method(stop, TIER_2, ("channel", "ts"), _WRITE),
}
