"""The nouns of where things are posted: places, parts, messages, subscriptions, overlays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from digest.models import Correction, Week
from digest.posts import Post


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Somewhere messages are posted: a channel, or one person's direct messages."""

    platform: str
    workspace: str
    channel: str

    def __str__(self) -> str:
        """`local/-/papers`."""
        return f"{self.platform}/{self.workspace}/{self.channel}"


def parse_place(text: str) -> Place:
    """The place written as `PLATFORM/WORKSPACE/CHANNEL`. Raises ValueError."""
    return Place(*text.split("/", 2))


@dataclass(frozen=True, slots=True)
class Part:
    """A message a digest wants to have in a place; `under` names the part it hangs under."""

    name: str
    post: Post
    under: str | None = None


@dataclass(frozen=True, order=True, slots=True)
class PartKey:
    """The natural key of a part: doing it twice is doing it once."""

    place: Place
    week: Week
    name: str

    def __str__(self) -> str:
        """`local/-/papers 2024-W09 card/arxiv:2402.17764`."""
        return f"{self.place} {self.week} {self.name}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that exists on a platform."""

    id: str
    place: Place
    thread: str | None = None
    """The thread it stands in; None in the channel itself."""
    url: str | None = None
    replies: int = 0
    """Replies by people, where they were counted."""
    in_thread: int | None = field(default=None, compare=False)
    """How many messages stand under it, as its platform says; None where it does not say."""


class PartState(StrEnum):
    """How far a part has come."""

    SENDING = "sending"
    SENT = "sent"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class PartRow:
    """What the ledger knows of one part."""

    key: PartKey
    state: PartState
    content: str
    """Hash of the content that was sent, or was about to be."""
    lease_until: datetime
    """Until when whoever marked it `sending` may still be at work."""
    holder: str = ""
    message: Message | None = None


Layout = Literal["qa", "bilingual"]
FollowUps = Literal["mentions", "all"]
"""In a paper's thread, whether only messages that mention the bot are questions, or all are."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A channel that gets the weekly digest."""

    place: Place
    language: str
    post_at: str
    """Day and time in `timezone`, as `tue 09:00`."""
    timezone: str
    layout: Layout = "qa"
    from_file: bool = False
    """Set in `rinko.toml`, and so read-only in chat."""
    since: datetime | None = None
    """When it was subscribed in chat: what was due before then is not posted by itself."""
    moved_at: datetime | None = None
    """When its day, time or time zone was last changed in chat."""
    approval: bool = False
    """Whether an admin approves each digest before it is posted."""
    follow_ups: FollowUps = "mentions"
    contact: str | None = None
    """The person who is told in private what admins must know."""
    paused: bool = False
    """Whether nothing is posted by itself until an admin resumes it."""


@dataclass(frozen=True, slots=True)
class Approval:
    """An admin's word that a digest may be posted as it was seen."""

    content: str
    """`editions.fingerprint` of the parts that were seen; anything else is not approved."""
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Overlay:
    """What one channel's admins changed in one week's digest, for that channel alone."""

    dropped_papers: tuple[str, ...] = ()
    """Keys of papers that the channel does not show."""
    dropped_answers: tuple[tuple[str, str], ...] = ()
    """Answers that the channel does not show, by the paper's key and the question."""
    corrections: tuple[tuple[str, Correction], ...] = ()
    """Corrections with the keys of the papers that they stand on, oldest first."""
    overview: tuple[str, ...] = ()
    """The week's trends without what was dropped."""
    overview_of: str = ""
    """What `overview` was made from, as `editions.basis` says; it holds for nothing else."""
    seen: str = ""
    """Fingerprint of what the last preview showed."""
    approval: Approval | None = None
