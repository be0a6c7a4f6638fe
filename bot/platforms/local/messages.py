"""The local channel's messages: what one is, and what is asked of whatever keeps them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.posts import Post

RINKO = "rinko"
"""The author of the bot's own messages; a person's are authored by their session."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is about to be kept."""

    id: str
    channel: str
    author: str
    post: Post
    created: datetime
    thread: str | None = None
    mark: str | None = None
    """The part's key as text, by which it is found again."""
    part: str | None = None
    """The part's name, as `card/arxiv:2402.17764`."""
    only_for: str | None = None
    """The session that alone sees it; None for everyone."""
    growing: bool = False
    """An answer still under way."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A message as it is kept. One that was deleted has an empty post."""

    id: str
    position: int
    """Rises with every new message of any channel."""
    revision: int
    """Rises with every change of any message, deletions too."""
    channel: str
    thread: str | None
    mark: str | None
    part: str | None
    author: str
    only_for: str | None
    post: Post
    growing: bool
    deleted: bool
    created: datetime
    edited: datetime | None

    def visible_to(self, session: str) -> bool:
        """Whether this session may see it."""
        return self.only_for in (None, session)


@dataclass(frozen=True, slots=True)
class Count:
    """What stands in a thread for everyone: all messages, and those by people."""

    total: int = 0
    people: int = 0


class Messages(Protocol):
    """Keeps the local channel's messages. Every method raises `StoreError`."""

    on_change: Callable[[], None]
    """Called after every change made in this process."""

    async def insert(self, draft: Draft) -> Kept:
        """Keep a new message, after all others."""
        ...

    async def update(self, message: str, post: Post, at: datetime, *, growing: bool = False) -> Kept | None:
        """Show another post in a message; None if it is gone."""
        ...

    async def delete(self, message: str, at: datetime) -> None:
        """Delete a message; one that is gone is no error."""
        ...

    async def get(self, message: str) -> Kept | None:
        """A message, also one that was deleted."""
        ...

    async def marked(self, marks: Collection[str], thread: str | None = None) -> tuple[Kept, ...]:
        """Messages that carry one of these marks (in a thread, if given), oldest first."""
        ...

    async def channel(
        self, channel: str, session: str, limit: int, before: int | None = None
    ) -> tuple[Kept, ...]:
        """The latest messages outside threads before a position, oldest first.

        A deleted one whose thread holds people's messages is among them, so that these stay.
        """
        ...

    async def thread(self, root: str, session: str) -> tuple[Kept, ...]:
        """All messages of a thread without its root, oldest first."""
        ...

    async def changes(self, channel: str, after: int, limit: int) -> tuple[Kept, ...]:
        """Messages of a channel that changed since a revision, deleted ones too, in order."""
        ...

    async def counts(self, roots: Sequence[str]) -> Mapping[str, Count]:
        """What stands in the threads under these messages."""
        ...

    async def growing(self) -> tuple[Kept, ...]:
        """Messages still under way."""
        ...

    async def private_before(self, time: datetime) -> tuple[Kept, ...]:
        """Messages for one session only that were made before a time."""
        ...

    async def revision(self) -> int:
        """The highest revision; 0 when nothing was ever kept."""
        ...
