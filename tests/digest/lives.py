"""A channel over months: what its admins were promised, what was posted, what was told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import strategies as st

from digest.due import due_in, gone_by, moment_of, moved
from digest.models import Week
from digest.places import Place, Subscription
from digest.weeks import PostTime, due_week, latest_ended, next_posting, parse_post_time

GRACE = timedelta(days=3)
HOUR = timedelta(hours=1)
PLACE = Place("local", "-", "papers")
ZONES = (
    "Pacific/Kiritimati", "Pacific/Chatham", "Australia/Lord_Howe", "Asia/Tokyo", "Asia/Kathmandu",
    "Asia/Kolkata", "UTC", "Europe/Berlin", "America/St_Johns", "America/New_York", "Pacific/Pago_Pago",
)  # fmt: skip


def channel(post_at: str = "tue 09:00", timezone: str = "UTC", since: datetime | None = None) -> Subscription:
    return Subscription(PLACE, "en", post_at, timezone, since=since)


begins = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds have no zone
post_times = st.builds(PostTime, st.integers(0, 6), st.times().map(lambda at: time(at.hour, at.minute)))
schedules = st.tuples(post_times.map(str), st.sampled_from(ZONES))
acts = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 24 * 20)),
    st.tuples(st.just("move"), schedules),
    st.tuples(st.just("down"), st.integers(1, 24 * 40)),
    st.tuples(st.just("wrong clock"), st.integers(-24 * 10, 24 * 10), st.integers(1, 60)),
    st.tuples(st.just("broken"), st.integers(1, 24 * 12)),
    st.tuples(st.just("by hand"), st.integers(0, 0)),
    st.tuples(st.just("again"), st.integers(1, 24 * 20)),
    st.tuples(st.just("pause"), st.integers(1, 24 * 20)),
)


@dataclass
class Life:
    """A channel over months: what admins were promised, what was posted, what was told."""

    channel: Subscription
    now: datetime
    has: set[Week] = field(default_factory=set)
    posted: list[Week] = field(default_factory=list)
    by_hand: set[Week] = field(default_factory=set)
    told: set[Week] = field(default_factory=set)
    promised: set[Week] = field(default_factory=set)
    down: bool = False
    broken: bool = False
    wrong_by: timedelta = field(default_factory=timedelta)

    def hour(self) -> None:
        """Another hour, in which weeks fall due, and a look if there is any."""
        last = self._due_week(self.now)
        self.now += HOUR
        if not self.channel.paused:
            due = self._due_week(self.now)
            while last < due:
                last = last.plus(1)
                self.promised.add(last)
            if not self.down:
                self._look(self.now + self.wrong_by)

    def _due_week(self, now: datetime) -> Week:
        return due_week(now, parse_post_time(self.channel.post_at), self.channel.timezone)[0]

    def _look(self, now: datetime) -> None:
        due = due_in(self.channel, now, GRACE)
        self.told |= set(gone_by(self.channel, due, self.has, None, now, GRACE))
        listed = due.week <= latest_ended(self.now, "Pacific/Kiritimati")
        if due.open(self.has) and listed and not self.broken:
            self.has.add(due.week)
            self.posted.append(due.week)

    def act(self, name: str, *values: object) -> None:
        hours = values[-1] if isinstance(values[-1], int) else 0
        match name:
            case "move":
                post_at, timezone = values[0]  # type: ignore[misc]
                self._move(replace(self.channel, post_at=post_at, timezone=timezone))
            case "down":
                self.down = True
            case "wrong clock":
                self.wrong_by = timedelta(hours=values[0])  # type: ignore[arg-type]
            case "broken":
                self.broken = True
            case "by hand":
                self.by_hand.add(week := latest_ended(self.now))
                self.has.add(week)
            case "pause":
                self.channel = replace(self.channel, paused=True)
        for _ in range(hours):
            self.hour()
        self.down = self.broken = False
        self.wrong_by = timedelta()
        if name in ("pause", "again"):  # subscribed anew: what was due before is not made up for
            self.channel = replace(self.channel, paused=False, since=self.now)
            self.promised &= self.has | self.told
        self.hour()  # all is well for a moment: no more than LOOK_BACK weeks are told of at once

    def _move(self, after: Subscription) -> None:
        """The next week was promised; where its new time has gone by it is to come all the same."""
        promised, _ = next_posting(self.now, parse_post_time(self.channel.post_at), self.channel.timezone)
        self.channel = moved(self.channel, after, self.now)
        if moment_of(after, promised) <= self.now:
            self.promised.add(promised)
        # What was due and did not come yet may come later now, and is promised by that.
        self.promised = {week for week in self.promised if moment_of(after, week) <= self.now}

    def settle(self) -> None:
        """Three quiet weeks, in which whatever is still to be told is told."""
        for _ in range(24 * 21):
            self.hour()


def lives(*, begin: datetime, schedule: tuple[str, str], what: list[tuple[str, object]]) -> Life:
    """A channel's life from the time it was set up."""
    life = Life(channel(*schedule, since=begin), begin)
    for name, *values in what:
        life.act(name, *values)
    life.settle()
    return life


def check(life: Life) -> None:
    """Each week came once, none after a later one, and what did not come was told of."""
    assert life.posted == sorted(set(life.posted))
    silent = life.promised - life.has - life.told
    assert not silent, f"{sorted(map(str, silent))} went by in silence"
