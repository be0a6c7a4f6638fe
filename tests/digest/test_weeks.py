"""Weeks, their lists, and when a channel is due, over any clock that people have set."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import WrongUse
from digest.models import Week
from digest.weeks import (
    PostTime,
    due_week,
    latest_ended,
    next_posting,
    parse_post_time,
    parse_week,
    posting_moment,
    week_of,
    week_of_range,
    zone,
    zone_named,
    zones_like,
)

ZONES = (
    "UTC", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe",
    "Pacific/Chatham", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "Africa/Casablanca", "Asia/Gaza",
)  # fmt: skip
moments = st.datetimes(datetime(2001, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds have no zone
post_times = st.builds(PostTime, st.integers(0, 6), st.times().map(lambda at: time(at.hour, at.minute)))


@pytest.mark.parametrize(
    ("start", "end", "week"),
    [
        ("2024-02-26", "2024-03-03", "2024-W09"),  # Monday to Sunday
        ("2024-02-25", "2024-03-03", "2024-W09"),  # Sunday to Sunday
        ("2024-02-24", "2024-03-01", "2024-W09"),  # Saturday to Friday
        ("2023-12-25", "2023-12-31", "2023-W52"),
        ("2024-12-30", "2025-01-05", "2025-W01"),  # over New Year
        ("2020-12-28", "2021-01-03", "2020-W53"),
        ("2024-02-29", "2024-02-29", "2024-W09"),
        ("2024-02-29", "2024-03-07", "2024-W09"),  # eight days: the earlier of the two middle ones
    ],
)
def test_a_list_belongs_to_the_week_of_its_midpoint(start: str, end: str, week: str) -> None:
    assert str(week_of_range(date.fromisoformat(start), date.fromisoformat(end))) == week


@given(st.dates(date(2000, 1, 3), date(2040, 1, 1)), st.integers(6, 7))
def test_lists_that_follow_each_other_get_weeks_that_follow_each_other(start: date, days: int) -> None:
    this = week_of_range(start, start + timedelta(days=days))
    after = week_of_range(start + timedelta(days=7), start + timedelta(days=7 + days))
    assert this.plus(1) == after


def test_the_iso_year_ends_where_its_weeks_end() -> None:
    assert week_of(date(2021, 1, 3)) == Week(2020, 53)
    assert week_of(date(2018, 12, 31)) == Week(2019, 1)
    assert Week(2020, 53).plus(1) == Week(2021, 1)
    assert Week(2021, 1).plus(-1) == Week(2020, 53)
    with pytest.raises(ValueError, match="week"):
        Week(2021, 53)


@pytest.mark.parametrize("text", ["2024-W09", " 2024-w9 ", "2024W09", "2024-02-29", "2024-03-03"])
def test_a_week_is_read_as_people_write_it(text: str) -> None:
    assert parse_week(text) == Week(2024, 9)


@pytest.mark.parametrize(
    "text", ["", "2024-09", "2021-W53", "2024-W00", "0000-W01", "W09", "2024-W9x", "last", "2024-02-30", "\0"]
)
def test_what_is_no_week_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(WrongUse) as raised:
        parse_week(text)
    assert raised.value.hint


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tue 09:00", "tue 09:00"),
        (" Tuesday  9:05 ", "tue 09:05"),
        ("SUN 23:59", "sun 23:59"),
        ("thurs 9:00", "thu 09:00"),
        ("火曜 9時", "tue 09:00"),
        ("日 １８時半", "sun 18:30"),
        ("水曜日 9時5分", "wed 09:05"),
        ("fri 9am", "fri 09:00"),
        ("fri 9:30 PM", "fri 21:30"),
        ("fri 12 a.m.", "fri 00:00"),
    ],
)
def test_a_post_time_is_read_as_people_write_it(text: str, shown: str) -> None:
    assert str(parse_post_time(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tue",
        "09:00",
        "tue 24:00",
        "tue 9:60",
        "xyz 09:00",
        "tue 13:00 pm",
        "曜 09:00",
        "monthly 09:00",
        "日本語 09:00",
        "mo 09:00",
        "金 25時",
    ],
)
def test_what_is_no_post_time_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(WrongUse) as raised:
        parse_post_time(text)
    assert raised.value.hint


@given(post_times)
def test_a_post_time_reads_what_it_shows(post_time: PostTime) -> None:
    assert parse_post_time(str(post_time)) == post_time


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "Asia", "\0", "a" * 300]
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(WrongUse):
        zone(name)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("asia/tokyo", "Asia/Tokyo"),
        ("ＴＯＫＹＯ", "Asia/Tokyo"),
        ("JST", "Asia/Tokyo"),
        ("日本時間", "Asia/Tokyo"),
        ("new york", "America/New_York"),
        ("gmt", "UTC"),
        ("US/Pacific", "US/Pacific"),
    ],
)
def test_a_time_zone_is_known_by_what_people_call_it(words: str, name: str) -> None:
    assert zone_named(words) == name


@pytest.mark.parametrize(
    "words", ["", "Tok", "Mars/Olympus", "../etc/passwd", "America/Indiana", "=", "a" * 300]
)
def test_what_names_no_time_zone_is_refused(words: str) -> None:
    with pytest.raises(WrongUse):
        zone_named(words)


def test_time_zones_complete_what_was_begun() -> None:
    assert zones_like("tok")[0] == "Asia/Tokyo"
    assert zones_like("europe/b")[0].startswith("Europe/B")
    assert zones_like("東")[0] == "Asia/Tokyo"
    assert zones_like("zzz") == ()
    assert all(zone(name) for name in zones_like(""))


def test_the_default_time_is_the_morning_after_the_list_appears() -> None:
    moment = posting_moment(Week(2024, 9), parse_post_time("tue 09:00"), "Asia/Tokyo")
    assert moment == datetime(2024, 3, 5, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("week", "post_at", "timezone", "moment"),
    [
        # The clock skips 02:00-03:00: the first moment after the gap.
        ("2024-W12", "sun 02:30", "Europe/Berlin", "2024-03-31T01:00+00:00"),
        ("2024-W09", "sun 02:30", "America/New_York", "2024-03-10T07:00+00:00"),
        # Lord Howe skips half an hour, Sao Paulo midnight, Samoa a whole Friday.
        ("2024-W39", "sun 02:10", "Australia/Lord_Howe", "2024-10-05T15:30+00:00"),
        ("2018-W43", "sun 00:30", "America/Sao_Paulo", "2018-11-04T03:00+00:00"),
        ("2011-W51", "fri 09:00", "Pacific/Apia", "2011-12-30T10:00+00:00"),
        # The clock shows 02:30 twice: the first time.
        ("2024-W42", "sun 02:30", "Europe/Berlin", "2024-10-27T00:30+00:00"),
        ("2024-W43", "sun 01:30", "America/New_York", "2024-11-03T05:30+00:00"),
    ],
)
def test_a_time_that_the_clock_skips_or_repeats_comes_once(
    week: str, post_at: str, timezone: str, moment: str
) -> None:
    found = posting_moment(parse_week(week), parse_post_time(post_at), timezone)
    assert found == datetime.fromisoformat(moment)


def test_a_week_has_ended_when_it_has_where_the_channel_is() -> None:
    sunday_evening = datetime(2024, 3, 3, 20, 0, tzinfo=UTC)
    assert latest_ended(sunday_evening) == Week(2024, 8)
    assert latest_ended(sunday_evening, "Asia/Tokyo") == Week(2024, 9)


@given(moments, post_times, st.sampled_from(ZONES))
def test_every_moment_has_one_due_week_and_one_that_comes_next(
    now: datetime, post_time: PostTime, timezone: str
) -> None:
    due, came = due_week(now, post_time, timezone)
    coming, comes = next_posting(now, post_time, timezone)
    assert came <= now < comes
    assert coming == due.plus(1)
    assert comes == posting_moment(coming, post_time, timezone)
    # A moment is due from its very beginning, and the one before until then.
    assert due_week(comes, post_time, timezone)[0] == coming
    assert due_week(comes - timedelta(seconds=1), post_time, timezone)[0] == due


@given(st.integers(2001, 2036), st.integers(1, 52), post_times, st.sampled_from(ZONES))
def test_posting_moments_follow_each_other_by_about_a_week(
    year: int, number: int, post_time: PostTime, timezone: str
) -> None:
    week = Week(year, number)
    apart = posting_moment(week.plus(1), post_time, timezone) - posting_moment(week, post_time, timezone)
    assert timedelta(days=5, hours=20) < apart < timedelta(days=8, hours=4)
