"""What people do in their clients, and the payloads that an app gets of it."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.servers.slack import posting
from tests.servers.slack.blocks import check_message_blocks, check_view, controls
from tests.servers.slack.deliveries import Delivery, Kind
from tests.servers.slack.forms import entered, state_values
from tests.servers.slack.methods import misc, views
from tests.servers.slack.nouns import Channel, File, Json, Message, ResponseUrl, User, View, Workspace
from tests.servers.slack.offered import NotOffered, offered
from tests.servers.slack.sockets import Sockets
from tests.servers.slack.state import SlackError, State
from tests.servers.slack.web_api import WebApi

Upload = tuple[str, bytes]


@dataclass(eq=False, repr=False)
class People:
    """A person's hands. What goes to the app as an interaction comes back as a Delivery, to be waited for."""

    state: State
    sockets: Sockets
    web_api: WebApi

    # ------------------------------------------------------------------------- messages

    def say(
        self,
        user: User,
        channel: Channel,
        text: str = "",
        thread: Message | str | None = None,
        files: Sequence[Upload] = (),
        broadcast: bool = False,
    ) -> Message:
        """Write in a channel the person is in, or in a thread there. `<@…>` is a mention."""
        offered(user.id in channel.members, f"{user.name} is not in {channel.name or channel.id}")
        parent = thread.ts if isinstance(thread, Message) else thread
        uploads = [self._upload(user, *each) for each in files]
        return posting.post(
            self.state, channel, user.id, text, thread=parent, broadcast=broadcast, files=uploads
        )

    def dm(
        self, user: User, text: str = "", thread: Message | str | None = None, files: Sequence[Upload] = ()
    ) -> Message:
        """Write to the bot."""
        return self.say(user, self.state.im(user), text, thread, files)

    def edit(self, user: User, message: Message, text: str) -> None:
        """Change a message of one's own."""
        offered(message.user == user.id, "people edit their own messages")
        posting.change(self.state, message, text=text)

    def delete(self, user: User, message: Message) -> None:
        """Delete a message of one's own."""
        offered(message.user == user.id, "people delete their own messages")
        posting.remove(self.state, message)

    def react(self, user: User, message: Message, name: str) -> None:
        """Add a reaction."""
        self._sees(user, message)
        message.reactions.setdefault(name, []).append(user.id)
        misc.tell_reaction(self.state, user, message, name)

    def _upload(self, user: User, name: str, data: bytes) -> File:
        file_id = self.state.id("F")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        url = f"{self.web_api.url}/files-pri/{user.team.id}-{file_id}/{name}"
        file = self.state.files[file_id] = File(file_id, name, data, kind, user, url)
        return file

    # --------------------------------------------------------------------- interactions

    def slash(self, user: User, channel: Channel, command: str, text: str = "") -> Delivery:
        """Type a command in a channel. Not in a thread: there are none there."""
        offered(user.id in channel.members, f"{user.name} is not in {channel.name or channel.id}")
        name = self._response_url(user, channel)
        payload = {
            "token": "local",
            "team_id": user.team.id,
            "team_domain": user.team.domain,
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": self.state.app_id,
            "is_enterprise_install": "false",
            "response_url": self._address(name),
            "trigger_id": self.state.trigger(user),
        }

        def settle(delivery: Delivery) -> None:
            if said := delivery.answer:
                blocks = check_message_blocks(said["blocks"]) if said.get("blocks") else None
                if said.get("text") or blocks:
                    self.web_api.respond(user.team, name, said, str(said.get("text") or ""), blocks)

        return self._interact("slash_commands", user.team, payload, settle)

    def press(self, user: User, on: Message | View, action_id: str, choice: Any = None) -> Delivery:
        """Press a button, or choose from a menu: `choice` is the value of an option, or a list of them."""
        block, element = _find(on, action_id)
        action = {
            "type": element["type"],
            "action_id": action_id,
            "block_id": block["block_id"],
            "action_ts": self.state.ts(),
        } | entered(element, choice)
        payload = self._interaction("block_actions", user) | {"actions": [action]}
        if isinstance(on, View):
            on.values = state_values(on.blocks, {}, on.values, action_id, choice)
            container = {"type": "view", "view_id": on.id}
            payload |= {"container": container, "view": on.json(), "state": {"values": on.values}}
        else:
            self._sees(user, on)
            payload |= self._about(on) | {
                "response_url": self._address(self._response_url(user, on.channel, on))
            }
            payload["state"] = {"values": {}}
        return self._interact("interactive", user.team, payload)

    def shortcut(self, user: User, message: Message, callback_id: str) -> Delivery:
        """Choose the app's shortcut from the menu of a message."""
        self._sees(user, message)
        payload = self._interaction("message_action", user) | self._about(message)
        payload |= {"callback_id": callback_id, "message_ts": message.ts}
        payload["response_url"] = self._address(self._response_url(user, message.channel, message))
        return self._interact("interactive", user.team, payload)

    def submit(self, view: View, values: Mapping[str, Any] | None = None) -> Delivery:
        """Fill in a modal and send it: `values` by the inputs' action ids.

        NotOffered for what a client does not let through: an empty input, too much text, no such choice.
        """
        offered(view.id in self.state.views, "the modal is closed")
        view.values = state_values(view.blocks, dict(values or {}), view.values)
        payload = self._interaction("view_submission", view.user) | {"view": view.json(), "response_urls": []}

        def settle(delivery: Delivery) -> None:
            self._submitted(view, delivery.answer or {})

        return self._interact("interactive", view.user.team, payload, settle)

    def close(self, view: View) -> Delivery | None:
        """Close a modal; the app is told if it asked to be."""
        del self.state.views[view.id]
        self.state.changed()
        if not view.given.get("notify_on_close"):
            return None
        payload = self._interaction("view_closed", view.user) | {"view": view.json(), "is_cleared": False}
        return self._interact("interactive", view.user.team, payload)

    def open_home(self, user: User, tab: str = "home") -> None:
        """Open the app's home tab, or its `messages`."""
        channel = self.state.im(user)
        event: Json = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": tab}
        if home := self.state.homes.get(user.id):
            event["view"] = home.json()
        self.state.emit(user.team, "app_home_opened", event | {"event_ts": self.state.ts()})

    # --------------------------------------------------------------------- the workspace

    def invite(self, user: User, channel: Channel) -> None:
        """`/invite @Rinko`."""
        channel.members.add(user.team.bot_user)
        event = {"type": "member_joined_channel", "user": user.team.bot_user, "channel": channel.id}
        event |= {"channel_type": channel.kind[0].upper(), "team": user.team.id, "inviter": user.id}
        self.state.emit(user.team, "member_joined_channel", event | {"event_ts": self.state.ts()})

    def kick(self, channel: Channel) -> None:
        """Put the bot out of a channel."""
        channel.members.discard(channel.team.bot_user)
        event = {"type": "channel_left", "channel": channel.id, "actor_id": "USLACKBOT"}
        self.state.emit(channel.team, "channel_left", event | {"event_ts": self.state.ts()})

    def uninstall(self, team: Workspace) -> None:
        """Take the app out of a workspace: its token is dead, and the last events say so."""
        team.installed = False
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user]}}
        self.state.emit(team, "tokens_revoked", revoked | {"event_ts": self.state.ts()})
        self.state.emit(team, "app_uninstalled", {"type": "app_uninstalled", "event_ts": self.state.ts()})

    # -------------------------------------------------------------------------- payloads

    def _interact(self, kind: Kind, team: Workspace, payload: Json, settle: Any = None) -> Delivery:
        return self.sockets.send(Delivery(kind, payload, team, settle=settle))

    def _interaction(self, kind: str, user: User) -> Json:
        return {
            "type": kind,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team.id},
            "api_app_id": self.state.app_id,
            "token": "local",
            "team": {"id": user.team.id, "domain": user.team.domain},
            "enterprise": None,
            "is_enterprise_install": False,
            "trigger_id": self.state.trigger(user),
        }

    def _about(self, message: Message) -> Json:
        """The message of an interaction, with all its metadata; an ephemeral one is not given."""
        channel = message.channel
        container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
        container |= {"is_ephemeral": bool(message.only_for)}
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        told: Json = {
            "container": container,
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        }
        return told if message.only_for else told | {"message": message.json(all_metadata=True)}

    def _response_url(self, user: User, channel: Channel, message: Message | None = None) -> str:
        name = f"{user.team.id}-{len(self.state.response_urls)}"
        self.state.response_urls[name] = ResponseUrl(channel, user, message, self.state.clock.now())
        return name

    def _address(self, name: str) -> str:
        return f"{self.web_api.url}/response/{name}"

    def _sees(self, user: User, message: Message) -> None:
        channel = message.channel
        offered(user.id in channel.members, f"{user.name} is not in {channel.name or channel.id}")
        offered(message.only_for in (None, user.id), f"{user.name} does not see this")
        offered(self.state.holds(message), "the message is gone")

    def _submitted(self, view: View, answer: Json) -> None:
        """What becomes of a modal, by the app's answer to its submission."""
        match answer.get("response_action"):
            case "errors":
                view.errors = dict(answer["errors"])
                if not set(view.errors) <= {block["block_id"] for block in view.blocks}:
                    raise SlackError("invalid_arguments", ["errors name no block"])
            case "update":
                views.changed(self.state, view, check_view(answer["view"], "modal"))
            case "push":
                views.opened(self.state, view.user, check_view(answer["view"], "modal"), over=view)
            case "clear":
                for each in [each for each in self.state.views.values() if each.user is view.user]:
                    del self.state.views[each.id]
            case _:
                self.state.views.pop(view.id, None)


def _find(on: Message | View, action_id: str) -> tuple[Json, Json]:
    for block in on.blocks:
        for element in controls(block):
            if element.get("action_id") == action_id:
                return block, element
    raise NotOffered(f"there is no {action_id!r} to press")
