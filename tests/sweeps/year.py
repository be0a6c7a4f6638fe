"""A year of channels in simulated time: processes that sleep, clocks that jump, lists that are late, admins
who change their minds; and a verdict from the messages that stand there in the end."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App
from bot.platforms.local.outlet import local_place
from digest.errors import DeliveryError
from digest.models import Week
from digest.places import Message, PartKey, Place
from digest.ports import Outlet
from digest.posts import Post
from digest.weeks import due_week, parse_post_time, posting_moment, week_of
from tests.bot.support import Person, channel_messages, opened
from tests.clocks import ManualClock

BEGIN = datetime(2025, 12, 29, 1, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = timedelta(seconds=61)
ON_TIME = timedelta(minutes=2)
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
SETTINGS = """
channels = []
[digest]
grace_days = {grace}
[[sources]]
kind = "list"
path = "{path}"
"""
PAPER = "- [When to Stop Asking](sample:birdsong.pdf)\n"
GRACE_DAYS = 4


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
    weather: Weather
    chance: random.Random

    def __getattr__(self, name: str) -> Any:
        return getattr(self.outlet, name)

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        bad = self.weather.sends_fail and self.chance.random() < 0.4
        if bad and self.chance.random() < 0.5:
            raise DeliveryError("nothing came")
        sent = await self.outlet.send(key, post, under)
        if bad:
            raise DeliveryError("the answer was lost")
        return sent

    async def lacking(self, place: Place) -> tuple[str, ...]:
        return ("post",) if self.weather.lacking else await self.outlet.lacking(place)


@dataclass
class Process:
    """One process of Rinko with a clock of its own."""

    number: int
    skew: timedelta
    wrong_by: timedelta = field(default_factory=timedelta)
    clock: ManualClock = field(default_factory=lambda: ManualClock(BEGIN))
    app: App | None = None
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self, year: Year) -> None:
        settings = SETTINGS.format(grace=GRACE_DAYS, path=year.list)
        self.set_clock(year.now)
        app, _ = await self.stack.enter_async_context(opened(year.folder, settings, self.clock))
        outlets = {
            name: Fickle(outlet, year.weather, year.chance)
            for name, outlet in app.services.posting.outlets.items()
        }
        services = replace(app.services, posting=replace(app.services.posting, outlets=outlets))
        self.app = replace(app, services=services, schedule=replace(app.schedule, services=services))
        await services.ledger.take_up()

    async def stop(self) -> None:
        await self.stack.aclose()
        self.stack, self.app = AsyncExitStack(), None

    def set_clock(self, now: datetime) -> None:
        self.clock.time = now + self.skew + self.wrong_by

    async def look(self) -> None:
        if self.app is not None:
            await self.app.schedule.post_what_is_due()


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
            self.promised[week] = self.moment(week)


@dataclass
class Year:
    """All of it."""

    folder: Path
    seed: int
    weeks: int = 53
    channels_many: int = 10
    processes_many: int = 2
    now: datetime = BEGIN
    weather: Weather = field(default_factory=Weather)
    figures: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.list = self.folder / "list.md"
        self.listed: list[str] = []
        self.processes = [Process(one, self._skew()) for one in range(self.processes_many)]
        self.channels = [
            Channel(f"c{one}", self.chance.choice(TIMES), ZONES[one % len(ZONES)], BEGIN)
            for one in range(self.channels_many)
        ]
        self.end = BEGIN + timedelta(weeks=self.weeks)
        self.lists = dict(self._lists())
        self.late = {week for week, at in self.lists.items() if at > self._usual(week)}
        self.empty = set(self.chance.sample(sorted(self.lists), max(1, self.weeks // 20)))

    def _skew(self) -> timedelta:
        return timedelta(seconds=self.chance.uniform(-15, 15))

    def _usual(self, week: Week) -> datetime:
        """At the end of the week in the easternmost zone."""
        return datetime.combine(week.plus(1).start, datetime.min.time(), tzinfo=UTC) - 14 * HOUR

    def _lists(self) -> Iterator[tuple[Week, datetime]]:
        """When each week's list comes: mostly in time for all, some late."""
        for number in range(-1, self.weeks + 6):
            week = week_of(BEGIN.date()).plus(number)
            late = self.chance.random() < 0.1
            yield (
                week,
                self._usual(week) + (timedelta(hours=self.chance.uniform(20, 150)) if late else timedelta()),
            )

    # ------------------------------------------------------------------ what happens

    async def run(self) -> None:
        for process in self.processes:
            await process.start(self)
        await self._list()
        for channel in self.channels:
            await self._says(channel, f"/digest here {channel.post_at} {channel.timezone} en")
        while self.now < self.end:
            if self.chance.random() < 0.035:
                await self._trouble()
            elif self.chance.random() < 0.04:
                await self._admin()
                await self._look_again()
            await self._pass(self._next())
        for process in self.processes:
            if process.app is None:
                await process.start(self)
        quiet = self.now + timedelta(weeks=3)
        while self.now < quiet:
            await self._pass(self._next())

    def _next(self) -> datetime:
        """The next moment of a channel or of a list, or some hours later."""
        moments = [one.moment(one.due(self.now).plus(1)) for one in self.channels]
        moments += [at for at in self.lists.values() if at > self.now]
        return min(*moments, self.now + timedelta(hours=self.chance.uniform(1, 7)))

    async def _pass(self, now: datetime) -> None:
        for channel in self.channels:
            channel.passes(self.now, now)
        self.now = now
        await self._list()
        await self._look()
        await self._look_again()

    async def _look_again(self) -> None:
        for channel in self.channels:
            channel.passes(self.now, self.now + SOON)
        self.now += SOON
        await self._look()

    async def _look(self) -> None:
        for process in self.processes:
            process.set_clock(self.now)
        self.figures["looks"] += sum(process.app is not None for process in self.processes)
        if self.chance.random() < 0.2 and not any(process.wrong_by for process in self.processes):
            await asyncio.gather(*(process.look() for process in self.processes))
            return
        for process in self.chance.sample(self.processes, len(self.processes)):
            await process.look()

    async def _list(self) -> None:
        """Publish what is listed by now, unless the source is down."""
        if self.weather.source_fails:
            self.list.unlink(missing_ok=True)
            return
        there = sorted(week for week, at in self.lists.items() if at <= self.now)
        text = "".join(f"## {week}\n\n{'' if week in self.empty else PAPER}\n" for week in there)
        await asyncio.to_thread(self.list.write_text, text, encoding="utf-8")

    @contextmanager
    def _noted(self, what: str) -> Iterator[None]:
        begin = self.now
        self.figures[what] += 1
        try:
            yield
        finally:
            self.weather.times.append((begin - ON_TIME, self.now + HOUR))

    async def _trouble(self) -> None:
        """Something goes wrong for some hours or days, and then it does not any more."""
        length = self.chance.choice((HOUR, 5 * HOUR, 20 * HOUR, 3 * DAY, 6 * DAY, 16 * DAY))
        what = self.chance.choice(("down", "down", "clock", "clock", "source", "sends", "rights"))
        process = self.chance.choice(self.processes)
        with self._noted(what):
            match what:
                case "down":
                    await self._down(length)
                    return
                case "clock":
                    by = self.chance.choice((-1, 1)) * self.chance.choice((HOUR, DAY, 7 * DAY, 30 * DAY))
                    process.wrong_by = by
                case "source":
                    self.weather.source_fails = True
                case "sends":
                    self.weather.sends_fail = True
                case "rights":
                    self.weather.lacking = True
            until = self.now + min(length, 6 * DAY)
            while self.now < until:
                await self._pass(min(self._next(), until))
            process.wrong_by = timedelta()
            self.weather.source_fails = self.weather.sends_fail = self.weather.lacking = False

    async def _down(self, length: timedelta) -> None:
        """One process is down and another goes on, or all are."""
        some = self.chance.choice((self.processes, self.processes, self.processes[:1]))
        for process in some:
            await process.stop()
        until = self.now + length
        while self.now < until:
            await self._pass(min(self._next(), until))
        for process in some:
            process.skew = self._skew()
            await process.start(self)

    async def _admin(self) -> None:
        """An admin changes something, with what was promised by that."""
        channel = self.chance.choice(self.channels)
        match self.chance.choice(("move", "move", "zone", "hand", "again", "pause")):
            case "move" | "zone":
                await self._move(channel)
            case "hand":
                if await self._says(channel, "/digest post"):
                    self.figures["by hand"] += 1
                    channel.by_hand |= await self._stands(channel)
            case "again":
                await self._says(channel, "/digest stop")
                self._forgive(channel, await self._stands(channel))
                await self._says(channel, f"/digest here {channel.post_at} {channel.timezone} en")
            case "pause":
                if channel.paused:
                    await self._says(channel, f"/digest here {channel.post_at} {channel.timezone} en")
                else:
                    app = self.processes[0].app
                    assert app
                    known = await app.services.channels.get(channel.place)
                    assert known
                    await app.services.channels.set(replace(known, paused=True))
                self._forgive(channel, await self._stands(channel))
                channel.paused = not channel.paused

    async def _move(self, channel: Channel) -> None:
        self.figures["moved"] += 1
        promised = channel.due(self.now).plus(1)
        channel.post_at = self.chance.choice(TIMES)
        channel.timezone = self.chance.choice((channel.timezone, *ZONES))
        await self._says(channel, f"/digest here {channel.post_at} {channel.timezone} en")
        self._forgive(channel, set()) if channel.paused else None
        channel.paused = False
        if channel.moment(promised) <= self.now:
            channel.promised[promised] = self.now
        for week in [one for one in channel.promised if channel.moment(one) > self.now]:
            del channel.promised[week]  # it comes later now, and is promised by that

    def _forgive(self, channel: Channel, stands: set[Week]) -> None:
        """What a channel had not got when it was stopped or paused is not made up for."""
        channel.promised = {week: at for week, at in channel.promised.items() if week in stands}

    async def _says(self, channel: Channel, line: str) -> bool:
        """An admin writes, where a process runs."""
        app = next((one.app for one in self.processes if one.app is not None), None)
        assert app
        for process in self.processes:
            process.set_clock(self.now)
        talk = await Person(app, place=channel.place).says(line)
        return "Posted the digest" in talk.text

    # ------------------------------------------------------------------- the verdict

    async def _stands(self, channel: Channel) -> set[Week]:
        return {week for week, _ in await self.headers(channel)}

    async def headers(self, channel: Channel) -> list[tuple[Week, datetime]]:
        """The digests that stand in a channel, in the order of their messages."""
        app = next(one.app for one in self.processes if one.app is not None)
        assert app
        found = []
        for kept in await channel_messages(app, channel.name):
            if kept.part == "header" and not kept.deleted and kept.mark:
                year, _, number = kept.mark.split(" ")[1].partition("-W")
                found.append((Week(int(year), int(number)), kept.created))
        return found

    async def told(self, channel: Channel) -> set[str]:
        """The weeks of which the channel was told that they do not come."""
        app = next(one.app for one in self.processes if one.app is not None)
        assert app
        lines = await app.services.journal.latest(str(channel.place), 100_000)
        told = {week for line in lines if line.act == "missed" for week in line.detail.split(", ")}
        return told | {str(line.week) for line in lines if line.detail.startswith("NothingListed")}

    async def close(self) -> None:
        for process in self.processes:
            await process.stop()
