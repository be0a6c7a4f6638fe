"""Slack as an outlet: posts become messages that carry their part's name as metadata."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.answers import understood
from bot.platforms.pace import PacedStream
from bot.platforms.slack.calls import SlackCalls, SlowDown
from bot.platforms.slack.client import impatient
from bot.platforms.slack.history import Us, mark_in, metadata_of, pages_of, people_in
from bot.platforms.slack.rights import lacking_in
from bot.platforms.slack.streams import EditedMessage, EphemeralStream, StreamedReply
from bot.rendering.slack import (
    MOST_CHARACTERS,
    MOST_EDITED_TEXT_BYTES,
    SLACK_LIMITS,
    blocks_of,
    characters,
    text_of,
)
from bot.rendering.slack_text import Json
from digest.errors import DeliveryError, NotFound, PlaceUnavailable, Postponed, RinkoError, ThreadGone
from digest.places import Message, PartKey, Place
from digest.ports import Clock, Stream
from digest.posts import Limits, Post

PLATFORM = "slack"
_DIRECT = "D"
"""How ids of direct messages begin."""
_UPDATE_SECONDS = 1.5
"""Between two states of a growing message: several that grow at once share 50 edits a minute."""


def excess(post: Post) -> str | None:
    """Pure: which limit a post passes, or None if it may be shown."""
    if len(post.blocks) > SLACK_LIMITS.blocks:
        return f"more than {SLACK_LIMITS.blocks} blocks"
    if any(len(block.text) > SLACK_LIMITS.block_characters for block in post.blocks):
        return f"a block of more than {SLACK_LIMITS.block_characters} characters"
    if len(post.buttons) > SLACK_LIMITS.buttons:
        return f"more than {SLACK_LIMITS.buttons} buttons"
    if characters(blocks_of(post)) > MOST_CHARACTERS:
        return f"more than {MOST_CHARACTERS} characters with its markup"
    return None


@dataclass(frozen=True)
class SlackOutlet:
    """Shows posts in the channels of the workspace that the client's token belongs to."""

    client: AsyncWebClient
    clock: Clock
    calls: SlackCalls = field(default_factory=SlackCalls)
    _known: dict[str, Us] = field(default_factory=dict, init=False, repr=False, compare=False)
    _names: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def limits(self) -> Limits:
        """What one message may hold."""
        return SLACK_LIMITS

    async def us(self) -> Us:
        """Whose token it is; asked once. Raises `DeliveryError`."""
        if PLATFORM not in self._known:
            answer = await self.calls.call(self.client.auth_test)
            self._known[PLATFORM] = Us(
                str(answer["team_id"]),
                str(answer["user_id"]),
                str(answer.get("bot_id") or ""),
                str(answer["url"]),
            )
        return self._known[PLATFORM]

    # ------------------------------------------------------------------------- messages

    async def prepare(self, under: Message) -> None:
        """Nothing: a thread is there with its first message."""

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        """Post a new message.

        Raises `Postponed` where Slack takes no more in the channel for now, and `ThreadGone`.
        """
        with impatient():
            return await self._post(key.place, post, under.id if under else None, metadata_of(key))

    async def _post(
        self, place: Place, post: Post, thread: str | None, metadata: Json | None = None
    ) -> Message:
        us = await self._in(place)
        _check(post)
        try:
            with self._obeyed():
                answer = await self.calls.call(
                    self.client.chat_postMessage,
                    channel=place.channel,
                    thread_ts=thread,
                    blocks=blocks_of(post),
                    text=text_of(post),
                    metadata=metadata,
                    unfurl_links=False,
                    unfurl_media=False,
                )
        except NotFound:
            raise ThreadGone from None
        with understood("Slack"):
            message = us.message(place, {**answer["message"], "ts": answer["ts"]})
        if thread is not None and message.thread is None:
            # Slack puts a reply to what is gone into the channel itself, and says so in no other way.
            await self.remove(message)
            raise ThreadGone
        return message

    @contextmanager
    def _obeyed(self) -> Iterator[None]:
        """Say when to come back, where Slack asks to wait for longer than a call waits."""
        try:
            yield
        except SlowDown as error:
            until = self.clock.now() + timedelta(seconds=error.seconds)
            raise Postponed(until, error.message, everywhere=True) from None

    async def edit(self, message: Message, post: Post) -> Message:
        """Show `post` in place of what the message showed. Raises `NotFound` if it is gone.

        The mark stays, as an edit without metadata leaves them alone.
        """
        return await self._edit(message, post, background=True)

    async def _edit(self, message: Message, post: Post, *, background: bool = False) -> Message:
        us = await self._in(message.place)
        _check(post)
        with self._obeyed():
            await self.calls.call(
                self.client.chat_update,
                channel=message.place.channel,
                background=background,
                ts=message.id,
                blocks=blocks_of(post),
                text=text_of(post, MOST_EDITED_TEXT_BYTES),
            )
        return replace(message, url=message.url or us.address(message.place, message.id, message.thread))

    async def find(
        self,
        keys: Collection[PartKey],
        under: Message | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Mapping[PartKey, tuple[Message, ...]]:
        """By key, all messages that carry its mark, oldest first; 200 messages of the history a call.

        Raises `DeliveryError` where there are more between the two times than are read.
        """
        found: dict[PartKey, tuple[Message, ...]] = dict.fromkeys(keys, ())
        by_mark = {str(key): key for key in keys}
        for place in {key.place for key in keys}:
            us = await self._in(place)
            for one in await self._told(place, under, since, until):
                key = by_mark.get(mark_in(one, us) or "")
                if key is None or (under is None and one.get("thread_ts") not in {None, one["ts"]}):
                    continue
                found[key] += (replace(us.message(place, one), in_thread=int(one.get("reply_count") or 0)),)
        return found

    async def _told(
        self,
        place: Place,
        under: Message | None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Json]:
        """What Slack tells of a channel or a thread, oldest first; nothing of a thread that is gone."""
        pages = pages_of(self.client, self.calls, place, under, since, until)
        try:
            with understood("Slack"):
                return sorted([one async for one in pages], key=lambda one: str(one["ts"]))
        except NotFound:
            return []

    async def replies(self, message: Message) -> int:
        """How many messages people wrote in the thread of a message, be that itself there or not."""
        us = await self._in(message.place)
        return people_in(await self._told(message.place, message), us)

    async def remove(self, message: Message) -> None:
        """Delete one of the bot's own messages; one that is gone is no error."""
        await self._in(message.place)
        try:
            await self.calls.call(self.client.chat_delete, channel=message.place.channel, ts=message.id)
        except NotFound:
            return

    # --------------------------------------------------------------------------- places

    async def lacking(self, place: Place) -> tuple[str, ...]:
        """What keeps the bot from posting there, by the names of `rights.*`. Raises `DeliveryError`."""
        if place.workspace != (await self.us()).team:
            return ("see",)
        return await lacking_in(self.client, self.calls, place.channel)

    async def locate(self, channel: str) -> Place:
        """The place of a channel of this workspace. Raises `PlaceUnavailable` where Slack does not answer."""
        try:
            return Place(PLATFORM, (await self.us()).team, channel)
        except PlaceUnavailable:
            raise
        except DeliveryError as error:
            raise PlaceUnavailable(error.message, hint=error.hint) from error

    async def unheard(self, place: Place) -> tuple[str, ...]:  # noqa: ARG002 - the same everywhere
        """Nothing: where the bot is a member it hears all."""
        return ()

    async def name(self, place: Place) -> str:
        """`#papers`, asked once; the id where Slack does not say."""
        if place.channel not in self._names:
            try:
                info = await self.calls.call(self.client.conversations_info, channel=place.channel)
            except RinkoError:
                return place.channel
            name = info["channel"].get("name")
            self._names[place.channel] = f"#{name}" if name else place.channel
        return self._names[place.channel]

    async def private(self, place: Place, user: str) -> Place | None:
        """The bot's direct messages with a person; None where Slack lets it write to nobody there."""
        await self._in(place)
        try:
            answer = await self.calls.call(self.client.conversations_open, users=user)
        except PlaceUnavailable:
            return None
        return replace(place, channel=str(answer["channel"]["id"]))

    async def _in(self, place: Place) -> Us:
        """The workspace, where the place belongs to it. Raises `PlaceUnavailable` where it does not."""
        us = await self.us()
        if (place.platform, place.workspace) != (PLATFORM, us.team):
            raise PlaceUnavailable("The channel belongs to a workspace that the token is not for.")
        return us

    # -------------------------------------------------------------------------- streams

    def stream(
        self, place: Place, thread: str | None, only_for: str | None, reader: str | None = None
    ) -> Stream:
        """A growing message in a thread; what is for one person comes when it is finished.

        With the `reader` it is an answer to, it grows by Slack's streaming methods, which ask for one in
        channels; without, and where too many grow so already, it is posted and edited.
        """
        if only_for is not None:
            return EphemeralStream(self.client, self.calls, place, thread, only_for)

        async def post_new(post: Post) -> Message:
            return await self._post(place, post, thread)

        message = EditedMessage(post_new, self._edit)
        known = reader is not None or place.channel.startswith(_DIRECT)
        if thread is not None and known and self.calls.free(self.client.chat_startStream):
            return StreamedReply(self.client, self.calls, place, thread, reader, message, self.clock)
        return PacedStream(message.put, self.clock, _UPDATE_SECONDS)


def _check(post: Post) -> None:
    if too_much := excess(post):
        raise DeliveryError(f"The post is too large for Slack: {too_much}.")
