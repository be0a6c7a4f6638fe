"""Messages on Slack that grow while an answer is found, or that come at once for one person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.pace import PacedStream
from bot.platforms.slack.calls import SlackCalls
from bot.rendering.slack import MOST_EDITED_TEXT_BYTES, blocks_of, text_of
from bot.rendering.slack_text import Json, label
from digest.errors import DeliveryError, NotFound
from digest.places import Message, Place
from digest.ports import Clock
from digest.posts import Block, BlockKind, Post

_log = structlog.get_logger(__name__)

_APPEND_SECONDS = 1.0
"""Between two states; Slack takes about a hundred appends a minute from a workspace's bot."""
_TITLE = 200
"""Most characters of what is being done."""

Edit = Callable[[Message, Post], Awaitable[Message]]
"""Shows a post in place of what a message showed."""
PostNew = Callable[[Post], Awaitable[Message]]
"""Posts a new message."""


class EditedMessage:
    """A message that is posted once and edited from then on; its `put` is one of `PacedStream`."""

    def __init__(self, post_new: PostNew, edit: Edit) -> None:
        self._post_new = post_new
        self._edit = edit
        self.message: Message | None = None

    async def put(self, post: Post) -> Message:
        """Show this in the message."""
        if self.message is not None:
            try:
                return await self._edit(self.message, post)
            except NotFound:
                self.message = None  # somebody deleted it while it grew
        self.message = await self._post_new(post)
        return self.message


class StreamedReply:
    """A reply that grows by Slack's streaming methods, and is the whole post in the end.

    What is streamed can only be added to: blocks that go on from those before are appended, the note
    that says what is being done is a task, and anything else waits for the end. Then the stream is
    stopped and the message edited, so that it looks as if it had been posted whole. Where Slack does not
    stream it is posted and edited instead. https://docs.slack.dev/reference/methods/chat.startStream
    """

    def __init__(
        self,
        client: AsyncWebClient,
        calls: SlackCalls,
        place: Place,
        thread: str,
        reader: str | None,
        otherwise: EditedMessage,
        clock: Clock,
    ) -> None:
        """`reader` is whom it is for; in a channel Slack wants to know."""
        self._client = client
        self._calls = calls
        self._place = place
        self._thread = thread
        self._reader = reader
        self._otherwise = otherwise
        self._streams = True
        self._sent: tuple[Block, ...] = ()
        self._task = ""
        self._last = False
        self._paced = PacedStream(self._put, clock, _APPEND_SECONDS)

    async def show(self, post: Post) -> None:
        """Show this soon, as far as it goes on from what was shown."""
        await self._paced.show(post)

    async def finish(self, post: Post) -> Message:
        """Show this for good. Raises what Slack answered."""
        self._last = True
        return await self._paced.finish(post)

    async def _put(self, post: Post) -> Message:
        if self._last:
            await self._stop()
        elif self._streams:
            try:
                await self._go_on(post)
            except (DeliveryError, NotFound) as error:
                _log.info("slack does not stream", error=str(error))
                await self._stop()
        if self._streams and self._otherwise.message is not None:
            return self._otherwise.message
        self._streams = False
        return await self._otherwise.put(post)

    async def _stop(self) -> None:
        """From here on the message is edited."""
        if not self._streams:
            return
        self._streams = False
        if (message := self._otherwise.message) is None:
            return
        try:
            await self._calls.call(self._client.chat_stopStream, channel=message.place.channel, ts=message.id)
        except (DeliveryError, NotFound) as error:
            _log.info("slack stream not stopped", error=str(error))

    async def _go_on(self, post: Post) -> None:
        if not (chunks := self._chunks(post)):
            return
        message = self._otherwise.message
        if message is not None:
            await self._calls.call(
                self._client.chat_appendStream, channel=message.place.channel, ts=message.id, chunks=chunks
            )
            return
        answer = await self._calls.call(
            self._client.chat_startStream,
            channel=self._place.channel,
            thread_ts=self._thread,
            recipient_team_id=self._place.workspace if self._reader else None,
            recipient_user_id=self._reader,
            chunks=chunks,
        )
        self._otherwise.message = Message(str(answer["ts"]), self._place, self._thread)

    def _chunks(self, post: Post) -> list[Json]:
        """What is new, and what is being done where that changed."""
        body = post.blocks
        while body and body[-1].kind is BlockKind.NOTE:
            body = body[:-1]
        chunks: list[Json] = []
        sent = len(self._sent)
        if body[:sent] == self._sent and len(body) > sent:
            chunks.append({"type": "blocks", "blocks": blocks_of(Post(post.language, body[sent:]))})
            self._sent = body
        task = post.blocks[-1].text if len(body) < len(post.blocks) else self._task
        if task != self._task:
            title = label(task, _TITLE)
            chunks.append({"type": "task_update", "id": "progress", "title": title, "status": "in_progress"})
            self._task = task
        return chunks


class EphemeralStream:
    """A message that one person sees. Slack cannot change it later, so it comes when it is finished."""

    def __init__(
        self, client: AsyncWebClient, calls: SlackCalls, place: Place, thread: str | None, user: str
    ) -> None:
        self._client = client
        self._calls = calls
        self._place = place
        self._thread = thread
        self._user = user

    async def show(self, post: Post) -> None:
        """Nothing: a message for each state would stay, one below the other."""

    async def finish(self, post: Post) -> Message:
        """Show this. Raises `PlaceUnavailable` where the person is not in the channel."""
        answer = await self._calls.call(
            self._client.chat_postEphemeral,
            channel=self._place.channel,
            user=self._user,
            thread_ts=self._thread,
            blocks=blocks_of(post),
            text=text_of(post, MOST_EDITED_TEXT_BYTES),
        )
        return Message(str(answer["message_ts"]), self._place, self._thread)
