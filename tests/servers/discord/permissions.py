"""Discord's permissions: their bits, and what somebody may do in a channel."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.discord.state import Channel, Guild, User


class Can(IntFlag):
    """The permissions that a bot of this kind meets."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYTHING = (1 << 53) - 1
EVERYONE = (
    Can.ADD_REACTIONS
    | Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.EMBED_LINKS
    | Can.ATTACH_FILES
    | Can.READ_MESSAGE_HISTORY
    | Can.MENTION_EVERYONE
    | Can.USE_EXTERNAL_EMOJIS
    | Can.USE_APPLICATION_COMMANDS
    | Can.CREATE_PUBLIC_THREADS
    | Can.CREATE_PRIVATE_THREADS
    | Can.SEND_MESSAGES_IN_THREADS
)
"""What `@everyone` may do in a new server, pinging everyone included."""
IN_DIRECT_MESSAGES = (
    Can.ADD_REACTIONS
    | Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.EMBED_LINKS
    | Can.ATTACH_FILES
    | Can.READ_MESSAGE_HISTORY
    | Can.USE_EXTERNAL_EMOJIS
    | Can.USE_APPLICATION_COMMANDS
)


def in_guild(guild: Guild, user: User) -> int:
    """What somebody may do before a channel says otherwise; nothing where they are no member."""
    member = guild.members.get(user.id)
    if member is None:
        return 0
    if guild.owner_id == user.id:
        return EVERYTHING
    allowed = guild.roles[guild.id].permissions
    for role in member.roles:
        allowed |= guild.roles[role].permissions
    return EVERYTHING if allowed & Can.ADMINISTRATOR else allowed


def in_channel(channel: Channel, user: User) -> int:
    """What somebody may do in a channel; a thread follows the channel it is in."""
    if channel.guild is None:
        return IN_DIRECT_MESSAGES if user in channel.recipients else 0
    allowed = in_guild(channel.guild, user)
    if allowed == EVERYTHING or not allowed:
        return allowed
    overwrites = (channel.parent or channel).overwrites
    member = channel.guild.members[user.id]
    steps = [[channel.guild.id], list(member.roles), [user.id]]
    for targets in steps:
        found = [overwrites[target] for target in targets if target in overwrites]
        for _, denied in found:
            allowed &= ~denied
        for granted, _ in found:
            allowed |= granted
    if not allowed & Can.VIEW_CHANNEL:
        return 0
    sending = Can.SEND_MESSAGES_IN_THREADS if channel.is_thread else Can.SEND_MESSAGES
    if not allowed & sending:
        allowed &= ~(Can.MENTION_EVERYONE | Can.ATTACH_FILES | Can.EMBED_LINKS)
    return allowed
