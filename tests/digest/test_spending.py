"""What calls cost, what they may take, and when that is counted anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.spending import Budget, Price, Tokens, ceilings, cost, reservation, settled
from digest.tokens import at_most, estimate

PRICE = Price(input=2.0, output=8.0, cached_input=0.5)
TUESDAY = datetime(2024, 3, 5, 12, 30, tzinfo=UTC)
BUDGET = Budget(day_tokens=1000, week_tokens=5000, user_day_tokens=300, day_cost=1.5, week_cost=4.0)


def test_a_cached_prompt_costs_less() -> None:
    assert cost(Tokens(1_000_000, 0), PRICE) == 2.0
    assert cost(Tokens(1_000_000, 0, 1_000_000), PRICE) == 0.5
    assert cost(Tokens(2_000_000, 500_000, 1_000_000), PRICE) == pytest.approx(2.0 + 0.5 + 4.0)


def test_without_a_price_for_cached_prompts_they_cost_what_others_do() -> None:
    assert cost(Tokens(1_000_000, 0, 400_000), Price(2.0, 8.0)) == 2.0


def test_without_a_price_no_cost_is_known() -> None:
    assert cost(Tokens(1_000_000, 5), None) is None


def test_the_days_and_weeks_of_ceilings_are_those_of_utc() -> None:
    today, tomorrow = datetime(2024, 3, 5, tzinfo=UTC), datetime(2024, 3, 6, tzinfo=UTC)
    monday, next_monday = datetime(2024, 3, 4, tzinfo=UTC), datetime(2024, 3, 11, tzinfo=UTC)
    found = ceilings(BUDGET, TUESDAY, "ann")
    assert {(one.name, one.unit, one.most, one.asker): (one.since, one.until) for one in found} == {
        ("user_day", "tokens", 300, "ann"): (today, tomorrow),
        ("day", "tokens", 1000, None): (today, tomorrow),
        ("week", "tokens", 5000, None): (monday, next_monday),
        ("day", "cost", 1.5, None): (today, tomorrow),
        ("week", "cost", 4.0, None): (monday, next_monday),
    }
    in_tokyo = TUESDAY.astimezone(timezone(timedelta(hours=14)))
    assert in_tokyo.day == 6
    assert ceilings(BUDGET, in_tokyo, "ann") == found


@given(st.timedeltas(timedelta(days=-4000), timedelta(days=4000)))
def test_a_moment_is_within_its_own_day_and_iso_week(later: timedelta) -> None:
    now = TUESDAY + later
    for one in ceilings(BUDGET, now, "ann"):
        assert one.since <= now < one.until
        last = one.until - timedelta(microseconds=1)
        if one.name == "week":
            assert one.since.isocalendar()[:2] == now.isocalendar()[:2] == last.isocalendar()[:2]
        else:
            assert one.since.date() == now.date() == last.date()


def test_nothing_is_a_ceiling_where_none_is_set_and_a_quota_is_for_askers() -> None:
    assert ceilings(Budget(), TUESDAY, "ann") == ()
    assert {one.name for one in ceilings(BUDGET, TUESDAY)} == {"day", "week"}


@given(st.lists(st.text(max_size=200), max_size=4), st.integers(1, 9000))
def test_a_reservation_is_no_less_than_the_call_is_expected_to_take(texts: list[str], output: int) -> None:
    reserved = reservation("1", "answer", "model", TUESDAY, texts, output, PRICE, "ann", "arxiv:1")
    assert reserved.input_tokens >= sum(at_most(text) for text in texts)
    assert reserved.output_tokens == output
    expected = cost(Tokens(sum(estimate(text) for text in texts), output), PRICE)
    assert reserved.cost is not None
    assert expected is not None
    assert reserved.cost >= expected
    assert not reserved.settled
    assert (reserved.asker, reserved.subject) == ("ann", "arxiv:1")


def test_settling_keeps_what_was_called_and_when() -> None:
    reserved = reservation("1", "summary", "model", TUESDAY, ["text"], 100, PRICE, None, "arxiv:1")
    done = settled(reserved, Tokens(50, 20, 10), PRICE)
    assert (done.id, done.at, done.subject) == (reserved.id, TUESDAY, "arxiv:1")
    assert (done.input_tokens, done.output_tokens, done.cached_tokens) == (50, 20, 10)
    assert done.cost == cost(Tokens(50, 20, 10), PRICE)
    assert (done.settled, done.estimated) == (True, False)
    assert settled(reserved, Tokens(50, 20), estimated=True).estimated
