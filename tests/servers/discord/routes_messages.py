"""Messages and reactions over HTTP."""

from __future__ import annotations

from itertools import islice
from urllib.parse import unquote

from tests.servers.discord import errors
from tests.servers.discord.faults import Call
from tests.servers.discord.limits import ON_CREATE, check_message
from tests.servers.discord.permissions import Can, in_channel
from tests.servers.discord.posting import Draft, can_be_read, change, remove, send
from tests.servers.discord.routes import NOTHING, Answer, Route, missing, number, the_channel, the_message
from tests.servers.discord.state import Channel, Intent, Kind, Message, User
from tests.servers.discord.wire import user_json
from tests.servers.discord.wire_messages import message_json
from tests.servers.discord.world import World

_HOLD_MESSAGES = (
    Kind.TEXT, Kind.DM, Kind.ANNOUNCEMENT, Kind.ANNOUNCEMENT_THREAD, Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD,
)  # fmt: skip


def shown(world: World, message: Message, *, nonce: bool = False) -> dict[str, object]:
    """A message as the API gives it: without its words where the app has no right to them."""
    data = message_json(world, message, nonce=nonce)
    if world.privileged & Intent.MESSAGE_CONTENT or can_be_read(world, message):
        return data
    return data | {"content": "", "embeds": [], "attachments": [], "components": []}


def create(world: World, call: Call) -> Answer:
    channel = the_channel(world, call)
    if channel.kind not in _HOLD_MESSAGES:
        raise errors.Refused(400, 50008, "Cannot send messages in a non-text channel")
    may_send(world, channel, call)
    _check_nonce(call)
    flags = call.json.get("flags") or 0
    check_message(call.json, flags=flags, allowed=ON_CREATE, files=call.files.values())
    if again := _same_nonce(world, call):
        return Answer(message_json(world, again, nonce=True))
    reference = _reference(world, channel, call)
    kind = 19 if reference else 0
    draft = Draft(world.bot, call.json, call.files, flags=flags, type=kind, reference=reference)
    return Answer(message_json(world, send(world, channel, draft), nonce=True))


def may_send(world: World, channel: Channel, call: Call) -> None:
    """Refuse where the bot may not write, or not what it wants to."""
    if channel.guild is None:
        if not all(user.takes_messages for user in channel.recipients):
            raise errors.Refused(403, 50007, "Cannot send messages to this user")
        return
    needed = [Can.SEND_MESSAGES_IN_THREADS if channel.is_thread else Can.SEND_MESSAGES]
    if call.files:
        needed.append(Can.ATTACH_FILES)
    if call.json.get("embeds"):
        needed.append(Can.EMBED_LINKS)
    if missing(world, channel, *needed):
        raise errors.missing_permissions()
    if channel.locked and missing(world, channel, Can.MANAGE_THREADS):
        raise errors.Refused(403, 160005, "Thread is locked")


def _check_nonce(call: Call) -> None:
    form = errors.Form()
    form.at_most("nonce", call.json.get("nonce"), 25)
    form.done()


def _same_nonce(world: World, call: Call) -> Message | None:
    """The message that was sent with the same nonce lately, where that is to be enforced."""
    nonce = call.json.get("nonce")
    if nonce is None or not call.json.get("enforce_nonce"):
        return None
    since = world.now() - world.behaviour.nonce_memory
    for message in world.messages.values():
        if message.nonce == str(nonce) and message.author is world.bot and message.created > since:
            return message
    return None


def _reference(world: World, channel: Channel, call: Call) -> tuple[int, int | None] | None:
    asked = call.json.get("message_reference")
    if not asked:
        return None
    if channel.guild and missing(world, channel, Can.READ_MESSAGE_HISTORY):
        raise errors.Refused(403, 160002, "Cannot reply without permission to read message history")
    found = world.messages.get(int(asked["message_id"]))
    if found is None or found.deleted or found.channel is not channel:
        if asked.get("fail_if_not_exists", True):
            form = errors.Form()
            form.wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            form.done()
        return None
    return channel.id, found.id


def read_one(world: World, call: Call) -> Answer:
    channel = the_channel(world, call, Can.READ_MESSAGE_HISTORY)
    return Answer(shown(world, the_message(world, channel, call.ids["message"])))


def history(world: World, call: Call) -> Answer:
    channel = the_channel(world, call)
    if missing(world, channel, Can.READ_MESSAGE_HISTORY):
        return Answer([])
    limit = int(call.query.get("limit", 50))
    if not 1 <= limit <= 100:
        form = errors.Form()
        form.wrong("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        form.done()
    visible = world.now() - world.behaviour.history_lag
    found = [m for m in world.in_channel(channel) if m.ephemeral_for is None and m.created <= visible]
    if "after" in call.query:
        chosen = list(islice((m for m in found if m.id > number(call.query["after"])), limit))
    elif "before" in call.query:
        chosen = [m for m in found if m.id < number(call.query["before"])][-limit:]
    elif "around" in call.query:
        middle = number(call.query["around"])
        older = [m for m in found if m.id < middle][-(limit // 2) :] if limit > 1 else []
        chosen = (older + [m for m in found if m.id >= middle])[:limit]
    else:
        chosen = found[-limit:]
    return Answer([shown(world, message) for message in reversed(chosen)])


def edit(world: World, call: Call) -> Answer:
    channel = the_channel(world, call)
    message = the_message(world, channel, call.ids["message"])
    if message.type not in (0, 19, 20, 23):
        raise errors.Refused(403, 50021, "Cannot execute action on a system message")
    if message.author is not world.bot:
        only_flags = set(call.json) <= {"flags"} and not missing(world, channel, Can.MANAGE_MESSAGES)
        if not only_flags:
            raise errors.Refused(403, 50005, "Cannot edit a message authored by another user")
    if channel.archived:
        raise errors.thread_archived()
    if channel.locked and missing(world, channel, Can.MANAGE_THREADS):
        raise errors.Refused(403, 160005, "Thread is locked")
    change(world, message, call.json, call.files)
    return Answer(message_json(world, message))


def delete(world: World, call: Call) -> Answer:
    channel = the_channel(world, call)
    message = the_message(world, channel, call.ids["message"])
    if message.author is not world.bot and missing(world, channel, Can.MANAGE_MESSAGES):
        raise errors.missing_permissions()
    if message.type == 21:
        raise errors.Refused(403, 50021, "Cannot execute action on a system message")
    if channel.archived:
        raise errors.thread_archived()
    remove(world, message)
    return NOTHING


def typing(world: World, call: Call) -> Answer:
    the_channel(world, call, Can.SEND_MESSAGES)
    return NOTHING


# ------------------------------------------------------------------------- reactions


def add_reaction(world: World, message: Message, emoji: str, user: User) -> None:
    """Let somebody react, and tell of it."""
    users = message.reactions.setdefault(emoji, [])
    if user not in users:
        users.append(user)
        tell_reaction(world, "MESSAGE_REACTION_ADD", message, emoji, user)


def take_reaction(world: World, message: Message, emoji: str, user: User) -> None:
    """Take somebody's reaction away, and tell of it."""
    users = message.reactions.get(emoji, [])
    if user in users:
        users.remove(user)
        if not users:
            del message.reactions[emoji]
        tell_reaction(world, "MESSAGE_REACTION_REMOVE", message, emoji, user)


def tell_reaction(world: World, event: str, message: Message, emoji: str, user: User) -> None:
    """Tell of a reaction."""
    channel = message.channel
    data: dict[str, object] = {
        "user_id": str(user.id),
        "channel_id": str(channel.id),
        "message_id": str(message.id),
        "message_author_id": str(message.author.id),
        "emoji": {"id": None, "name": emoji},
        "burst": False,
        "type": 0,
    }
    if channel.guild:
        data["guild_id"] = str(channel.guild.id)
        member = channel.guild.members.get(user.id)
        if event.endswith("ADD") and member:
            roles = [str(role) for role in member.roles]
            data["member"] = {"user": user_json(user), "roles": roles, "joined_at": None, "flags": 0}
    world.events.dispatch(event, data, guild=channel.guild, channel=channel)


def _reacting(world: World, call: Call, *needed: Can) -> tuple[Message, str]:
    channel = the_channel(world, call, *needed)
    if channel.archived:
        raise errors.thread_archived()
    return the_message(world, channel, call.ids["message"]), unquote(call.ids["emoji"])


def react(world: World, call: Call) -> Answer:
    message, emoji = _reacting(world, call, Can.READ_MESSAGE_HISTORY)
    if emoji.isascii():
        raise errors.unknown("Emoji", 10014)
    if emoji not in message.reactions and not in_channel(message.channel, world.bot) & Can.ADD_REACTIONS:
        raise errors.missing_permissions()
    add_reaction(world, message, emoji, world.bot)
    return NOTHING


def unreact(world: World, call: Call) -> Answer:
    message, emoji = _reacting(world, call)
    take_reaction(world, message, emoji, world.bot)
    return NOTHING


def unreact_other(world: World, call: Call) -> Answer:
    message, emoji = _reacting(world, call, Can.MANAGE_MESSAGES)
    user = world.users.get(number(call.ids["user"]))
    if user is None:
        raise errors.unknown("User", 10013)
    take_reaction(world, message, emoji, user)
    return NOTHING


def reactions(world: World, call: Call) -> Answer:
    message, emoji = _reacting(world, call, Can.READ_MESSAGE_HISTORY)
    after, limit = number(call.query.get("after", "0")), int(call.query.get("limit", 25))
    users = sorted(message.reactions.get(emoji, []), key=lambda user: user.id)
    return Answer([user_json(user) for user in users if user.id > after][:limit])


_MESSAGES = "/channels/{channel}/messages"
_ONE = _MESSAGES + "/{message}"
_REACTIONS = _ONE + "/reactions/{emoji}"

ROUTES = (
    Route("POST", _MESSAGES, create, "post"),
    Route("GET", _MESSAGES, history, "read"),
    Route("GET", _ONE, read_one, "read"),
    Route("PATCH", _ONE, edit, "edit"),
    Route("DELETE", _ONE, delete, "delete"),
    Route("POST", "/channels/{channel}/typing", typing),
    Route("PUT", _REACTIONS + "/@me", react, "react"),
    Route("DELETE", _REACTIONS + "/@me", unreact, "react"),
    Route("DELETE", _REACTIONS + "/{user}", unreact_other, "react"),
    Route("GET", _REACTIONS, reactions, "read"),
)
