"""Pure: ISO weeks, time zones, and what is due when."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from digest.errors import NotAPostTime, NotATimeZone, NotAWeek
from digest.models import Week

_LONGEST_GAP = timedelta(hours=26)
"""Longer than the clock ever skips: Samoa left out a whole day in 2011."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_SIGNS = "月火水木金土日"
_REGIONS = {
    *("Africa", "America", "Antarctica", "Arctic", "Asia"),
    *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
}
_OTHER_NAMES = {"Asia/Tokyo": ("jst", "日本", "日本時間", "東京"), "UTC": ("gmt",)}
"""What else people call a zone; of short names only those that are nobody else's."""


def parse_week(text: str) -> Week:
    """The week written as `2024-W09` or as a day in it (`2024-09` is no week). Raises `NotAWeek`."""
    match = re.fullmatch(r"(\d{4})-?[Ww](\d{1,2})", text.strip())
    try:
        if match:
            return Week(int(match[1]), int(match[2]))
        return week_of(date.fromisoformat(text.strip()))
    except ValueError:
        raise NotAWeek(
            f"“{text}” is not a week.",
            hint="Write it as 2024-W09, or as a day in it, 2024-02-29.",
            values={"text": text},
        ) from None


def week_of(day: date) -> Week:
    """The ISO week a day is in."""
    return Week(*day.isocalendar()[:2])


def week_of_range(start: date, end: date) -> Week:
    """The week a list belongs to: the one its midpoint is in.

    By start or by end some weeks would get two lists or none, as lists run Monday to Sunday,
    Sunday to Sunday or Saturday to Friday. The midpoint of an even number of days is the
    earlier of the two middle days.
    """
    return week_of(start + (end - start) // 2)


def latest_ended(now: datetime, timezone: str = "UTC") -> Week:
    """The latest week that has ended at `now` in a time zone."""
    return week_of(now.astimezone(zone(timezone)).date()).plus(-1)


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name. Raises `NotATimeZone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NotATimeZone(
            f"“{name}” is not a time zone.",
            hint="Write it as Asia/Tokyo or Europe/Berlin.",
            values={"text": name},
        ) from None


def zone_named(words: str) -> str:
    """The IANA name of the time zone that somebody wrote: `asia/tokyo`, `Tokyo`, `JST`. Raises as `zone`."""
    like = zones_like(words)
    said = _folded(words)
    exact = [name for name in like if said in (_folded(name), _city(name), *_OTHER_NAMES.get(name, ()))]
    name = exact[0] if len(exact) == 1 or (exact and _folded(exact[0]) == said) else words
    zone(name)
    return name


def zones_like(words: str) -> tuple[str, ...]:
    """Pure: the names of time zones that begin with words, or whose city does, then those that hold them."""
    said = _folded(words)
    ranked = []
    for name in _zones():
        ways = (_folded(name), _city(name), *_OTHER_NAMES.get(name, ()))
        if said in _folded(name) or any(way.startswith(said) for way in ways):
            rank = (said not in ways, not any(way.startswith(said) for way in ways), name)
            ranked.append((rank, name))
    return tuple(name for _, name in sorted(ranked))


@cache
def _zones() -> tuple[str, ...]:
    """Zones by place; old names, as `US/Pacific` and `Japan`, are known but not offered."""
    known = (name for name in available_timezones() if name.split("/")[0] in _REGIONS)
    return ("UTC", *sorted(known))


def _folded(words: str) -> str:
    return "_".join(unicodedata.normalize("NFKC", words).casefold().split())


def _city(name: str) -> str:
    return _folded(name.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class PostTime:
    """A day and time of the week on which a channel gets the digest; `day` 0 is Monday."""

    day: int
    at: time

    def __str__(self) -> str:
        """`tue 09:00`."""
        return f"{DAYS[self.day]} {self.at:%H:%M}"


@lru_cache(maxsize=1024)
def parse_post_time(text: str) -> PostTime:
    """The day and time written as `tue 09:00` or `火曜日 9時`. Raises `NotAPostTime`."""
    match = re.fullmatch(r"(\S+)\s+(\d{1,2}):(\d{2})", plain_times(text).strip())
    day = day_of(match[1]) if match else None
    if match and day is not None and int(match[2]) < 24 and int(match[3]) < 60:
        return PostTime(day, time(int(match[2]), int(match[3])))
    raise NotAPostTime(
        f"“{text}” is not a day and time.", hint="Write it as tue 09:00.", values={"text": text}
    )


def day_of(word: str) -> int | None:
    """The day of the week that a word is: `tue`, `Tuesday`, `火`, `火曜日`; 0 is Monday."""
    plain = unicodedata.normalize("NFKC", word).lower()
    if japanese := re.fullmatch(f"([{_DAY_SIGNS}])(曜日?)?", plain):
        return _DAY_SIGNS.index(japanese[1])
    found = [day for day, name in enumerate(_DAY_NAMES) if len(plain) >= 3 and name.startswith(plain)]
    return found[0] if found else None


def plain_times(text: str) -> str:
    """A text with full-width figures as plain ones, `9時30分` as `9:30`, and `9 pm` as `21:00`."""

    def plain(found: re.Match[str]) -> str:
        return f"{found[1]}:{'30' if found[2] == '半' else (found[3] or '0').zfill(2)}"

    def of_half_day(found: re.Match[str]) -> str:
        hour = int(found[1]) % 12 + (12 if found[3].lower() == "p" else 0)
        return f"{hour}:{found[2] or '00'}" if 1 <= int(found[1]) <= 12 else found[0]

    figures = unicodedata.normalize("NFKC", text)
    figures = re.sub(r"(?i)(?<!\d)(\d{1,2})(?::(\d\d))?[ _]?([ap])\.?m\b\.?", of_half_day, figures)
    return re.sub(r"(\d{1,2})時(半|(\d{1,2})分)?", plain, figures)


@lru_cache(maxsize=4096)
def posting_moment(week: Week, post_time: PostTime, timezone: str) -> datetime:
    """When a channel gets the digest of `week`, in UTC: on the post day after the week's end.

    A time that the clock skips in spring counts as the first moment after the gap; one that
    comes twice in autumn counts once, the first time.
    """
    day = week.plus(1).start + timedelta(days=post_time.day)
    local = datetime.combine(day, post_time.at, tzinfo=zone(timezone))
    moment = local.astimezone(UTC)
    if moment.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        moment = _end_of_gap(moment, local)
    return moment


def _end_of_gap(moment: datetime, local: datetime) -> datetime:
    """The moment the clock jumps, for a local time that the jump skips."""
    zone_ = local.tzinfo
    low, high = moment - _LONGEST_GAP, moment + _LONGEST_GAP
    before = low.astimezone(zone_).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone_).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def due_week(now: datetime, post_time: PostTime, timezone: str) -> tuple[Week, datetime]:
    """The latest week whose posting moment has come at `now`, with that moment."""
    # One week more than has ended, as a clock set back may return to before the end of a week.
    week = latest_ended(now, timezone).plus(1)
    while (moment := posting_moment(week, post_time, timezone)) > now:
        week = week.plus(-1)
    return week, moment


def next_posting(now: datetime, post_time: PostTime, timezone: str) -> tuple[Week, datetime]:
    """The next week to be posted after `now`, with the moment."""
    week = due_week(now, post_time, timezone)[0].plus(1)
    return week, posting_moment(week, post_time, timezone)
