"""One channel of a year, and what it was promised."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.platforms.local.outlet import local_place
from digest.models import Week
from digest.places import Place
from digest.weeks import due_week, parse_post_time, posting_moment

ZONES = (
    "Pacific/Kiritimati", "Pacific/Chatham", "Australia/Lord_Howe", "Asia/Tokyo", "Asia/Kathmandu",
    "Asia/Kolkata", "Europe/Berlin", "America/St_Johns", "America/New_York", "Pacific/Pago_Pago",
)  # fmt: skip
TIMES = (
    "sun 02:30",
    "mon 00:00",
    "tue 09:00",
    "sun 01:15",
    "wed 23:59",
    "sun 02:10",
    "fri 12:00",
    "sat 02:05",
)


@dataclass
class Channel:
    """What one channel was promised."""

    name: str
    post_at: str
    timezone: str
    begun: datetime
    paused: bool = False
    promised: dict[Week, datetime] = field(default_factory=dict)
    by_hand: set[Week] = field(default_factory=set)
    moved_after: set[Week] = field(default_factory=set)
    """The weeks that stood when the schedule was moved; a later time of theirs says nothing of them."""
    story: list[str] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return local_place(self.name)

    def due(self, now: datetime) -> Week:
        return due_week(now, parse_post_time(self.post_at), self.timezone)[0]

    def moment(self, week: Week) -> datetime:
        return posting_moment(week, parse_post_time(self.post_at), self.timezone)

    def passes(self, before: datetime, now: datetime) -> None:
        """Weeks fall due as time passes."""
        week = self.due(before)
        while not self.paused and week < self.due(now):
            week = week.plus(1)
            if week not in self.moved_after:
                self.promised[week] = self.moment(week)
                self.tell(now, f"{week} promised for {self.promised[week]:%m-%d %H:%M}")

    def tell(self, now: datetime, what: str) -> None:
        """Note what happened, for whoever reads what is wrong."""
        self.story.append(f"{now:%m-%d %H:%M:%S} {what}")
