"""Measures a thousand channels in one process on SQLite: a look, memory, and all of them due at once."""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.app import App
from bot.schedule import WAKE
from digest.due import due_in
from digest.models import Week
from digest.places import Place, Subscription
from digest.store.tables import deliveries, subscriptions
from tests.bot.support import TUESDAY, opened
from tests.clocks import ManualClock
from tests.sweeps.many.fleet import fleet, town, until
from tests.sweeps.many.installation import install, place_of
from tests.sweeps.many.town import Plan

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

CHANNELS = 1000
MOST_MEGABYTES = 200
MOST_MILLISECONDS = 50.0
MOST_GROWTH = 100
"""Megabytes."""
LOOKS = 3
YEARS_OF_DIGESTS = 3
ZONES = (
    "Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/Sao_Paulo",
)  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LIST = """
channels = []
[digest]
channels_at_once = 20
[[sources]]
kind = "list"
path = "{path}"
"""
PAPER = "- [When to Stop Asking](sample:birdsong.pdf)\n"


def say(line: str) -> None:
    """Print a figure."""
    sys.stdout.write(line + "\n")


def channel(number: int, since: datetime | None = None) -> Subscription:
    """One of many, each with a time and a time zone of its own."""
    post_at = f"{DAYS[number % 7]} {number % 24:02}:{number % 60:02}"
    return Subscription(Place("local", "-", f"c{number:04}"), "en", post_at, ZONES[number % 10], since=since)


async def subscribe(app: App, channels: Sequence[Subscription]) -> None:
    rows = [
        {
            **{name: getattr(one.place, name) for name in ("platform", "workspace", "channel")},
            **{name: getattr(one, name) for name in ("language", "post_at", "timezone", "layout", "since")},
            "approval": one.approval,
            "follow_ups": one.follow_ups,
            "paused": one.paused,
        }
        for one in channels
    ]
    async with app.database.write() as connection:
        await connection.execute(insert(subscriptions), rows)


async def has_all(app: App, places: Sequence[Subscription], now: datetime, years: int) -> None:
    """Let every channel have had every digest for years."""
    async with app.database.write() as connection:
        for one in places:
            latest = due_in(one, now, timedelta(days=6)).week
            rows = [
                {
                    "platform": one.place.platform,
                    "workspace": one.place.workspace,
                    "channel": one.place.channel,
                    "week": str(latest.plus(-back)),
                    "finished_at": now - timedelta(weeks=back),
                }
                for back in range(52 * years)
            ]
            await connection.execute(insert(deliveries), rows)


@dataclass(frozen=True)
class Took:
    """Milliseconds: on the wall, and of the processor, which a busy machine does not change."""

    wall: float
    processor: float


async def took(work: Callable[[], Awaitable[object]], times: int = 1) -> Took:
    """What something takes, by the median of several times."""
    wall, processor = [], []
    for _ in range(times):
        began, spent = time.perf_counter(), time.process_time()
        await work()
        wall.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - spent) * 1000)
    return Took(statistics.median(wall), statistics.median(processor))


def resident() -> float:
    """Megabytes of this process."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@dataclass
class Stalls:
    """For how long the event loop did nothing else, and how much memory was held meanwhile."""

    seen: list[Took] = field(default_factory=list)
    megabytes: float = 0.0

    async def watch(self) -> None:
        every, last = 0.002, 0.0
        while True:
            began, spent = time.perf_counter(), time.thread_time()
            await asyncio.sleep(every)
            wall, processor = time.perf_counter() - began - every, time.thread_time() - spent
            self.seen.append(Took(wall * 1000, processor * 1000))
            if began - last > 0.2:
                last, self.megabytes = began, max(self.megabytes, resident())

    @property
    def longest(self) -> Took:
        return Took(max(one.wall for one in self.seen), max(one.processor for one in self.seen))


@asynccontextmanager
async def stalls() -> AsyncIterator[Stalls]:
    made = Stalls()
    gc.collect()
    gc.freeze()  # as `rinko run` does
    watching = asyncio.create_task(made.watch())
    try:
        yield made
    finally:
        watching.cancel()
        gc.unfreeze()


async def test_a_look_at_a_thousand_channels(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    clock = ManualClock(TUESDAY)
    rows: list[tuple[str, Took]] = []
    async with opened(tmp_path, LIST.format(path=tmp_path / "none.md"), clock) as (app, _):
        channels = [channel(number) for number in range(CHANNELS)]
        await subscribe(app, channels)
        await has_all(app, channels, TUESDAY, YEARS_OF_DIGESTS)
        services, agenda = app.services, app.schedule.agenda
        weeks = {due_in(one, TUESDAY, services.grace).week for one in channels}
        around = {week.plus(ahead) for week in weeks for ahead in range(3)}
        async with stalls() as during:
            rows.append(("the first look after a start", await took(agenda.to_look_at)))
            rows.append(("a look", await took(agenda.to_look_at, 30)))

            async def minutes() -> None:
                clock.advance(minutes=1)
                await agenda.to_look_at()

            rows.append(("a look a minute later", await took(minutes, 30)))
        clock.time = TUESDAY
        rows.append(("  the channels", await took(services.channels.all, 30)))
        rows.append(("  what was put off", await took(services.ledger.put_off_until, 30)))
        rows.append(("  what they have", await took(lambda: services.ledger.finished_in(around), 30)))
        looked_at = await agenda.to_look_at()
    with capfd.disabled():
        heading = f"{CHANNELS} channels, {YEARS_OF_DIGESTS} years of digests, nothing due"
        say(f"\n{heading:57} milliseconds   of processor")
        for name, taken in (*rows, ("longest stall of the event loop", during.longest)):
            say(f"{name:57} {taken.wall:9.1f} {taken.processor:14.1f}")
    assert len(looked_at) == 0
    assert max(taken.processor for _, taken in rows[1:]) < MOST_MILLISECONDS
    assert during.longest.processor < MOST_MILLISECONDS


async def test_a_thousand_channels_due_at_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.md"
    path.write_text(f"## 2026-W10\n\n{PAPER}", encoding="utf-8")
    clock = ManualClock(TUESDAY)
    async with opened(tmp_path, LIST.format(path=path), clock) as (app, _):
        at_once = {"post_at": "tue 00:00", "timezone": "UTC"}
        channels = [replace(channel(number), **at_once) for number in range(CHANNELS)]
        await subscribe(app, channels)
        await app.services.posting.weekly.build(Week(2026, 10), "en")
        before = resident()
        await app.schedule.begin()
        async with stalls() as during:
            began = time.perf_counter()
            await app.jobs.put(WAKE, "")
            finished = 0
            while finished < CHANNELS:
                await asyncio.sleep(1)
                finished = len(await app.services.ledger.finished_in({Week(2026, 10)}))
            seconds = time.perf_counter() - began
        await app.jobs.stop()
    with capfd.disabled():
        say(f"\n{CHANNELS} channels due at once: posted in {seconds:.0f} s, {before:.0f} MB before")
        say(f"  most memory meanwhile {during.megabytes:.0f} MB")
        longest = during.longest
        say(f"  longest stall of the event loop {longest.wall:.0f} ms, {longest.processor:.0f} of processor")
    assert during.megabytes - before < MOST_GROWTH
    assert during.longest.processor < MOST_MILLISECONDS


async def test_a_process_with_a_thousand_channels(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`rinko run` itself, listening on Slack and Discord; half of the channels stand in the file."""
    with town(Plan(slack=500, discord=500)) as there:
        installation = install(tmp_path, there, Plan(), f"sqlite+aiosqlite:///{tmp_path / 'rinko.db'}")
        now = datetime.now(UTC)
        places = [place_of(name) for name in there.places]
        channels = [replace(channel(number), place=place) for number, place in enumerate(places)]
        async with installation.opened() as app:
            await has_all(app, channels, now, 1)
            await subscribe(app, [replace(one, since=now) for one in channels[: CHANNELS // 2]])
        with installation.settings.open("a", encoding="utf-8") as file:
            file.write('[log]\nlevel = "debug"\njson = true\n')
            file.writelines(_in_file(one) for one in channels[CHANNELS // 2 :])
        async with fleet(tmp_path) as ours:
            member = ours.add("rinko", "run")

            async def looked() -> bool:
                return len(_looks(member.log)) >= LOOKS

            assert await until(looked, 900)
            megabytes, (_, health) = member.memory(), await member.health()
            looks = _looks(member.log)
            ours.end_all()
    with capfd.disabled():
        say(f"\n`rinko run` with {CHANNELS} channels on Slack and Discord: {megabytes} MB")
        say(f"  looks, a minute apart, in milliseconds: {', '.join(f'{1000 * one:.0f}' for one in looks)}")
    assert health["waiting"] == []
    assert megabytes < MOST_MEGABYTES


def _in_file(one: Subscription) -> str:
    lines = {"platform": one.place.platform, "channel": one.place.channel, "language": one.language}
    lines |= {"post_at": one.post_at, "timezone": one.timezone}
    return "[[channels]]\n" + "".join(f'{name} = "{value}"\n' for name, value in lines.items())


def _looks(log: Path) -> list[float]:
    """How many seconds each look took, as the log tells."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line[:1] == "{"]
    return [line["seconds"] for line in lines if line.get("job") == WAKE and line["event"] == "job done"]
