"""Whatever happens to processes, to the platform and by people, in whatever order: one copy of each part.

Processes crash before or after any call, stand still while others take over and then go on; answers are
lost, and messages are stored long after they were given up; people reply, and delete what stands there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.delivery import AUDIT_AFTER
from digest.errors import DeliveryError, TurnLost
from digest.places import Message, PartKey
from digest.plan import hangs_under
from digest.posts import Post
from digest.store.engine import Database
from tests.builders import WEEK
from tests.clocks import ManualClock
from tests.digest.channel import (
    GONE,
    Breaker,
    BreakingLedger,
    BreakingOutlet,
    Channel,
    Crash,
    digest,
    post,
)

T = TypeVar("T")
PARTS = digest(("a", "b"))
_LONG = timedelta(minutes=3)


@dataclass
class Still(Breaker):
    """Stands still at a call, before or after it was carried out, until it is let go on."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, work: Callable[[], Awaitable[T]]) -> T:
        self.calls += 1
        await self._stand((self.calls, False))
        done = await work()
        await self._stand((self.calls, True))
        return done

    async def _stand(self, point: tuple[int, bool]) -> None:
        if point in self.at:
            self.reached.set()
            await self.go_on.wait()


@dataclass(frozen=True)
class Late:
    """A message that the platform has yet to store, and since when."""

    at: datetime
    key: PartKey
    post: Post
    under: Message | None


@dataclass(frozen=True)
class Unreliable(BreakingOutlet):
    """Loses the answer to a message, stores it only when nobody waits for it any more, or stores two."""

    losing: Mapping[int, str] = field(default_factory=dict)
    late: list[Late] = field(default_factory=list)
    clock: ManualClock = field(default_factory=ManualClock)
    sent: list[PartKey] = field(default_factory=list)

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        self.sent.append(key)
        how = self.losing.get(len(self.sent))
        if how == "late":
            self.late.append(Late(self.clock.now(), key, post, under))
        if how != "late":
            message = await super().send(key, post, under)
        if how == "twice":
            return await super().send(key, post, under)
        if how is not None:
            raise DeliveryError("no answer")
        return message


@dataclass
class World:
    """A channel, and all that happens to it."""

    channel: Channel
    late: list[Late] = field(default_factory=list)
    replied: set[str] = field(default_factory=set)
    deleted: bool = False
    processes: int = 0

    async def deliver(self, breaker: Breaker, losing: Mapping[int, str] | None = None) -> bool:
        """Post in a process of its own; whether it came to its end."""
        self.processes += 1
        delivery = self.channel.delivery(
            f"process {self.processes}", BreakingLedger(self.channel.ledger, breaker)
        )
        outlet = Unreliable(self.channel.outlet, breaker, losing or {}, self.late, self.channel.clock)
        try:
            await delivery.deliver(outlet, self.channel.place, WEEK, PARTS, lambda _: post(GONE))
            await self.channel.ledger.finish(self.channel.place, WEEK, self.channel.clock.now())
        except (Crash, DeliveryError, TurnLost):
            return False
        return True

    async def happen(self, what: str, number: int, after: bool) -> None:
        self.channel.clock.advance(seconds=_LONG.total_seconds())
        at = frozenset({(number, after)})
        if what == "crash":
            await self.deliver(Breaker(at))
        elif what in ("lost", "late", "twice"):
            await self.deliver(Breaker(), {number % len(PARTS) + 1: what})
        elif what == "still":
            await self.stand_still(Still(at))
        elif what == "stored":
            await self.store_late()
        elif what == "deleted":
            await self.delete(number)
        elif what == "reply":
            await self.reply(number)

    async def stand_still(self, still: Still) -> None:
        """A process stops, another takes over, and the first goes on as if nothing had been."""
        stopped = asyncio.create_task(self.deliver(still))
        reached = asyncio.create_task(still.reached.wait())
        await asyncio.wait({stopped, reached}, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            self.channel.clock.advance(seconds=_LONG.total_seconds())
            await self.deliver(Breaker())
        still.go_on.set()
        await stopped
        reached.cancel()

    async def store_late(self) -> None:
        """The platform stores what it was asked to long ago, though not for ever."""
        while self.late:
            one = self.late.pop(0)
            alive = self.channel.clock.now() - one.at <= AUDIT_AFTER
            if alive and (one.under is None or await self.stands(one.under)):
                await self.channel.outlet.send(one.key, one.post, one.under)

    async def stands(self, message: Message) -> bool:
        return any(root.id == message.id for root in await self.channel.roots())

    async def reply(self, number: int) -> None:
        if roots := await self.channel.roots():
            chosen = roots[number % len(roots)].id
            self.replied.add(chosen)
            await self.channel.reply(chosen)

    async def delete(self, number: int) -> None:
        """Somebody deletes a message while the digest is posted; afterwards it would stay deleted."""
        roots = [root for root in await self.channel.roots() if root.id not in self.replied]
        if roots and await self.channel.ledger.finished(self.channel.place, WEEK) is None:
            self.deleted = True
            chosen = roots[number % len(roots)]
            await self.channel.messages.delete(chosen.id, self.channel.clock.now())

    async def end(self) -> None:
        """Rinko goes on until all is done, and what may come late has come."""
        self.channel.clock.advance(seconds=_LONG.total_seconds())
        assert await self.deliver(Breaker())
        await self.store_late()
        self.channel.clock.advance(seconds=AUDIT_AFTER.total_seconds() + 1)
        delivery = self.channel.delivery("the last")
        if await self.channel.ledger.doubted(self.channel.clock.now() - AUDIT_AFTER):
            names = await delivery.audit(self.channel.outlet, self.channel.place, WEEK)
            await delivery.deliver(
                self.channel.outlet,
                self.channel.place,
                WEEK,
                PARTS,
                lambda _: post(GONE),
                within=lambda name: (
                    name in {*names, "header"} or hangs_under(name) in names or name.startswith("aside/")
                ),
            )
        assert await self.channel.ledger.doubts(self.channel.place, WEEK) == {}

    async def faults(self) -> list[str]:
        """What is wrong, told from the messages alone."""
        seen = [(text, thread) for text, thread in await self.channel.seen() if text != GONE]
        expected = [("header", []), ("card/a", ["qa/a/1"]), ("card/b", ["qa/b/1"])]
        shown = [(text, [line for line in thread if line != "thank you"]) for text, thread in seen]
        faults = []
        if sorted(shown) != sorted(expected):
            faults.append(f"shown {shown}")
        if shown != expected and not self.deleted and not self.replied:
            faults.append(f"out of order {shown}")
        standing = {root.id for root in await self.channel.roots()}
        faults += [f"{one} was replied to, and is gone" for one in self.replied - standing]
        return faults


EVENT = st.tuples(
    st.sampled_from(["crash", "still", "lost", "late", "twice", "stored", "deleted", "reply"]),
    st.integers(1, 24),
    st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(events=st.lists(EVENT, min_size=1, max_size=5))
@example(events=[("late", 2, True), ("crash", 6, True), ("stored", 1, True)])
@example(events=[("late", 2, True), ("late", 3, True), ("reply", 1, True), ("stored", 1, True)])
@example(events=[("twice", 1, True)])
@example(events=[("still", 3, False), ("reply", 1, True)])
async def test_in_the_end_one_copy_of_each_part_stands(
    database: Database, events: list[tuple[str, int, bool]]
) -> None:
    world = World(Channel(database, ManualClock()))
    for what, number, after in events:
        await world.happen(what, number, after)
    await world.end()
    assert await world.faults() == []
