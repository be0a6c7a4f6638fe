"""Pure: which week a channel should have by now, and which have gone by without it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from digest.errors import NotAPostTime, NotATimeZone
from digest.models import Week
from digest.places import Subscription
from digest.weeks import PostTime, due_week, parse_post_time, posting_moment, zone

AHEAD = 2
"""How many weeks after the one that is due a channel may have already. A schedule moves by up to six
days and 24 hours, and 26 hours more from one time zone to another."""
LOOK_BACK = 8
"""How many weeks that have gone by are told of, at most."""
LEAST_GRACE = timedelta(hours=1)
"""Nothing is late before that: a look comes only every minute, and a platform may be away for some."""
LONGEST_WAIT = timedelta(hours=2)
"""Nothing that failed is put off for longer."""
_SCHEDULES = 10_000
_ALMOST_A_WEEK = timedelta(days=6)
_WRONG = timedelta(days=1)
"""A time that is noted as past and lies further ahead than that was noted by a clock that was wrong."""


@dataclass(frozen=True, slots=True)
class Due:
    """The week that a channel should have by now."""

    week: Week
    begun: bool = True
    """Whether the channel was subscribed by then."""
    late: bool = False
    """Whether it is missed for too long to be posted by itself; one that waits for approval is not."""
    of_sample: bool = False

    @property
    def wanted(self) -> bool:
        """Whether it is to be posted where it does not stand yet."""
        return self.begun and not self.late

    def open(self, has: Collection[Week]) -> bool:
        """Whether it is to be posted where the digests of the weeks `has` stand.

        No week is posted by itself after a later one: a clock that is set back, or a schedule that
        is moved to later, makes an earlier week the due one.
        """
        if not self.wanted or self.week in has:
            return False
        return not any(self.week < week <= self.week.plus(AHEAD) for week in has)


Latest = Callable[[datetime, PostTime, str], tuple[Week, datetime]]
"""What `weeks.due_week` tells."""


@dataclass(frozen=True)
class Remembered:
    """`weeks.due_week`, which remembers for each schedule what is due until the next week is.

    A look at many channels every minute asks it for all of them.
    """

    _spans: dict[tuple[PostTime, str], tuple[Week, datetime, datetime]] = field(default_factory=dict)

    def __call__(self, now: datetime, post_time: PostTime, timezone: str) -> tuple[Week, datetime]:
        """The latest week whose posting moment has come at `now`, with that moment."""
        span = self._spans.get((post_time, timezone))
        if span is None or not span[1] <= now < span[2]:
            week, moment = due_week(now, post_time, timezone)
            if len(self._spans) >= _SCHEDULES:
                self._spans.clear()
            span = week, moment, posting_moment(week.plus(1), post_time, timezone)
            self._spans[post_time, timezone] = span
        return span[0], span[1]


def due_in(channel: Subscription, now: datetime, grace: timedelta, latest: Latest = due_week) -> Due:
    """The week that a channel should have by `now`; it is late once it was due for longer than `grace`.

    What fell due as the schedule was moved was not due before.
    """
    week, moment = latest(now, parse_post_time(channel.post_at), channel.timezone)
    since, moved_at = _noted(channel.since, now), _noted(channel.moved_at, now)
    due_since = moment if moved_at is None else max(moment, moved_at)
    return Due(
        week,
        begun=since is None or moment >= since,
        late=not channel.approval and now - due_since > max(grace, LEAST_GRACE),
    )


def gone_by(
    channel: Subscription,
    due: Due,
    has: Collection[Week],
    known_since: datetime | None,
    now: datetime,
    grace: timedelta,
) -> tuple[Week, ...]:
    """The weeks that a channel should have had and will not get by itself any more, oldest first.

    `has` are the weeks whose digests stand there. `known_since` is when Rinko first had to do with a
    channel that does not say since when it is subscribed; it misses nothing before that.
    """
    since = _noted(channel.since, now)
    if since is None and known_since is None:
        return ()

    def expected(week: Week) -> bool:
        moment = moment_of(channel, week)
        return moment >= since if since else moment + min(grace, _ALMOST_A_WEEK) >= (known_since or now)

    weeks = (due.week.plus(-back) for back in range(LOOK_BACK, -1, -1))
    return tuple(
        week for week in weeks if week not in has and (week != due.week or due.late) and expected(week)
    )


def may_have_gone_by(
    channel: Subscription, due: Due, has: Collection[Week], behind: int, now: datetime
) -> bool:
    """Whether it is worth looking closely for weeks that went by: one of the last `behind` is missing."""
    since = _noted(channel.since, now)
    weeks = [due.week.plus(-back) for back in range(0 if due.late else 1, behind + 1)]
    return any(week not in has and (since is None or moment_of(channel, week) >= since) for week in weeks)


def is_put_off(until: datetime | None, now: datetime) -> bool:
    """Whether delivery waits; one that would wait for long was put off by a clock that was wrong."""
    return until is not None and now < until <= now + LONGEST_WAIT


def schedule_fault(channel: Subscription) -> NotAPostTime | NotATimeZone | None:
    """Why a channel's time or time zone cannot be read, None where both can be.

    Somebody may have edited the row, and a system may know fewer time zones than another.
    """
    try:
        parse_post_time(channel.post_at)
        zone(channel.timezone)
    except (NotAPostTime, NotATimeZone) as error:
        return error
    return None


def moment_of(channel: Subscription, week: Week) -> datetime:
    """When a channel gets the digest of a week."""
    return posting_moment(week, parse_post_time(channel.post_at), channel.timezone)


def moved(before: Subscription, after: Subscription, now: datetime) -> Subscription:
    """The subscription `after`, whose day, time or time zone may be others than `before`.

    A channel begins with the same week as before, also where the new time of that has gone by: then
    it comes at once. Where it has not, the channel may begin sooner. A schedule that cannot be read
    had no first week.
    """
    if (before.post_at, before.timezone) == (after.post_at, after.timezone):
        return after
    if after.since is None or schedule_fault(before):
        return replace(after, moved_at=now)
    week, moment = due_week(after.since, parse_post_time(before.post_at), before.timezone)
    first = week if moment >= after.since else week.plus(1)
    return replace(after, since=min(now, moment_of(after, first)), moved_at=now)


def _noted(moment: datetime | None, now: datetime) -> datetime | None:
    """A time that was noted, None where the clock must have been wrong then, or is now."""
    return None if moment is not None and moment - now > _WRONG else moment
