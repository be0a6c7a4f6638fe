"""Three hundred channels, three workers: nothing lost or doubled whoever is killed, faster, and no dearer."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.conftest import FIGURES
from tests.postgres import PostgresServer
from tests.sweeps.many.fleet import Fleet, Member, Town, cpu_seconds, family, fleet, town, until
from tests.sweeps.many.installation import Installation, install
from tests.sweeps.many.town import Plan

pytestmark = [pytest.mark.sweep, pytest.mark.timeout(3_600)]

CHANNELS, WORKERS = 300, 3
KILLED_AFTER = (40, 160)
"""So many messages after one kill comes the next, however fast the machine is."""
EMPTIED_AT = 4
"""The kill at which the job tables are emptied."""
JOB_TABLES = "procrastinate_jobs, procrastinate_workers, procrastinate_events, procrastinate_periodic_defers"
MOST_OF_ONE = 0.45
"""Of the time of one worker that three may take."""
ANSWER_SECONDS, AT_ONCE = 0.4, 12
"""So that one worker asks Discord less often than it may, and waits for it most of the time."""
Record = Callable[[str, object], None]


@dataclass
class Scene:
    """A town, a database and an installation on both."""

    town: Town
    inst: Installation
    fleet: Fleet
    postgres: PostgresServer
    url: str

    def work(self, workers: int) -> None:
        """Start so many workers."""
        for number in range(workers):
            self.fleet.add(f"worker-{number}", "run", "--role", "worker")

    async def all_finished(self) -> bool:
        """Whether every channel has its digest, as the ledger has it."""
        return await self.inst.finished() == len(self.town.places)

    async def posted(self) -> int:
        """How many messages stand on the platforms."""
        return int(await self.town.tell("posted"))

    async def written(self, papers: int) -> bool:
        """Whether the model was asked to write so many papers up."""
        return int((await self.town.tell("counts"))["model"].get("paper", 0)) >= papers

    async def heard(self) -> bool:
        """Whether what people say on the platforms is listened to."""
        return bool((await self.town.tell("counts"))["heard"])

    def empty_job_tables(self) -> None:
        """As somebody would who wants them to be small again."""
        self.postgres.execute(f"TRUNCATE {JOB_TABLES} CASCADE", urlsplit(self.url).path.lstrip("/"))

    @property
    def postgres_cpu(self) -> float:
        """Processor seconds of the database's server, with those of its children that ended."""
        main = int((self.postgres.folder / "postmaster.pid").read_text().split()[0])
        return sum(map(cpu_seconds, family(main)))

    def failures(self) -> list[str]:
        """What workers logged as failed."""
        lines = [line for member in self.fleet.members for line in member.log.read_text().splitlines()]
        return [line for line in lines if "[error" in line or "digest not posted" in line]


@asynccontextmanager
async def scene(
    folder: Path,
    postgres: PostgresServer,
    plan: Plan,
    languages: Sequence[str] = ("en",),
    digest: str = "",
) -> AsyncIterator[Scene]:
    """Everything, and channels that are due."""
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240
    with ExitStack() as stack:
        url = stack.enter_context(postgres.fresh(migrated=False))
        outside = stack.enter_context(town(plan))
        installed = install(folder, outside, plan, url, digest)
        await installed.subscribe(languages)
        async with fleet(folder) as members:
            yield Scene(outside, installed, members, postgres, url)


async def at_work(member: Member) -> bool:
    """Whether a process answers."""
    try:
        status, _ = await member.health()
    except httpx.HTTPError:
        return False
    return status in (200, 503)


async def kill_at_random(here: Scene, chance: random.Random) -> None:
    """Kill one worker after the other, for ever; the job tables are emptied once on the way."""
    messages = 0
    for number in itertools.count():
        messages += chance.randint(*KILLED_AFTER)
        while await here.posted() < messages:  # noqa: ASYNC110 - it is another process's
            await asyncio.sleep(chance.uniform(0.05, 0.5))
        if number == EMPTIED_AT:
            here.empty_job_tables()
        member = chance.choice(here.fleet.members)
        member.end(signal.SIGKILL)
        member.start()


# ---------------------------------------------------------------------------- nothing lost


async def test_nothing_is_lost_or_doubled_whoever_is_killed(
    tmp_path: Path, postgres: PostgresServer, record_property: Record
) -> None:
    plan = Plan(slack=CHANNELS // 2, discord=CHANNELS // 2, papers=2, seconds=0.2)
    chance = random.Random(20261121)
    async with scene(tmp_path, postgres, plan, ["en", "ja"]) as here:
        began = time.monotonic()
        here.work(WORKERS)
        killing = asyncio.create_task(kill_at_random(here, chance))
        finished = await until(here.all_finished, 2_400, every=2)
        seconds = time.monotonic() - began
        assert killing.cancel()  # it did not end by a fault
        members = here.fleet.members
        kills = sum(member.kills for member in members)
        assert here.fleet.end_all() == [0] * WORKERS
        judged = await here.inst.judged()
        told = await here.town.tell("counts")
        wrong = {place: verdict for place, verdict in judged.items() if not verdict.good}
        lost, doubled, disordered, unlinked = (
            sum(len(getattr(verdict, name)) for verdict in judged.values())
            for name in ("lost", "doubled", "disordered", "unlinked")
        )
        record_property(
            FIGURES,
            f"{len(judged)} channels, {told['posted']} messages, {kills} kills, {seconds:.0f} s: "
            f"lost {lost}, doubled {doubled}, out of order {disordered}, header without a link {unlinked}\n"
            f"{_processors(here)}\n"
            f"the model was asked {told['model']}, arXiv {told['arxiv']} times, "
            f"and {told['documents']} documents were fetched\n"
            f"refused for going too fast: {told['refused']} of {told['requests']} requests\n"
            f"logged as failed: {len(here.failures())} {here.failures()[:3]}",
        )
    assert finished
    assert wrong == {}
    assert len(judged) == CHANNELS
    assert kills >= 10
    assert told["crashes"] == []


def _processors(here: Scene) -> str:
    workers = ", ".join(f"{member.name} {member.cpu:.0f}" for member in here.fleet.members)
    return (
        f"processor seconds: {workers}, platforms {cpu_seconds(here.town.pid):.0f}, "
        f"PostgreSQL {here.postgres_cpu:.0f}"
    )


# -------------------------------------------------------------------------------- faster


async def _throughput(folder: Path, postgres: PostgresServer, workers: int) -> tuple[float, float, str]:
    """Seconds from the first to the last request of so many workers, the busiest process's share, figures."""
    plan = Plan(discord=CHANNELS, seconds=ANSWER_SECONDS, global_rate=100_000)
    async with scene(folder, postgres, plan, digest=f"channels_at_once = {AT_ONCE}\n") as here:
        await here.inst.build(["en"])
        here.work(workers)
        assert await until(here.all_finished, 1_200, every=2)
        busy = [member.cpu for member in here.fleet.members]
        told = await here.town.tell("counts")
        assert all(one.good for one in (await here.inst.judged()).values())
        seconds = float(told["discord_seconds"])
        spent = sum(busy) + cpu_seconds(here.town.pid) + here.postgres_cpu
        line = (
            f"{workers} at work: {seconds:.0f} s for {CHANNELS} channels, {told['posted']} messages, "
            f"{told['requests']} requests; {_processors(here)}: {spent / seconds:.2f} processors in all"
        )
        return seconds, max(busy) / seconds, line


async def test_three_workers_take_much_less_time_than_one(
    tmp_path: Path, postgres: PostgresServer, record_property: Record
) -> None:
    one, _, first = await _throughput(tmp_path / "one", postgres, 1)
    three, busiest, second = await _throughput(tmp_path / "three", postgres, WORKERS)
    record_property(
        FIGURES,
        f"{first}\n{second}\nthree take {three / one:.2f} of one's time; what took it was waiting for "
        f"answers of {ANSWER_SECONDS} s, {AT_ONCE} channels at a time in each process "
        f"(of three, the busiest took {busiest:.2f} of a processor)",
    )
    assert three <= MOST_OF_ONE * one


# ------------------------------------------------------------------------------- no dearer


async def _costs(
    folder: Path, postgres: PostgresServer, plan: Plan, languages: Sequence[str], workers: int
) -> Counter[str]:
    async with scene(folder, postgres, plan, languages) as here:
        here.work(workers)
        assert await until(here.all_finished, 1_200, every=1)
        assert all(one.good for one in (await here.inst.judged()).values())
        return _spent(await here.town.tell("counts"))


def _spent(told: dict[str, Any]) -> Counter[str]:
    return Counter({**told["model"], "arXiv": told["arxiv"], "documents": told["documents"]})


async def test_three_hundred_channels_cost_what_one_costs(
    tmp_path: Path, postgres: PostgresServer, record_property: Record
) -> None:
    papers = 2
    one = await _costs(tmp_path / "one", postgres, Plan(discord=1, papers=papers), ["en"], 1)
    whole = Plan(discord=CHANNELS, papers=papers, global_rate=100_000)
    many = await _costs(tmp_path / "many", postgres, whole, ["en"], WORKERS)
    two = await _costs(tmp_path / "two", postgres, whole, ["en", "ja"], WORKERS)
    record_property(
        FIGURES,
        f"1 channel: {dict(one)}\n{CHANNELS} channels, {WORKERS} workers: {dict(many)}\n"
        f"{CHANNELS} channels in two languages: {dict(two)}",
    )
    assert many == one
    assert two == one + Counter({name: one[name] for name in ("paper", "overview")})


async def test_what_was_written_before_the_writer_was_killed_is_not_paid_again(
    tmp_path: Path, postgres: PostgresServer, record_property: Record
) -> None:
    papers = 6
    plan = Plan(discord=9, papers=papers, model_seconds=1.5)
    async with scene(tmp_path, postgres, plan, digest="at_once = 1\n") as here:
        here.work(WORKERS)
        assert await until(lambda: here.written(papers // 2), 120, every=0.1)
        here.fleet.end_all(signal.SIGKILL)
        before = _spent(await here.town.tell("counts"))
        for member in here.fleet.members:
            member.start()
        assert await until(here.all_finished, 300)
        told = await here.town.tell("counts")
        after = _spent(told)
        record_property(FIGURES, f"killed at {dict(before)}, in the end {dict(after)}")
    # The one paper that was being written is asked for again; all that was before is not.
    assert after["paper"] <= papers + 1
    assert told["documents_again"] <= 1
    assert after["arXiv"] == before["arXiv"]


# -------------------------------------------------------------------------------- in time


async def test_questions_are_answered_while_three_hundred_channels_get_their_digest(
    tmp_path: Path, postgres: PostgresServer, record_property: Record
) -> None:
    plan = Plan(slack=30, discord=CHANNELS - 30, papers=2, seconds=0.1)
    async with scene(tmp_path, postgres, plan) as here:
        await here.inst.build(["en"])
        gateway = here.fleet.add("gateway", "run", "--role", "gateway")
        assert await until(lambda: at_work(gateway), 60)
        assert await until(here.heard, 60)
        idle = [await _asked(here, number) for number in range(10)]
        here.work(WORKERS)
        busy: list[tuple[float, float]] = []
        while not await here.all_finished():
            busy.append(await _asked(here, 100 + len(busy)))
        lines = [_times("before", idle), _times("while workers post", busy)]
        record_property(FIGURES, "\n".join([*lines, _processors(here)]))
    assert len(busy) >= 20
    assert _p99([acknowledged for acknowledged, _ in busy]) < 1.0
    assert _p99([answered for _, answered in busy]) < 3 * statistics.median(done for _, done in idle) + 2


async def _asked(here: Scene, number: int) -> tuple[float, float]:
    platform = ("slack", "discord")[number % 2]
    told = await here.town.ask(platform, f"2611.00000 How many ports are in the data? ({number})")
    return float(told["acknowledged"]), float(told["answered"])


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(0.99 * len(seconds)))]


def _times(when: str, asked: list[tuple[float, float]]) -> str:
    acknowledged, answered = zip(*asked, strict=True)
    return (
        f"{when}, {len(asked)} questions: acknowledged in {statistics.median(acknowledged):.2f} s "
        f"(of 99 in 100 {_p99(list(acknowledged)):.2f}), answered in {statistics.median(answered):.2f} s "
        f"({_p99(list(answered)):.2f})"
    )
