"""What a Web API method has to hand: the call's arguments, and what its token may see."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.servers.slack.faults import Call, HttpFailure
from tests.servers.slack.limits import Limits
from tests.servers.slack.nouns import Channel, Json, Message, User, Workspace
from tests.servers.slack.state import SlackError, State


@dataclass(frozen=True, eq=False)
class Desk:
    """One call of one method by one workspace's bot."""

    call: Call
    state: State
    limits: Limits
    team: Workspace

    # ----------------------------------------------------------------------- arguments

    def text(self, name: str) -> str | None:
        """A string, or None where it was not given."""
        value = self.call.args.get(name)
        return None if value is None else str(value)

    def flag(self, name: str) -> bool:
        """A boolean, in any of the ways it is written."""
        return str(self.call.args.get(name, "")).lower() in ("1", "true")

    def json(self, name: str) -> Any:
        """A JSON value, which forms and some libraries send as a string; None where it was not given."""
        value = self.call.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from None

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number, cut to the most that is allowed."""
        try:
            return max(1, min(most, int(self.call.args.get(name) or default)))
        except ValueError:
            raise SlackError("invalid_arguments", [f"invalid {name}"]) from None

    # -------------------------------------------------------------------- what is there

    def need(self, *scopes: str) -> None:
        """SlackError unless one of these scopes was granted."""
        if not self.team.scopes.intersection(scopes):
            provided = ",".join(sorted(self.team.scopes))
            raise SlackError("missing_scope", needed=scopes[0], provided=provided)

    def user(self, name: str = "user") -> User:
        """Someone of this workspace."""
        user = self.state.users.get(self.text(name) or "")
        if user is None or user.team is not self.team:
            raise SlackError("user_not_found")
        return user

    def channel(self, name: str = "channel", inside: bool = True) -> Channel:
        """A conversation that the bot sees, and is in where `inside`."""
        return self._seen(self.state.channels.get(self.text(name) or ""), inside)

    def _seen(self, channel: Channel | None, inside: bool) -> Channel:
        """A conversation of this workspace; a private one that the bot is not in does not exist for it."""
        if channel is None or channel.team is not self.team:
            raise SlackError("channel_not_found")
        if not channel.bot_inside:
            if channel.kind != "channel":
                raise SlackError("channel_not_found")
            if inside:
                raise SlackError("not_in_channel")
        return channel

    def place(self) -> Channel:
        """Where to post: an id, a name, or a person, which means direct messages."""
        wanted = (self.text("channel") or "").removeprefix("#")
        person = self.state.users.get(wanted)
        if person and person.team is self.team and not person.bot:
            return self.state.im(person)
        mine = [each for each in self.state.channels.values() if each.team is self.team]
        found = next((each for each in mine if wanted in (each.id, each.name)), None)
        channel = self._seen(found, inside="chat:write.public" not in self.team.scopes)
        if channel.archived:
            raise SlackError("is_archived")
        return channel

    def message(self, channel: Channel, name: str = "ts", error: str = "message_not_found") -> Message:
        """A message of a conversation."""
        message = channel.messages.get(self.text(name) or "")
        if message is None:
            raise SlackError(error)
        return message

    def pace(self, channel: Channel) -> None:
        """HttpFailure 429 where the channel was just posted to too fast."""
        if wait := self.limits.wait_to_post(channel.id):
            raise HttpFailure(429, wait)

    def page(self, rows: list[Json], most: int, default: int = 100) -> tuple[list[Json], Json]:
        """One page of rows by `cursor` and `limit`, and the answer's `response_metadata`."""
        cursor = self.text("cursor") or "0"
        if not cursor.isdigit():
            raise SlackError("invalid_cursor")
        start, size = int(cursor), self.number("limit", default, most)
        following = str(start + size) if start + size < len(rows) else ""
        return rows[start : start + size], {"response_metadata": {"next_cursor": following}}


Run = Callable[[Desk], Json]


@dataclass(frozen=True)
class Method:
    """A method of the Web API: what it needs, how often it may be called, and what it does."""

    run: Run
    per_minute: int
    required: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    """One of these is needed; methods whose scope depends on the conversation ask for it themselves."""
