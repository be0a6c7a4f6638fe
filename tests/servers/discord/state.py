"""What there is on the server: people, guilds, channels, messages, interactions."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

from tests.servers.discord.components import shown_text


class Kind(IntEnum):
    """A channel's type."""

    TEXT = 0
    DM = 1
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


class Flag(IntFlag):
    """A message's flags."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class Intent(IntFlag):
    """What a session asks to be told of."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT


@dataclass(frozen=True)
class Upload:
    """A file that somebody brings."""

    name: str
    body: bytes
    content_type: str = "application/octet-stream"


@dataclass(eq=False)
class User:
    """A person, or the bot."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    takes_messages: bool = True
    """Off: direct messages to them are refused."""

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(eq=False)
class Role:
    """A role of a guild; the one with the guild's id is `@everyone`."""

    id: int
    name: str
    permissions: int
    managed: bool = False
    mentionable: bool = False
    position: int = 1


@dataclass(eq=False)
class Member:
    """Somebody in a guild."""

    user: User
    roles: list[int]
    joined: float


@dataclass(eq=False)
class Guild:
    """A server, as readers call it."""

    id: int
    name: str
    owner_id: int
    locale: str
    joined: float
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    has_bot: bool = True
    available: bool = True


@dataclass(eq=False)
class Channel:
    """A channel, a thread or a direct conversation."""

    id: int
    kind: Kind
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By role or user: what is allowed, what is denied."""
    recipients: tuple[User, ...] = ()
    tags: dict[int, str] = field(default_factory=dict)
    requires_tag: bool = False
    topic: str | None = None
    position: int = 0
    last_message_id: int | None = None
    owner: User | None = None
    applied_tags: list[int] = field(default_factory=list)
    archived: bool = False
    locked: bool = False
    auto_archive: int = 4320
    """Minutes without a message after which a thread is archived."""
    archive_changed: float = 0.0
    active: float = 0.0
    created: float = 0.0
    thread_members: dict[int, float] = field(default_factory=dict)
    """Who joined a thread, and when."""
    message_count: int = 0
    total_sent: int = 0
    deleted: bool = False

    @property
    def is_thread(self) -> bool:
        return self.kind in (Kind.ANNOUNCEMENT_THREAD, Kind.PUBLIC_THREAD, Kind.PRIVATE_THREAD)

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"


@dataclass(frozen=True)
class Attachment:
    """A stored file."""

    id: int
    upload: Upload
    url: str
    description: str | None = None


@dataclass(eq=False)
class Message:
    """A message: as it stands now, and whom it called when it came."""

    id: int
    channel: Channel
    author: User
    created: float
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    type: int = 0
    nonce: str | None = None
    reference: tuple[int, int | None] | None = None
    """Channel and message that this one points at."""
    allowed_mentions: dict[str, Any] | None = None
    """As it was asked for; None where the request said nothing."""
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    pinged: set[User] = field(default_factory=set)
    """Whom it called by name, by role or with everyone."""
    interaction: Interaction | None = None
    ephemeral_for: User | None = None
    reactions: dict[str, list[User]] = field(default_factory=dict)
    thread: Channel | None = None
    edited: float | None = None
    edits: int = 0
    deleted: bool = False

    @property
    def text(self) -> str:
        """All that readers see, content, embeds and components, part by part on lines of their own."""
        return shown_text(self.content, self.embeds, self.components)

    @property
    def silent(self) -> bool:
        """No notification is shown for it."""
        return bool(self.flags & Flag.SUPPRESS_NOTIFICATIONS)

    @property
    def is_v2(self) -> bool:
        """Made of components only."""
        return bool(self.flags & Flag.COMPONENTS_V2)

    @property
    def previews_links(self) -> bool:
        """Discord would show previews of the links in it."""
        bare = self.content.replace("<http", "")
        return "http" in bare and not self.flags & (Flag.SUPPRESS_EMBEDS | Flag.COMPONENTS_V2)


@dataclass(eq=False)
class Interaction:
    """Somebody used a command, pressed a button or sent a form; and what came of it."""

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    data: dict[str, Any]
    created: float
    source: Message | None = None
    """The message whose component was used."""
    began: float = field(default_factory=time.monotonic)
    took: float | None = None
    """Real seconds until it was acknowledged; None while it is not."""
    answer: int | None = None
    """The type of the acknowledgement."""
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    choices: list[dict[str, Any]] | None = None
    modal: dict[str, Any] | None = None
