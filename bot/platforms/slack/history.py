"""What Slack tells of messages: which are Rinko's own, which part each is, who replied."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.slack.calls import SlackCalls
from bot.rendering.slack_text import Json
from digest.errors import HistoryTooLong
from digest.places import Message, PartKey, Place

_EVENT = "rinko_part"
"""Type of the metadata. With a dot in it Slack would drop it and not say so (bolt-python #863)."""
_PAGE, _MOST_PAGES = 200, 40


@dataclass(frozen=True, slots=True)
class Us:
    """Whose token it is: the workspace, the bot's user and id there, and the workspace's address."""

    team: str
    user: str
    bot: str
    url: str

    def wrote(self, one: Json) -> bool:
        """Whether a message is the bot's own."""
        return one.get("user") == self.user or bool(self.bot and one.get("bot_id") == self.bot)

    def address(self, place: Place, ts: str, thread: str | None) -> str:
        """What `chat.getPermalink` would say, without a call for each message."""
        address = f"{self.url.rstrip('/')}/archives/{place.channel}/p{ts.replace('.', '')}"
        return address + (f"?thread_ts={thread}&cid={place.channel}" if thread else "")

    def message(self, place: Place, one: Json) -> Message:
        """A message as the spine knows it, without its replies."""
        ts, thread = str(one["ts"]), one.get("thread_ts")
        thread = str(thread) if thread and thread != ts else None
        return Message(ts, place, thread, self.address(place, ts, thread))


def metadata_of(key: PartKey) -> Json:
    """The mark of a part, which comes back with the history and which no reader sees."""
    return {"event_type": _EVENT, "event_payload": {"mark": str(key)}}


def mark_in(one: Json, us: Us) -> str | None:
    """The mark of the part that a message is, None where it is none or was not posted by the bot itself."""
    metadata = one.get("metadata") or {}
    mark = (metadata.get("event_payload") or {}).get("mark")
    return str(mark) if us.wrote(one) and metadata.get("event_type") == _EVENT else None


def people_in(thread: Sequence[Json], us: Us) -> int:
    """How many messages of a thread are by people."""
    replies = (one for one in thread if one.get("thread_ts") not in {None, one["ts"]})
    return sum(not us.wrote(one) and not one.get("bot_id") and bool(one.get("user")) for one in replies)


async def pages_of(
    client: AsyncWebClient,
    calls: SlackCalls,
    place: Place,
    under: Message | None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> AsyncIterator[Json]:
    """The messages of a channel, or of the thread under one, page by page.

    Raises `NotFound` for a thread whose first message is gone, and `HistoryTooLong` where there is more
    than is read: what was not found in a part of the history may still be there.
    """
    method = client.conversations_replies if under else client.conversations_history
    arguments: Json = {"ts": under.id} if under else {"oldest": _stamp(since), "latest": _stamp(until)}
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await calls.call(
            method,
            channel=place.channel,
            background=True,
            include_all_metadata=True,
            limit=_PAGE,
            cursor=cursor,
            **arguments,
        )
        for one in page["messages"]:
            yield one
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
        if cursor is None:
            return
    raise HistoryTooLong(
        f"More than {_PAGE * _MOST_PAGES} messages were posted since; not all can be looked through."
    )


def _stamp(time: datetime | None) -> str | None:
    """A time as Slack writes it."""
    return f"{time.timestamp():.6f}" if time else None
