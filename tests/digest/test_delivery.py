"""The law of delivery: doing it twice is doing it once, wherever a process ends.

A crash leaves everything as it was at one call to the platform or the ledger, carried out or not.
The verdict comes from the messages in the channel: nothing lost, nothing doubled, the order kept.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.platforms.local.outlet import LIMITS
from digest.delivery import everything
from digest.errors import DeliveryError, PlaceUnavailable, Postponed
from digest.places import Message, Part, PartRow, PartState
from digest.plan import content_hash
from digest.posts import Limits
from digest.store.engine import Database
from tests.builders import WEEK
from tests.clocks import ManualClock
from tests.digest.channel import (
    GONE,
    Breaker,
    BreakingOutlet,
    Channel,
    Crash,
    changed,
    digest,
    post,
)

PAUSE = timedelta(minutes=5)
FIRST = digest(("a", "b"))
# Another edition: the header and a card changed, a longer thread, one paper gone and one new.
SECOND = changed(digest(("a", "c"), pairs=2), "card/a", "card/a, second edition")


@pytest.fixture
def channel(database: Database, clock: ManualClock) -> Channel:
    return Channel(database, clock)


async def nothing(channel: Channel) -> None:
    """The channel is empty."""


async def posted(channel: Channel) -> None:
    """The first edition stands there."""
    await channel.deliver(FIRST)


async def deleted(channel: Channel) -> None:
    """It stood there, and somebody deleted a card."""
    await channel.deliver(FIRST)
    await channel.outlet.remove(await channel.message("card/a"))


SCENES: dict[str, tuple[Callable[[Channel], Awaitable[None]], tuple[Part, ...], bool]] = {
    "first": (nothing, FIRST, False),
    "again": (posted, FIRST, True),
    "edition": (posted, SECOND, False),
    "deleted": (deleted, FIRST, True),
}


def replaced_order(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts as they stand when the first card was posted anew, after all others."""
    late = [part for part in parts if part.name in {"card/a", "qa/a/1"}]
    return (*(part for part in parts if part not in late), *late)


def in_the_end(scene: str, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return replaced_order(parts) if scene == "deleted" else parts


async def test_a_digest_is_posted_in_order_with_its_links(channel: Channel) -> None:
    done = await channel.deliver(FIRST)
    assert (done.sent, done.edited) == (5, 1)  # the header once more, for the links
    assert await channel.seen() == [("header", []), ("card/a", ["qa/a/1"]), ("card/b", ["qa/b/1"])]
    assert await channel.faults(FIRST) == []


@pytest.mark.parametrize("verify", [False, True])
async def test_doing_it_twice_is_doing_it_once(channel: Channel, verify: bool) -> None:
    await channel.deliver(FIRST)
    before = await channel.messages.revision()
    done = await channel.deliver(FIRST, holder="another process", verify=verify)
    assert not done.changed
    assert await channel.messages.revision() == before


@pytest.mark.parametrize("scene", SCENES)
async def test_a_crash_after_any_call_loses_and_doubles_nothing(database: Database, scene: str) -> None:
    """A crash before a call leaves what a crash after the one before it does."""
    prepare, parts, verify = SCENES[scene]
    crashed = True
    number = 0
    while crashed:
        number += 1
        channel = Channel(database, ManualClock())
        await prepare(channel)
        crashed = False
        try:
            await channel.deliver(parts, breaker=Breaker(frozenset({(number, True)})), verify=verify)
        except Crash:
            crashed = True
        await channel.deliver(parts, holder="after the crash", verify=verify)
        faults = await channel.faults(in_the_end(scene, parts))
        assert faults == [], f"crash after call {number}"
    assert not (await channel.deliver(parts, holder="a third", verify=True)).changed
    assert number > len(parts) // 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(
    scene=st.sampled_from(sorted(SCENES)),
    first=st.tuples(st.integers(1, 28), st.booleans()),
    second=st.tuples(st.integers(1, 14), st.booleans()),
    third=st.tuples(st.integers(1, 14), st.booleans()),
)
async def test_crashes_that_follow_each_other_lose_and_double_nothing(
    database: Database,
    scene: str,
    first: tuple[int, bool],
    second: tuple[int, bool],
    third: tuple[int, bool],
) -> None:
    prepare, parts, verify = SCENES[scene]
    channel = Channel(database, ManualClock())
    await prepare(channel)
    for number, crash in enumerate((first, second, third)):
        try:
            await channel.deliver(
                parts, holder=str(number), breaker=Breaker(frozenset({crash})), verify=verify
            )
        except Crash:
            continue
    await channel.deliver(parts, holder="the last", verify=verify)
    assert await channel.faults(in_the_end(scene, parts)) == []


@pytest.mark.parametrize("number", range(1, 8))
async def test_a_crash_on_the_way_to_another_edition_leaves_no_trace_of_the_first(
    database: Database, number: int
) -> None:
    """What was being sent when the process ended may be no longer wanted by the next."""
    for carried_out in (False, True):
        channel = Channel(database, ManualClock())
        with pytest.raises(Crash):
            await channel.deliver(FIRST, breaker=Breaker(frozenset({(number, carried_out)})))
        smaller = digest(("c",), edition=", second")
        await channel.deliver(smaller, holder="after the crash")
        assert await channel.faults(smaller) == []
        rows = await channel.ledger.rows(channel.place, WEEK)
        assert {row.state for row in rows} <= {PartState.SENT, PartState.RETIRED}


async def test_changed_content_is_edited_in_place(channel: Channel) -> None:
    await channel.deliver(FIRST)
    before = {name: (await channel.message(name)).id for name in ("header", "card/a", "qa/a/1")}
    other = changed(FIRST, "card/a", "a better card")
    done = await channel.deliver(other)
    assert (done.sent, done.edited, done.retired) == (0, 1, 0)
    assert await channel.seen() == [("header", []), ("a better card", ["qa/a/1"]), ("card/b", ["qa/b/1"])]
    assert {name: (await channel.message(name)).id for name in before} == before


async def test_more_parts_are_appended_in_their_order(channel: Channel) -> None:
    await channel.deliver(FIRST)
    await channel.deliver(digest(("a", "b", "c"), pairs=3))
    assert await channel.seen() == [
        ("header", []),
        ("card/a", ["qa/a/1", "qa/a/2", "qa/a/3"]),
        ("card/b", ["qa/b/1", "qa/b/2", "qa/b/3"]),
        ("card/c", ["qa/c/1", "qa/c/2", "qa/c/3"]),
    ]


async def test_fewer_parts_leave_a_note_and_come_back_in_its_place(channel: Channel) -> None:
    whole, fewer = digest(("a",), pairs=2), digest(("a",), pairs=1)
    await channel.deliver(whole)
    done = await channel.deliver(fewer)
    assert done.retired == 1
    assert await channel.seen() == [("header", []), ("card/a", ["qa/a/1", GONE])]
    assert not (await channel.deliver(fewer)).changed
    await channel.deliver(whole)
    assert await channel.seen() == [("header", []), ("card/a", ["qa/a/1", "qa/a/2"])]


@pytest.mark.parametrize("other", [FIRST, changed(FIRST, "card/a", "a better card")])
async def test_a_deleted_card_comes_back_with_its_thread(channel: Channel, other: tuple[Part, ...]) -> None:
    await channel.deliver(FIRST)
    await channel.outlet.remove(await channel.message("card/a"))
    await channel.deliver(other, verify=True)
    assert await channel.faults(replaced_order(other)) == []


async def test_a_card_found_gone_by_an_edit_comes_back_with_its_thread(channel: Channel) -> None:
    await channel.deliver(FIRST)
    await channel.outlet.remove(await channel.message("card/a"))
    other = changed(FIRST, "card/a", "a better card")
    await channel.deliver(other)
    assert await channel.faults(replaced_order(other)) == []


async def test_a_deleted_answer_comes_back_alone(channel: Channel) -> None:
    await channel.deliver(FIRST)
    await channel.outlet.remove(await channel.message("qa/b/1"))
    done = await channel.deliver(FIRST, verify=True)
    assert done.sent == 1
    assert await channel.faults(FIRST) == []


async def test_of_two_copies_the_one_people_replied_to_stays(channel: Channel) -> None:
    await channel.deliver(FIRST)
    newer = await channel.outlet.send(channel.key("card/b"), post("card/b"))
    await channel.reply(newer.id)
    await channel.deliver(FIRST, verify=True)
    assert (await channel.message("card/b")).id == newer.id


async def test_of_two_copies_the_oldest_stays_where_nobody_replied(channel: Channel) -> None:
    await channel.deliver(FIRST)
    older = await channel.message("card/b")
    await channel.outlet.send(channel.key("card/b"), post("card/b"))
    await channel.deliver(FIRST, verify=True)
    assert (await channel.message("card/b")).id == older.id
    assert await channel.faults(FIRST) == []


class ForgetfulOutlet(BreakingOutlet):
    """Stores what it is sent, says it does not know whether it did, and does not find it yet."""

    async def send(self, key, post, under=None):  # type: ignore[no-untyped-def]  # as the class above
        await self.inner.send(key, post, under)
        raise DeliveryError("no answer")

    async def find(self, keys, under=None, since=None, until=None):  # type: ignore[no-untyped-def]  # as above
        return dict.fromkeys(keys, ())


async def test_a_double_after_unclear_answers_is_removed_and_shows_what_is_wanted(channel: Channel) -> None:
    forgetful = ForgetfulOutlet(channel.outlet, Breaker())
    for edition in ("old", "newer"):
        with pytest.raises(DeliveryError):
            await channel.delivery("one").deliver(
                forgetful, channel.place, WEEK, (Part("header", post(edition)),), lambda _: post(GONE)
            )
    assert len(await channel.copies("header")) == 2
    wanted = (Part("header", post("newer")),)
    done = await channel.deliver(wanted, holder="another process")
    assert done.adopted == 1
    assert await channel.seen() == [("newer", [])]
    assert await channel.faults(wanted) == []


async def test_the_lease_of_another_holder_is_waited_for(channel: Channel) -> None:
    header = FIRST[0]
    until = channel.clock.now() + LIMITS.lease
    row = PartRow(channel.key("header"), PartState.SENDING, content_hash(header.post), until, "another")
    assert await channel.ledger.mark_sending(row)
    await channel.outlet.send(channel.key("header"), header.post)
    done = await channel.deliver(FIRST)
    assert channel.clock.slept == [LIMITS.lease.total_seconds()]
    assert done.adopted == 1
    assert await channel.faults(FIRST) == []


async def test_what_another_holder_finishes_meanwhile_is_not_looked_for(channel: Channel) -> None:
    header = FIRST[0]
    until = channel.clock.now() + timedelta(seconds=5)
    row = PartRow(channel.key("header"), PartState.SENDING, content_hash(header.post), until, "another")
    await channel.ledger.mark_sending(row)
    waiting = asyncio.create_task(channel.deliver(FIRST))
    sent = await channel.outlet.send(channel.key("header"), header.post)
    await channel.ledger.mark_sent(channel.key("header"), content_hash(header.post), sent)
    done = await waiting
    assert done.sent == 4
    assert await channel.faults(FIRST) == []


async def test_the_same_process_does_not_wait_for_itself_after_an_error(channel: Channel) -> None:
    with pytest.raises(Crash):
        await channel.deliver(FIRST, breaker=Breaker(frozenset({(2, True)})))
    await channel.deliver(FIRST)
    assert channel.clock.slept == []
    assert await channel.faults(FIRST) == []


class StandingClock(ManualClock):
    """Others go on while somebody waits, but no lease passes."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("holders", [("one", "one"), ("one", "two"), ("one", "two", "three")])
async def test_deliveries_side_by_side_post_one_digest(channel: Channel, holders: tuple[str, ...]) -> None:
    # Time stands still: whoever holds a lease is alive, and is waited for as long as it takes.
    processes = {name: replace(channel.delivery(name), clock=StandingClock()) for name in holders}
    note = post(GONE)
    await asyncio.gather(
        *(
            processes[name].deliver(channel.outlet, channel.place, WEEK, FIRST, lambda _: note)
            for name in holders
        )
    )
    found = [await channel.copies(part.name) for part in FIRST]
    assert [len(copies) for copies in found] == [1] * len(FIRST)


class RefusingOutlet(BreakingOutlet):
    """A channel in which Rinko may not write."""

    async def send(self, key, post, under=None) -> Message:  # type: ignore[no-untyped-def]  # as above
        raise PlaceUnavailable


async def test_a_channel_that_is_gone_is_an_error_and_what_stands_stays(channel: Channel) -> None:
    await channel.deliver(FIRST[:1])
    with pytest.raises(PlaceUnavailable):
        await channel.delivery("one").deliver(
            RefusingOutlet(channel.outlet, Breaker()), channel.place, WEEK, FIRST, lambda _: post(GONE)
        )
    assert await channel.copies("header")


class ShortOfThreads(BreakingOutlet):
    """A platform that opens one thread, and the next only five minutes later."""

    async def prepare(self, under: Message) -> None:
        clock: ManualClock = self.inner.clock  # type: ignore[attr-defined]
        if self.breaker.calls and clock.now() < ManualClock().now() + PAUSE:
            raise Postponed(ManualClock().now() + PAUSE)
        self.breaker.calls += 1

    async def send(self, key, post, under=None) -> Message:  # type: ignore[no-untyped-def]  # as above
        return await self.inner.send(key, post, under)


async def test_where_no_more_threads_are_taken_header_and_cards_come_first(channel: Channel) -> None:
    told: list[tuple[datetime, list[tuple[str, list[str]]]]] = []

    async def waiting(until: datetime) -> None:
        told.append((until, await channel.seen()))

    done = await channel.delivery("one").deliver(
        ShortOfThreads(channel.outlet, Breaker()),
        channel.place,
        WEEK,
        FIRST,
        lambda _: post(GONE),
        waiting=waiting,
    )
    assert (done.sent, done.edited) == (5, 1)
    cards = [("header", []), ("card/a", ["qa/a/1"]), ("card/b", [])]
    assert told == [(ManualClock().now() + PAUSE, cards)]
    assert channel.clock.slept == [PAUSE.total_seconds()]
    assert await channel.faults(FIRST) == []


class SlowOutlet(BreakingOutlet):
    """A platform that takes a message and never answers."""

    @property
    def limits(self) -> Limits:
        return replace(self.inner.limits, call_seconds=0.05)

    async def send(self, key, post, under=None) -> Message:  # type: ignore[no-untyped-def]  # as above
        await self.inner.send(key, post, under)
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_call_without_an_answer_is_given_up_before_its_lease_ends(channel: Channel) -> None:
    with pytest.raises(DeliveryError):
        await channel.delivery("one").deliver(
            SlowOutlet(channel.outlet, Breaker()), channel.place, WEEK, FIRST, lambda _: post(GONE)
        )
    await channel.deliver(FIRST, holder="one")
    assert await channel.faults(FIRST) == []


async def test_places_and_weeks_do_not_mix(database: Database, channel: Channel) -> None:
    other = Channel(database, channel.clock)
    await channel.deliver(FIRST)
    await other.deliver(SECOND)
    assert await channel.faults(FIRST) == []
    assert await other.faults(SECOND) == []
    assert await channel.ledger.rows(replace(channel.place, workspace="other"), WEEK) == ()
    assert await channel.ledger.rows(channel.place, WEEK.plus(1)) == ()


async def test_fresh_posts_all_anew_and_removes_what_nobody_replied_to(channel: Channel) -> None:
    await channel.deliver(FIRST)
    before = {kept.id for kept in await channel.roots()}
    done = await channel.deliver(SECOND, fresh=everything)
    assert done.sent == len(SECOND)
    assert await channel.faults(SECOND) == []
    assert not before & {kept.id for kept in await channel.roots()}
    assert not (await channel.deliver(SECOND, verify=True)).changed


@pytest.mark.parametrize("crash", [None, *range(1, 24, 3)])
@pytest.mark.parametrize("carried_out", [False, True])
async def test_fresh_leaves_a_note_where_people_replied_whatever_ends_it(
    channel: Channel, crash: int | None, carried_out: bool
) -> None:
    await channel.deliver(FIRST)
    old = await channel.message("card/a")
    await channel.reply(old.id)
    if crash is not None:
        breaker = Breaker(frozenset({(crash, carried_out)}))
        with contextlib.suppress(Crash):
            await channel.deliver(FIRST, fresh=everything, breaker=breaker)
    await channel.deliver(FIRST, holder="after the crash", fresh=everything)
    for _ in range(2):
        (kept,) = [root for root in await channel.roots() if root.id == old.id]
        assert kept.post == post(GONE)
        cards = [root for root in await channel.roots() if root.part == "card/a" and root.id != old.id]
        assert len(cards) == 1
        assert [one.post for one in await channel.messages.thread(old.id, "nobody")] == [post("thank you")]
        # An audit afterwards takes none of the two for a copy of the other.
        await channel.deliver(FIRST, holder="a third", verify=True)


async def test_one_paper_is_brought_up_to_date_and_the_rest_stays(channel: Channel) -> None:
    await channel.deliver(FIRST)
    both = changed(changed(FIRST, "card/a", "a, changed"), "card/b", "b, changed")
    await channel.deliver(both, within=lambda name: name == "header" or "/a" in name)
    shown = [line for line, _ in await channel.seen()]
    assert "a, changed" in shown
    assert "b, changed" not in shown
    await channel.deliver(both)
    assert await channel.faults(both) == []
