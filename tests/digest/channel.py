"""A local channel that breaks where it is told to, and what is seen in it in the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import TypeVar

from bot.platforms.local.messages import RINKO, Draft, Kept
from bot.platforms.local.outlet import LocalOutlet, local_place, new_id
from bot.platforms.local.sql_messages import SqlMessages
from digest.delivery import Delivered, Delivery, everything, nothing
from digest.models import Week
from digest.places import Message, Part, PartKey, PartRow, PartState, Place
from digest.ports import Outlet, Stream
from digest.posts import Block, BlockKind, Limits, Post, Span
from digest.store.engine import Database
from digest.store.ledger import SqlLedger
from digest.store.turns import SqlTurns
from digest.stores import Ledger
from tests.builders import WEEK
from tests.clocks import ManualClock

T = TypeVar("T")
GONE = "put aside"
_numbers = count()


class Crash(Exception):
    """The process ends here; nothing it would still have done is done."""


@dataclass
class Breaker:
    """Ends the process at the calls named: `(number, whether the call was carried out)`."""

    at: frozenset[tuple[int, bool]] = frozenset()
    calls: int = 0

    async def __call__(self, work: Callable[[], Awaitable[T]]) -> T:
        self.calls += 1
        if (self.calls, False) in self.at:
            raise Crash
        done = await work()
        if (self.calls, True) in self.at:
            raise Crash
        return done


@dataclass(frozen=True)
class BreakingOutlet:
    """An outlet whose calls may be the last thing the process does."""

    inner: Outlet
    breaker: Breaker

    @property
    def limits(self) -> Limits:
        return self.inner.limits

    async def prepare(self, under: Message) -> None:
        await self.breaker(lambda: self.inner.prepare(under))

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        return await self.breaker(lambda: self.inner.send(key, post, under))

    async def edit(self, message: Message, post: Post) -> Message:
        return await self.breaker(lambda: self.inner.edit(message, post))

    async def find(
        self,
        keys: Collection[PartKey],
        under: Message | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Mapping[PartKey, tuple[Message, ...]]:
        return await self.breaker(lambda: self.inner.find(keys, under, since, until))

    async def replies(self, message: Message) -> int:
        return await self.inner.replies(message)

    async def lacking(self, place: Place) -> tuple[str, ...]:
        return await self.inner.lacking(place)

    async def locate(self, channel: str) -> Place:
        return await self.inner.locate(channel)

    async def unheard(self, place: Place) -> tuple[str, ...]:
        return await self.inner.unheard(place)

    async def name(self, place: Place) -> str:
        return await self.inner.name(place)

    async def private(self, place: Place, user: str) -> Place | None:
        return await self.inner.private(place, user)

    async def remove(self, message: Message) -> None:
        await self.breaker(lambda: self.inner.remove(message))

    def stream(self, place: Place, thread: str | None, only_for: str | None) -> Stream:
        return self.inner.stream(place, thread, only_for)


@dataclass(frozen=True)
class BreakingLedger:
    """A ledger whose calls may be the last thing the process does."""

    inner: Ledger
    breaker: Breaker

    async def rows(self, place: Place, week: Week) -> tuple[PartRow, ...]:
        return await self.inner.rows(place, week)

    async def mark_sending(self, row: PartRow, seen: PartRow | None = None) -> bool:
        return await self.breaker(lambda: self.inner.mark_sending(row, seen))

    async def mark_sent(
        self, key: PartKey, content: str, message: Message, holder: str | None = None
    ) -> bool:
        return await self.breaker(lambda: self.inner.mark_sent(key, content, message, holder))

    async def mark_retired(self, key: PartKey, content: str) -> None:
        await self.breaker(lambda: self.inner.mark_retired(key, content))

    async def forget(self, key: PartKey, holder: str | None = None) -> None:
        await self.breaker(lambda: self.inner.forget(key, holder))

    async def doubt(self, key: PartKey, at: datetime) -> None:
        await self.breaker(lambda: self.inner.doubt(key, at))

    async def doubts(self, place: Place, week: Week) -> Mapping[str, datetime]:
        return await self.inner.doubts(place, week)

    async def believe(self, key: PartKey) -> None:
        await self.breaker(lambda: self.inner.believe(key))

    async def settle(self, place: Place, week: Week, before: datetime) -> None:
        await self.breaker(lambda: self.inner.settle(place, week, before))

    async def at(self, place: Place, message_id: str) -> PartKey | None:
        return await self.inner.at(place, message_id)

    async def finish(self, place: Place, week: Week, at: datetime) -> None:
        await self.inner.finish(place, week, at)

    async def finished(self, place: Place, week: Week) -> datetime | None:
        return await self.inner.finished(place, week)


def post(text: str, *links: str) -> Post:
    blocks = [Block(BlockKind.TEXT, (Span(text),))]
    blocks += [Block(BlockKind.ITEM, (Span(name, part=name),)) for name in links]
    return Post("en", tuple(blocks))


def digest(papers: Sequence[str], pairs: int = 1, edition: str = "") -> tuple[Part, ...]:
    """A header that links to its cards, and under each card so many questions and answers."""
    cards = [f"card/{name}" for name in papers]
    parts = [Part("header", post(f"header{edition}", *cards))]
    for name, card in zip(papers, cards, strict=True):
        parts.append(Part(card, post(card + edition)))
        answers = [f"qa/{name}/{number}" for number in range(1, pairs + 1)]
        parts += [Part(answer, post(answer + edition), under=card) for answer in answers]
    return tuple(parts)


@dataclass
class Channel:
    """A channel of its own in a database that may hold many, with real stores behind it."""

    database: Database
    clock: ManualClock
    place: Place = field(default_factory=lambda: local_place(f"channel-{next(_numbers)}"))

    def __post_init__(self) -> None:
        self.messages = SqlMessages(self.database)
        self.outlet = LocalOutlet(self.messages, self.clock)
        self.ledger = SqlLedger(self.database)

    def key(self, name: str) -> PartKey:
        return PartKey(self.place, WEEK, name)

    def delivery(self, holder: str, ledger: Ledger | None = None) -> Delivery:
        """What delivers in a process of that name."""
        turns = SqlTurns(self.database, self.clock, holder)
        return Delivery(ledger or self.ledger, self.clock, holder, turns)

    async def deliver(
        self,
        parts: Sequence[Part],
        *,
        holder: str = "this process",
        breaker: Breaker | None = None,
        verify: bool = False,
        fresh: Callable[[str], bool] = nothing,
        within: Callable[[str], bool] = everything,
    ) -> Delivered:
        """Deliver in a process of its own, which ends where `breaker` says."""
        breaks = breaker or Breaker()
        delivery = self.delivery(holder, BreakingLedger(self.ledger, breaks))
        return await delivery.deliver(
            BreakingOutlet(self.outlet, breaks),
            self.place,
            WEEK,
            parts,
            lambda _: post(GONE),
            verify=verify,
            fresh=fresh,
            within=within,
        )

    async def reply(self, message: str, text: str = "thank you") -> None:
        draft = Draft(new_id(), self.place.channel, "a-person", post(text), self.clock.now(), thread=message)
        await self.messages.insert(draft)

    async def roots(self) -> tuple[Kept, ...]:
        found = await self.messages.channel(self.place.channel, "nobody", 1000)
        return tuple(kept for kept in found if not kept.deleted)

    async def seen(self) -> list[tuple[str, list[str]]]:
        """What people see: the first line of each message and of those in its thread, in order."""
        return [
            (_line(root), [_line(kept) for kept in await self.messages.thread(root.id, "nobody")])
            for root in await self.roots()
        ]

    async def copies(self, name: str, under: Message | None = None) -> tuple[Message, ...]:
        """The messages that carry the mark of a part."""
        return (await self.outlet.find([self.key(name)], under))[self.key(name)]

    async def message(self, name: str) -> Message:
        (found,) = await self.copies(name)
        return found

    async def faults(self, parts: Sequence[Part]) -> list[str]:
        """What is not as it should be after a delivery, told from the messages alone."""
        faults: list[str] = []
        expected = [
            (_text(part), [_text(one) for one in parts if one.under == part.name])
            for part in parts
            if part.under is None
        ]
        shown = [(text, thread) for text, thread in await self.seen() if text != GONE]
        kept = [
            (text, [line for line in thread if line not in {GONE, "thank you"}]) for text, thread in shown
        ]
        if kept != expected:
            faults.append(f"shown {kept}, expected {expected}")
        roots = {kept.part: kept for kept in await self.roots()}
        header = roots.get("header")
        if header is not None:
            for block in header.post.blocks[1:]:
                name = block.text
                found = await self.copies(name)
                if [block.spans[0].url] != [one.url for one in found]:
                    faults.append(f"the header does not link to {name}")
        rows = {row.key.name: row for row in await self.ledger.rows(self.place, WEEK)}
        for part in parts:
            row = rows.get(part.name)
            under = rows[part.under].message if part.under in rows else None
            found = await self.copies(part.name, under)
            if row is None or row.state is not PartState.SENT or row.message is None:
                faults.append(f"the ledger does not know {part.name} as sent: {row}")
            elif [one.id for one in found] != [row.message.id]:
                faults.append(f"the ledger has {part.name} at another message")
        return faults


def _line(kept: Kept) -> str:
    assert kept.author == RINKO or kept.author == "a-person"
    return kept.post.blocks[0].text


def _text(part: Part) -> str:
    return part.post.blocks[0].text


def changed(parts: Sequence[Part], name: str, text: str) -> tuple[Part, ...]:
    """The parts with another text in one of them."""
    return tuple(
        replace(
            part,
            post=replace(part.post, blocks=(Block(BlockKind.TEXT, (Span(text),)), *part.post.blocks[1:])),
        )
        if part.name == name
        else part
        for part in parts
    )
