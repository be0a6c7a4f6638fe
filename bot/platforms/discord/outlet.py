"""Discord as an outlet: cards with threads in a text channel, posts in a forum, or direct messages."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta

import discord

from bot.platforms.discord import finding, forums, rights
from bot.platforms.discord.calls import (
    CANNOT_MESSAGE_USER,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    calls,
    under_one,
)
from bot.platforms.discord.custom_ids import CustomIds
from bot.platforms.discord.homes import PLATFORM, Home, Homes, channel_of
from bot.platforms.discord.recent import Recent
from bot.platforms.discord.threads import Threads, awake
from bot.platforms.pace import PacedStream
from bot.rendering.discord import DISCORD_LIMITS, Mark, mark_in, mark_of, name_of, too_large, view_of
from digest.errors import DeliveryError, NotFound, PlaceUnavailable, Postponed, RinkoError
from digest.places import Message, PartKey, Place
from digest.ports import Clock
from digest.posts import Limits, Post
from digest.stores import ButtonValues

_NOBODY = discord.AllowedMentions.none()
_NONCE_CHARACTERS = 25
_HISTORY_LAGS = timedelta(seconds=3)
"""A message may stay out of histories for about two seconds after it was stored."""
_EDIT_SECONDS = 1.0
"""Between two states of a growing message: a channel takes five edits in five seconds."""


class DiscordOutlet:
    """Shows posts on Discord through a client that is logged in, with or without a gateway.

    The client should be made with `max_ratelimit_timeout`: without it a limit of minutes is slept
    through inside a call, where with it the call says at once when to come back.
    """

    def __init__(self, client: discord.Client, clock: Clock, values: ButtonValues) -> None:
        """Show through `client`; `values` keeps what buttons cannot carry."""
        self._client = client
        self._clock = clock
        self._ids = CustomIds(values, clock)
        self._homes = Homes(client, clock)
        self._threads = Threads(clock)
        self._sent: Recent[PartKey, int] = Recent()
        """How often a part was sent for certain: a further copy that is wanted is a message of its own."""
        self._unclear: Recent[PartKey, datetime] = Recent()
        """When it last was not known whether a part came."""
        self._marks: Recent[int, Mark] = Recent()

    @property
    def limits(self) -> Limits:
        """What one message may hold."""
        return DISCORD_LIMITS

    # ---------------------------------------------------------------------------- parts

    async def prepare(self, under: Message) -> None:
        """Make the thread under a message, where it is not there; waits up to half a minute for that."""
        with calls(self._clock), under_one():
            home = await self._homes.of(under.place)
            await self._threads.make(home, int(under.id))

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        """Post a new message carrying the mark of `key`, in the thread of `under` if given.

        Raises `Postponed` where Discord takes no more for now and nothing was posted,
        `PlaceUnavailable`, or `DeliveryError` where it is not known whether it came.
        """
        view = await self._view(post, mark_of(key))
        with calls(self._clock):
            home = await self._homes.of(key.place)
        try:
            with calls(self._clock), under_one(under is not None):
                message = await self._post(home, key, post, view, under)
                if self._unclear.get(key):
                    # An earlier attempt may have come, with what was wanted then.
                    await self._change(home, message, view)
        except (PlaceUnavailable, Postponed):
            raise
        except BaseException:
            self._unclear.set(key, self._clock.now())
            raise
        self._unclear.drop(key)
        self._sent.set(key, (self._sent.get(key) or 0) + 1)
        self._marks.set(int(message.id), mark_of(key))
        return message

    async def _post(
        self, home: Home, key: PartKey, post: Post, view: discord.ui.LayoutView, under: Message | None
    ) -> Message:
        nonce, silent = self._nonce(key), not post.notify

        async def into(room: discord.abc.Messageable) -> discord.Message:
            return await room.send(
                view=view, nonce=nonce, silent=silent, suppress_embeds=True, allowed_mentions=_NOBODY
            )

        channel = home.channel
        if isinstance(channel, discord.DMChannel) and under is not None:
            answered = discord.MessageReference(
                message_id=int(under.id), channel_id=channel.id, fail_if_not_exists=False
            )
            sent = await channel.send(
                view=view, nonce=nonce, silent=silent, reference=answered, allowed_mentions=_NOBODY
            )
            return home.message(sent.id)
        if under is not None:
            card = int(under.id)
            return home.message((await self._threads.within(home, card, into)).id, card)
        if isinstance(channel, discord.ForumChannel):
            return home.message(await forums.post(channel, name_of(post), post, view))
        sent = await into(channel)
        self._threads.expect(sent.id, name_of(post))
        return home.message(sent.id)

    def _nonce(self, key: PartKey) -> str:
        """The same for each attempt to send one copy: Discord then stores it once, for some minutes."""
        text = f"{key} {self._sent.get(key) or 0}"
        return hashlib.sha256(text.encode()).hexdigest()[:_NONCE_CHARACTERS]

    async def edit(self, message: Message, post: Post) -> Message:
        """Show `post` in place of what the message showed. Raises `NotFound` if it is gone."""
        with calls(self._clock):
            home = await self._homes.of(message.place)
            try:
                view = await self._view(post, await self._mark(home, message))
                await self._change(home, message, view)
            except discord.NotFound as error:
                if error.code in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
                    raise NotFound("The message to be changed is gone.") from None
                raise
        return home.message(int(message.id), int(message.thread) if message.thread else None, message.replies)

    async def _change(self, home: Home, message: Message, view: discord.ui.LayoutView) -> None:
        there = home.room_of(message)

        async def change() -> None:
            partial = there.get_partial_message(int(message.id))
            await partial.edit(view=view, allowed_mentions=_NOBODY)

        await awake(home, there.id, change)

    async def _mark(self, home: Home, message: Message) -> Mark | None:
        """The mark that a message carries, which an edit must carry on."""
        number = int(message.id)
        known = self._marks.get(number)
        if known is None:
            stands = await home.room_of(message).fetch_message(number)
            known = mark_in(stands.components)
            if known is not None:
                self._marks.set(number, known)
        return known

    async def find(
        self,
        keys: Collection[PartKey],
        under: Message | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Mapping[PartKey, tuple[Message, ...]]:
        """By key, all messages that carry its mark, oldest first.

        Raises `PlaceUnavailable` where the history cannot be read: not found is not the same.
        """
        await self._settled(keys)
        found: dict[PartKey, tuple[Message, ...]] = {}
        for place in {key.place for key in keys}:
            marks = {mark_of(key): key for key in keys if key.place == place}
            with calls(self._clock):
                home = await self._homes.of(place)
                copies = await finding.find(home, marks, under, since, until)
            found |= {key: copies[mark] for mark, key in marks.items()}
        return found

    async def _settled(self, keys: Collection[PartKey]) -> None:
        """Wait until a message that may have come a moment ago would be seen."""
        failed = [when for key in keys if (when := self._unclear.get(key)) is not None]
        if failed:
            settles = (max(failed) + _HISTORY_LAGS - self._clock.now()).total_seconds()
            if settles > 0:
                await self._clock.sleep(min(settles, _HISTORY_LAGS.total_seconds()))

    async def replies(self, message: Message) -> int:
        """How many messages people wrote in the thread of a message, be that itself there or not."""
        with calls(self._clock):
            home = await self._homes.of(message.place)
            return 0 if home.direct else await finding.people_in(home, int(message.id))

    async def remove(self, message: Message) -> None:
        """Delete one of the bot's own messages; one that is gone, or of somebody else, stays so."""
        with calls(self._clock):
            home = await self._homes.of(message.place)
            there = home.room_of(message)
            try:
                stands = await there.fetch_message(int(message.id))
                if self._client.user is None or stands.author.id != self._client.user.id:
                    return
                if isinstance(home.channel, discord.ForumChannel) and message.thread is None:
                    await forums.remove(home, int(message.id))
                else:
                    await awake(home, there.id, there.get_partial_message(int(message.id)).delete)
            except discord.NotFound as error:
                if error.code not in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
                    raise

    # --------------------------------------------------------------------------- places

    async def lacking(self, place: Place) -> tuple[str, ...]:
        """The rights that delivery to a place needs and the bot has not, by the names of `rights.*`."""
        with calls(self._clock):
            return await rights.lacking(self._client, place)

    async def locate(self, channel: str) -> Place:
        """The place of a server's channel by its id. Raises `PlaceUnavailable` where there is none."""
        with calls(self._clock):
            found = await channel_of(self._client, channel)
        if not isinstance(found, discord.abc.GuildChannel):
            raise PlaceUnavailable("That is no channel of a server.")
        return Place(PLATFORM, str(found.guild.id), str(found.id))

    async def unheard(self, place: Place) -> tuple[str, ...]:  # noqa: ARG002 - of the application
        """Whether “Message Content Intent” is off, without which only what mentions the bot is heard."""
        with calls(self._clock):
            return await rights.unheard(self._client)

    async def name(self, place: Place) -> str:
        """`#papers`, as the channel's members see it; its id where Discord does not say."""
        try:
            with calls(self._clock):
                found = await channel_of(self._client, place.channel)
        except (RinkoError, discord.DiscordException):
            return place.channel
        return f"#{found.name}" if isinstance(found, discord.abc.GuildChannel) else place.channel

    async def private(self, place: Place, user: str) -> Place | None:
        """The direct messages with somebody, as a place of the same server; None where there are none."""
        if not user.isascii() or not user.isdigit():
            return None
        with calls(self._clock):
            try:
                channel = await self._client.create_dm(discord.Object(int(user)))
            except discord.HTTPException as error:
                if error.code == CANNOT_MESSAGE_USER or error.status in (400, 404):
                    return None
                raise
        return Place(place.platform, place.workspace, str(channel.id))

    # -------------------------------------------------------------------------- streams

    def stream(self, place: Place, thread: str | None, only_for: str | None) -> PacedStream:
        """A growing message for everyone, or in somebody's direct messages."""
        return PacedStream(self._grower(place, thread, only_for), self._clock, _EDIT_SECONDS)

    def _grower(
        self, place: Place, thread: str | None, only_for: str | None
    ) -> Callable[[Post], Awaitable[Message]]:
        shown: list[Message] = []

        async def put(post: Post) -> Message:
            view = await self._view(post, None)
            with calls(self._clock):
                if shown:
                    try:
                        home = await self._homes.of(shown[0].place)
                        await self._change(home, shown[0], view)
                        return shown[0]
                    except discord.NotFound:
                        shown.clear()  # somebody deleted it: what is said now comes anew
                shown.append(await self._begin(place, thread, only_for, view, silent=not post.notify))
                return shown[0]

        return put

    async def _begin(
        self,
        place: Place,
        thread: str | None,
        only_for: str | None,
        view: discord.ui.LayoutView,
        *,
        silent: bool,
    ) -> Message:
        if only_for is not None:
            alone = await self.private(place, only_for)
            if alone is None:
                raise PlaceUnavailable("This person takes no direct messages.")
            place, thread = alone, None
        home = await self._homes.of(place)

        async def into(room: discord.abc.Messageable) -> discord.Message:
            return await room.send(view=view, silent=silent, suppress_embeds=True, allowed_mentions=_NOBODY)

        if thread is not None and not home.direct:
            return home.message((await self._threads.within(home, int(thread), into)).id, int(thread))
        if isinstance(home.channel, discord.ForumChannel):
            raise PlaceUnavailable("In a forum Rinko answers within posts only.")
        return home.message((await into(home.channel)).id)

    async def _view(self, post: Post, mark: Mark | None) -> discord.ui.LayoutView:
        if too_large(post):
            raise DeliveryError("The post is too large for a message on Discord.")
        return view_of(post, await self._ids.of(post.buttons), mark)
