"""The application, guilds, people and commands over HTTP."""

from __future__ import annotations

from typing import Any

from tests.servers.discord import errors
from tests.servers.discord.faults import Call
from tests.servers.discord.limits import check_commands
from tests.servers.discord.routes import NOTHING, Answer, Route, number, the_guild
from tests.servers.discord.state import Channel, Intent, Kind, User
from tests.servers.discord.wire import (
    application_json,
    channel_json,
    guild_json,
    member_json,
    own_guild_json,
    own_user_json,
    role_json,
    sees,
    user_json,
)
from tests.servers.discord.world import World


def me(world: World, _: Call) -> Answer:
    return Answer(own_user_json(world.bot))


def application(world: World, _: Call) -> Answer:
    return Answer(application_json(world))


def gateway(world: World, _: Call) -> Answer:
    behaviour = world.behaviour
    start = {
        "total": 1000,
        "remaining": behaviour.starts_left,
        "reset_after": int(behaviour.starts_reset * 1000),
        "max_concurrency": behaviour.max_concurrency,
    }
    return Answer({"url": gateway_url(world), "shards": behaviour.shards, "session_start_limit": start})


def gateway_url(world: World) -> str:
    """Where the gateway is."""
    return world.public_url.replace("http", "ws", 1) + "/gw/"


def user(world: World, call: Call) -> Answer:
    found = world.users.get(number(call.ids["user"]))
    if found is None:
        raise errors.unknown("User", 10013)
    return Answer(user_json(found))


def my_guilds(world: World, _: Call) -> Answer:
    return Answer([own_guild_json(guild, world.bot) for guild in world.guilds.values() if guild.has_bot])


def leave(world: World, call: Call) -> Answer:
    guild = the_guild(world, call)
    guild.has_bot = False
    guild.members.pop(world.bot.id, None)
    world.events.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild=guild)
    return NOTHING


def guild(world: World, call: Call) -> Answer:
    return Answer(guild_json(world, the_guild(world, call)))


def channels(world: World, call: Call) -> Answer:
    asked = the_guild(world, call)
    found = [c for c in world.channels.values() if c.guild is asked and not c.is_thread and not c.deleted]
    return Answer([channel_json(world, channel) for channel in found if sees(channel, world.bot)])


def roles(world: World, call: Call) -> Answer:
    return Answer([role_json(role, world.bot) for role in the_guild(world, call).roles.values()])


def member(world: World, call: Call) -> Answer:
    asked, who = the_guild(world, call), number(call.ids["user"])
    if who not in asked.members:
        raise errors.unknown("Member", 10007)
    return Answer(member_json(asked, asked.members[who].user))


def members(world: World, call: Call) -> Answer:
    asked = the_guild(world, call)
    if not world.privileged & Intent.GUILD_MEMBERS:
        raise errors.missing_access()
    after, limit = number(call.query.get("after", "0")), int(call.query.get("limit", 1))
    found = sorted(each for each in asked.members if each > after)
    return Answer([member_json(asked, asked.members[each].user) for each in found[:limit]])


def direct(world: World, call: Call) -> Answer:
    """The conversation with somebody, begun where there was none."""
    found = world.users.get(number(str(call.json.get("recipient_id"))))
    if found is None:
        raise errors.unknown("User", 10013)
    if found is world.bot:
        raise errors.Refused(400, 50003, "Cannot execute action on a DM channel")
    return Answer(channel_json(world, direct_channel(world, found)))


def direct_channel(world: World, person: User) -> Channel:
    """The conversation between the bot and somebody."""
    for channel in world.channels.values():
        if channel.kind == Kind.DM and person in channel.recipients:
            return channel
    made = Channel(world.new_id(), Kind.DM, recipients=(person, world.bot))
    world.channels[made.id] = made
    return made


# -------------------------------------------------------------------------- commands


def _place(world: World, call: Call) -> int | None:
    if number(call.ids["application"]) != world.bot.id:
        raise errors.Refused(403, 20012, "You are not authorized to perform this action on this application")
    return the_guild(world, call).id if "guild" in call.ids else None


def commands(world: World, call: Call) -> Answer:
    return Answer([_command_json(each, call) for each in world.commands.get(_place(world, call), [])])


def _command_json(command: dict[str, Any], call: Call) -> dict[str, Any]:
    if call.query.get("with_localizations", "").lower() in ("1", "true"):
        return command
    return {name: value for name, value in command.items() if not name.endswith("_localizations")}


def overwrite(world: World, call: Call) -> Answer:
    """All commands of a place at once; one of the same name keeps its id."""
    place = _place(world, call)
    check_commands(call.json)
    before = {(each["type"], each["name"]): each for each in world.commands.get(place, [])}
    world.commands[place] = [_kept(world, place, each, before) for each in call.json]
    return Answer(world.commands[place])


def _kept(
    world: World, place: int | None, asked: dict[str, Any], before: dict[tuple[int, str], dict[str, Any]]
) -> dict[str, Any]:
    kind = asked.get("type") or 1
    old = before.get((kind, asked["name"]))
    rights = asked.get("default_member_permissions")
    made: dict[str, Any] = {
        "id": old["id"] if old else str(world.new_id()),
        "application_id": str(world.bot.id),
        "version": str(world.new_id()),
        "default_member_permissions": None if rights is None else str(rights),
        "type": kind,
        "name": asked["name"],
        "name_localizations": asked.get("name_localizations"),
        "description": asked.get("description") or "",
        "description_localizations": asked.get("description_localizations"),
        "nsfw": asked.get("nsfw", False),
        "integration_types": asked.get("integration_types") or [0],
    }
    if asked.get("options"):
        made["options"] = asked["options"]
    if place is not None:
        return made | {"guild_id": str(place)}
    private = asked.get("dm_permission", True)
    return made | {"dm_permission": private is not False, "contexts": asked.get("contexts")}


_COMMANDS = "/applications/{application}/commands"
_GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"

ROUTES = (
    Route("GET", "/users/@me", me),
    Route("GET", "/applications/@me", application),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/gateway/bot", gateway),
    Route("GET", "/users/@me/guilds", my_guilds),
    Route("DELETE", "/users/@me/guilds/{guild}", leave),
    Route("POST", "/users/@me/channels", direct),
    Route("GET", "/users/{user}", user),
    Route("GET", "/guilds/{guild}", guild),
    Route("GET", "/guilds/{guild}/channels", channels),
    Route("GET", "/guilds/{guild}/roles", roles),
    Route("GET", "/guilds/{guild}/members", members),
    Route("GET", "/guilds/{guild}/members/{user}", member),
    Route("GET", _COMMANDS, commands),
    Route("PUT", _COMMANDS, overwrite),
    Route("GET", _GUILD_COMMANDS, commands),
    Route("PUT", _GUILD_COMMANDS, overwrite),
)
