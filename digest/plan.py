"""Pure: wanted parts, what the ledger says and what was found -> what to do next.

The crash logic of delivery lives here and nowhere else. A part goes through: marked `sending`,
sent, marked `sent`. Whoever finds a part still `sending` after its lease cannot know whether the
message exists, so it is looked for first; only when it is not found is it sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType

from digest.places import Message, Part, PartRow, PartState
from digest.posts import Post


@dataclass(frozen=True, slots=True)
class Send:
    """Post a part that is not there."""

    part: Part


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
    """A part that was being sent was found: record it. `doubles` are further copies of it."""

    name: str
    message: Message
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

UNKNOWN = ""
"""In place of the hash of a content nobody can tell: what was found may be from an earlier attempt."""


def content_hash(post: Post) -> str:
    """A hash that changes whenever a reader would see something else."""
    return hashlib.sha256(json.dumps(asdict(post), sort_keys=True).encode()).hexdigest()


def next_action(
    wanted: Sequence[Part],
    rows: Mapping[str, PartRow],
    found: Mapping[str, tuple[Message, ...]],
    holder: str,
    now: datetime,
    later: Mapping[str, datetime] = MappingProxyType({}),
) -> Action | None:
    """The next thing to do, or None when the place shows what is wanted.

    `found` holds, by name, what looking for a part gave. `later` says, by the name of a part in the
    channel, until when the platform takes nothing there or in its thread. Parts are settled in posting
    order, but a thread that must wait holds nothing else up; edits and notes come after all sending,
    so that the header is edited once, when all cards have their links.
    """
    for part in wanted:
        if action := _orphaned(part, rows, holder, now):
            return action
    missing, waits = _missing(wanted, rows, found, holder, now, later)
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
        if action := _put_aside(row, rows, found, holder, now):
            return action
    return None


def _missing(
    wanted: Sequence[Part],
    rows: Mapping[str, PartRow],
    found: Mapping[str, tuple[Message, ...]],
    holder: str,
    now: datetime,
    later: Mapping[str, datetime],
) -> tuple[Action | None, list[datetime]]:
    """What brings the first part that is not there, and until when threads passed over must wait."""
    waits: list[datetime] = []
    for part in wanted:
        action = _settle(part, rows.get(part.name), found.get(part.name), holder, now)
        until = later.get(part.under or part.name, now)
        if not isinstance(action, Send) or until <= now:
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
    holder: str,
    now: datetime,
) -> Action | None:
    """What is to be done about a part that is no longer wanted."""
    if row.state is PartState.SENT:
        return Retire(row)
    if row.state is PartState.RETIRED:
        return None
    name = row.key.name
    return _settled(name, _root(name, rows), row, found.get(name), holder, now) or Forget(name)


def _orphaned(part: Part, rows: Mapping[str, PartRow], holder: str, now: datetime) -> Action | None:
    """Forgets a part whose thread is gone with the message that it hung under.

    The record of that message is dropped before those of what hung under it, so that whoever
    goes on from there brings all of it back.
    """
    row = rows.get(part.name)
    if row is None or part.under is None or part.under in rows:
        return None
    return Wait(row.lease_until) if _held(row, holder, now) else Forget(part.name)


def hangs_under(name: str) -> str | None:
    """The part whose thread one stands in by its name: `qa/PAPER/1` in that of its card."""
    kind, _, rest = name.partition("/")
    return f"card/{rest.rpartition('/')[0]}" if kind == "qa" else None


def _root(name: str, rows: Mapping[str, PartRow]) -> str | None:
    """What a part that is no longer wanted hung under, where that is there."""
    root = hangs_under(name)
    return root if root in rows else None


def _held(row: PartRow, holder: str, now: datetime) -> bool:
    """Whether somebody else may be sending the part at this moment."""
    return row.state is PartState.SENDING and row.lease_until > now and row.holder != holder


def _settle(
    part: Part,
    row: PartRow | None,
    found: tuple[Message, ...] | None,
    holder: str,
    now: datetime,
) -> Action | None:
    """What makes sure that the part is there, whatever its content."""
    if row is None:
        return Send(part)
    if row.state is not PartState.SENDING:
        return None
    return _settled(part.name, part.under, row, found, holder, now) or Send(part)


def _settled(
    name: str,
    under: str | None,
    row: PartRow,
    found: tuple[Message, ...] | None,
    holder: str,
    now: datetime,
) -> Action | None:
    """What makes a part found `sending` certain; None once it is certain that it is not there."""
    if _held(row, holder, now):
        return Wait(row.lease_until)
    if found is None:
        return Look(name, under)
    if not found:
        return None
    kept = kept_copy(found)
    return Adopt(name, kept, tuple(message for message in found if message.id != kept.id))


def kept_copy(copies: Sequence[Message]) -> Message:
    """Of several copies, oldest first, the one that people replied to, else the oldest."""
    return max(copies, key=lambda message: message.replies)  # the first of equals
