"""Finding the messages of a part again, by the mark in their components."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import discord

from bot.platforms.discord.calls import UNKNOWN_CHANNEL
from bot.platforms.discord.homes import Home, Room
from bot.rendering.discord import Mark, mark_in
from digest.errors import PlaceUnavailable
from digest.places import Message

_MOST_MESSAGES = 3_000
"""Messages of a history that are read at most: 30 requests."""
_LONG_AFTER = timedelta(days=1)
"""A message sent later than this after it was first tried is of another attempt, with a time of its own."""
_MOST_POSTS = 200
_MOST_REPLIES = 100


async def find(home: Home, mark: Mark, under: Message | None, since: datetime | None) -> tuple[Message, ...]:
    """Our messages with a mark, oldest first, in a channel or in the thread of a message.

    Raises `PlaceUnavailable` where the history cannot be read, and what discord.py raises.
    """
    channel = home.channel
    if under is not None and not home.direct:
        return await _in_thread(home, int(under.id), mark, since)
    if isinstance(channel, discord.ForumChannel):
        return await _posts(home, channel, mark, since)
    found = await _marked(home, channel, mark, since)
    return tuple([home.message(one.id, None, await _replies(home, one)) for one in found])


async def _in_thread(home: Home, thread: int, mark: Mark, since: datetime | None) -> tuple[Message, ...]:
    try:
        found = await _marked(home, home.thread(thread), mark, since)
    except discord.NotFound as error:
        if error.code != UNKNOWN_CHANNEL:
            raise
        return ()  # nothing was ever said under that message
    return tuple(home.message(one.id, thread) for one in found)


async def _marked(home: Home, room: Room, mark: Mark, since: datetime | None) -> list[discord.Message]:
    found, empty = [], True
    async for message in _history(room, since):
        empty = False
        if _is_ours(home, message) and mark_in(message.components) == mark:
            found.append(message)
    if empty:
        await _check_readable(home, room)
    return sorted(found, key=lambda message: message.id)


async def _history(room: Room, since: datetime | None) -> AsyncIterator[discord.Message]:
    """Messages from a time on, or the latest where none is given."""
    if since is None:
        async for message in room.history(limit=_MOST_MESSAGES):
            yield message
        return
    async for message in room.history(limit=_MOST_MESSAGES, after=since, oldest_first=True):
        if message.created_at > since + _LONG_AFTER:
            return
        yield message


async def _check_readable(home: Home, room: Room) -> None:
    """Tell an empty history from one that may not be read: Discord gives both as nothing at all.

    One message, be it there or not, is refused to whoever may not read the history.
    """
    if home.direct:
        return
    try:
        await room.fetch_message(room.id)
    except discord.NotFound as error:
        if error.code == UNKNOWN_CHANNEL:
            raise
    except discord.Forbidden:
        raise PlaceUnavailable(
            "Rinko may not read what it posted.",
            hint="Give Rinko “Read Message History” in the channel's permissions.",
        ) from None


async def _posts(
    home: Home, forum: discord.ForumChannel, mark: Mark, since: datetime | None
) -> tuple[Message, ...]:
    found = []
    async for thread in _own_threads(home, forum, since):
        try:
            first = await home.thread(thread.id).fetch_message(thread.id)
        except discord.NotFound:
            continue  # its first message was deleted: nothing of the part is left
        if mark_in(first.components) == mark:
            found.append(home.message(first.id, None, await _people_in(home, thread.id)))
    return tuple(sorted(found, key=lambda message: int(message.id)))


async def _own_threads(
    home: Home, forum: discord.ForumChannel, since: datetime | None
) -> AsyncIterator[discord.Thread]:
    """Our posts in a forum, those that are archived last. What is listed twice is given once."""
    seen: set[int] = set()
    active = [thread for thread in await forum.guild.active_threads() if thread.parent_id == forum.id]
    archived = [thread async for thread in forum.archived_threads(limit=_MOST_POSTS)]
    for thread in (*active, *archived):
        made = discord.utils.snowflake_time(thread.id)
        fits = since is None or since <= made <= since + _LONG_AFTER
        if fits and thread.id not in seen and home.client.user and thread.owner_id == home.client.user.id:
            seen.add(thread.id)
            yield thread


async def _replies(home: Home, message: discord.Message) -> int:
    return await _people_in(home, message.id) if message.flags.has_thread else 0


async def _people_in(home: Home, thread: int) -> int:
    """What people said in a thread, as far as its latest messages tell."""
    try:
        said = [message async for message in home.thread(thread).history(limit=_MOST_REPLIES)]
    except discord.NotFound:
        return 0
    return sum(not message.author.bot for message in said)


def _is_ours(home: Home, message: discord.Message) -> bool:
    return home.client.user is not None and message.author.id == home.client.user.id
