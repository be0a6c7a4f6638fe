"""What the bot may not do in a channel but must, asked of Discord itself each time."""

from __future__ import annotations

import discord

from bot.platforms.discord.homes import channel_of
from digest.errors import DeliveryError, PlaceUnavailable
from digest.places import Place

SEE, WORDS = "see", "discord_words"
_IN_TEXT = {
    "discord_send": "send_messages",
    "discord_history": "read_message_history",
    "discord_threads": "create_public_threads",
    "discord_send_in_threads": "send_messages_in_threads",
}
_IN_FORUM = {
    "discord_create_posts": "send_messages",
    "discord_history": "read_message_history",
    "discord_send_in_threads": "send_messages_in_threads",
}


async def lacking(client: discord.Client, place: Place) -> tuple[str, ...]:
    """Names of `rights.*`. Raises what discord.py raises where it cannot be asked.

    All is asked for: what the gateway told may be missing, or older than a change just made.
    """
    try:
        found = await _granted(client, place)
    except (discord.Forbidden, discord.NotFound, discord.InvalidData, PlaceUnavailable):
        return (SEE,)
    if found is None:
        return ()
    channel, granted = found
    if not granted.view_channel:
        return (SEE,)
    needed = _IN_FORUM if isinstance(channel, discord.ForumChannel) else _IN_TEXT
    if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
        return ("discord_kind",)
    return tuple(name for name, right in needed.items() if not getattr(granted, right))


async def unheard(client: discord.Client) -> tuple[str, ...]:
    """The switch that keeps messages from being heard, by its name of `rights.*`; empty where none does."""
    flags = (await client.application_info()).flags
    return () if flags.gateway_message_content or flags.gateway_message_content_limited else (WORDS,)


async def _granted(
    client: discord.Client, place: Place
) -> tuple[discord.abc.GuildChannel | discord.Thread, discord.Permissions] | None:
    """A channel and what the bot may do in it; None for direct messages, which ask for no right."""
    if isinstance(await channel_of(client, place.channel), discord.DMChannel):
        return None
    guild = await client.fetch_guild(int(place.workspace), with_counts=False)
    channel = await guild.fetch_channel(int(place.channel))
    me = await guild.fetch_member(_own_id(client))
    return channel, channel.permissions_for(me)


def _own_id(client: discord.Client) -> int:
    if client.user is None:
        raise DeliveryError("Discord is not connected.")
    return client.user.id
