"""`chat.*`: posting, editing and deleting messages."""

from __future__ import annotations

from tests.servers.slack import posting
from tests.servers.slack.blocks import check_message_blocks
from tests.servers.slack.desk import Desk, Method
from tests.servers.slack.limits import TIER_3, TIER_4
from tests.servers.slack.nouns import Channel, Json, Message
from tests.servers.slack.state import SlackError

_SPECIAL = 1_000_000
"""Methods whose own limits a bot does not reach."""


def _content(desk: Desk, most: int) -> tuple[str | None, list[Json] | None]:
    """The text and blocks of a message, checked; None for what was not given."""
    text, blocks, markdown = desk.text("text"), desk.json("blocks"), desk.text("markdown_text")
    if markdown is not None:
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > desk.limits.stream_text:
            raise SlackError("msg_too_long")
        return markdown, [{"type": "markdown", "text": markdown}]
    checked = None if blocks is None else check_message_blocks(blocks)
    if text is not None and len(text) > most:
        raise SlackError("msg_too_long")
    return text, checked


def _names(desk: Desk) -> bool:
    return desk.flag("link_names") or desk.text("parse") == "full"


def post_message(desk: Desk) -> Json:
    """A new message."""
    channel = desk.place()
    text, blocks = _content(desk, desk.limits.post_text)
    if not ((text and text.strip()) or blocks or desk.json("attachments")):
        raise SlackError("no_text")
    metadata = posting.checked_metadata(desk.json("metadata"))
    desk.pace(channel)
    message = posting.post(
        desk.state,
        channel,
        desk.team.bot_user,
        text or "",
        blocks=blocks,
        thread=desk.text("thread_ts"),
        broadcast=desk.flag("reply_broadcast"),
        metadata=metadata,
        names=_names(desk),
        given=desk.call.args,
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.json(all_metadata=True)}


def post_ephemeral(desk: Desk) -> Json:
    """A message that one person sees, for a while, and that cannot be found again."""
    channel = desk.place()
    user = desk.user()
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = _content(desk, desk.limits.update_text)
    if not (text or blocks):
        raise SlackError("no_text")
    message = posting.post(
        desk.state,
        channel,
        desk.team.bot_user,
        text or "",
        blocks=blocks,
        thread=desk.text("thread_ts"),
        only_for=user,
        given=desk.call.args,
    )
    return {"message_ts": message.ts}


def update(desk: Desk) -> Json:
    """An edit of the bot's own message."""
    channel = desk.channel(inside=False)
    message = _own(desk, channel, "cant_update_message")
    if channel.archived:
        raise SlackError("is_inactive")
    if message.streaming:
        raise SlackError("streaming_state_conflict")
    text, blocks = _content(desk, desk.limits.update_text)
    if not (text or blocks or desk.json("attachments")):
        raise SlackError("no_text")
    metadata = desk.json("metadata")
    kept = {} if metadata == {} else posting.checked_metadata(metadata)
    posting.change(desk.state, message, text=text, blocks=blocks, metadata=kept, names=_names(desk))
    told = message.json(all_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": told}


def delete(desk: Desk) -> Json:
    """The end of the bot's own message."""
    channel = desk.channel(inside=False)
    message = _own(desk, channel, "cant_delete_message")
    posting.remove(desk.state, message)
    return {"channel": channel.id, "ts": message.ts}


def _own(desk: Desk, channel: Channel, error: str) -> Message:
    message = desk.message(channel)
    if not message.from_bot:
        raise SlackError(error)
    return message


def permalink(desk: Desk) -> Json:
    """The address of a message."""
    channel = desk.channel(inside=False)
    message = desk.message(channel, "message_ts")
    link = f"https://{desk.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


_WRITE = ("chat:write",)

METHODS = {
    "chat.postMessage": Method(post_message, _SPECIAL, ("channel",), _WRITE),
    "chat.postEphemeral": Method(post_ephemeral, TIER_4, ("channel", "user"), _WRITE),
    "chat.update": Method(update, TIER_3, ("channel", "ts"), _WRITE),
    "chat.delete": Method(delete, TIER_3, ("channel", "ts"), _WRITE),
    "chat.getPermalink": Method(permalink, _SPECIAL, ("channel", "message_ts")),
}
