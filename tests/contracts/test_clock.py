"""What every clock must do: the real one, and the one that tests set."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import SystemClock
from digest.ports import Clock
from tests.clocks import ManualClock


@pytest.fixture(params=[SystemClock, ManualClock])
def any_clock(request: pytest.FixtureRequest) -> Clock:
    """Every adapter of the port."""
    clock: Clock = request.param()
    return clock


def test_the_time_is_in_utc_and_knows_it(any_clock: Clock) -> None:
    assert any_clock.now().utcoffset() == timedelta(0)


async def test_waiting_takes_at_least_as_long_as_was_asked(any_clock: Clock) -> None:
    before = any_clock.now()
    await any_clock.sleep(0.02)
    assert any_clock.now() - before >= timedelta(seconds=0.019)


async def test_waiting_for_nothing_returns(any_clock: Clock) -> None:
    await any_clock.sleep(0)
