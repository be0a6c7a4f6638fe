"""Sends one part: marked in the ledger before the call, and after it only where it is still ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from digest.auditing import Auditor, Target
from digest.errors import DeliveryError, PlaceUnavailable, Postponed, ThreadGone, ThreadLocked, TurnLost
from digest.places import Message, Part, PartKey, PartRow, PartState
from digest.plan import content_hash
from digest.ports import Clock
from digest.stores import Ledger

_MARKS = 3
"""How often a part is marked anew where marking took so long that the lease is no use any more."""


@dataclass(frozen=True)
class Sender:
    """Posts parts, and leaves behind what the next one needs to know, wherever it ends."""

    ledger: Ledger
    clock: Clock
    holder: str
    auditor: Auditor

    async def send(self, target: Target, part: Part, under: Message | None, seen: PartRow | None) -> bool:
        """Post a part whose record is as it was `seen`; whether it was done, and not left to another.

        Raises `Postponed`, `ThreadGone` and `ThreadLocked`, after which nothing stands and nothing is
        marked; `PlaceUnavailable`; `DeliveryError` where it is not known what came of it; and `TurnLost`
        where that is the affair of another process by now.
        """
        key, content = target.key(part.name), content_hash(part.post)
        if under is not None:
            await target.outlet.prepare(under)
        if not await self._mark(target, key, content, seen):
            return False
        try:
            async with asyncio.timeout(target.outlet.limits.call_seconds):
                message = await target.outlet.send(key, part.post, under)
        except (Postponed, ThreadGone, ThreadLocked):
            await self.ledger.forget(key, self.holder)
            raise
        except PlaceUnavailable:
            raise
        except (TimeoutError, DeliveryError) as error:
            await self._unclear(key, error)
        if await self.ledger.mark_sent(key, content, message, self.holder):
            return True
        # This process stood still for so long that another took the part over, and may have posted it.
        await self.ledger.doubt(key, self.clock.now())
        await self.auditor.recheck(target, part.name, under)
        return False

    async def _mark(self, target: Target, key: PartKey, content: str, seen: PartRow | None) -> bool:
        """Mark a part so that the whole call fits into its lease, or say that another has it."""
        limits = target.outlet.limits
        for _ in range(_MARKS):
            lease_until = self.clock.now() + limits.lease
            mark = PartRow(key, PartState.SENDING, content, lease_until, self.holder)
            if not await self.ledger.mark_sending(mark, seen):
                return False
            if self.clock.now() + timedelta(seconds=limits.call_seconds) <= lease_until:
                return True
            seen = mark
        raise DeliveryError("The database is too slow: marking a message takes longer than sending it may.")

    async def _unclear(self, key: PartKey, error: Exception) -> NoReturn:
        await self.ledger.doubt(key, self.clock.now())
        rows = await self.ledger.rows(key.place, key.week)
        ours = any(row.key == key and row.holder == self.holder for row in rows)
        if not ours:
            raise TurnLost from error
        if isinstance(error, DeliveryError):
            raise error
        raise DeliveryError(
            f"{key.place} did not answer in time; whether the message came is looked up next time."
        ) from None
