"""Use case: makes one place show a digest, once and whole, whatever happened before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from digest.errors import DeliveryError, NotFound, Postponed
from digest.models import Week
from digest.places import Message, Part, PartKey, PartRow, PartState, Place
from digest.plan import (
    UNKNOWN,
    Action,
    Adopt,
    Edit,
    Forget,
    Look,
    Retire,
    Send,
    Wait,
    content_hash,
    hangs_under,
    kept_copy,
    next_action,
)
from digest.ports import Clock, Outlet, Progress, Step, Turns, silent
from digest.posts import Post
from digest.stores import Ledger

ASIDE = "aside/"
"""How the name of a part begins that a newer message took the place of."""
_MOST_ACTIONS_PER_PART = 6
_CLOCKS_DIFFER = timedelta(hours=1)


def everything(_: str) -> bool:
    """Any part."""
    return True


def nothing(_: str) -> bool:
    """No part."""
    return False


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery did: messages sent, edited, taken over as found, put aside."""

    sent: int = 0
    edited: int = 0
    adopted: int = 0
    retired: int = 0

    @property
    def changed(self) -> bool:
        """Whether the place looks different now."""
        return bool(self.sent or self.edited or self.retired)


async def _untold(_: datetime) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What one delivery has found out so far."""

    waiting: Callable[[datetime], Awaitable[None]]
    found: dict[str, tuple[Message, ...]] = field(default_factory=dict)
    """By name, what looking for a part gave."""
    later: dict[str, datetime] = field(default_factory=dict)
    """By the name of a part in the channel, until when nothing is taken there or in its thread."""

    async def tell(self, until: datetime) -> None:
        """Say until when the platform lets the rest wait; waiting for another process is not news."""
        if until in self.later.values():
            await self.waiting(until)


@dataclass(frozen=True)
class Delivery:
    """Carries out `plan.next_action` until nothing is left to do."""

    ledger: Ledger
    clock: Clock
    holder: str
    """Names this process, so that it does not wait for itself."""
    turns: Turns
    """One delivery to a place at a time."""

    async def deliver(
        self,
        outlet: Outlet,
        place: Place,
        week: Week,
        parts: Sequence[Part],
        retired: Callable[[str], Post],
        progress: Progress = silent,
        *,
        verify: bool = False,
        fresh: Callable[[str], bool] = nothing,
        within: Callable[[str], bool] = everything,
        waiting: Callable[[datetime], Awaitable[None]] = _untold,
    ) -> Delivered:
        """Make the place show `parts`; `retired` gives the note for a part that is too many, by name.

        With `verify` every message is looked for first, so that one which somebody deleted is
        posted anew, with what hung under it, and a second copy goes. Parts whose names are `fresh` are
        posted anew: of what stood there, messages that people replied to give way to a note and the
        rest goes. Only parts whose names are `within` are looked at, all others stay as they are.
        Where the platform takes no more for now, all that it takes goes first; then `waiting` is told
        until when the rest waits. Raises `DeliveryError` when the place cannot be brought there; what
        stands stays, and delivering again goes on from it.
        """
        async with self.turns.take(f"deliver {place}"):
            if fresh is not nothing:
                await self._put_aside(outlet, place, week, fresh)
            elif verify:
                await self._audit(outlet, place, week, [part for part in parts if within(part.name)])
            return await self._deliver(outlet, place, week, parts, retired, progress, within, _Run(waiting))

    async def _deliver(
        self,
        outlet: Outlet,
        place: Place,
        week: Week,
        parts: Sequence[Part],
        retired: Callable[[str], Post],
        progress: Progress,
        within: Callable[[str], bool],
        run: _Run,
    ) -> Delivered:
        done = Delivered()
        for _ in range((len(parts) + 1) * _MOST_ACTIONS_PER_PART):
            rows = {row.key.name: row for row in await self.ledger.rows(place, week)}
            wanted = tuple(part for part in _linked(parts, rows) if within(part.name))
            looked_at = {name: row for name, row in rows.items() if within(name)}
            action = next_action(wanted, looked_at, run.found, self.holder, self.clock.now(), run.later)
            if action is None:
                return done
            sent = sum(row.state is PartState.SENT for row in rows.values())
            progress(Step("deliver", str(place), min(sent, len(parts)), len(parts)))
            done = await self._carry_out(action, outlet, place, week, rows, run, retired, done)
        raise DeliveryError(f"{place} keeps changing while {week} is posted.", hint="Try again later.")

    async def _audit(self, outlet: Outlet, place: Place, week: Week, parts: Sequence[Part]) -> None:
        """Drop the record of sent parts that are no longer there, and all copies but one.

        What hung under a part that is gone is forgotten by the plan, also after a crash here.
        """
        rows = {row.key.name: row for row in await self.ledger.rows(place, week)}
        for part in parts:
            row = rows.get(part.name)
            if row is None or row.state is not PartState.SENT:
                continue
            if part.under and part.under not in rows:
                continue
            copies = await self._find(outlet, row, part.under, rows)
            if not copies:
                await self.ledger.forget(row.key)
                del rows[part.name]
                continue
            kept = kept_copy(copies)
            if row.message is None or kept.id != row.message.id:
                await self.ledger.mark_sent(row.key, UNKNOWN, kept)
            for copy in copies:
                if copy.id != kept.id:
                    await outlet.remove(copy)

    async def _find(
        self, outlet: Outlet, row: PartRow, under: str | None, rows: dict[str, PartRow]
    ) -> tuple[Message, ...]:
        """The copies of a part, without those that were put aside: they still carry its mark."""
        aside = {one.message.id for name, one in rows.items() if name.startswith(ASIDE) and one.message}
        copies = await outlet.find(row.key, _under(under, rows), _tried(row, outlet))
        return tuple(copy for copy in copies if copy.id not in aside)

    async def _put_aside(
        self, outlet: Outlet, place: Place, week: Week, fresh: Callable[[str], bool]
    ) -> None:
        """Make room for new messages, those in threads first.

        A message that people replied to keeps a record of its own, as a part that is not wanted, so
        that the delivery puts a note there even if this process ends before; any other goes.
        """
        rows = {row.key.name: row for row in await self.ledger.rows(place, week)}
        sent = [row for name, row in rows.items() if row.state is PartState.SENT and fresh(name)]
        for row in sorted(sent, key=lambda row: row.message is None or row.message.thread is None):
            if row.message is None or row.key.name.startswith(ASIDE):
                continue
            under = hangs_under(row.key.name)
            copies = await self._find(outlet, row, under if under in rows else None, rows)
            for copy in copies:
                if copy.replies:
                    await self._keep_aside(row, copy, outlet)
                else:
                    await outlet.remove(copy)
            await self.ledger.forget(row.key)

    async def _keep_aside(self, row: PartRow, copy: Message, outlet: Outlet) -> None:
        now = self.clock.now()
        key = PartKey(row.key.place, row.key.week, f"{ASIDE}{row.key.name}/{copy.id}")
        mark = PartRow(key, PartState.SENDING, UNKNOWN, now + outlet.limits.lease, self.holder)
        await self.ledger.mark_sending(mark, now)
        await self.ledger.mark_sent(key, UNKNOWN, copy)

    async def _carry_out(
        self,
        action: Action,
        outlet: Outlet,
        place: Place,
        week: Week,
        rows: dict[str, PartRow],
        run: _Run,
        retired: Callable[[str], Post],
        done: Delivered,
    ) -> Delivered:
        match action:
            case Send(part):
                run.found.pop(part.name, None)
                sent = await self._send(outlet, PartKey(place, week, part.name), part, rows, run)
                return replace(done, sent=done.sent + sent)
            case Edit(part, message):
                await self._edit(outlet, PartKey(place, week, part.name), part.post, message)
                return replace(done, edited=done.edited + 1)
            case Look(name, under):
                run.found[name] = await self._find(outlet, rows[name], under, rows)
                return done
            case Adopt(name, message, doubles):
                for double in doubles:
                    await outlet.remove(double)
                await self.ledger.mark_sent(PartKey(place, week, name), UNKNOWN, message)
                return replace(done, adopted=done.adopted + 1)
            case Forget(name):
                run.found.pop(name, None)
                await self.ledger.forget(PartKey(place, week, name))
                return done
            case Retire(row):
                await self._retire(outlet, row, retired(row.key.name))
                return replace(done, retired=done.retired + 1)
            case Wait(until):
                await run.tell(until)
                await self.clock.sleep((until - self.clock.now()).total_seconds())
                return done

    async def _send(
        self, outlet: Outlet, key: PartKey, part: Part, rows: dict[str, PartRow], run: _Run
    ) -> int:
        now = self.clock.now()
        content = content_hash(part.post)
        mark = PartRow(key, PartState.SENDING, content, now + outlet.limits.lease, self.holder)
        if not await self.ledger.mark_sending(mark, now):
            return 0
        try:
            async with asyncio.timeout(outlet.limits.call_seconds):
                message = await outlet.send(key, part.post, _under(part.under, rows))
        except TimeoutError:
            raise DeliveryError(
                f"{key.place} did not answer in time; whether the message came is looked up next time."
            ) from None
        except Postponed as error:
            await self.ledger.forget(key)  # it is certain that nothing was posted
            run.later[part.under or part.name] = error.until
            return 0
        await self.ledger.mark_sent(key, content, message)
        return 1

    async def _edit(self, outlet: Outlet, key: PartKey, post: Post, message: Message) -> None:
        try:
            edited = await outlet.edit(message, post)
        except NotFound:
            # Somebody deleted the message: forget it, and the next round posts it anew.
            await self.ledger.forget(key)
            return
        await self.ledger.mark_sent(key, content_hash(post), edited)

    async def _retire(self, outlet: Outlet, row: PartRow, post: Post) -> None:
        if row.message is not None:
            try:
                await outlet.edit(row.message, post)
            except NotFound:
                await self.ledger.forget(row.key)
                return
        await self.ledger.mark_retired(row.key, content_hash(post))


def _under(name: str | None, rows: dict[str, PartRow]) -> Message | None:
    """The message of that name, which is there by then, as parts go in posting order."""
    return None if name is None else rows[name].message


def _tried(row: PartRow, outlet: Outlet) -> datetime:
    """No later than when a part was first sent: the lease began then, with room for clocks that differ."""
    return row.lease_until - outlet.limits.lease - _CLOCKS_DIFFER


def _linked(parts: Sequence[Part], rows: dict[str, PartRow]) -> tuple[Part, ...]:
    """Parts whose links to other parts lead there, as far as those stand in the place."""
    urls = {row.key.name: row.message.url for row in rows.values() if row.message and row.message.url}
    return tuple(replace(part, post=part.post.linked(urls)) for part in parts)
