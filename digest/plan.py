"""Pure: wanted parts, what the ledger says and what was found -> what to do next.

The crash logic of delivery lives here and nowhere else. A part goes through: marked `sending`,
sent, marked `sent`. Whoever finds a part still `sending` after its lease cannot know whether the
message exists, so it is looked for first; only when it is not found is it sent again. Once all
stands, it is audited: a platform may store a message long after it was given up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

from digest.places import Message, Part, PartRow, PartState
from digest.posts import Post


@dataclass(frozen=True, slots=True)
class Send:
    """Post a part that is not there; `seen` is the record that says so, None where there is none."""

    part: Part
    seen: PartRow | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Show new content in a message that is there."""

    part: Part
    message: Message


@dataclass(frozen=True, slots=True)
class Look:
    """Find out whether a part that was being sent is there; `under` names what it hangs under."""

    name: str
    under: str | None


@dataclass(frozen=True, slots=True)
class Adopt:
    """A part was found: record it. `doubles` are further copies of it; None is kept of what is unwanted."""

    name: str
    message: Message | None
    doubles: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody else is sending a part, or the platform takes no more for now; come back then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Retire:
    """Put a one-line note in place of a part that is no longer wanted."""

    row: PartRow


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop the record of a part that is not there, or that went with what it hung under."""

    name: str


Action = Send | Edit | Look | Adopt | Wait | Retire | Forget


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks what to do, when, and how long leases are."""

    holder: str
    now: datetime
    lease: timedelta

    def waits_for(self, row: PartRow) -> bool:
        """Whether somebody else may be sending a part at this moment.

        A lease that ends later than any could was given before a clock was put right.
        """
        alive = self.now < row.lease_until <= self.now + 2 * self.lease
        return row.state is PartState.SENDING and row.holder != self.holder and alive


EVERYWHERE = ""
"""In place of a part's name: all of the channel, with its threads."""
UNKNOWN = ""
"""In place of the hash of a content nobody can tell: what was found may be from an earlier attempt."""


@lru_cache(maxsize=2_000)
def content_hash(post: Post) -> str:
    """A hash that changes whenever a reader would see something else.

    It is asked for again and again while a digest is posted, and a card is the same in every channel.
    """
    return hashlib.sha256(json.dumps(asdict(post), sort_keys=True).encode()).hexdigest()


def next_action(
    wanted: Sequence[Part],
    rows: Mapping[str, PartRow],
    found: Mapping[str, tuple[Message, ...]],
    asker: Asker,
    later: Mapping[str, datetime] = MappingProxyType({}),
) -> Action | None:
    """The next thing to do, or None when the place shows what is wanted.

    `found` holds, by name, what looking for a part gave. `later` says, by the name of a part in the
    channel or for `EVERYWHERE`, until when the platform takes nothing there or in its thread. Parts are
    settled in posting order, but a thread that must wait holds nothing else up; edits and notes come
    after all sending, so that the header is edited once, when all cards have their links.
    """
    for part in wanted:
        if action := _orphaned(part, rows, asker):
            return action
    missing, waits = _missing(wanted, rows, found, asker, later)
    if missing:
        return missing
    for part in wanted:
        row = rows.get(part.name)
        if row and row.message and row.content != content_hash(part.post):
            return Edit(part, row.message)
    if waits:
        return Wait(min(waits))
    names = {part.name for part in wanted}
    stray = sorted((row for name, row in rows.items() if name not in names), key=lambda row: row.key.name)
    for row in stray:
        if action := _put_aside(row, rows, found, asker):
            return action
    return None


def _missing(
    wanted: Sequence[Part],
    rows: Mapping[str, PartRow],
    found: Mapping[str, tuple[Message, ...]],
    asker: Asker,
    later: Mapping[str, datetime],
) -> tuple[Action | None, list[datetime]]:
    """What brings the first part that is not there, and until when threads passed over must wait."""
    waits: list[datetime] = []
    for part in wanted:
        action = _settle(part, rows.get(part.name), found.get(part.name), asker)
        until = max(later.get(one, asker.now) for one in (part.under or part.name, EVERYWHERE))
        if not isinstance(action, Send) or until <= asker.now:
            if action:
                return action, waits
        elif part.under is None:
            return Wait(until), waits
        else:
            waits.append(until)
    return None, waits


def _put_aside(
    row: PartRow,
    rows: Mapping[str, PartRow],
    found: Mapping[str, tuple[Message, ...]],
    asker: Asker,
) -> Action | None:
    """What is to be done about a part that is no longer wanted."""
    if row.state is PartState.SENT:
        return Retire(row)
    if row.state is PartState.RETIRED:
        return None
    name = row.key.name
    return _settled(name, _root(name, rows), row, found.get(name), asker) or Forget(name)


def _orphaned(part: Part, rows: Mapping[str, PartRow], asker: Asker) -> Action | None:
    """Forgets a part whose thread is gone with the message that it hung under.

    The record of that message is dropped before those of what hung under it, so that whoever
    goes on from there brings all of it back.
    """
    row = rows.get(part.name)
    if row is None or part.under is None or part.under in rows:
        return None
    return Wait(row.lease_until) if asker.waits_for(row) else Forget(part.name)


def hangs_under(name: str) -> str | None:
    """The part whose thread one stands in by its name: `qa/PAPER/1` in that of its card."""
    kind, _, rest = name.partition("/")
    return f"card/{rest.rpartition('/')[0]}" if kind == "qa" else None


def _root(name: str, rows: Mapping[str, PartRow]) -> str | None:
    """What a part that is no longer wanted hung under, where that is there."""
    root = hangs_under(name)
    return root if root in rows else None


def _settle(
    part: Part,
    row: PartRow | None,
    found: tuple[Message, ...] | None,
    asker: Asker,
) -> Action | None:
    """What makes sure that the part is there, whatever its content."""
    if row is None:
        return Send(part)
    if row.state is not PartState.SENDING:
        return None
    return _settled(part.name, part.under, row, found, asker) or Send(part, row)


def _settled(
    name: str,
    under: str | None,
    row: PartRow,
    found: tuple[Message, ...] | None,
    asker: Asker,
) -> Action | None:
    """What makes a part found `sending` certain; None once it is certain that it is not there."""
    if asker.waits_for(row):
        return Wait(row.lease_until)
    if found is None:
        return Look(name, under)
    if not found:
        return None
    return _adopt(name, kept_copy(found), found)


def _adopt(name: str, kept: Message, copies: Sequence[Message]) -> Adopt:
    return Adopt(name, kept, tuple(message for message in copies if message.id != kept.id))


def kept_copy(copies: Sequence[Message]) -> Message:
    """Of several copies, oldest first, the one that people replied to, else the oldest."""
    return max(copies, key=lambda message: message.replies)  # the first of equals


def remedy(name: str, row: PartRow | None, copies: Sequence[Message], wanted: bool) -> Action | None:
    """What an audit does about a part; None where its one copy is the one that the ledger has.

    What is being sent, and what is yet to be, is left to `next_action`. Of what gave way to a note the
    message with the note stays.
    """
    if row is None:
        kept = kept_copy(copies) if copies and wanted else None
        doubles = tuple(copy for copy in copies if kept is None or copy.id != kept.id)
        return Adopt(name, kept, doubles) if copies else None
    if row.state is PartState.SENDING or row.message is None:
        return None
    if not copies:
        return Forget(name)
    noted = [copy for copy in copies if row.state is PartState.RETIRED and copy.id == row.message.id]
    adopted = _adopt(name, noted[0] if noted else kept_copy(copies), copies)
    is_same = adopted.message is not None and adopted.message.id == row.message.id
    return None if is_same and not adopted.doubles else adopted


def suspects(
    rows: Mapping[str, PartRow], seen: Mapping[str, Message], doubts: Mapping[str, datetime]
) -> frozenset[str]:
    """The roots whose threads an audit must read; `seen` are the messages of the channel as found.

    Those in which something is doubted, or which hold another number of messages than were posted.
    """
    doubted = {hangs_under(name) or name for name in doubts}
    found = set()
    for root, message in seen.items():
        posted = sum(row.message is not None and row.message.thread == message.id for row in rows.values())
        if root in doubted or message.in_thread not in (None, posted):
            found.add(root)
    return frozenset(found)
