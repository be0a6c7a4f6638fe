"""Finding the messages of a part again, by the mark in their components."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import discord

from bot.platforms.discord.calls import UNKNOWN_CHANNEL
from bot.platforms.discord.homes import Home, Room
from bot.rendering.discord import Mark, mark_in
from digest.errors import HistoryTooLong, PlaceUnavailable
from digest.places import Message

_MOST_MESSAGES = 3_000
"""Messages of a history that are read at most: 30 requests."""
_MOST_POSTS = 200
_MOST_REPLIES = 100


Copies = dict[Mark, tuple[Message, ...]]
"""By mark, the messages that carry it, oldest first."""


async def find(
    home: Home,
    marks: Collection[Mark],
    under: Message | None,
    since: datetime | None,
    until: datetime | None,
) -> Copies:
    """Our messages with these marks, in a channel or in the thread of a message.

    Raises `PlaceUnavailable` where the history cannot be read, and what discord.py raises.
    """
    found: Copies = dict.fromkeys(marks, ())
    async for mark, message in _found(home, under, since, until):
        if mark in found:
            found[mark] += (message,)
    return {mark: tuple(sorted(copies, key=lambda one: int(one.id))) for mark, copies in found.items()}


async def _found(
    home: Home, under: Message | None, since: datetime | None, until: datetime | None
) -> AsyncIterator[tuple[Mark | None, Message]]:
    """Our own messages, each with its mark."""
    channel = home.channel
    if under is not None and not home.direct:
        for one in await _in_thread(home, int(under.id), since, until):
            yield mark_in(one.components), home.message(one.id, int(under.id))
    elif isinstance(channel, discord.ForumChannel):
        async for one, thread in _posts(home, channel, since, until):
            message = replace(home.message(one.id), in_thread=thread.message_count)
            yield mark_in(one.components), message
    else:
        own = await _own(home, channel, since, until)
        counts = await _counts(home) if own else {}
        for one in own:
            counted = counts.get(one.id, None if one.thread else 0)
            yield mark_in(one.components), replace(home.message(one.id), in_thread=counted)


async def _counts(home: Home) -> dict[int, int]:
    """How many messages stand in each open thread; what a cache has of it may be older."""
    if isinstance(home.channel, discord.DMChannel):
        return {}
    return {thread.id: thread.message_count for thread in await home.channel.guild.active_threads()}


async def _in_thread(
    home: Home, thread: int, since: datetime | None, until: datetime | None
) -> list[discord.Message]:
    try:
        return await _own(home, home.thread(thread), since, until)
    except discord.NotFound as error:
        if error.code != UNKNOWN_CHANNEL:
            raise
        return []  # nothing was ever said under that message


async def _own(
    home: Home, room: Room, since: datetime | None, until: datetime | None
) -> list[discord.Message]:
    """What the bot wrote between two times. Raises `HistoryTooLong` where that is not read to its end."""
    own, count = [], 0
    async for message in room.history(limit=_MOST_MESSAGES, after=since):
        count += 1
        if until is not None and message.created_at > until:
            break
        if _is_ours(home, message):
            own.append(message)
    if count == 0:
        await _check_readable(home, room)
    if count == _MOST_MESSAGES and since is not None:
        raise HistoryTooLong(f"More than {_MOST_MESSAGES} messages were posted since; not all are read.")
    return own


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
    home: Home, forum: discord.ForumChannel, since: datetime | None, until: datetime | None
) -> AsyncIterator[tuple[discord.Message, discord.Thread]]:
    """The first messages of our posts in a forum. Of one that was deleted nothing of the part is left."""
    async for thread in _own_threads(home, forum, since, until):
        with suppress(discord.NotFound):
            yield await home.thread(thread.id).fetch_message(thread.id), thread


async def _own_threads(
    home: Home, forum: discord.ForumChannel, since: datetime | None, until: datetime | None
) -> AsyncIterator[discord.Thread]:
    """Our posts in a forum, those that are archived last. What is listed twice is given once."""
    seen: set[int] = set()
    active = [thread for thread in await forum.guild.active_threads() if thread.parent_id == forum.id]
    archived = [thread async for thread in forum.archived_threads(limit=_MOST_POSTS)]
    for thread in (*active, *archived):
        made = discord.utils.snowflake_time(thread.id)
        fits = (since is None or since <= made) and (until is None or made <= until)
        if fits and thread.id not in seen and home.client.user and thread.owner_id == home.client.user.id:
            seen.add(thread.id)
            yield thread


async def people_in(home: Home, thread: int) -> int:
    """What people said in a thread, as far as its latest messages tell; nothing where there is none."""
    try:
        said = [message async for message in home.thread(thread).history(limit=_MOST_REPLIES)]
    except discord.NotFound:
        return 0
    return sum(not message.author.bot for message in said)


def _is_ours(home: Home, message: discord.Message) -> bool:
    return home.client.user is not None and message.author.id == home.client.user.id
