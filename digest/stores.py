"""What the spine remembers, as narrow ports; every store has an adapter on a database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from digest.accounts import Ceiling, JournalEntry, Usage
from digest.models import Document, Exchange, Issue, Paper, Rating, Week, Writing
from digest.places import Message, Overlay, PartKey, PartRow, Place, Subscription
from digest.ports import Writer


@dataclass(frozen=True, slots=True)
class Found:
    """A paper that a search found: `snippet` is a piece of its digest around the match."""

    key: str
    title: str
    week: Week
    snippet: str
    url: str | None


class Library(Protocol):
    """Keeps papers, readings, writings and issues."""

    async def paper(self, key: str) -> Paper | None:
        """The paper as last described."""
        ...

    async def keep_paper(self, paper: Paper) -> None:
        """Keep a paper, in place of what was known of it."""
        ...

    async def papers(self, text: str, limit: int, selection: str | None = None) -> tuple[Paper, ...]:
        """Public papers whose title or key holds `text`, newest first; for completion."""
        ...

    async def document(self, paper: Paper) -> Document | None:
        """The reading of this version of the paper, if it was read."""
        ...

    async def keep_document(self, paper: Paper, document: Document, at: datetime) -> None:
        """Keep a reading."""
        ...

    async def writing(self, paper_key: str, version: str, language: str, writer: Writer) -> Writing | None:
        """The stored writing with this natural key."""
        ...

    async def keep_writing(self, writing: Writing) -> None:
        """Keep a writing under its natural key; one that is there already stays."""
        ...

    async def replace_writing(self, writing: Writing) -> None:
        """Keep a writing in place of the one with its natural key."""
        ...

    async def issue(self, selection: str, week: Week, language: str) -> Issue | None:
        """The stored issue with this natural key."""
        ...

    async def keep_issue(self, issue: Issue) -> None:
        """Keep an issue, in place of an earlier state of it, and make it searchable."""
        ...

    async def weeks(self, selection: str, language: str | None = None) -> tuple[Week, ...]:
        """Weeks that have a stored issue, newest first."""
        ...

    async def search(
        self, selection: str, query: str, offset: int, limit: int, language: str | None = None
    ) -> tuple[int, tuple[Found, ...]]:
        """How many papers of past weeks match, and one page of them, best first."""
        ...

    async def purge_uploads(self, before: datetime) -> int:
        """Delete uploads brought before a time, with all made from them; how many there were."""
        ...

    async def forget_uploads(self, person: str) -> int:
        """Delete what one person brought, with all made from it; how many uploads there were."""
        ...


class Ledger(Protocol):
    """Knows which part of which digest is where."""

    async def rows(self, place: Place, week: Week) -> tuple[PartRow, ...]:
        """All parts of one week in one place."""
        ...

    async def mark_sending(self, row: PartRow, seen: PartRow | None = None) -> bool:
        """Take a part for sending, if it still is as it was `seen`: not there at all, or being sent.

        Once this returns True no loss of power undoes it: whatever may be posted from now on is known of.
        """
        ...

    async def mark_sent(
        self, key: PartKey, content: str, message: Message, holder: str | None = None
    ) -> bool:
        """Record that a part stands in the place with this content.

        Given a holder, only while that one is sending it: False where somebody else took it over.
        """
        ...

    async def mark_retired(self, key: PartKey, content: str) -> None:
        """Record that a part gave way to a note."""
        ...

    async def forget(self, key: PartKey, holder: str | None = None) -> None:
        """Drop the record of a part; given a holder, only while that one is sending it."""
        ...

    async def doubt(self, key: PartKey, at: datetime) -> None:
        """Record that one more copy of a part may still appear, as nobody knows what came of a call."""
        ...

    async def doubts(self, place: Place, week: Week) -> Mapping[str, datetime]:
        """The parts of which one more copy may appear, by name, and since when."""
        ...

    async def doubted(self, before: datetime) -> tuple[tuple[Place, Week], ...]:
        """The places with the weeks of which something was last doubted before a time."""
        ...

    async def believe(self, key: PartKey) -> None:
        """Drop one doubt, however new it is."""
        ...

    async def settle(self, place: Place, week: Week, before: datetime) -> None:
        """Drop the doubts of a week in a place that are from before a time."""
        ...

    async def at(self, place: Place, message_id: str) -> PartKey | None:
        """The part that a message of a place is, None where it is none."""
        ...

    async def finish(self, place: Place, week: Week, at: datetime) -> None:
        """Record that a place has the whole digest of a week."""
        ...

    async def finished(self, place: Place, week: Week) -> datetime | None:
        """When a place first had the whole digest of a week, None where it does not have it."""
        ...

    async def finished_in(self, weeks: Collection[Week]) -> frozenset[tuple[Place, Week]]:
        """Which places have the whole digests of which of these weeks."""
        ...

    async def put_off(self, place: Place, until: datetime) -> None:
        """Record that delivery to a place failed and is not tried again before a time."""
        ...

    async def put_off_until(self) -> Mapping[Place, datetime]:
        """The places whose delivery was put off, and until when."""
        ...

    async def take_up(self, place: Place | None = None) -> None:
        """Record that nothing is put off any more: in one place, or anywhere."""
        ...


class Subscriptions(Protocol):
    """Knows which channels get the digest."""

    async def all(self) -> tuple[Subscription, ...]:
        """Every subscribed channel, sorted by place."""
        ...

    async def get(self, place: Place) -> Subscription | None:
        """How a channel is subscribed, None where it is not."""
        ...

    async def set(self, subscription: Subscription) -> None:
        """Subscribe a channel, or change how it is subscribed."""
        ...

    async def drop(self, place: Place) -> None:
        """Unsubscribe a channel."""
        ...


class Exchanges(Protocol):
    """Keeps questions and the answers given to them."""

    async def keep(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        ...

    async def get(self, exchange_id: str) -> Exchange | None:
        """An exchange by its id."""
        ...

    async def thread(self, conversation: str, paper_key: str, limit: int) -> tuple[Exchange, ...]:
        """The latest exchanges of a conversation on one paper, oldest first."""
        ...

    async def shared(
        self, paper_key: str, question: str, language: str, basis: str, whose: str = ""
    ) -> Exchange | None:
        """An answer to the same question on the same basis that may be given to others.

        `whose` is how the names of its askers begin, as `PLATFORM/WORKSPACE/`: an answer is given
        to nobody outside of the workspace where it was asked for.
        """
        ...

    async def forget(self, asker: str) -> int:
        """Delete all that one person asked, with what was said of it; how many there were."""
        ...

    async def latest_paper(self, conversation: str) -> str | None:
        """The key of the paper that a conversation was last about, or that was last brought to it."""
        ...

    async def count(self, asker: str, since: datetime) -> int:
        """Questions since a time by a person, or with `PLATFORM/WORKSPACE/` by all of a workspace.

        Those that were answered from store do not count.
        """
        ...


class Feedback(Protocol):
    """Keeps what people think of answers."""

    async def rate(self, rating: Rating) -> None:
        """Keep a rating, in place of an earlier one by the same person."""
        ...

    async def of(self, exchange_id: str) -> tuple[Rating, ...]:
        """All ratings of an answer, oldest first."""
        ...


class Overlays(Protocol):
    """Keeps what channels changed in their digests."""

    async def get(self, place: Place, week: Week) -> Overlay:
        """What a channel changed in a week; an empty overlay where it changed nothing."""
        ...

    async def of_week(self, week: Week) -> Mapping[Place, Overlay]:
        """What channels changed in a week, by place, sorted."""
        ...

    async def change(self, place: Place, week: Week, change: Callable[[Overlay], Overlay]) -> Overlay:
        """Put what `change` makes of an overlay in its place, in one step; the new one."""
        ...


class Spending(Protocol):
    """Keeps what paid calls took. `digest/spending.py` decides, this remembers."""

    async def reserve(self, usage: Usage, ceilings: Sequence[Ceiling]) -> Ceiling | None:
        """Record a reservation, unless it would pass a ceiling: then that one, and nothing recorded.

        Checking and recording are one step, so that calls made at once, in one process or
        several, cannot pass a ceiling together.
        """
        ...

    async def settle(self, usage: Usage) -> None:
        """Put what a call really took in place of its reservation."""
        ...

    async def tokens(self, since: datetime, asker: str | None = None) -> int:
        """Tokens taken and reserved since a time."""
        ...

    async def release(self, usage_id: str) -> None:
        """Take a reservation back, for a call that was never made."""
        ...

    async def costs(self, since: datetime) -> tuple[Usage, ...]:
        """All calls since a time, oldest first."""
        ...

    async def about(self, subjects: Sequence[str]) -> tuple[Usage, ...]:
        """All calls about papers or weeks, oldest first; those of askers are not among them."""
        ...


class Events(Protocol):
    """Knows which events of a platform were taken up, as platforms send them again."""

    async def once(self, event_id: str, at: datetime) -> bool:
        """Whether an event comes for the first time; asking is taking it up."""
        ...

    async def give_back(self, event_id: str) -> None:
        """Let an event come for the first time again, where what it asked for failed."""
        ...

    async def tidy(self, before: datetime) -> None:
        """Forget events taken up before a time."""
        ...


class ButtonValues(Protocol):
    """Keeps values of buttons that are longer than a platform lets a button carry."""

    async def keep(self, value: str, at: datetime) -> str:
        """A token of 32 characters that stands for a value."""
        ...

    async def get(self, token: str) -> str | None:
        """The value that a token stands for."""
        ...


class Workspaces(Protocol):
    """Knows which workspaces the bot has left, and deletes what belongs to them."""

    async def leave(self, platform: str, workspace: str, at: datetime) -> None:
        """Record that the bot was removed from a workspace; the first time counts."""
        ...

    async def come_back(self, platform: str, workspace: str) -> None:
        """Record that the bot is in a workspace (again)."""
        ...

    async def known(self, platform: str) -> tuple[str, ...]:
        """The workspaces in which something was posted or set, sorted."""
        ...

    async def purge(self, before: datetime) -> tuple[str, ...]:
        """Delete all that belongs to workspaces left before a time; their names."""
        ...


class Journal(Protocol):
    """Keeps what was done, by whom, and what went wrong."""

    async def record(self, entry: JournalEntry) -> None:
        """Write one line."""
        ...

    async def latest(self, place: str, limit: int) -> tuple[JournalEntry, ...]:
        """The latest lines about one place, newest first."""
        ...


RecordKind = Literal["exchanges", "feedback", "journal", "usages"]
"""What is kept for a set time: questions with their answers, ratings, the log, what calls took."""


class Records(Protocol):
    """Deletes what has had its time."""

    async def purge(self, kind: RecordKind, before: datetime) -> int:
        """Delete the records of a kind from before a time; how many there were."""
        ...
