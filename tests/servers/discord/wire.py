"""Things on the server as JSON, in the shapes of Discord's own document."""

from __future__ import annotations

from typing import Any

from tests.servers.discord.permissions import Can, in_channel, in_guild
from tests.servers.discord.state import (
    Channel,
    Guild,
    Intent,
    Kind,
    Role,
    User,
)
from tests.servers.discord.world import World, stamp

Json = dict[str, Any]


def user_json(user: User) -> Json:
    return {
        "id": str(user.id),
        "username": user.name,
        "avatar": None,
        "discriminator": "0001" if user.bot else "0",
        "public_flags": 0,
        "flags": 0,
        "bot": user.bot,
        "global_name": None if user.bot else user.name.title(),
        "primary_guild": None,
    }


def own_user_json(user: User) -> Json:
    return user_json(user) | {"mfa_enabled": True, "locale": user.locale, "verified": True, "email": None}


def member_json(guild: Guild, user: User, *, with_user: bool = True) -> Json:
    member = guild.members[user.id]
    shown: Json = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": stamp(member.joined),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [str(role) for role in member.roles],
        "mute": False,
        "deaf": False,
    }
    return shown | {"user": user_json(user)} if with_user else shown


def role_json(role: Role, bot: User) -> Json:
    shown: Json = {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.managed,
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return shown | {"tags": {"bot_id": str(bot.id)}} if role.managed else shown


def guild_json(world: World, guild: Guild) -> Json:
    nothing = (
        "icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id",
        "afk_channel_id", "system_channel_id", "widget_channel_id", "max_presences", "vanity_url_code",
        "rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data",
    )  # fmt: skip
    zero = (
        "system_channel_flags", "verification_level", "default_message_notifications", "mfa_level",
        "explicit_content_filter", "premium_tier", "premium_subscription_count", "nsfw_level",
    )  # fmt: skip
    return {
        **dict.fromkeys(nothing),
        **dict.fromkeys(zero, 0),
        "id": str(guild.id),
        "name": guild.name,
        "features": [],
        "owner_id": str(guild.owner_id),
        "region": "deprecated",
        "afk_timeout": 300,
        "widget_enabled": False,
        "roles": [role_json(role, world.bot) for role in guild.roles.values()],
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "preferred_locale": guild.locale,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "emojis": [],
        "stickers": [],
    }


def guild_created_json(world: World, guild: Guild, *, every_member: bool) -> Json:
    """What GUILD_CREATE tells: the guild with its channels, its active threads and its members."""
    bot = world.bot
    members = [m.user for m in guild.members.values() if every_member or m.user is bot]
    channels = [c for c in world.channels.values() if c.guild is guild and not c.is_thread and not c.deleted]
    threads = [t for t in world.threads_of(guild) if not t.archived and sees(t, bot)]
    return guild_json(world, guild) | {
        "joined_at": stamp(guild.joined),
        "large": len(guild.members) > 250,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member_json(guild, user) for user in members],
        "channels": [channel_json(world, channel) for channel in channels],
        "threads": [channel_json(world, thread) for thread in threads],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def own_guild_json(guild: Guild, user: User) -> Json:
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": guild.owner_id == user.id,
        "permissions": str(in_guild(guild, user)),
        "features": [],
    }


def sees(channel: Channel, user: User) -> bool:
    """Whether somebody can see a channel; a private thread is seen by those in it."""
    if not in_channel(channel, user) & Can.VIEW_CHANNEL:
        return False
    return channel.kind != Kind.PRIVATE_THREAD or user.id in channel.thread_members


def channel_json(world: World, channel: Channel) -> Json:
    if channel.is_thread:
        return _thread_json(world, channel)
    last = str(channel.last_message_id) if channel.last_message_id else None
    shown: Json = {"id": str(channel.id), "type": int(channel.kind), "flags": 0, "last_message_id": last}
    if channel.guild is None:
        others = [user for user in channel.recipients if user is not world.bot]
        return shown | {"recipients": [user_json(user) for user in others]}
    shown |= {
        "guild_id": str(channel.guild.id),
        "name": channel.name,
        "position": channel.position,
        "parent_id": None,
        "topic": channel.topic,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "permission_overwrites": [
            {
                "id": str(target),
                "type": 0 if target in channel.guild.roles else 1,
                "allow": str(int(allow)),
                "deny": str(int(deny)),
            }
            for target, (allow, deny) in channel.overwrites.items()
        ],
    }
    if channel.kind == Kind.FORUM:
        shown["flags"] = 1 << 4 if channel.requires_tag else 0
        shown |= {"available_tags": [_tag_json(*tag) for tag in channel.tags.items()]}
        shown |= {"default_reaction_emoji": None, "default_sort_order": None, "default_forum_layout": 0}
    return shown


def _tag_json(tag: int, name: str) -> Json:
    return {"id": str(tag), "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}


def _thread_json(world: World, thread: Channel) -> Json:
    assert thread.guild
    assert thread.parent
    assert thread.owner
    shown: Json = {
        "id": str(thread.id),
        "type": int(thread.kind),
        "flags": 0,
        "guild_id": str(thread.guild.id),
        "parent_id": str(thread.parent.id),
        "name": thread.name,
        "owner_id": str(thread.owner.id),
        "last_message_id": str(thread.last_message_id) if thread.last_message_id else None,
        "message_count": thread.message_count,
        "member_count": min(len(thread.thread_members), 50),
        "total_message_sent": thread.total_sent,
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": thread.archived,
            "archive_timestamp": stamp(thread.archive_changed),
            "auto_archive_duration": thread.auto_archive,
            "locked": thread.locked,
            "create_timestamp": stamp(thread.created),
        },
    }
    if thread.parent.kind == Kind.FORUM:
        shown["applied_tags"] = [str(tag) for tag in thread.applied_tags]
    if world.bot.id in thread.thread_members:
        shown["member"] = thread_member_json(thread, world.bot.id)
    return shown


def thread_member_json(thread: Channel, user: int) -> Json:
    joined = stamp(thread.thread_members[user])
    return {"id": str(thread.id), "user_id": str(user), "join_timestamp": joined, "flags": 1}


def application_json(world: World) -> Json:
    """The application, whose flags tell which privileged intents are switched on."""
    flags = 0
    for intent, bit in (
        (Intent.GUILD_PRESENCES, 13),
        (Intent.GUILD_MEMBERS, 15),
        (Intent.MESSAGE_CONTENT, 19),
    ):
        flags |= (1 << bit) if world.privileged & intent else 0
    return {
        "id": str(world.bot.id),
        "name": world.name,
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_json(User(1, "owner")),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "bot": user_json(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
    }
