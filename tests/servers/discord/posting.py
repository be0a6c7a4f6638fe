"""How a message comes to stand in a channel, is changed and goes; and whom it calls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.servers.discord import errors
from tests.servers.discord.components import settled, shown_text
from tests.servers.discord.limits import LEGACY, check_message, check_not_empty
from tests.servers.discord.permissions import Can, in_channel
from tests.servers.discord.state import Attachment, Channel, Flag, Interaction, Kind, Message, Upload, User
from tests.servers.discord.wire import channel_json, member_json, sees, thread_member_json
from tests.servers.discord.wire_messages import message_json
from tests.servers.discord.world import World

Json = Mapping[str, Any]

_USER, _ROLE, _ALL = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>"), re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True)
class Draft:
    """A message that somebody sends."""

    author: User
    body: Json
    files: Mapping[int, Upload]
    flags: int = 0
    type: int = 0
    reference: tuple[int, int | None] | None = None
    interaction: Interaction | None = None
    ephemeral_for: User | None = None


def send(world: World, channel: Channel, draft: Draft, *, id: int | None = None) -> Message:  # noqa: A002
    """Put a message into a channel and tell of it. Nothing is checked but that there is something."""
    body = draft.body
    message = Message(
        id=id or world.new_id(),
        channel=channel,
        author=draft.author,
        created=world.now(),
        content=(body.get("content") or "").strip(),
        embeds=stored_embeds(body.get("embeds") or []),
        flags=draft.flags,
        type=draft.type,
        nonce=str(body["nonce"]) if body.get("nonce") is not None else None,
        reference=draft.reference,
        allowed_mentions=body.get("allowed_mentions"),
        interaction=draft.interaction,
        ephemeral_for=draft.ephemeral_for,
    )
    message.attachments = keep_files(world, message, body, draft.files)
    message.components = settled(body.get("components") or [], _addresses(message), world.public_url)
    if not message.flags & Flag.LOADING and draft.type in (0, 19, 20, 23):
        check_not_empty(message)
    call_people(world, message, replied=draft.reference if draft.type == 19 else None)
    wake_thread(world, channel)
    world.messages[message.id] = message
    if message.ephemeral_for is None:
        channel.last_message_id = message.id
        if channel.is_thread:
            channel.message_count += message.id != channel.id
            channel.total_sent += message.id != channel.id
            join(world, channel, draft.author)
    tell(world, "MESSAGE_CREATE", message)
    return message


def change(world: World, message: Message, body: Json, files: Mapping[int, Upload]) -> None:
    """Change what a message shows, as an edit asks, and tell of it."""
    flags = body.get("flags")
    was_loading = message.flags & Flag.LOADING
    new = message.flags & ~Flag.LOADING
    if flags is not None:
        keeps = new & ~Flag.SUPPRESS_EMBEDS
        new = keeps | flags  # the flag of components cannot be taken back
    _check_change(message, body, flags or 0, new, files)
    if "content" in body:
        message.content = (body["content"] or "").strip()
    if "embeds" in body:
        message.embeds = stored_embeds(body["embeds"] or [])
    if "attachments" in body or files:
        kept = {int(each["id"]) for each in body.get("attachments") or []}
        message.attachments = [a for a in message.attachments if a.id in kept or "attachments" not in body]
        message.attachments += keep_files(world, message, body, files)
    if "components" in body:
        message.components = settled(body["components"] or [], _addresses(message), world.public_url)
    message.flags = new
    if "allowed_mentions" in body:
        message.allowed_mentions = body["allowed_mentions"]
    call_people(world, message, pings=bool(was_loading))
    check_not_empty(message)
    message.edited = None if was_loading else world.now()
    message.edits += 1
    tell(world, "MESSAGE_UPDATE", message)


def _check_change(message: Message, body: Json, asked: int, new: int, files: Mapping[int, Upload]) -> None:
    allowed = int(Flag.SUPPRESS_EMBEDS | Flag.COMPONENTS_V2) | message.flags
    shape = new & Flag.COMPONENTS_V2
    form = errors.Form()
    if asked & ~allowed:
        form.wrong("flags", "MESSAGE_FLAGS_INVALID", "These flags cannot be set here.")
    for name in ("content", "embeds"):
        if shape and getattr(message, name) and name not in body:
            form.wrong(name, LEGACY, f"The '{name}' field must be taken away for IS_COMPONENTS_V2")
    form.done()
    check_message(body, flags=shape, allowed=allowed, files=files.values())


def remove(world: World, message: Message) -> None:
    """Take a message away and tell of it."""
    message.deleted = True
    if message.channel.is_thread and message.id != message.channel.id and message.ephemeral_for is None:
        message.channel.message_count -= 1
    data = {"id": str(message.id), "channel_id": str(message.channel.id)}
    if message.channel.guild:
        data["guild_id"] = str(message.channel.guild.id)
    world.events.dispatch("MESSAGE_DELETE", data, guild=message.channel.guild, channel=message.channel)


def tell(world: World, event: str, message: Message) -> None:
    """Tell those who listen of a message; one for a single person is told without its guild."""
    data = message_json(world, message, nonce=event == "MESSAGE_CREATE")
    guild = message.channel.guild
    if guild and message.ephemeral_for is None:
        data["guild_id"] = str(guild.id)
        if message.author.id in guild.members:
            data["member"] = member_json(guild, message.author, with_user=False)
            for user in data["mentions"]:
                if int(user["id"]) in guild.members:
                    mentioned = guild.members[int(user["id"])].user
                    user["member"] = member_json(guild, mentioned, with_user=False)
    world.events.dispatch(event, data, guild=guild, channel=message.channel, message=message)


def stored_embeds(embeds: Sequence[Json]) -> list[dict[str, Any]]:
    """Embeds as they come back: of the kind that an app makes, without empty parts."""
    kept = [{name: value for name, value in embed.items() if value is not None} for embed in embeds]
    for embed in kept:
        embed["type"] = "rich"
        if "fields" in embed:
            embed["fields"] = [{"inline": False} | each for each in embed["fields"]]
    return kept


def _addresses(message: Message) -> dict[str, str]:
    return {attachment.upload.name: attachment.url for attachment in message.attachments}


def keep_files(world: World, message: Message, body: Json, files: Mapping[int, Upload]) -> list[Attachment]:
    """Store the files that come with a message, with what its body says of each by number."""
    said = {int(each["id"]): each for each in body.get("attachments") or [] if int(each["id"]) in files}
    kept = []
    for number, upload in files.items():
        words = said.get(number, {})
        name = words.get("filename") or upload.name
        made = store_file(world, message.channel, Upload(name, upload.body, upload.content_type))
        kept.append(Attachment(made.id, made.upload, made.url, words.get("description")))
    return kept


def store_file(world: World, channel: Channel, upload: Upload) -> Attachment:
    """Give a file an address of its own."""
    number = world.new_id()
    url = f"{world.public_url}/attachments/{channel.id}/{number}/{upload.name}"
    world.files[number] = Attachment(number, upload, url)
    return world.files[number]


# --------------------------------------------------------------------------- threads


def archive_idle(world: World, thread: Channel) -> None:
    """Archive a thread in which nothing was said for long enough."""
    if thread.is_thread and not thread.archived and world.now() > thread.active + thread.auto_archive * 60:
        set_archived(world, thread, archived=True)


def set_archived(world: World, thread: Channel, *, archived: bool) -> None:
    """Archive a thread or open it again, and tell of it."""
    thread.archived = archived
    thread.archive_changed = thread.active = world.now()
    tell_channel(world, "THREAD_UPDATE", thread)


def wake_thread(world: World, channel: Channel) -> None:
    """Open an archived thread that somebody writes in."""
    if channel.is_thread:
        if channel.archived:
            set_archived(world, channel, archived=False)
        channel.active = world.now()


def join(world: World, thread: Channel, user: User) -> None:
    """Make somebody a member of a thread, and tell of it."""
    if user.id in thread.thread_members or thread.guild is None:
        return
    thread.thread_members[user.id] = world.now()
    data = {
        "id": str(thread.id),
        "guild_id": str(thread.guild.id),
        "member_count": len(thread.thread_members),
        "added_members": [
            thread_member_json(thread, user.id)
            | {"member": member_json(thread.guild, user), "presence": None}
        ],
    }
    world.events.dispatch("THREAD_MEMBERS_UPDATE", data, guild=thread.guild, channel=thread)


def tell_channel(world: World, event: str, channel: Channel, **more: Any) -> None:
    """Tell of a channel or thread."""
    world.events.dispatch(event, channel_json(world, channel) | more, guild=channel.guild, channel=channel)


# -------------------------------------------------------------------------- mentions


def call_people(
    world: World, message: Message, *, replied: tuple[int, int | None] | None = None, pings: bool = True
) -> None:
    """Work out whom a message mentions and, where it `pings`, whom it calls: the rest are not told."""
    text = shown_text(message.content, [], message.components) if message.is_v2 else message.content
    allowed = message.allowed_mentions
    guild = message.channel.guild
    may_all = bool(in_channel(message.channel, message.author) & Can.MENTION_EVERYONE)
    users = {int(each) for each in _USER.findall(text) if _named(allowed, "users", each)}
    found = world.messages.get(replied[1]) if replied and replied[1] else None
    if found and (allowed is None or allowed.get("replied_user", False)):
        users.add(found.author.id)
    message.mentions = [world.users[number] for number in sorted(users) if number in world.users]
    roles = {int(each) for each in _ROLE.findall(text) if _named(allowed, "roles", each)}
    known = guild.roles if guild else {}
    called = [known[n] for n in sorted(roles) if n in known and (known[n].mentionable or may_all)]
    message.mention_roles = [role.id for role in called]
    everyone = allowed is None or "everyone" in (allowed.get("parse") or [])
    message.mention_everyone = bool(guild and may_all and everyone and _ALL.search(text))
    if not pings or message.ephemeral_for is not None:
        return
    message.pinged = {user for user in message.mentions if user is not message.author}
    for member in guild.members.values() if guild else ():
        by_role = any(role.id in member.roles for role in called)
        if (by_role or message.mention_everyone) and member.user is not message.author:
            message.pinged.add(member.user)
    message.pinged = {user for user in message.pinged if sees(message.channel, user)}


def _named(allowed: Json | None, kind: str, number: str) -> bool:
    """Whether allowed mentions let somebody be called; without any all are."""
    if allowed is None:
        return True
    return kind in (allowed.get("parse") or []) or number in [str(n) for n in allowed.get(kind) or []]


def can_be_read(world: World, message: Message) -> bool:
    """Whether a message's words are given to an app that has no right to all contents."""
    private = message.channel.kind == Kind.DM
    return private or message.author is world.bot or world.bot in message.mentions
