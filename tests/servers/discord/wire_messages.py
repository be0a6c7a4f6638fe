"""Messages and what hangs on them as JSON, in the shapes of Discord's own document."""

from __future__ import annotations

from typing import Any

from tests.servers.discord.state import Attachment, Channel, Flag, Interaction, Message, User
from tests.servers.discord.wire import channel_json, user_json
from tests.servers.discord.world import World, stamp

Json = dict[str, Any]


def attachment_json(attachment: Attachment, *, ephemeral: bool = False) -> Json:
    shown: Json = {
        "id": str(attachment.id),
        "filename": attachment.upload.name,
        "size": len(attachment.upload.body),
        "url": attachment.url,
        "proxy_url": attachment.url,
        "content_type": attachment.upload.content_type,
    }
    if attachment.description:
        shown["description"] = attachment.description
    return shown | {"ephemeral": True} if ephemeral else shown


def message_json(world: World, message: Message, *, nonce: bool = False, nested: bool = False) -> Json:
    """A message; its nonce is told to whoever sent it and in its event, and never again."""
    shown: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": message.type,
        "author": user_json(message.author),
        "content": message.content,
        "mentions": [user_json(user) for user in message.mentions],
        "mention_roles": [str(role) for role in message.mention_roles],
        "mention_everyone": message.mention_everyone,
        "attachments": [attachment_json(a) for a in message.attachments],
        "embeds": [] if message.flags & Flag.SUPPRESS_EMBEDS else message.embeds,
        "components": message.components,
        "timestamp": stamp(message.created),
        "edited_timestamp": stamp(message.edited) if message.edited else None,
        "flags": int(message.flags),
        "pinned": False,
        "tts": False,
    }
    if nonce and message.nonce is not None:
        shown["nonce"] = message.nonce
    if message.reactions:
        shown["reactions"] = [_reaction_json(world, *each) for each in message.reactions.items()]
    if message.thread and not message.thread.deleted:
        shown["thread"] = channel_json(world, message.thread)
    if message.interaction:
        shown["webhook_id"] = shown["application_id"] = str(world.bot.id)
        shown["interaction_metadata"] = interaction_metadata_json(message.interaction)
    if message.reference:
        shown |= _reference_json(world, message, nested=nested)
    return shown


def _reference_json(world: World, message: Message, *, nested: bool) -> Json:
    assert message.reference
    channel, target = message.reference
    reference: Json = {"type": 0, "channel_id": str(channel)}
    if message.channel.guild:
        reference["guild_id"] = str(message.channel.guild.id)
    shown: Json = {"message_reference": reference}
    if target:
        reference["message_id"] = str(target)
        found = world.messages.get(target)
        gone = found is None or found.deleted
        if message.type in (19, 21) and not nested:
            shown["referenced_message"] = (
                None if gone or not found else message_json(world, found, nested=True)
            )
    return shown


def _reaction_json(world: World, emoji: str, users: list[User]) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "me": world.bot in users,
    }


def interaction_metadata_json(interaction: Interaction) -> Json:
    """What a message tells of the interaction that it answers."""
    shown: Json = {
        "id": str(interaction.id),
        "type": interaction.type,
        "user": user_json(interaction.user),
        "authorizing_integration_owners": owners_json(interaction.channel),
    }
    source = interaction.source
    if interaction.type == 3 and source:
        shown["interacted_message_id"] = str(source.id)
    if interaction.type == 5:
        trigger = shown | {"type": 3 if source else 2}
        if source:
            trigger["interacted_message_id"] = str(source.id)
        shown["triggering_interaction_metadata"] = trigger
    return shown


def owners_json(channel: Channel) -> Json:
    return {"0": str(channel.guild.id if channel.guild else 0)}
