"""Use case: makes one place show a digest, once and whole, whatever happened before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.auditing import ASIDE, AUDIT_AFTER, UNFINISHED, Auditor, Target
from digest.course import Delivered, Errand, Run
from digest.errors import DeliveryError, EditRefused, NotFound, Postponed, ThreadGone, ThreadLocked
from digest.models import Week
from digest.places import Message, Part, PartRow, PartState, Place
from digest.plan import (
    EVERYWHERE,
    UNKNOWN,
    Action,
    Adopt,
    Asker,
    Edit,
    Forget,
    Look,
    Retire,
    Send,
    Wait,
    content_hash,
    hangs_under,
    next_action,
)
from digest.ports import Clock, Outlet, Progress, Step, Turns, silent
from digest.posts import Post
from digest.sending import Sender
from digest.stores import Ledger

__all__ = ["ASIDE", "AUDIT_AFTER", "UNFINISHED", "Delivered", "Delivery", "everything", "nothing"]
_MOST_ACTIONS_PER_PART = 8


def everything(_: str) -> bool:
    """Any part."""
    return True


def nothing(_: str) -> bool:
    """No part."""
    return False


async def _untold(_: datetime) -> None:
    """Nobody is told."""


@dataclass(frozen=True)
class Delivery:
    """Carries out `plan.next_action` until nothing is left to do, and audits the place then."""

    ledger: Ledger
    clock: Clock
    holder: str
    """Names this process, so that it does not wait for itself."""
    turns: Turns
    """One delivery to a place at a time."""

    @property
    def _auditor(self) -> Auditor:
        return Auditor(self.ledger, self.clock, self.holder)

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
        errand = Errand(Target(outlet, place, week), parts, retired, progress, within, waiting)
        async with self.turns.take(f"deliver {place}"):
            if fresh is not nothing:
                await self._auditor.make_room(errand.target, fresh)
            elif verify:
                await self._auditor.audit(errand.target, parts, restore=True, thorough=within)
            run = Run()
            await self._bring(errand, run)
            doubts = await self.ledger.doubts(place, week)
            if doubts or await self._to_be_audited(errand.target, run):
                await self._audit(errand, run)
            if UNFINISHED in doubts and within is everything:
                await self.ledger.believe(errand.target.key(UNFINISHED))
        return replace(run.done, left=len(run.left))

    async def audit(self, outlet: Outlet, place: Place, week: Week) -> frozenset[str]:
        """Look once more, when no message of doubt can come any more, for copies that came since.

        Nothing is posted. Names the parts that another message is kept of than before,
        which may show something older, and `UNFINISHED` where parts were taken away that may not have
        been posted anew; nothing is settled where there are any. Raises `DeliveryError` where the place
        cannot be read.
        """
        target, begun = Target(outlet, place, week), self.clock.now()
        async with self.turns.take(f"deliver {place}"):
            await self._auditor.audit(target, (), restore=False)
            rows = await self.ledger.rows(place, week)
            doubts = await self.ledger.doubts(place, week)
            names = {row.key.name for row in rows if row.content == UNKNOWN} | (doubts.keys() & {UNFINISHED})
            if not names:
                await self.ledger.settle(place, week, begun - AUDIT_AFTER)
        return frozenset(names)

    async def _to_be_audited(self, target: Target, run: Run) -> bool:
        """A place that was looked at when its digest was finished, and got no message since, is well."""
        if run.done.sent or run.done.adopted:
            return True
        return await self.ledger.finished(target.place, target.week) is None

    async def _audit(self, errand: Errand, run: Run) -> None:
        """Look at what stands there once all does, and bring back what a first posting lost meanwhile.

        What people delete after a digest was finished stays deleted, until an admin posts it again.
        """
        target, begun = errand.target, self.clock.now()
        first = await self.ledger.finished(target.place, target.week) is None
        await self._auditor.audit(target, errand.parts, restore=first)
        await self._bring(errand, run)
        await self.ledger.settle(target.place, target.week, begun - AUDIT_AFTER)

    async def _bring(self, errand: Errand, run: Run) -> None:
        target = errand.target
        lease = target.outlet.limits.lease
        for _ in range((len(errand.parts) + 1) * _MOST_ACTIONS_PER_PART):
            rows = {row.key.name: row for row in await self.ledger.rows(target.place, target.week)}
            wanted = [part for part in _linked(errand.parts, rows) if errand.within(part.name)]
            wanted = [part for part in wanted if not run.gives_up(part.name, part.under)]
            looked_at = {
                name: row
                for name, row in rows.items()
                if errand.within(name) and not run.gives_up(name, hangs_under(name))
            }
            asker = Asker(self.holder, self.clock.now(), lease)
            action = next_action(wanted, looked_at, run.found, asker, run.later)
            if action is None:
                return
            sent = sum(row.state is PartState.SENT for row in rows.values())
            total = len(errand.parts)
            errand.progress(Step("deliver", str(target.place), min(sent, total), total))
            await self._carry_out(action, errand, rows, run)
        raise DeliveryError(f"{target.place} keeps changing while {target.week} is posted.")

    async def _carry_out(self, action: Action, errand: Errand, rows: dict[str, PartRow], run: Run) -> None:
        target = errand.target
        match action:
            case Send(part, seen):
                run.found.pop(part.name, None)
                await self._send(target, part, seen, rows, run)
            case Edit(part, message):
                await self._edit(errand, part, message, rows[part.name], run)
            case Look(name, under):
                run.found[name] = await self._auditor.look(target, rows[name], _under(under, rows))
            case Adopt(name):
                run.found.pop(name, None)
                await self._auditor.adopt(target, action)
                run.count(adopted=1)
            case Forget(name):
                run.found.pop(name, None)
                await self.ledger.forget(target.key(name))
            case Retire(row):
                await self._retire(target, row, errand.retired(row.key.name))
                run.count(retired=1)
            case Wait(until):
                await self._wait(errand, run, until)

    async def _wait(self, errand: Errand, run: Run, until: datetime) -> None:
        """Wait once, whatever the clock says then: it may be set back meanwhile."""
        if until in run.later.values():
            await errand.waiting(until)  # waiting for another process is not news
        await self.clock.sleep(max(0.0, (until - self.clock.now()).total_seconds()))
        run.later = {name: when for name, when in run.later.items() if when > until}

    async def _send(
        self, target: Target, part: Part, seen: PartRow | None, rows: dict[str, PartRow], run: Run
    ) -> None:
        if not run.may_post(part.name):
            return
        sender = Sender(self.ledger, self.clock, self.holder, self._auditor)
        try:
            sent = await sender.send(target, part, _under(part.under, rows), seen)
        except Postponed as error:
            run.later[EVERYWHERE if error.everywhere else part.under or part.name] = error.until
        except ThreadGone:
            await self._thread_gone(target, part, rows, run)
        except ThreadLocked:
            run.left.add(part.name)
        else:
            run.posted[part.name] += 1
            run.count(sent=int(sent))

    async def _thread_gone(self, target: Target, part: Part, rows: dict[str, PartRow], run: Run) -> None:
        """Somebody deleted what the part hangs under: bring it back, unless that was in vain before."""
        root = rows[part.under] if part.under is not None else None
        if root is None or await self._auditor.copies(target, root, None):
            run.left.add(part.name)
        elif run.may_post(root.key.name):
            await self._auditor.drop(target, root)

    async def _edit(self, errand: Errand, part: Part, message: Message, row: PartRow, run: Run) -> None:
        target = errand.target
        try:
            async with asyncio.timeout(target.outlet.limits.call_seconds):
                message = await target.outlet.edit(message, part.post)
        except NotFound:
            if run.may_post(part.name):
                # Somebody deleted the message: forget it, and the next round posts it anew.
                await self._auditor.drop(target, row)
            return
        except Postponed as error:
            run.later[EVERYWHERE] = error.until
            await self._wait(errand, run, error.until)
            return
        except EditRefused:
            run.left.add(part.name)
        except TimeoutError:
            raise DeliveryError(f"{target.place} did not answer in time.") from None
        else:
            run.count(edited=1)
        await self.ledger.mark_sent(row.key, content_hash(part.post), message)

    async def _retire(self, target: Target, row: PartRow, post: Post) -> None:
        if row.message is not None:
            try:
                await target.outlet.edit(row.message, post)
            except NotFound:
                await self.ledger.forget(row.key)
                return
            except EditRefused:
                pass  # it stays as it is
        await self.ledger.mark_retired(row.key, content_hash(post))


def _under(name: str | None, rows: dict[str, PartRow]) -> Message | None:
    """The message of that name, which is there by then, as parts go in posting order."""
    return None if name is None else rows[name].message


def _linked(parts: Sequence[Part], rows: dict[str, PartRow]) -> tuple[Part, ...]:
    """Parts whose links to other parts lead there, as far as those stand in the place."""
    urls = {row.key.name: row.message.url for row in rows.values() if row.message and row.message.url}
    return tuple(replace(part, post=part.post.linked(urls)) for part in parts)
