"""What people do on the server: they write, react, use commands, press buttons and fill forms in."""

from __future__ import annotations

import secrets
from typing import Any

from tests.servers.discord import components, offered
from tests.servers.discord.offered import NotOffered
from tests.servers.discord.permissions import Can, in_channel
from tests.servers.discord.posting import Draft, change, remove, send, tell_channel
from tests.servers.discord.routes_interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT
from tests.servers.discord.routes_messages import add_reaction, take_reaction
from tests.servers.discord.routes_threads import open_thread, start_under
from tests.servers.discord.state import Channel, Interaction, Message, Upload, User
from tests.servers.discord.wire import channel_json, member_json, user_json
from tests.servers.discord.wire_messages import message_json, owners_json
from tests.servers.discord.world import World

Json = dict[str, Any]


class People:
    """Acts of people, as their clients would let them; what is not let raises `NotOffered`."""

    world: World

    # ------------------------------------------------------------------------ writing

    def say(
        self,
        user: User,
        channel: Channel,
        text: str = "",
        *,
        mentions_bot: bool = False,
        reply_to: Message | None = None,
        files: tuple[Upload, ...] = (),
    ) -> Message:
        """Write a message; `mentions_bot` puts the bot's name before it."""
        sending = Can.SEND_MESSAGES_IN_THREADS if channel.is_thread else Can.SEND_MESSAGES
        may = in_channel(channel, user)
        if not may & sending or (channel.locked and not may & Can.MANAGE_THREADS):
            raise NotOffered(f"{user.name} cannot write there")
        content = f"{self.world.bot.mention} {text}" if mentions_bot else text
        reference = (channel.id, reply_to.id) if reply_to else None
        draft = Draft(
            user,
            {"content": content},
            dict(enumerate(files)),
            type=19 if reply_to else 0,
            reference=reference,
        )
        return send(self.world, channel, draft)

    def rewrite(self, message: Message, text: str) -> None:
        """Let a message's author change it."""
        change(self.world, message, {"content": text}, {})

    def delete(self, message: Message) -> None:
        """Delete a message, whoever wrote it."""
        remove(self.world, message)

    def react(self, user: User, message: Message, emoji: str) -> None:
        """React to a message."""
        add_reaction(self.world, message, emoji, user)

    def unreact(self, user: User, message: Message, emoji: str) -> None:
        """Take a reaction back."""
        take_reaction(self.world, message, emoji, user)

    def start_thread(
        self, user: User, channel: Channel, name: str, *, under: Message | None = None
    ) -> Channel:
        """Start a public thread, under a message or by itself."""
        thread = open_thread(self.world, channel, user, name, under=under)
        if under:
            start_under(self.world, under, thread)
        else:
            tell_channel(self.world, "THREAD_CREATE", thread, newly_created=True)
        return thread

    # ------------------------------------------------------------------- interactions

    def slash(
        self, user: User, channel: Channel, name: str, *, force: bool = False, **options: object
    ) -> Interaction:
        """Use a command, `"digest here"` for one under another; options are words, people, files …

        `force` uses one that is not shown to this person, as where a server's own settings show it.
        """
        return self._command(COMMAND, user, channel, name, options, force=force)

    def autocomplete(
        self,
        user: User,
        channel: Channel,
        name: str,
        option: str,
        typed: str,
        *,
        force: bool = False,
        **options: object,
    ) -> Interaction:
        """Type into an option that is completed; what is offered comes as `choices`."""
        return self._command(
            AUTOCOMPLETE, user, channel, name, {**options, option: typed}, force=force, focused=option
        )

    def _command(
        self,
        kind: int,
        user: User,
        channel: Channel,
        name: str,
        given: dict[str, object],
        *,
        force: bool,
        focused: str | None = None,
    ) -> Interaction:
        first, *path = name.split()
        found = offered.command(self.world, channel, first)
        if not force:
            offered.may_use(found, user, channel)
        options = offered.options_of(found, path)
        if focused and not any(o["name"] == focused and o.get("autocomplete") for o in options):
            raise NotOffered(f"{focused} is not completed")
        made, resolved = offered.filled(self.world, channel, options, given, focused=focused)
        types = [offered.SUBCOMMAND] + [offered.GROUP] * (len(path) - 1)
        for inner, option_kind in zip(reversed(path), types, strict=False):
            made = [{"name": inner, "type": option_kind, "options": made}]
        data: Json = {"id": found["id"], "name": found["name"], "type": 1, "options": made}
        return self._interact(kind, user, channel, data, resolved, guild_command=found.get("guild_id"))

    def use_on(self, user: User, message: Message, name: str) -> Interaction:
        """Use a command of a message's menu."""
        found = offered.command(self.world, message.channel, name, kind=3)
        offered.may_use(found, user, message.channel)
        data: Json = {"id": found["id"], "name": found["name"], "type": 3, "target_id": str(message.id)}
        resolved = {"messages": {str(message.id): message_json(self.world, message)}}
        return self._interact(
            COMMAND, user, message.channel, data, resolved, guild_command=found.get("guild_id")
        )

    def press(
        self, user: User, message: Message, custom_id: str, *, values: tuple[str, ...] | None = None
    ) -> Interaction:
        """Press a button, or choose `values` in a menu."""
        if message.deleted or (message.ephemeral_for not in (None, user)):
            raise NotOffered(f"{user.name} does not see this message")
        found = components.find(message.components, custom_id)
        if found is None or found.get("disabled"):
            raise NotOffered(f"there is no {custom_id!r} to press")
        data: Json = {"component_type": found["type"], "custom_id": custom_id, "id": found["id"]}
        if values is not None:
            offered_values = [option["value"] for option in found.get("options") or []]
            if offered_values and not set(values) <= set(offered_values):
                raise NotOffered(f"the menu has only {offered_values}")
            data["values"] = list(values)
        return self._interact(COMPONENT, user, message.channel, data, {}, source=message)

    def submit_modal(self, user: User, opened_by: Interaction, **values: object) -> Interaction:
        """Send the form that an interaction was answered with; `values` by the inputs' custom ids."""
        modal = opened_by.modal
        if modal is None or user is not opened_by.user:
            raise NotOffered("no form was shown")
        sent, resolved = offered.form_values(self.world, opened_by.channel, modal, values)
        data: Json = {"custom_id": modal["custom_id"], "components": sent}
        return self._interact(SUBMIT, user, opened_by.channel, data, resolved, source=opened_by.source)

    def _interact(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        resolved: Json,
        *,
        source: Message | None = None,
        guild_command: str | None = None,
    ) -> Interaction:
        if not in_channel(channel, user) & Can.VIEW_CHANNEL:
            raise NotOffered(f"{user.name} does not see this channel")
        world = self.world
        if resolved:
            data["resolved"] = resolved
        if guild_command:
            data["guild_id"] = guild_command
        made = Interaction(
            world.new_id(), secrets.token_urlsafe(48), kind, user, channel, data, world.now(), source
        )
        world.interactions[made.id] = made
        world.events.dispatch("INTERACTION_CREATE", self._interaction_json(made), guild=channel.guild)
        return made

    def _interaction_json(self, made: Interaction) -> Json:
        world, channel, guild = self.world, made.channel, made.channel.guild
        shown: Json = {
            "id": str(made.id),
            "application_id": str(world.bot.id),
            "type": made.type,
            "token": made.token,
            "version": 1,
            "data": made.data,
            "channel_id": str(channel.id),
            "channel": channel_json(world, channel)
            | {"permissions": str(int(in_channel(channel, made.user)))},
            "app_permissions": str(int(in_channel(channel, world.bot))),
            "locale": made.user.locale,
            "entitlements": [],
            "authorizing_integration_owners": owners_json(channel),
            "context": 0 if guild else 1,
            "attachment_size_limit": world.behaviour.file_bytes,
        }
        if made.source:
            shown["message"] = message_json(world, made.source)
        if guild is None:
            return shown | {"user": user_json(made.user)}
        member = member_json(guild, made.user)
        member["permissions"] = str(int(in_channel(channel, made.user)))
        shown |= {"guild_id": str(guild.id), "guild_locale": guild.locale, "member": member}
        shown["guild"] = {"id": str(guild.id), "locale": guild.locale, "features": []}
        return shown
