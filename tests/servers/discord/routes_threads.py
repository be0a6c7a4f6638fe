"""Channels, threads and forum posts over HTTP."""

from __future__ import annotations

from tests.servers.discord import errors
from tests.servers.discord.faults import Call
from tests.servers.discord.limits import ON_CREATE, check_message
from tests.servers.discord.permissions import Can
from tests.servers.discord.posting import (
    Draft,
    archive_idle,
    join,
    send,
    set_archived,
    tell,
    tell_channel,
    wake_thread,
)
from tests.servers.discord.routes import (
    NOTHING,
    Answer,
    Route,
    missing,
    number,
    the_channel,
    the_guild,
    the_message,
)
from tests.servers.discord.state import Channel, Flag, Kind, Message, User
from tests.servers.discord.wire import channel_json, sees, thread_member_json
from tests.servers.discord.wire_messages import message_json
from tests.servers.discord.world import World

_ARCHIVE_AFTER = (60, 1440, 4320, 10080)


def open_thread(
    world: World,
    parent: Channel,
    owner: User,
    name: str,
    *,
    kind: Kind = Kind.PUBLIC_THREAD,
    auto_archive: int | None = None,
    under: Message | None = None,
    tags: list[int] | None = None,
) -> Channel:
    """Make a thread; one under a message has that message's id. It is not told of yet."""
    now = world.now()
    thread = Channel(
        id=under.id if under else world.new_id(),
        kind=kind,
        name=name,
        guild=parent.guild,
        parent=parent,
        owner=owner,
        applied_tags=tags or [],
        auto_archive=auto_archive or 4320,
        archive_changed=now,
        active=now,
        created=now,
    )
    thread.thread_members[owner.id] = now
    world.channels[thread.id] = thread
    return thread


def start_under(world: World, message: Message, thread: Channel) -> None:
    """Hang a thread under a message: it shows in it, and the thread begins with a pointer to it."""
    message.thread = thread
    message.flags |= Flag.HAS_THREAD
    tell_channel(world, "THREAD_CREATE", thread, newly_created=True)
    tell(world, "MESSAGE_UPDATE", message)
    pointer = Draft(thread.owner or world.bot, {}, {}, type=21, reference=(message.channel.id, message.id))
    send(world, thread, pointer)
    thread.message_count = thread.total_sent = 0


def from_message(world: World, call: Call) -> Answer:
    channel = the_channel(world, call, Can.CREATE_PUBLIC_THREADS)
    message = the_message(world, channel, call.ids["message"])
    if channel.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT):
        raise errors.Refused(400, 50024, "Cannot execute action on this channel type")
    if message.thread and not message.thread.deleted:
        raise errors.Refused(400, 160004, "A thread has already been created for this message")
    kind = Kind.ANNOUNCEMENT_THREAD if channel.kind == Kind.ANNOUNCEMENT else Kind.PUBLIC_THREAD
    name, minutes = _asked(call)
    thread = open_thread(world, channel, world.bot, name, kind=kind, auto_archive=minutes, under=message)
    start_under(world, message, thread)
    return Answer(channel_json(world, thread), 201)


def _asked(call: Call) -> tuple[str, int | None]:
    """The name and the archiving time that are asked for."""
    form = errors.Form()
    name = " ".join(str(call.json.get("name") or "").split())
    if not 1 <= len(name) <= 100:
        form.wrong("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    minutes = call.json.get("auto_archive_duration")
    if minutes is not None and minutes not in _ARCHIVE_AFTER:
        form.wrong("auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of {_ARCHIVE_AFTER}.")
    form.done()
    return name, minutes


def without_message(world: World, call: Call) -> Answer:
    channel = the_channel(world, call)
    if channel.kind == Kind.FORUM:
        return _forum_post(world, channel, call)
    if channel.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT):
        raise errors.Refused(400, 50024, "Cannot execute action on this channel type")
    kind = Kind(call.json.get("type") or Kind.PRIVATE_THREAD)
    private = kind == Kind.PRIVATE_THREAD
    if missing(world, channel, Can.CREATE_PRIVATE_THREADS if private else Can.CREATE_PUBLIC_THREADS):
        raise errors.missing_permissions()
    name, minutes = _asked(call)
    thread = open_thread(world, channel, world.bot, name, kind=kind, auto_archive=minutes)
    tell_channel(world, "THREAD_CREATE", thread, newly_created=True)
    if not private:
        body = {"content": name}
        send(world, channel, Draft(world.bot, body, {}, type=18, reference=(thread.id, None)))
    return Answer(channel_json(world, thread), 201)


def _forum_post(world: World, forum: Channel, call: Call) -> Answer:
    """A post and its first message, which have one id; a nonce means nothing here."""
    if missing(world, forum, Can.SEND_MESSAGES, *([Can.ATTACH_FILES] if call.files else [])):
        raise errors.missing_permissions()
    name, minutes = _asked(call)
    first = {key: value for key, value in (call.json.get("message") or {}).items() if key != "nonce"}
    flags = first.get("flags") or 0
    check_message(first, flags=flags, allowed=ON_CREATE, files=call.files.values())
    if not (
        (first.get("content") or "").strip() or first.get("embeds") or first.get("components") or call.files
    ):
        raise errors.Refused(400, 50006, "Cannot send an empty message")
    tags = _tags(forum, call.json.get("applied_tags") or [])
    if forum.requires_tag and not tags:
        raise errors.Refused(400, 40067, "A tag is required to create a forum post in this channel")
    thread = open_thread(world, forum, world.bot, name, auto_archive=minutes, tags=tags)
    forum.last_message_id = thread.id
    tell_channel(world, "THREAD_CREATE", thread, newly_created=True)
    message = send(world, thread, Draft(world.bot, first, call.files, flags=flags), id=thread.id)
    return Answer(channel_json(world, thread) | {"message": message_json(world, message)}, 201)


def _tags(forum: Channel, asked: list[str]) -> list[int]:
    form = errors.Form()
    if len(asked) > 5:
        form.wrong("applied_tags", "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
    for place, tag in enumerate(asked):
        if number(str(tag)) not in forum.tags:
            form.wrong(f"applied_tags.{place}", "FORUM_TAG_INVALID", "Unknown tag")
    form.done()
    return [int(tag) for tag in asked]


def read(world: World, call: Call) -> Answer:
    return Answer(channel_json(world, the_channel(world, call)))


def edit(world: World, call: Call) -> Answer:
    channel = the_channel(world, call)
    body = call.json
    if not channel.is_thread:
        if missing(world, channel, Can.MANAGE_CHANNELS):
            raise errors.missing_permissions()
        channel.name, channel.topic = body.get("name", channel.name), body.get("topic", channel.topic)
        tell_channel(world, "CHANNEL_UPDATE", channel)
        return Answer(channel_json(world, channel))
    _may_edit_thread(world, channel, call)
    name, minutes = _asked(call) if "name" in body else (channel.name, body.get("auto_archive_duration"))
    if "applied_tags" in body and channel.parent:
        channel.applied_tags = _tags(channel.parent, body["applied_tags"])
    channel.auto_archive = minutes or channel.auto_archive
    channel.locked = body.get("locked", channel.locked)
    if name != channel.name:
        channel.name = name
        wake_thread(world, channel)
        send(world, channel, Draft(world.bot, {"content": name}, {}, type=4))
    set_archived(world, channel, archived=body.get("archived", channel.archived))
    return Answer(channel_json(world, channel))


def _may_edit_thread(world: World, thread: Channel, call: Call) -> None:
    manages = not missing(world, thread, Can.MANAGE_THREADS)
    opens = call.json.get("archived") is False
    only_opens = opens and set(call.json) <= {"archived"} and not thread.locked
    allowed = manages or (thread.owner is world.bot and "locked" not in call.json) or only_opens
    if not allowed:
        raise errors.missing_permissions()
    if thread.archived and not opens:
        raise errors.thread_archived()


def delete(world: World, call: Call) -> Answer:
    channel = the_channel(world, call)
    if missing(world, channel, Can.MANAGE_THREADS if channel.is_thread else Can.MANAGE_CHANNELS):
        raise errors.missing_permissions()
    shown = channel_json(world, channel)
    close(world, channel)
    return Answer(shown)


def close(world: World, channel: Channel) -> None:
    """Take a channel or thread away, and tell of it."""
    event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
    tell_channel(world, event, channel)
    channel.deleted = True
    for each in [c for c in world.channels.values() if c.parent is channel]:
        each.deleted = True


# --------------------------------------------------------------------- members, lists


def join_self(world: World, call: Call) -> Answer:
    thread = the_channel(world, call)
    if thread.archived:
        raise errors.thread_archived()
    join(world, thread, world.bot)
    return NOTHING


def leave_self(world: World, call: Call) -> Answer:
    the_channel(world, call).thread_members.pop(world.bot.id, None)
    return NOTHING


def add_member(world: World, call: Call) -> Answer:
    thread = the_channel(world, call)
    user = world.users.get(number(call.ids["user"]))
    if user is None:
        raise errors.unknown("User", 10013)
    if thread.archived:
        raise errors.thread_archived()
    join(world, thread, user)
    return NOTHING


def members(world: World, call: Call) -> Answer:
    thread = the_channel(world, call)
    return Answer([thread_member_json(thread, user) for user in thread.thread_members])


def member(world: World, call: Call) -> Answer:
    thread, user = the_channel(world, call), number(call.ids["user"])
    if user not in thread.thread_members:
        raise errors.unknown("Member", 10007)
    return Answer(thread_member_json(thread, user))


def active(world: World, call: Call) -> Answer:
    guild = the_guild(world, call)
    threads = [thread for thread in world.threads_of(guild) if sees(thread, world.bot)]
    for thread in threads:
        archive_idle(world, thread)
    return Answer(_listed(world, [thread for thread in threads if not thread.archived]))


def archived(world: World, call: Call) -> Answer:
    channel = the_channel(world, call, Can.READ_MESSAGE_HISTORY)
    assert channel.guild
    threads = [t for t in world.threads_of(channel.guild) if t.parent is channel]
    for thread in threads:
        archive_idle(world, thread)
    threads = [t for t in threads if t.archived and t.kind != Kind.PRIVATE_THREAD]
    threads.sort(key=lambda thread: thread.archive_changed, reverse=True)
    return Answer(_listed(world, threads[: int(call.query.get("limit", 50))]))


def _listed(world: World, threads: list[Channel]) -> dict[str, object]:
    joined = [thread for thread in threads if world.bot.id in thread.thread_members]
    return {
        "threads": [channel_json(world, thread) for thread in threads],
        "members": [thread_member_json(thread, world.bot.id) for thread in joined],
        "has_more": False,
    }


_CHANNEL = "/channels/{channel}"
_MEMBERS = _CHANNEL + "/thread-members"

ROUTES = (
    Route("GET", _CHANNEL, read),
    Route("PATCH", _CHANNEL, edit),
    Route("DELETE", _CHANNEL, delete),
    Route("POST", _CHANNEL + "/messages/{message}/threads", from_message, "thread"),
    Route("POST", _CHANNEL + "/threads", without_message, "thread"),
    Route("PUT", _MEMBERS + "/@me", join_self),
    Route("DELETE", _MEMBERS + "/@me", leave_self),
    Route("PUT", _MEMBERS + "/{user}", add_member),
    Route("GET", _MEMBERS, members),
    Route("GET", _MEMBERS + "/{user}", member),
    Route("GET", "/guilds/{guild}/threads/active", active),
    Route("GET", _CHANNEL + "/threads/archived/public", archived),
)
