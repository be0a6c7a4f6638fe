"""What the spine asks of the outside world; every port has an adapter that needs no network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from digest.models import (
    Claim,
    Document,
    Exchange,
    Listing,
    Outcome,
    Paper,
    Week,
    Writing,
)
from digest.places import Message, PartKey, Place
from digest.posts import Limits, Post


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave: its bytes, type and the address they came from in the end."""

    url: str
    content_type: str
    body: bytes


class Web(Protocol):
    """Fetches addresses, bounded and safely."""

    async def get(self, url: str, *, max_bytes: int | None = None) -> Fetched:
        """Fetch an address; `max_bytes` lowers or raises the cap on what it may send.

        Raises a `FetchError` that says which bound was passed or what the server answered.
        """
        ...


class Source(Protocol):
    """A place that lists papers by week."""

    @property
    def name(self) -> str:
        """What readers know it as."""
        ...

    @property
    def kind(self) -> str:
        """Its kind in the settings, as `dair` or `arxiv`."""
        ...

    @property
    def page(self) -> str | None:
        """The page where readers find the list itself, None where there is none to open."""
        ...

    @property
    def usual_hours(self) -> int:
        """How many hours after a week's end, Sunday midnight in UTC, its list usually is there."""
        ...

    async def listings(self, week: Week | None) -> tuple[Listing, ...]:
        """The lists for `week` (none or one), or with None all weeks it keeps, newest first.

        A source that answers any date gives, for None, only the latest week that has ended.
        Raises `NotYetListed` where the week may still come, `SourceError` for all else.
        """
        ...


class Catalogue(Protocol):
    """Knows the facts about papers: authors, dates, categories, abstract, latest version."""

    async def describe(self, papers: Sequence[Paper]) -> tuple[Paper, ...]:
        """The same papers in the same order, with what is known filled in.

        Papers it does not know come back as they were. Raises `SourceError` when it cannot
        be asked at all.
        """
        ...


class Reader(Protocol):
    """Turns a paper into passages."""

    async def read(self, paper: Paper) -> Document:
        """Fetch and read the whole paper. Raises `FetchError` or `ReadingError`."""
        ...

    async def read_bytes(self, data: bytes, url: str | None) -> Document:
        """Read a document that somebody brought. Raises `ReadingError`."""
        ...

    def read_abstract(self, paper: Paper, reason: str) -> Document | None:
        """What the abstract alone gives, where the paper has one; `reason` is an error's kind."""
        ...


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question about one paper, with what was said before in the same thread."""

    question: str
    language: str
    paper: Paper
    document: Document
    earlier: tuple[Exchange, ...] = ()
    asker: str | None = None
    """Whose quota it counts on."""


class Writer(Protocol):
    """Writes papers up and answers questions, from passages only."""

    @property
    def name(self) -> str:
        """`extractive`, `llm`."""
        ...

    @property
    def model(self) -> str:
        """The model's name, or `-` where there is none."""
        ...

    @property
    def prompt_version(self) -> str:
        """Changes whenever the same paper would be written up otherwise."""
        ...

    async def write(self, paper: Paper, document: Document, language: str) -> Writing:
        """Write one paper up in `language`. Raises `WriterError`."""
        ...

    def answer(self, inquiry: Inquiry) -> AsyncIterator[Claim | Outcome]:
        """Answer claim by claim, each checked; what it came to is said last, and always.

        Raises `WriterError`, and `CeilingReached` where the answer may not be paid for.
        """
        ...

    async def overview(
        self, week: Week, writings: Sequence[tuple[Paper, Writing]], language: str
    ) -> tuple[str, ...]:
        """The week's trends in about three lines. Raises `WriterError`."""
        ...


class Stream(Protocol):
    """A message that grows while an answer is found."""

    async def show(self, post: Post) -> None:
        """Show this in place of what was shown before; may skip states that come too fast."""
        ...

    async def finish(self, post: Post) -> Message:
        """Show this for good."""
        ...


class Outlet(Protocol):
    """A platform that shows posts."""

    @property
    def limits(self) -> Limits:
        """What one message may hold."""
        ...

    async def prepare(self, under: Message) -> None:
        """See to it that a message can be sent under another one, as far as that takes time.

        A platform may let a bot wait before it makes a thread: that is waited for here, before anything
        is marked as being sent. Raises as `send` does; what was prepared twice is there once.
        """
        ...

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        """Post a new message carrying the mark of `key`, in the thread of `under` if given.

        Where the platform asks to wait longer than a few seconds, `Postponed` is raised at once: others
        wait for whoever is at it. Raises `ThreadGone`, `ThreadLocked` or `PlaceUnavailable` where nothing
        was posted, and `DeliveryError` where it is not known whether it came.
        """
        ...

    async def edit(self, message: Message, post: Post) -> Message:
        """Show `post` in place of what the message showed.

        Raises `NotFound` if it is gone, `EditRefused` where it can never be changed again.
        """
        ...

    async def find(
        self,
        keys: Collection[PartKey],
        under: Message | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Mapping[PartKey, tuple[Message, ...]]:
        """By key, all messages that carry its mark, oldest first: one pass over a channel or a thread.

        All keys are of one place. Only what was posted between `since` and `until` need be read.
        `Message.in_thread` is told where that costs nothing; replies are not counted.
        Raises `PlaceUnavailable` where the history cannot be read, and `HistoryTooLong` where more
        stands between the two times than is read: not found is not the same.
        """
        ...

    async def replies(self, message: Message) -> int:
        """How many messages people wrote in the thread of a message, be that itself there or not."""
        ...

    async def lacking(self, place: Place) -> tuple[str, ...]:
        """The rights that delivery to a place needs and the bot has not, by the names of `rights.*`.

        A place that is not there, or that the bot cannot see, lacks `see`.
        """
        ...

    async def locate(self, channel: str) -> Place:
        """The place of a channel that is named by its id alone, as in the settings file.

        Raises `PlaceUnavailable` where the platform cannot tell; a later call may.
        """
        ...

    async def unheard(self, place: Place) -> tuple[str, ...]:
        """What keeps the bot from hearing every message of a place's threads, by names of `rights.*`."""
        ...

    async def name(self, place: Place) -> str:
        """What people call a place, as `#papers`; its id where the platform does not say."""
        ...

    async def private(self, place: Place, user: str) -> Place | None:
        """Where one person of a workspace is written to directly; None where nobody can be."""
        ...

    async def remove(self, message: Message) -> None:
        """Delete one of the bot's own messages; one that is gone is no error."""
        ...

    def stream(self, place: Place, thread: str | None, only_for: str | None) -> Stream:
        """A growing message in a thread, for everyone or for one person only."""
        ...


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> datetime:
        """The time, in UTC and aware of it."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds."""
        ...


class Turns(Protocol):
    """One at a time, in this process and in all others on the same database."""

    def take(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait until nobody else has the turn of this name, and have it meanwhile.

        A turn whose holder died, or stood still for long, goes to the next one. Where that happened
        to this holder, what it is doing is cancelled, and `TurnLost` is raised.
        """
        ...


JobHandler = Callable[[str], Coroutine[Any, Any, None]]


class Jobs(Protocol):
    """Runs things later. A job is a hint: what it does must be right when run twice or never.

    Two jobs with the same name and argument never run side by side. Of those with the same name, a
    set number do in one process; jobs of different names do not wait for one another.
    """

    def handle(self, name: str, handler: JobHandler) -> None:
        """Say what a job of this name does with its argument."""
        ...

    async def put(self, name: str, argument: str, at: datetime | None = None) -> None:
        """Run a job at a time, or at once, in place of one with the same name and argument that waits.

        One that runs already is let finish first.
        """
        ...

    async def every(self, interval: timedelta, name: str, argument: str) -> None:
        """Put a job again and again, for the first time after one interval."""
        ...

    async def start(self) -> None:
        """Begin to run jobs."""
        ...

    async def stop(self) -> None:
        """Stop taking up jobs and wait for those that run; being cancelled cancels them."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """Progress on long work: which paper, which step, how far."""

    name: str
    subject: str
    done: int
    total: int


Progress = Callable[[Step], None]


def silent(_: Step) -> None:
    """Progress that nobody watches."""
