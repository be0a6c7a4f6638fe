"""Channels of the settings file are found by their ids, and get nothing under a wrong place."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from bot.channels import LOOK_AGAIN, Channels
from bot.platforms.local.outlet import LocalOutlet
from bot.platforms.local.sql_messages import SqlMessages
from digest.errors import PlaceUnavailable, SetInFile
from digest.places import Place, Subscription
from digest.store.engine import Database
from digest.store.others import SqlSubscriptions
from tests.clocks import ManualClock

OWN = Subscription(Place("local", "-", "papers"), "ja", "tue 09:00", "UTC")


def named(channel: str, workspace: str = "") -> Subscription:
    return replace(OWN, place=Place("far", workspace, channel), from_file=True)


@dataclass(frozen=True)
class Far(LocalOutlet):
    """The local channel on a platform with several workspaces, which can be out of reach."""

    homes: dict[str, str] = field(default_factory=lambda: {"one": "W1", "two": "W2"})
    asked: list[str] = field(default_factory=list)
    away: list[bool] = field(default_factory=lambda: [False])

    async def locate(self, channel: str) -> Place:
        self.asked.append(channel)
        if self.away[0] or channel not in self.homes:
            raise PlaceUnavailable("Not seen.", hint="Invite Rinko.")
        return Place("far", self.homes[channel], channel)


@dataclass(frozen=True)
class Silent(LocalOutlet):
    """A platform that does not say where a channel is, until it does."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def locate(self, channel: str) -> Place:
        self.asked.set()
        await self.answers.wait()
        return Place("silent", "S1", channel)


@pytest.fixture
def far(database: Database, clock: ManualClock) -> Far:
    return Far(SqlMessages(database), clock)


@pytest.fixture
def stored(database: Database) -> SqlSubscriptions:
    return SqlSubscriptions(database)


def places(channels: tuple[Subscription, ...]) -> list[str]:
    return [str(one.place) for one in channels]


async def test_a_channel_gets_its_real_workspace_and_is_asked_for_once(
    far: Far, stored: SqlSubscriptions, clock: ManualClock
) -> None:
    channels = Channels((named("one"), named("two", "W2")), stored, OWN, {"far": far}, clock)
    for _ in range(3):
        assert places(await channels.all()) == ["far/W1/one", "far/W2/two"]
        clock.time += 2 * LOOK_AGAIN
    assert sorted(far.asked) == ["one", "two"]
    assert await channels.unlocated() == ()


async def test_a_channel_that_cannot_be_found_is_left_out_and_told_of(
    far: Far, stored: SqlSubscriptions, clock: ManualClock
) -> None:
    file = (named("one"), named("gone"), named("two", "W1"), replace(OWN, place=Place("none", "", "x")))
    channels = Channels(file, stored, OWN, {"far": far}, clock)
    assert await channels.own() == {("far", "one"), ("far", "gone"), ("far", "two"), ("none", "x")}
    assert far.asked == []
    assert places(await channels.all()) == ["far/W1/one"]
    told = {one.channel: one for one in await channels.unlocated()}
    assert told["gone"].hint == "Invite Rinko."
    assert "it is in workspace W2, not W1" in str(told["two"])
    assert "none is not set up" in str(told["x"])
    assert await channels.waits(Place("far", "W2", "two"))
    assert not await channels.waits(Place("far", "W1", "one"))


async def test_a_platform_that_does_not_answer_holds_up_no_other(
    far: Far, stored: SqlSubscriptions, clock: ManualClock
) -> None:
    silent = Silent(far.messages, clock)
    gone = replace(OWN, place=Place("silent", "", "x"), from_file=True)
    channels = Channels((gone, named("one")), stored, OWN, {"far": far, "silent": silent}, clock)
    one = await asyncio.wait_for(channels.get(Place("far", "W1", "one")), 1)
    assert one
    assert one.from_file
    assert await asyncio.wait_for(channels.get(Place("far", "W1", "other")), 1) is None
    looking = asyncio.create_task(channels.all())
    await silent.asked.wait()
    assert await asyncio.wait_for(channels.get(one.place), 1) == one
    silent.answers.set()
    assert places(await looking) == ["far/W1/one", "silent/S1/x"]


async def test_no_other_channel_stands_in_for_one_that_is_not_found(
    far: Far, stored: SqlSubscriptions, clock: ManualClock
) -> None:
    far.away[0] = True
    channels = Channels((named("one"),), stored, OWN, {"far": far}, clock)
    assert await channels.all() == ()
    far.away[0] = False
    assert await channels.all() == ()
    clock.time += LOOK_AGAIN
    assert places(await channels.all()) == ["far/W1/one"]


async def test_the_file_wins_also_while_its_channel_is_not_found(
    far: Far, stored: SqlSubscriptions, clock: ManualClock
) -> None:
    far.away[0] = True
    channels = Channels((named("one"),), stored, OWN, {"far": far}, clock)
    in_chat = replace(OWN, place=Place("far", "W1", "one"))
    with pytest.raises(SetInFile):
        await channels.set(in_chat)
    await stored.set(in_chat)
    assert await channels.all() == ()
    assert await channels.overlaps() == (in_chat.place,)


async def test_with_no_channel_named_anywhere_there_is_the_page(
    stored: SqlSubscriptions, clock: ManualClock
) -> None:
    channels = Channels((), stored, OWN, {}, clock)
    assert await channels.all() == (OWN,)
    await channels.set(replace(OWN, place=Place("far", "W9", "nine")))
    assert places(await channels.all()) == ["far/W9/nine"]
