"""Use case: makes one place show a digest, once and whole, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from digest.errors import DeliveryError, NotFound
from digest.layout import note
from digest.models import Message, Part, PartKey, PartRow, PartState, Place, Post, Week
from digest.plan import LEASE, Action, Adopt, Edit, Look, Retire, Send, Wait, content_hash, next_action
from digest.ports import Clock, Ledger, Outlet, Progress, Step, silent

_MOST_ACTIONS_PER_PART = 6


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
        posted anew, with what hung under it. Raises `DeliveryError` when the place cannot be
        brought there; what stands stays, and delivering again goes on from it.
        """
        if verify:
            await self._forget_missing(outlet, place, week, parts)
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

    async def _forget_missing(self, outlet: Outlet, place: Place, week: Week, parts: Sequence[Part]) -> None:
        """Drop the record of sent parts that are no longer there, and of what hung under them."""
        rows = {row.key.name: row for row in await self.ledger.rows(place, week)}
        missing: set[str] = set()
        for part in parts:
            row = rows.get(part.name)
            if row is None or row.state is not PartState.SENT:
                continue
            if part.under in missing or not await outlet.find(row.key, _under(part, rows)):
                missing.add(part.name)
                await self.ledger.forget(row.key)

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
            case Look(part):
                key = PartKey(place, week, part.name)
                found[part.name] = await outlet.find(key, _under(part, rows))
                return done
            case Adopt(part, message, doubles):
                for double in doubles:
                    await outlet.remove(double)
                content = rows[part.name].content
                await self.ledger.mark_sent(PartKey(place, week, part.name), content, message)
                return replace(done, adopted=done.adopted + 1)
            case Retire(row):
                await self._retire(outlet, row, retired())
                return replace(done, retired=done.retired + 1)
            case Wait(until):
                await self.clock.sleep((until - self.clock.now()).total_seconds())
                return done

    async def _send(self, outlet: Outlet, key: PartKey, part: Part, rows: dict[str, PartRow]) -> int:
        now = self.clock.now()
        content = content_hash(part.post)
        mark = PartRow(key, PartState.SENDING, content, now + LEASE, self.holder)
        if not await self.ledger.mark_sending(mark, now):
            return 0
        message = await outlet.send(key, part.post, _under(part, rows))
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


def _under(part: Part, rows: dict[str, PartRow]) -> Message | None:
    """The message a part hangs under, which is there by then, as parts go in posting order."""
    if part.under is None:
        return None
    return rows[part.under].message


def _linked(parts: Sequence[Part], rows: dict[str, PartRow]) -> tuple[Part, ...]:
    """Parts whose links to other parts lead there, as far as those stand in the place."""
    urls = {row.key.name: row.message.url for row in rows.values() if row.message and row.message.url}
    return tuple(replace(part, post=part.post.linked(urls)) for part in parts)


def retired_post(language: str, words: str) -> Post:
    """The one-line note that takes the place of a part that is no longer wanted."""
    return Post(language, (note(words),))
