"""What a person's client offers: commands with their options, buttons, menus and forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.servers.discord import components
from tests.servers.discord.permissions import EVERYTHING, Can, in_channel
from tests.servers.discord.posting import store_file
from tests.servers.discord.state import Channel, Kind, Role, Upload, User
from tests.servers.discord.wire import channel_json, member_json, role_json, user_json
from tests.servers.discord.wire_messages import attachment_json
from tests.servers.discord.world import World

Json = dict[str, Any]

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, FILE = range(1, 12)


class NotOffered(AssertionError):
    """A person's client would not let them do this."""


def command(world: World, channel: Channel, name: str, kind: int = 1) -> Json:
    """The command of this name where somebody is."""
    places = [channel.guild.id] if channel.guild else []
    for place in (*places, None):
        for each in world.commands.get(place, []):
            if each["name"] == name and each["type"] == kind:
                return each
    raise NotOffered(f"there is no command {name!r} here")


def may_use(found: Json, user: User, channel: Channel) -> None:
    """Refuse a command that is not shown to somebody, or not in such a place."""
    if channel.kind is Kind.FORUM:
        raise NotOffered("nothing can be typed in a forum outside its posts")
    contexts = found.get("contexts")
    here = 0 if channel.guild else 1
    private = found.get("dm_permission", "guild_id" not in found)
    if (contexts is not None and here not in contexts) or (here == 1 and not private):
        raise NotOffered(f"{found['name']} is not offered in such a channel")
    needed = found["default_member_permissions"]
    has = in_channel(channel, user)
    if not has & Can.USE_APPLICATION_COMMANDS:
        raise NotOffered(f"{user.name} cannot use commands there")
    if channel.guild is None or needed is None or has == EVERYTHING:
        return
    if int(needed) == 0 or has & int(needed) != int(needed):
        raise NotOffered(f"{found['name']} is not offered to {user.name}")


def options_of(found: Json, path: Sequence[str]) -> Sequence[Json]:
    """The options of a command or, along a path, of a command under it."""
    options: Sequence[Json] = found.get("options") or []
    for name in path:
        inner = next((o for o in options if o["name"] == name and o["type"] in (SUBCOMMAND, GROUP)), None)
        if inner is None:
            raise NotOffered(f"{found['name']} has no {name!r}")
        options = inner.get("options") or []
    if any(option["type"] in (SUBCOMMAND, GROUP) for option in options):
        raise NotOffered(f"{found['name']} must be said with what is under it")
    return options


def filled(
    world: World,
    channel: Channel,
    options: Sequence[Json],
    given: Mapping[str, object],
    *,
    focused: str | None = None,
) -> tuple[list[Json], Json]:
    """Options with what somebody put into them, and the people and files they speak of."""
    known = {option["name"]: option for option in options}
    if strange := set(given) - set(known):
        raise NotOffered(f"there is no option {', '.join(sorted(strange))}; there are {', '.join(known)}")
    for option in options:
        if option.get("required") and option["name"] not in given and focused is None:
            raise NotOffered(f"{option['name']} must be given")
    resolved: Json = {}
    made = []
    for name, value in given.items():
        entry = {"name": name, "type": known[name]["type"]}
        entry["value"] = _value(world, channel, known[name], value, resolved, free=name == focused)
        made.append(entry | {"focused": True} if name == focused else entry)
    return made, resolved


def _value(
    world: World, channel: Channel, option: Json, value: object, resolved: Json, *, free: bool
) -> object:
    if isinstance(value, Upload):
        stored = store_file(world, channel, value)
        resolved.setdefault("attachments", {})[str(stored.id)] = attachment_json(stored, ephemeral=True)
        return str(stored.id)
    if isinstance(value, User):
        resolved.setdefault("users", {})[str(value.id)] = user_json(value)
        if channel.guild and value.id in channel.guild.members:
            shown = member_json(channel.guild, value, with_user=False)
            shown["permissions"] = str(int(in_channel(channel, value)))
            resolved.setdefault("members", {})[str(value.id)] = shown
        return str(value.id)
    if isinstance(value, Role):
        resolved.setdefault("roles", {})[str(value.id)] = role_json(value, world.bot)
        return str(value.id)
    if isinstance(value, Channel):
        shown = channel_json(world, value) | {"permissions": str(int(in_channel(value, world.bot)))}
        resolved.setdefault("channels", {})[str(value.id)] = shown
        return str(value.id)
    if not free:
        _check_value(option, value)
    return value


def _check_value(option: Json, value: object) -> None:
    kinds: dict[int, type | tuple[type, ...]] = {
        STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)
    }  # fmt: skip
    if not isinstance(value, kinds.get(option["type"], str)):
        raise NotOffered(f"{option['name']} does not take {value!r}")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise NotOffered(f"{option['name']} is one of {choices}")
    size = len(value) if isinstance(value, str) else value
    least, most = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    assert isinstance(size, int | float)
    if size < option.get(least, size) or size > option.get(most, 6000 if isinstance(value, str) else size):
        raise NotOffered(f"{option['name']} is too long or short: {size}")


def form_values(
    world: World, channel: Channel, modal: Json, given: Mapping[str, object]
) -> tuple[list[Json], Json]:
    """A form's components with what somebody put into them, by custom id."""
    inputs = {c["custom_id"]: c for _, c in components.walk(modal["components"]) if c.get("custom_id")}
    if strange := set(given) - set(inputs):
        raise NotOffered(f"the form has no {', '.join(sorted(strange))}; it has {', '.join(inputs)}")
    resolved: Json = {}
    number = 0
    sent = []
    for component in modal["components"]:
        number += 1
        shown: Json = {"type": component["type"], "id": component.get("id") or number}
        inner = component.get("component")
        if inner:
            number += 1
            shown["component"] = _input(world, channel, inner, given, resolved, number)
        elif component["type"] == components.ROW:
            number += 1
            first = component["components"][0]
            shown["components"] = [_input(world, channel, first, given, resolved, number)]
        sent.append(shown)
    return sent, resolved


def _input(
    world: World, channel: Channel, component: Json, given: Mapping[str, object], resolved: Json, number: int
) -> Json:
    name = component["custom_id"]
    shown: Json = {"type": component["type"], "id": component.get("id") or number, "custom_id": name}
    value = given.get(name)
    if component.get("required", True) and value in (None, "", []):
        raise NotOffered(f"{name} must be filled in")
    if component["type"] == components.TEXT_INPUT:
        text = str(value if value is not None else component.get("value") or "")
        if not component.get("min_length", 0) <= len(text) <= component.get("max_length", 4000) and text:
            raise NotOffered(f"{name} is too long or short: {len(text)}")
        return shown | {"value": text}
    values = value if isinstance(value, list) else [] if value is None else [value]
    return shown | {
        "values": [_value(world, channel, component, each, resolved, free=True) for each in values]
    }
