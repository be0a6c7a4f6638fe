"""A year of channels in simulated time: processes that sleep, clocks that jump, lists that are late, admins
who change their minds; and a verdict from the messages that stand there in the end."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.due import LONGEST_WAIT
from digest.models import Week
from digest.places import Place
from digest.weeks import week_of
from tests.bot.support import Person, channel_messages
from tests.sweeps.year.channel import TIMES, ZONES, Channel
from tests.sweeps.year.process import BEGIN, Process
from tests.sweeps.year.weather import Weather

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = timedelta(seconds=61)
ON_TIME = timedelta(minutes=2)
PAPER = "- [When to Stop Asking](sample:birdsong.pdf)\n"


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
    came: dict[tuple[Place, Week], datetime] = field(default_factory=dict)
    """When a week's header was first sent, by the true time: a message has that of the process."""

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
                    # What it put off is put off once more, for a while, when the time comes that it noted.
                    self.weather.times.append((self.now + by, self.now + by + length + LONGEST_WAIT))
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
        what = self.chance.choice(("move", "move", "zone", "hand", "again", "pause"))
        channel.tell(self.now, f"{what} {channel.post_at} {channel.timezone} paused={channel.paused}")
        match what:
            case "move" | "zone":
                await self._move(channel)
            case "hand":
                stood = await self._stands(channel)
                if await self._says(channel, "/digest post"):
                    self.figures["by hand"] += 1
                    channel.by_hand |= await self._stands(channel) - stood
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
        """Another day, time or time zone; the week that was promised next comes by that.

        Where its new time has gone by, it comes at once. What stands already stays as it is. A paused
        channel begins anew.
        """
        self.figures["moved"] += 1
        promised, paused = channel.due(self.now).plus(1), channel.paused
        channel.post_at = self.chance.choice(TIMES)
        channel.timezone = self.chance.choice((channel.timezone, *ZONES))
        stands = await self._stands(channel)
        await self._says(channel, f"/digest here {channel.post_at} {channel.timezone} en")
        channel.tell(self.now, f"moved to {channel.post_at} {channel.timezone}")
        channel.paused = False
        if paused:
            self._forgive(channel, stands)
        elif channel.moment(promised) <= self.now:
            channel.promised.setdefault(promised, self.now)
        channel.moved_after |= stands
        channel.promised = {
            week: at for week, at in channel.promised.items()
            if week in stands or channel.moment(week) <= self.now
        }  # fmt: skip

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
        """The digests that stand in a channel, in the order of their messages, with when they came."""
        app = next(one.app for one in self.processes if one.app is not None)
        assert app
        found = []
        for kept in await channel_messages(app, channel.name):
            if kept.part == "header" and not kept.deleted and kept.mark:
                year, _, number = kept.mark.split(" ")[1].partition("-W")
                week = Week(int(year), int(number))
                found.append((week, self.came[channel.place, week]))
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
