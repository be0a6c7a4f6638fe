"""Where posts of a place go: a text channel with threads, a forum, or somebody's direct messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import discord

from bot.platforms.discord.recent import Recent
from digest.errors import PlaceUnavailable
from digest.places import Message, Place
from digest.ports import Clock

PLATFORM = "discord"
Room = discord.TextChannel | discord.DMChannel | discord.PartialMessageable
"""Where messages can be sent and read."""
_KNOWN_FOR = timedelta(minutes=1)


@dataclass(frozen=True)
class Home:
    """A place, and the channel of it."""

    client: discord.Client
    place: Place
    channel: discord.TextChannel | discord.ForumChannel | discord.DMChannel

    @property
    def direct(self) -> bool:
        """Whether it is somebody's direct messages, where there are no threads."""
        return isinstance(self.channel, discord.DMChannel)

    def thread(self, number: int) -> discord.PartialMessageable:
        """A thread by its id, also one that is archived."""
        guild = None if isinstance(self.channel, discord.DMChannel) else self.channel.guild.id
        return self.client.get_partial_messageable(number, guild_id=guild)

    def room_of(self, message: Message) -> Room:
        """Where a message stands. The first message of a forum post has the id of its thread."""
        if isinstance(self.channel, discord.DMChannel):
            return self.channel
        if message.thread is not None:
            return self.thread(int(message.thread))
        if isinstance(self.channel, discord.ForumChannel):
            return self.thread(int(message.id))
        return self.channel

    def message(self, number: int, thread: int | None = None, replies: int = 0) -> Message:
        """A message of this place as the spine knows it."""
        if isinstance(self.channel, discord.DMChannel):
            url = f"https://discord.com/channels/@me/{self.channel.id}/{number}"
            return Message(str(number), self.place, None, url, replies)
        own = isinstance(self.channel, discord.ForumChannel)
        within = thread or (number if own else self.channel.id)
        url = f"https://discord.com/channels/{self.channel.guild.id}/{within}/{number}"
        return Message(str(number), self.place, str(thread) if thread else None, url, replies)


async def home_of(client: discord.Client, place: Place) -> Home:
    """The home of a place.

    Raises `PlaceUnavailable` where the channel is of another server than the place says, or of a
    kind that no digest is posted to; and what discord.py raises where it cannot be seen.
    """
    channel = await channel_of(client, place.channel)
    if isinstance(channel, discord.DMChannel):
        return Home(client, place, channel)
    if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
        raise PlaceUnavailable("Rinko posts to text channels and forums only.")
    if str(channel.guild.id) != place.workspace:
        raise PlaceUnavailable("The channel belongs to another server.")
    return Home(client, place, channel)


class Homes:
    """The homes of places. Where no gateway tells what changes, each text channel is asked for once a minute.

    A digest is a hundred messages to one channel; asking where it is before each of them would take half
    of the requests that Discord allows. What is no longer so is refused when it is used.
    """

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._kept: Recent[Place, tuple[Home, datetime]] = Recent()

    async def of(self, place: Place) -> Home:
        """The home of a place. Raises as `home_of`."""
        now = self._clock.now()
        home, asked_at = self._kept.get(place) or (None, now)
        if home is not None and timedelta() <= now - asked_at < _KNOWN_FOR:
            return home
        home = await home_of(self._client, place)
        if (
            isinstance(home.channel, discord.TextChannel)
            and self._client.get_channel(home.channel.id) is None
        ):
            self._kept.set(place, (home, now))
        return home


async def channel_of(client: discord.Client, name: str) -> object:
    """The channel of this id, from the cache or asked for. Raises `PlaceUnavailable` for what is no id."""
    if not name.isascii() or not name.isdigit():
        raise PlaceUnavailable("That is not the id of a channel.", hint="“Copy Channel ID” gives it.")
    return client.get_channel(int(name)) or await client.fetch_channel(int(name))
