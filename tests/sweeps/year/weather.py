"""What goes wrong in a year, and an outlet that it goes wrong with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from digest.errors import DeliveryError
from digest.places import Message, PartKey, Place
from digest.ports import Outlet
from digest.posts import Post

if TYPE_CHECKING:
    from tests.sweeps.year.year import Year


@dataclass
class Weather:
    """What is wrong at the moment, and when something was."""

    source_fails: bool = False
    sends_fail: bool = False
    lacking: bool = False
    times: list[tuple[datetime, datetime]] = field(default_factory=list)

    def calm(self, begin: datetime, end: datetime) -> bool:
        return not any(one < end and begin < other for one, other in self.times)


@dataclass(frozen=True)
class Fickle:
    """An outlet whose calls fail while the weather is bad, before or after they took effect."""

    outlet: Outlet
    year: Year

    @property
    def weather(self) -> Weather:
        return self.year.weather

    def __getattr__(self, name: str) -> Any:
        return getattr(self.outlet, name)

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        chance = self.year.chance
        bad = self.weather.sends_fail and chance.random() < 0.4
        if bad and chance.random() < 0.5:
            raise DeliveryError("nothing came")
        sent = await self.outlet.send(key, post, under)
        if key.name == "header":
            self.year.came.setdefault((key.place, key.week), self.year.now)
        if bad:
            raise DeliveryError("the answer was lost")
        return sent

    async def lacking(self, place: Place) -> tuple[str, ...]:
        return ("post",) if self.weather.lacking else await self.outlet.lacking(place)
