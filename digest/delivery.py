"""Use case: makes one place show a digest, once and whole, whatever happened before."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from digest.errors import DeliveryError, NotFound
from digest.layout import note
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
    kept_copy,
    next_action,
)
from digest.ports import Clock, Outlet, Progress, Step, silent
from digest.posts import Post
from digest.stores import Ledger

_MOST_ACTIONS_PER_PART = 6
_CLOCKS_DIFFER = timedelta(hours=1)


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


@dataclass(frozen=True)
class Delivery:
    """Carries out `plan.next_action` until nothing is left to do."""

    ledger: Ledger
    clock: Clock
    holder: str
    """Names this process, so that it does not wait for itself."""
    _turns: defaultdict[Place, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock), init=False, repr=False, compare=False
    )
    """One delivery to a place at a time: leases do not keep a process from itself."""

    async def deliver(
        self,
        outlet: Outlet,
        place: Place,
        week: Week,
        parts: Sequence[Part],
        retired: Callable[[], Post],
        progress: Progress = silent,
        *,
        verify: bool = False,
    ) -> Delivered:
        """Make the place show `parts`; `retired` gives the note for parts that are too many.

        With `verify` every message is looked for first, so that one which somebody deleted is
        posted anew, with what hung under it, and a second copy goes. Raises `DeliveryError` when the
        place cannot be brought there; what stands stays, and delivering again goes on from it.
        """
        async with self._turns[place]:
            if verify:
                await self._audit(outlet, place, week, parts)
            return await self._deliver(outlet, place, week, parts, retired, progress)

    async def _deliver(
        self,
        outlet: Outlet,
        place: Place,
        week: Week,
        parts: Sequence[Part],
        retired: Callable[[], Post],
        progress: Progress,
    ) -> Delivered:
        found: dict[str, tuple[Message, ...]] = {}
        done = Delivered()
        for _ in range((len(parts) + 1) * _MOST_ACTIONS_PER_PART):
            rows = {row.key.name: row for row in await self.ledger.rows(place, week)}
            wanted = _linked(parts, rows)
            action = next_action(wanted, rows, found, self.holder, self.clock.now())
            if action is None:
                return done
            sent = sum(row.state is PartState.SENT for row in rows.values())
            progress(Step("deliver", str(place), min(sent, len(parts)), len(parts)))
            done = await self._carry_out(action, outlet, place, week, rows, found, retired, done)
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
            copies = await outlet.find(row.key, _under(part.under, rows), _tried(row, outlet))
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

    async def _carry_out(
        self,
        action: Action,
        outlet: Outlet,
        place: Place,
        week: Week,
        rows: dict[str, PartRow],
        found: dict[str, tuple[Message, ...]],
        retired: Callable[[], Post],
        done: Delivered,
    ) -> Delivered:
        match action:
            case Send(part):
                found.pop(part.name, None)
                sent = await self._send(outlet, PartKey(place, week, part.name), part, rows)
                return replace(done, sent=done.sent + sent)
            case Edit(part, message):
                await self._edit(outlet, PartKey(place, week, part.name), part.post, message)
                return replace(done, edited=done.edited + 1)
            case Look(name, under):
                key, row = PartKey(place, week, name), rows[name]
                found[name] = await outlet.find(key, _under(under, rows), _tried(row, outlet))
                return done
            case Adopt(name, message, doubles):
                for double in doubles:
                    await outlet.remove(double)
                await self.ledger.mark_sent(PartKey(place, week, name), UNKNOWN, message)
                return replace(done, adopted=done.adopted + 1)
            case Forget(name):
                found.pop(name, None)
                await self.ledger.forget(PartKey(place, week, name))
                return done
            case Retire(row):
                await self._retire(outlet, row, retired())
                return replace(done, retired=done.retired + 1)
            case Wait(until):
                await self.clock.sleep((until - self.clock.now()).total_seconds())
                return done

    async def _send(self, outlet: Outlet, key: PartKey, part: Part, rows: dict[str, PartRow]) -> int:
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


def retired_post(language: str, words: str) -> Post:
    """The one-line note that takes the place of a part that is no longer wanted."""
    return Post(language, (note(words),))
