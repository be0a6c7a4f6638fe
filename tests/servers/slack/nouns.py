"""What there is in a Slack: workspaces, people, conversations, messages, files, views."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.servers.slack.state import State

Json = dict[str, Any]

SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "users:read",
    }
)
"""What a workspace grants unless a test takes some of it away."""


@dataclass(eq=False)
class Workspace:
    """One team that installed the app, with the bot's own token and user there."""

    state: State = field(repr=False)
    id: str
    name: str
    token: str
    bot_user: str
    bot_id: str
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    installed: bool = True

    @property
    def domain(self) -> str:
        return self.id.lower()

    def person(
        self,
        name: str,
        *,
        admin: bool = False,
        owner: bool = False,
        locale: str = "ja-JP",
        tz: str = "Asia/Tokyo",
    ) -> User:
        """Someone new."""
        return self.state.add_user(User(self.state.id("U"), name, self, admin or owner, owner, locale, tz))

    def channel(self, name: str, *people: User, private: bool = False, bot: bool = True) -> Channel:
        """A new channel with these people and, unless told otherwise, the bot."""
        members = {person.id for person in people} | ({self.bot_user} if bot else set())
        kind = "group" if private else "channel"
        return self.state.add_channel(Channel(self.state.id("C"), name, self, kind, members))


@dataclass(eq=False)
class User:
    """A person, or the bot's user."""

    id: str
    name: str
    team: Workspace
    admin: bool = False
    owner: bool = False
    locale: str = "ja-JP"
    tz: str = "Asia/Tokyo"
    bot: bool = False


@dataclass(eq=False)
class Channel:
    """A conversation; `kind` is `channel`, `group` (private) or `im`."""

    id: str
    name: str
    team: Workspace
    kind: str
    members: set[str]
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict, repr=False)
    """All of them by `ts`, replies too, in the order they were posted."""

    @property
    def bot_inside(self) -> bool:
        return self.team.bot_user in self.members

    @property
    def scope(self) -> str:
        """The first part of the scopes for this kind of conversation."""
        return {"channel": "channels", "group": "groups", "im": "im"}[self.kind]


@dataclass(eq=False)
class Message:
    """One message as stored. `given` is what the app sent, before Slack touched it."""

    channel: Channel
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    subtype: str | None = None
    metadata: Json | None = None
    files: list[File] = field(default_factory=list)
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    pings: set[str] = field(default_factory=set)
    """Who was notified by it: `channel`, `here`, `everyone`, ids of users and user groups."""
    only_for: str | None = None
    """The one who sees it, where it is ephemeral."""
    streaming: datetime | None = None
    """When the stream that writes it last moved; None for a message that stands."""
    given: Json = field(default_factory=dict, repr=False)

    @property
    def from_bot(self) -> bool:
        return self.user == self.channel.team.bot_user

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    def replies(self) -> list[Message]:
        """The replies under it, oldest first."""
        return [
            each for each in self.channel.messages.values() if each.thread_ts == self.ts and each.is_reply
        ]

    def json(self, all_metadata: bool = False) -> Json:
        """As the API gives it: of metadata only the type, unless all of it is asked for."""
        team = self.channel.team
        told: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": team.id}
        if self.from_bot:
            profile = {"id": team.bot_id, "app_id": team.state.app_id, "name": "rinko", "team_id": team.id}
            told |= {"bot_id": team.bot_id, "app_id": team.state.app_id, "bot_profile": profile}
        if self.metadata:
            told["metadata"] = self.metadata if all_metadata else {"event_type": self.metadata["event_type"]}
        told |= {
            name: value
            for name, value in (("subtype", self.subtype), ("blocks", self.blocks), ("edited", self.edited))
            if value
        }
        if self.files:
            told |= {"files": [file.json() for file in self.files], "upload": True}
        if self.reactions:
            told["reactions"] = [
                {"name": name, "users": users, "count": len(users)} for name, users in self.reactions.items()
            ]
        return told | self._thread()

    def _thread(self) -> Json:
        if self.is_reply and self.thread_ts:
            parent = self.channel.messages.get(self.thread_ts)
            return {"thread_ts": self.thread_ts} | ({"parent_user_id": parent.user} if parent else {})
        if replies := self.replies():
            users = list(dict.fromkeys(reply.user for reply in replies))
            return {
                "thread_ts": self.ts,
                "reply_count": len(replies),
                "reply_users_count": len(users),
                "latest_reply": replies[-1].ts,
                "reply_users": users[:5],
                "is_locked": False,
                "subscribed": self.from_bot,
            }
        return {}


@dataclass(eq=False)
class File:
    """An upload; its bytes are behind the bot's token."""

    id: str
    name: str
    data: bytes
    mimetype: str
    user: User
    url: str

    def json(self) -> Json:
        """As the API gives it."""
        return {
            "id": self.id,
            "created": 0,
            "name": self.name,
            "title": self.name,
            "mimetype": self.mimetype,
            "filetype": self.name.rpartition(".")[2] or "binary",
            "user": self.user.id,
            "user_team": self.user.team.id,
            "size": len(self.data),
            "mode": "hosted",
            "is_external": False,
            "file_access": "visible",
            "url_private": self.url,
            "url_private_download": self.url.replace("/files-pri/", "/files-pri/download/"),
        }


@dataclass(eq=False)
class View:
    """A modal on somebody's screen, or somebody's home tab."""

    id: str
    user: User
    given: Json
    hash: str
    root: str
    previous: str | None = None
    values: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    """What the person reads under the inputs after a submission was refused."""

    @property
    def blocks(self) -> list[Json]:
        return list(self.given.get("blocks", []))

    def json(self) -> Json:
        """As the API gives it."""
        team = self.user.team
        return {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "close": None,
            "submit": None,
            **self.given,
            "id": self.id,
            "team_id": team.id,
            "app_id": team.state.app_id,
            "app_installed_team_id": team.id,
            "bot_id": team.bot_id,
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "state": {"values": self.values},
        }


@dataclass(eq=False)
class Trigger:
    """What lets an app open one modal, once, within three seconds."""

    user: User
    at: datetime
    used: bool = False


@dataclass(eq=False)
class ResponseUrl:
    """What lets an app answer an interaction: five times within half an hour."""

    channel: Channel
    user: User
    message: Message | None
    at: datetime
    uses: int = 0
