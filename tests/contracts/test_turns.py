"""What turns must do on every database: one holder at a time, none for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from digest.errors import TurnLost
from digest.store.engine import Database
from digest.store.turns import LEASE, SqlTurns
from tests.clocks import ManualClock


def process(each_database: Database, clock: ManualClock, name: str) -> SqlTurns:
    return SqlTurns(each_database, clock, name, renew_seconds=0.02)


async def test_one_at_a_time_in_one_process_and_in_several(
    each_database: Database, clock: ManualClock
) -> None:
    holders = [process(each_database, clock, name) for name in ("one", "one", "two", "three")]
    inside, most = 0, 0

    async def work(turns: SqlTurns) -> None:
        nonlocal inside, most
        async with turns.take("build"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work(turns) for turns in [*holders, holders[0], holders[0]]))
    assert most == 1


async def test_turns_of_other_names_are_not_waited_for(each_database: Database, clock: ManualClock) -> None:
    one, two = process(each_database, clock, "one"), process(each_database, clock, "two")
    async with one.take("a"), two.take("b"), one.take("c"):
        pass


async def test_a_turn_is_kept_as_long_as_the_work_takes(each_database: Database, clock: ManualClock) -> None:
    one, two = process(each_database, clock, "one"), process(each_database, clock, "two")
    had = asyncio.Event()

    async def wait_for_it() -> None:
        async with two.take("build"):
            had.set()

    async with one.take("build"):
        waiting = asyncio.create_task(wait_for_it())
        for _ in range(4):
            clock.time += LEASE / 2
            await asyncio.sleep(0.1)  # it is renewed in real time
            assert not had.is_set()
    await asyncio.wait_for(waiting, 5)


async def test_who_stood_still_loses_the_turn_and_stops(each_database: Database, clock: ManualClock) -> None:
    one, two = SqlTurns(each_database, clock, "one", renew_seconds=0.2), process(each_database, clock, "two")
    began = asyncio.Event()

    async def stand_still() -> None:
        async with one.take("build"):
            began.set()
            await asyncio.Event().wait()

    still = asyncio.create_task(stand_still())
    await began.wait()
    clock.time += LEASE + timedelta(seconds=1)
    async with two.take("build"):
        with pytest.raises(TurnLost):
            await asyncio.wait_for(still, 5)
    async with one.take("build"):
        pass  # what was lost did not take the other's turn away, and can be had again


async def test_who_is_cancelled_gives_the_turn_back(each_database: Database, clock: ManualClock) -> None:
    one, two = process(each_database, clock, "one"), process(each_database, clock, "two")
    began = asyncio.Event()

    async def work() -> None:
        async with one.take("build"):
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), two.take("build"):
        pass


async def test_a_clock_that_was_put_back_keeps_nobody_waiting(
    each_database: Database, clock: ManualClock
) -> None:
    one = SqlTurns(each_database, clock, "one", renew_seconds=3600)
    two = process(each_database, clock, "two")
    async with one.take("build"):
        clock.time -= timedelta(days=1)
        async with asyncio.timeout(5), two.take("build"):
            pass
