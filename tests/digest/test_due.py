"""Which week is due, over schedules that are moved, clocks that are wrong, and machines that sleep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.due import LEAST_GRACE, Due, due_in, gone_by, moved
from digest.models import Week
from digest.places import Subscription
from tests.digest.lives import GRACE, HOUR, ZONES, acts, begins, channel, check, lives, schedules

DAY = timedelta(days=1)
W10, W11 = Week(2026, 10), Week(2026, 11)
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
"""When W10 has just ended."""


def posted(one: Subscription, now: datetime, has: set[Week]) -> Week | None:
    """What a look posts."""
    due = due_in(one, now, GRACE)
    if not due.open(has):
        return None
    has.add(due.week)
    return due.week


def test_what_is_due_is_wanted_until_the_grace_is_over() -> None:
    tuesday = MONDAY + timedelta(days=1, hours=9)
    assert due_in(channel(), tuesday - timedelta(seconds=1), GRACE) == Due(Week(2026, 9), late=True)
    assert due_in(channel(), tuesday, GRACE) == Due(W10)
    assert due_in(channel(), tuesday + GRACE, GRACE).wanted
    assert not due_in(channel(), tuesday + GRACE + timedelta(seconds=1), GRACE).wanted


def test_without_grace_a_digest_still_has_an_hour() -> None:
    """A look comes only once a minute: nothing would ever be posted."""
    tuesday = MONDAY + timedelta(days=1, hours=9)
    assert due_in(channel(), tuesday + LEAST_GRACE, timedelta()).wanted
    assert due_in(channel(), tuesday + LEAST_GRACE + timedelta(seconds=1), timedelta()).late


@pytest.mark.parametrize(
    ("to", "at", "comes"),
    [
        ("tue 21:00", MONDAY + timedelta(days=1, hours=8), MONDAY + timedelta(days=1, hours=21)),  # to later
        ("fri 09:00", MONDAY + timedelta(days=1, hours=8), MONDAY + timedelta(days=4, hours=9)),
        ("tue 06:00", MONDAY + timedelta(days=1, hours=8), MONDAY + timedelta(days=1, hours=8)),  # at once
        ("mon 00:00", MONDAY + timedelta(days=1, hours=8), MONDAY + timedelta(days=1, hours=8)),
        ("sun 23:59", MONDAY + timedelta(days=1, hours=8), MONDAY + timedelta(days=6, hours=23, minutes=59)),
    ],
)
def test_a_schedule_that_is_moved_before_the_post_brings_the_week_once(
    to: str, at: datetime, comes: datetime
) -> None:
    before = channel(since=MONDAY - timedelta(days=30))
    after = moved(before, replace(before, post_at=to), at)
    has = {Week(2026, 9)}
    assert comes == at or posted(after, comes - timedelta(minutes=1), has) is None
    assert posted(after, comes, has) == W10
    looks = [posted(after, comes + HOUR * n, has) for n in range(24 * 15)]
    assert [week for week in looks if week] == [W11, Week(2026, 12)]


@pytest.mark.parametrize("to", ["mon 00:00", "tue 08:00", "tue 10:00", "fri 09:00", "sun 23:59"])
@pytest.mark.parametrize("timezone", ZONES)
def test_a_schedule_that_is_moved_after_the_post_brings_no_week_again(to: str, timezone: str) -> None:
    at = MONDAY + timedelta(days=1, hours=10)
    before, has = channel(since=MONDAY - timedelta(days=30)), {Week(2026, 8), Week(2026, 9), W10}
    after = moved(before, replace(before, post_at=to, timezone=timezone), at)
    looks = [posted(after, at + HOUR * n, has) for n in range(24 * 22)]
    weeks = [week for week in looks if week]
    assert weeks[:2] == [W11, Week(2026, 12)]


def test_a_week_whose_new_time_has_gone_by_long_ago_comes_at_once() -> None:
    """It was not due before the schedule was moved, so nobody missed it."""
    saturday = MONDAY + timedelta(days=5)
    before = channel("sun 09:00", since=MONDAY - timedelta(days=30))
    after = moved(before, replace(before, post_at="mon 09:00"), saturday)
    assert posted(before, saturday, {Week(2026, 9)}) is None
    assert posted(after, saturday, {Week(2026, 9)}) == W10


def test_the_first_week_that_was_promised_comes_also_where_the_schedule_is_moved_before_it() -> None:
    wednesday = MONDAY + timedelta(days=2, hours=10)
    new = channel("fri 09:00", since=wednesday)
    after = moved(new, replace(new, post_at="tue 09:00"), wednesday + HOUR)
    assert posted(after, wednesday + HOUR, set()) == W10
    # One that was to begin with the week after still does.
    late = channel("tue 09:00", since=wednesday)
    after = moved(late, replace(late, post_at="wed 00:00"), wednesday + HOUR)
    assert posted(after, wednesday + HOUR, set()) is None


def test_no_week_is_posted_after_a_later_one() -> None:
    assert Due(W10).open(set())
    assert Due(W10).open({Week(2026, 9)})
    assert not Due(W10).open({W11})
    assert not Due(W10).open({Week(2026, 12)})


@pytest.mark.parametrize("by", [HOUR, DAY, DAY * 7, DAY * 14])
def test_a_clock_that_is_set_back_brings_nothing_again(by: timedelta) -> None:
    now = MONDAY + timedelta(days=1, hours=9)
    has = {W10.plus(-back) for back in range(9)}
    one = channel(since=MONDAY - timedelta(days=60))
    assert not due_in(one, now - by, GRACE).open(has)
    assert gone_by(one, due_in(one, now - by, GRACE), has, None, now - by, GRACE) == ()


def test_what_was_noted_by_a_clock_that_ran_far_ahead_does_not_silence_a_channel() -> None:
    now = MONDAY + timedelta(days=1, hours=9)
    assert due_in(channel(since=now + 300 * DAY), now, GRACE).wanted
    moved_then = replace(channel(), moved_at=now + 300 * DAY)
    assert due_in(moved_then, now + 6 * DAY, GRACE).late


def test_weeks_that_went_by_are_told_from_the_first_that_was_expected() -> None:
    now = MONDAY + timedelta(days=1, hours=10) + timedelta(days=21)
    weeks = [W10.plus(n) for n in range(4)]
    due = due_in(channel(), now, GRACE)
    assert due == Due(weeks[3])
    known = MONDAY + timedelta(days=1, hours=9)
    assert gone_by(channel(), due, {W11}, known, now, GRACE) == (W10, weeks[2])
    assert gone_by(channel(), due, set(), None, now, GRACE) == ()
    subscribed = channel(since=known + HOUR)
    assert gone_by(subscribed, due, set(), None, now, GRACE) == (W11, weeks[2])
    late = due_in(channel(), now + GRACE, GRACE)
    assert gone_by(channel(), late, {W10, W11, weeks[2]}, known, now + GRACE, GRACE) == (weeks[3],)


@given(begins, schedules, st.lists(acts, max_size=6))
@settings(max_examples=25)
def test_every_week_that_was_promised_comes_once_or_is_told_of(
    begin: datetime, schedule: tuple[str, str], what: list[tuple[str, object]]
) -> None:
    check(lives(begin=begin, schedule=schedule, what=what))
