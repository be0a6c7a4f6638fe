"""An audit costs little, finds late copies, and leaves what people decided; a lease is never overdrawn."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.platforms.local.outlet import LIMITS, LocalOutlet
from digest.auditing import Auditor, Target
from digest.delivery import AUDIT_AFTER, Delivered
from digest.errors import DeliveryError, EditRefused, HistoryTooLong, Postponed, ThreadLocked, TurnLost
from digest.places import Message, PartKey, PartRow, PartState
from digest.posts import Post
from digest.sending import Sender
from digest.store.engine import Database
from digest.store.ledger import SqlLedger
from tests.builders import WEEK
from tests.clocks import ManualClock
from tests.digest.channel import GONE, Breaker, BreakingOutlet, Channel, Crash, digest, post

PARTS = digest(("a", "b"))


@pytest.fixture
def channel(database: Database, clock: ManualClock) -> Channel:
    return Channel(database, clock)


@dataclass(frozen=True)
class Counting(BreakingOutlet):
    """Counts what is read."""

    read: Counter[str] = field(default_factory=Counter)

    async def find(self, keys, under=None, since=None, until=None):  # type: ignore[no-untyped-def]  # as above
        self.read["thread" if under else "channel"] += 1
        return await self.inner.find(keys, under, since, until)

    async def replies(self, message: Message) -> int:
        self.read["replies"] += 1
        return await self.inner.replies(message)


async def deliver(channel: Channel, outlet: BreakingOutlet | None = None, holder: str = "one") -> Delivered:
    done = await channel.delivery(holder).deliver(
        outlet or channel.outlet, channel.place, WEEK, PARTS, lambda _: post(GONE)
    )
    await channel.ledger.finish(channel.place, WEEK, channel.clock.now())
    return done


async def audit(channel: Channel, outlet: BreakingOutlet | None = None) -> frozenset[str]:
    channel.clock.advance(seconds=AUDIT_AFTER.total_seconds())
    return await channel.delivery("later").audit(outlet or channel.outlet, channel.place, WEEK)


async def test_the_audit_of_a_clean_digest_is_one_pass_over_the_channel(channel: Channel) -> None:
    counting = Counting(channel.outlet, Breaker())
    await deliver(channel, counting)
    assert counting.read == {"channel": 1}
    assert await channel.ledger.doubts(channel.place, WEEK) == {}
    await deliver(channel, counting)
    assert counting.read == {"channel": 1}, "nothing was posted since"


async def test_only_a_thread_with_other_messages_than_were_posted_is_read(channel: Channel) -> None:
    await deliver(channel)
    card = await channel.message("card/a")
    await channel.outlet.send(channel.key("qa/a/1"), post("qa/a/1"), card)
    await channel.ledger.doubt(channel.key("header"), channel.clock.now())
    counting = Counting(channel.outlet, Breaker())
    await audit(channel, counting)
    assert counting.read == {"channel": 1, "thread": 1}
    assert await channel.faults(PARTS) == []
    assert await channel.ledger.doubts(channel.place, WEEK) == {}


@dataclass(frozen=True)
class Dated(BreakingOutlet):
    """Finds only what was posted between the two times, as the platforms do, by a clock of its own."""

    posted: dict[str, datetime] = field(default_factory=dict)
    ahead: timedelta = timedelta()
    """By how much Rinko's clock is ahead of it."""

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        return await self.breaker(lambda: self._posted(key, post, under))

    async def _posted(self, key: PartKey, post: Post, under: Message | None) -> Message:
        sent = await self.inner.send(key, post, under)
        assert isinstance(self.inner, LocalOutlet)
        self.posted[sent.id] = self.inner.clock.now() - self.ahead
        return sent

    async def find(self, keys, under=None, since=None, until=None):  # type: ignore[no-untyped-def]  # as above
        first, last = since or datetime.min.replace(tzinfo=UTC), until or datetime.max.replace(tzinfo=UTC)
        found = await self.inner.find(keys, under)
        return {
            key: tuple(one for one in copies if first <= self.posted[one.id] <= last)
            for key, copies in found.items()
        }


@pytest.mark.parametrize("hours", [9, -72, 7 * 24, -7 * 24])
async def test_a_digest_that_was_posted_by_a_wrong_clock_is_found(channel: Channel, hours: int) -> None:
    wrong = Dated(channel.outlet, Breaker(), ahead=timedelta(hours=hours))
    await deliver(channel, wrong)
    before = await channel.seen()
    channel.clock.time += timedelta(days=3, hours=-hours)
    right = replace(wrong, ahead=timedelta())
    done = await channel.delivery("one").deliver(
        right, channel.place, WEEK, PARTS, lambda _: post(GONE), verify=True
    )
    assert (done.sent, await channel.seen()) == (0, before)


@pytest.mark.parametrize("hours", [9, -72])
async def test_what_was_left_half_sent_by_a_wrong_clock_is_found(channel: Channel, hours: int) -> None:
    breaker = Breaker(frozenset({(7, True)}))
    wrong = Dated(channel.outlet, breaker, ahead=timedelta(hours=hours))
    with contextlib.suppress(Crash):
        await deliver(channel, wrong)
    posted = wrong.posted
    assert posted
    channel.clock.time += timedelta(hours=2 - hours)
    await deliver(channel, Dated(channel.outlet, Breaker(), posted=posted), holder="after")
    assert await channel.faults(PARTS) == []


async def test_in_a_channel_with_too_much_to_read_the_clock_is_trusted(channel: Channel) -> None:
    class Busy(BreakingOutlet):
        async def find(self, keys, under=None, since=None, until=None):  # type: ignore[no-untyped-def]
            if since is not None and channel.clock.now() - since > timedelta(days=2):
                raise HistoryTooLong
            return await self.inner.find(keys, under, since, until)

    await deliver(channel)
    await channel.outlet.remove(await channel.message("card/b"))
    busy = Busy(channel.outlet, Breaker())
    await channel.delivery("one").deliver(busy, channel.place, WEEK, PARTS, lambda _: post(GONE), verify=True)
    assert await channel.faults(PARTS) == []


async def test_doubts_stay_until_no_copy_can_come_any_more(channel: Channel) -> None:
    now = channel.clock.now()
    await channel.ledger.doubt(channel.key("card/a"), now)
    await deliver(channel)
    assert await channel.ledger.doubts(channel.place, WEEK) == {"card/a": now}
    await channel.outlet.send(channel.key("card/a"), post("card/a"))
    await audit(channel)
    assert await channel.faults(PARTS) == []
    assert await channel.ledger.doubts(channel.place, WEEK) == {}


async def test_a_copy_of_what_is_no_longer_wanted_goes_too(channel: Channel) -> None:
    await deliver(channel)
    await channel.ledger.doubt(channel.key("card/old"), channel.clock.now())
    await channel.outlet.send(channel.key("card/old"), post("card/old"))
    await audit(channel)
    assert await channel.faults(PARTS) == []


async def test_a_late_copy_that_people_replied_to_takes_over_with_its_thread(channel: Channel) -> None:
    await deliver(channel)
    await channel.ledger.doubt(channel.key("card/a"), channel.clock.now())
    late = await channel.outlet.send(channel.key("card/a"), post("an older card"))
    await channel.reply(late.id)
    assert await audit(channel) == {"card/a"}
    await channel.deliver(PARTS, verify=True)
    assert (await channel.message("card/a")).id == late.id
    assert dict(await channel.seen())["card/a"] == ["thank you", "qa/a/1"]


async def test_of_two_copies_that_people_replied_to_one_gets_a_note(channel: Channel) -> None:
    await deliver(channel)
    old = await channel.message("card/a")
    late = await channel.outlet.send(channel.key("card/a"), post("card/a"))
    for one in (old, late, late):
        await channel.reply(one.id)
    await channel.deliver(PARTS, verify=True)
    shown = {root.id: root.post for root in await channel.roots()}
    assert shown[old.id] == post(GONE)
    assert shown[late.id] == post("card/a")
    assert not (await channel.deliver(PARTS, verify=True)).changed


@dataclass(frozen=True)
class Repeating(BreakingOutlet):
    """A library that repeats a call whose answer was lost, and tells of the second message only."""

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        if key.name == "card/a":
            await self.inner.send(key, post, under)
        return await self.inner.send(key, post, under)


async def test_what_hung_under_a_copy_that_goes_is_posted_under_the_one_that_stays(channel: Channel) -> None:
    done = await deliver(channel, Repeating(channel.outlet, Breaker()))
    assert (done.sent, done.left) == (len(PARTS) + 1, 0)
    assert await channel.faults(PARTS) == []
    assert await audit(channel) == frozenset()
    assert await channel.faults(PARTS) == []


async def test_what_was_meant_for_a_thread_and_stands_in_the_channel_goes(channel: Channel) -> None:
    """Slack puts a reply to a message that is gone into the channel, and may then refuse to delete it."""
    await deliver(channel)
    await channel.ledger.doubt(channel.key("qa/a/1"), channel.clock.now())
    await channel.outlet.send(channel.key("qa/a/1"), post("qa/a/1"))
    await audit(channel)
    assert await channel.faults(PARTS) == []


@pytest.mark.parametrize("name", ["header", "card/a", "qa/a/1"])
async def test_what_goes_missing_is_brought_back_before_a_digest_is_done_and_not_after(
    channel: Channel, name: str
) -> None:
    @dataclass(frozen=True)
    class Deleting(BreakingOutlet):
        """Somebody deletes a message as soon as the last one stands."""

        async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
            sent = await self.inner.send(key, post, under)
            if key.name == PARTS[-1].name:
                await channel.messages.delete((await channel.message(name)).id, channel.clock.now())
            return sent

    assert (await deliver(channel, Deleting(channel.outlet, Breaker()))).left == 0
    assert sorted(line for line, _ in await channel.seen()) == ["card/a", "card/b", "header"]
    gone = await channel.message(name)
    await channel.messages.delete(gone.id, channel.clock.now())
    await channel.ledger.doubt(channel.key("header"), channel.clock.now())
    await audit(channel)
    assert await channel.copies(name) == ()


class Locked(BreakingOutlet):
    async def prepare(self, under: Message) -> None:
        raise ThreadLocked


class Fixed(BreakingOutlet):
    async def edit(self, message: Message, post: Post) -> Message:
        raise EditRefused


@pytest.mark.parametrize(("kind", "left"), [(Locked, 2), (Fixed, 1)])
async def test_what_cannot_be_done_is_left_and_counted(
    channel: Channel, kind: type[BreakingOutlet], left: int
) -> None:
    assert (await deliver(channel, kind(channel.outlet, Breaker()))).left == left
    assert not (await deliver(channel, kind(channel.outlet, Breaker()), "two")).changed


# ------------------------------------------------------------------------------- leases


@dataclass(frozen=True)
class SlowLedger(SqlLedger):
    """A database that takes its time to mark the first part."""

    clock: ManualClock = field(default_factory=ManualClock)
    marked: list[PartRow] = field(default_factory=list)
    slow: int = 1

    async def mark_sending(self, row: PartRow, seen: PartRow | None = None) -> bool:
        done = await super().mark_sending(row, seen)
        self.marked.append(row)
        if len(self.marked) <= self.slow:
            self.clock.advance(minutes=5)
        return done


async def test_a_part_whose_marking_took_too_long_is_marked_again(channel: Channel) -> None:
    ledger = SlowLedger(channel.database, channel.clock)
    await channel.delivery("one", ledger).deliver(
        channel.outlet, channel.place, WEEK, PARTS, lambda _: post(GONE)
    )
    first, second = ledger.marked[:2]
    assert first.key == second.key
    assert second.lease_until - first.lease_until == timedelta(minutes=5)
    assert await channel.faults(PARTS) == []
    ever = SlowLedger(channel.database, channel.clock, slow=9)
    other = Channel(channel.database, channel.clock)
    with pytest.raises(DeliveryError, match="too slow"):
        await other.delivery("one", ever).deliver(
            other.outlet, other.place, WEEK, PARTS, lambda _: post(GONE)
        )
    assert await other.roots() == ()


@dataclass(frozen=True)
class Overtaken(BreakingOutlet):
    """While a call is under way another process takes over, and posts all."""

    channel: Channel | None = None
    answers: bool = True

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        assert self.channel
        if key.name == "card/a" and not self.breaker.calls:
            self.breaker.calls = 1
            self.channel.clock.advance(minutes=5)
            await deliver(self.channel, holder="two")
        sent = await self.inner.send(key, post, under)
        if not self.answers and self.breaker.calls == 1:
            raise DeliveryError("no answer")
        return sent


@dataclass(frozen=True)
class TakenOver(BreakingOutlet):
    """While a call is under way another process marks the part, posts it, and says so."""

    channel: Channel | None = None
    then: Exception | None = None

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        assert self.channel
        ledger = self.channel.ledger
        (seen,) = await ledger.rows(key.place, key.week)
        await ledger.mark_sending(replace(seen, holder="two"), seen)
        await ledger.mark_sent(key, seen.content, await self.inner.send(key, post, under), "two")
        if self.then is not None:
            raise self.then
        return await self.inner.send(key, post, under)


def sender(channel: Channel) -> Sender:
    auditor = Auditor(channel.ledger, channel.clock, "one")
    return Sender(channel.ledger, channel.clock, "one", auditor)


async def test_a_copy_of_what_another_posted_meanwhile_goes_at_once(channel: Channel) -> None:
    target = Target(TakenOver(channel.outlet, Breaker(), channel), channel.place, WEEK)
    assert not await sender(channel).send(target, PARTS[0], None, None)
    (kept,) = await channel.copies("header")
    (row,) = await channel.ledger.rows(channel.place, WEEK)
    assert (row.message, row.holder) == (kept, "two")
    assert "header" in await channel.ledger.doubts(channel.place, WEEK)


async def test_what_another_took_over_is_not_forgotten_where_nothing_was_posted(channel: Channel) -> None:
    limited = Postponed(channel.clock.now())
    target = Target(TakenOver(channel.outlet, Breaker(), channel, limited), channel.place, WEEK)
    with pytest.raises(Postponed):
        await sender(channel).send(target, PARTS[0], None, None)
    (row,) = await channel.ledger.rows(channel.place, WEEK)
    assert (row.state, row.holder) == (PartState.SENT, "two")


async def test_what_ends_unclear_is_doubted_from_that_moment(channel: Channel) -> None:
    class Silent(BreakingOutlet):
        async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
            raise DeliveryError("no answer")

    with pytest.raises(DeliveryError, match="no answer"):
        await deliver(channel, Silent(channel.outlet, Breaker()))
    assert await channel.ledger.doubts(channel.place, WEEK) == {"header": channel.clock.now()}


async def test_what_a_process_left_being_sent_is_doubted_even_where_it_is_not_found(channel: Channel) -> None:
    """Its request may still be on the way."""
    row = PartRow(channel.key("header"), PartState.SENDING, "", channel.clock.now(), "another")
    await channel.ledger.mark_sending(row)
    await deliver(channel)
    assert await channel.ledger.doubts(channel.place, WEEK) == {"header": channel.clock.now()}
    await channel.outlet.send(channel.key("header"), post("header"))
    await audit(channel)
    assert await channel.faults(PARTS) == []


async def test_what_another_posted_meanwhile_is_not_left_twice(channel: Channel) -> None:
    await deliver(channel, Overtaken(channel.outlet, Breaker(), channel))
    assert await channel.faults(PARTS) == []
    assert "card/a" in await channel.ledger.doubts(channel.place, WEEK)


async def test_a_call_that_ends_unclear_once_another_took_over_is_no_failure(channel: Channel) -> None:
    overtaken = Overtaken(channel.outlet, Breaker(), channel, answers=False)
    with pytest.raises(TurnLost):
        await deliver(channel, overtaken)
    await audit(channel)
    assert await channel.faults(PARTS) == []


@pytest.mark.parametrize("ahead", [timedelta(hours=5), timedelta(days=400)])
async def test_a_lease_from_before_a_clock_was_put_right_is_not_waited_for(
    channel: Channel, ahead: timedelta
) -> None:
    row = PartRow(channel.key("header"), PartState.SENDING, "", channel.clock.now() + ahead, "another")
    await channel.ledger.mark_sending(row)
    await deliver(channel)
    assert channel.clock.slept == []
    assert await channel.faults(PARTS) == []
    assert LIMITS.lease < ahead


async def test_a_clock_set_back_while_a_limit_is_waited_for_makes_no_wait_longer(channel: Channel) -> None:
    class SetBack(ManualClock):
        async def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)
            self.time -= timedelta(hours=5)
            await asyncio.sleep(0)

    clock = SetBack()

    @dataclass(frozen=True)
    class Limited(BreakingOutlet):
        async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
            if not clock.slept:
                raise Postponed(clock.now() + timedelta(minutes=5), everywhere=True)
            return await self.inner.send(key, post, under)

    delivery = replace(channel.delivery("one"), clock=clock)
    limited = Limited(channel.outlet, Breaker())
    await delivery.deliver(limited, channel.place, WEEK, PARTS, lambda _: post(GONE))
    assert clock.slept == [300.0]
    assert await channel.faults(PARTS) == []
