"""The server's world: everything there is, how it behaves, and what time it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from tests.servers.discord.state import Attachment, Channel, Guild, Intent, Interaction, Message, User

EPOCH = 1_420_070_400_000
"""The first millisecond of Discord's ids."""


@dataclass
class Behaviour:
    """How kind the server is; a test may change any of it at any time. Times are in seconds."""

    history_lag: float = 0.0
    """How long a new message stays out of histories."""
    nonce_memory: float = 120.0
    acknowledge_within: float = 3.0
    token_life: float = 900.0
    """How long an acknowledged interaction can be answered."""
    rates: dict[str, tuple[int, float]] = field(
        default_factory=lambda: {
            "post": (5, 5.0),
            "edit": (5, 5.0),
            "delete": (5, 1.0),
            "read": (5, 5.0),
            "thread": (5, 5.0),
            "react": (1, 0.25),
            "webhook": (5, 2.0),
            "other": (50, 1.0),
        }
    )
    """Requests per seconds, by bucket; a bucket is one of these for one channel, guild or webhook."""
    global_rate: tuple[int, float] = (50, 1.0)
    ban_after: int = 10_000
    """Answers of 401, 403 and 429 within ten minutes that get the address banned."""
    heartbeat: float = 41.25
    resume_within: float = 180.0
    """How long a lost session is kept."""
    identify_every: float = 0.0
    """Seconds that must lie between two IDENTIFY of a bucket; Discord's are 5."""
    max_concurrency: int = 1
    """Into how many buckets shards fall, by their numbers."""
    starts_left: int = 1000
    """Sessions that may still begin before `starts_reset`, in seconds, is over."""
    starts_reset: float = 86_400.0
    shards: int = 1
    """How many are recommended by `/gateway/bot`."""
    file_bytes: int = 10 * 1024 * 1024
    request_bytes: int = 25 * 1024 * 1024


class Clock(Protocol):
    """Tells the time; waiting is not the server's business."""

    def now(self) -> datetime: ...


class Events(Protocol):
    """Where things that happen are told."""

    def dispatch(
        self,
        event: str,
        data: dict[str, Any],
        *,
        guild: Guild | None = None,
        channel: Channel | None = None,
        message: Message | None = None,
    ) -> None: ...


@dataclass
class World:
    """Everything on the server."""

    clock: Clock
    behaviour: Behaviour
    events: Events
    bot: User
    token: str
    name: str
    privileged: Intent
    """Which privileged intents are switched on for the application."""
    public_url: str = ""
    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    files: dict[int, Attachment] = field(default_factory=dict)
    commands: dict[int | None, list[dict[str, Any]]] = field(default_factory=dict)
    """By guild; those under None are everywhere."""
    interactions: dict[int, Interaction] = field(default_factory=dict)
    threads_limited: tuple[int, float] | None = None
    """How many threads may still be made, and for how long there are none after that."""
    threads_free_at: float = 0.0
    _last_id: int = 0

    def now(self) -> float:
        """The time in seconds since 1970."""
        return self.clock.now().timestamp()

    def new_id(self) -> int:
        """An id above all others, as old as the clock says."""
        made = (int(self.now() * 1000) - EPOCH) << 22
        self._last_id = max(made, self._last_id + 1)
        return self._last_id

    def new_guild_id(self) -> int:
        """An id for a guild; each is in the next shard."""
        return (200_000_000_000 + len(self.guilds)) << 22

    def in_channel(self, channel: Channel) -> Iterator[Message]:
        """What stands in a channel, oldest first."""
        found = [m for m in self.messages.values() if m.channel is channel and not m.deleted]
        yield from sorted(found, key=lambda message: message.id)

    def threads_of(self, guild: Guild) -> list[Channel]:
        """A guild's threads, archived ones too."""
        return [c for c in self.channels.values() if c.guild is guild and c.is_thread and not c.deleted]


def stamp(seconds: float) -> str:
    """A time as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
