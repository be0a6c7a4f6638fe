"""What one delivery is to bring about, and how far it has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from digest.auditing import Target
from digest.places import Message, Part
from digest.ports import Progress
from digest.posts import Post

MOST_POSTS = 2
"""How often one delivery posts one part: what is deleted as soon as it stands is not posted for ever."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery did: messages sent, edited, taken over as found, put aside, and left undone."""

    sent: int = 0
    edited: int = 0
    adopted: int = 0
    retired: int = 0
    left: int = 0
    """Parts given up: deleted again and again, in a locked thread, or never to be changed again."""

    @property
    def changed(self) -> bool:
        """Whether the place looks different now."""
        return bool(self.sent or self.edited or self.retired)


@dataclass(frozen=True, slots=True)
class Errand:
    """What a place is to show, and who is told of the way there."""

    target: Target
    parts: Sequence[Part]
    retired: Callable[[str], Post]
    progress: Progress
    within: Callable[[str], bool]
    waiting: Callable[[datetime], Awaitable[None]]


@dataclass(slots=True)
class Run:
    """What one delivery has done and found out so far."""

    done: Delivered = field(default_factory=Delivered)
    found: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    """By name, what looking for a part gave."""
    later: dict[str, datetime] = field(default_factory=dict)
    """By the name of a part in the channel, until when nothing is taken there or in its thread."""
    posted: Counter[str] = field(default_factory=Counter)
    left: set[str] = field(default_factory=set)
    """Parts that are given up; of one in the channel all that hangs under it is, too."""

    def may_post(self, name: str) -> bool:
        """Whether a part may be posted once more; one that may not is given up."""
        if self.posted[name] >= MOST_POSTS:
            self.left.add(name)
        return name not in self.left

    def gives_up(self, name: str, under: str | None) -> bool:
        """Whether a part is left as it is."""
        return name in self.left or under in self.left

    def count(self, **more: int) -> None:
        """Add to what was done."""
        self.done = replace(self.done, **{name: getattr(self.done, name) + by for name, by in more.items()})
