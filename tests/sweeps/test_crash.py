"""Whatever is killed, stopped, refused, lost or late: a digest stands there whole, once, and in order."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import FIGURES
from tests.sweeps.crash.case import Case
from tests.sweeps.crash.command import Command
from tests.sweeps.crash.driver import GROUNDS, Run, clean_run
from tests.sweeps.crash.faults import Fault, Kind, Point
from tests.sweeps.crash.nursery import Nursery
from tests.sweeps.crash.prepared import prepare
from tests.sweeps.crash.sweep import complaints, every_case, run_all, wrong
from tests.sweeps.crash.table import table


@pytest.mark.sweep
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("ground", GROUNDS)
async def test_whatever_happens_at_any_call_a_digest_is_there_once(
    ground: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    began = time.perf_counter()
    prepared = await prepare(tmp_path / "prepared")
    async with Nursery() as nursery:
        clean = await clean_run(prepared, nursery, ground, tmp_path / "clean").clean()
        cases = list(every_case(ground, clean))
        results = await run_all(cases, clean, prepared, nursery, tmp_path)
    seconds = time.perf_counter() - began
    lines = [f"{ground}: {len(clean.calls)} calls", table(results, seconds), *complaints(results)]
    record_property(FIGURES, "\n".join(lines))
    for point in Point:
        swept = {one.case.call for one in results if one.met and one.case.fault == Fault(Kind.KILL, point)}
        assert swept == set(range(1, len(clean.calls) + 1))
    assert not wrong(results), wrong(results)[0].story


@pytest.mark.sweep
@pytest.mark.timeout(300)
@pytest.mark.parametrize("ground", ["slack", "discord"])
async def test_the_command_by_itself_takes_up_within_a_minute_what_was_killed(
    ground: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    prepared = await prepare(tmp_path / "prepared")

    def run(name: str) -> Run:
        folder, chance = tmp_path / name, random.Random(name)
        return Run(prepared, Command(), GROUNDS[ground](), folder, chance, datetime.now(UTC), speed=1)

    clean = await run("clean").clean()
    async with Nursery() as nursery:
        fast = await clean_run(prepared, nursery, ground, tmp_path / "fast").clean()
    assert [one.split()[0] for one in fast.calls] == [one.split()[0] for one in clean.calls]
    posting = [number for number, name in enumerate(clean.calls, 1) if "POST" in name.upper()]
    case = Case(ground, Fault(Kind.KILL, Point.AFTER), posting[2])
    result = await run("killed").taken_up(case, clean)
    record_property(FIGURES, f"{ground}: the command was killed, and all was done in {result.seconds:.0f} s")
    assert not wrong([result]), result.story
    assert result.passing == 0
    assert result.seconds < 60 + len(clean.calls)


async def test_a_few_crashes_at_random_calls_leave_a_digest_once(tmp_path: Path) -> None:
    chance = random.Random(5)
    prepared = await prepare(tmp_path / "prepared")
    async with Nursery() as nursery:
        for ground in ("slack", "discord"):
            clean = await clean_run(prepared, nursery, ground, tmp_path / f"{ground}-clean").clean()
            posting = [number for number, name in enumerate(clean.calls, 1) if "POST" in name.upper()]
            faults = [Fault(Kind.KILL, Point.AFTER), Fault(Kind.STOP, Point.AFTER)]
            cases = [Case(ground, fault, chance.choice(posting)) for fault in faults]
            results = await run_all(cases, clean, prepared, nursery, tmp_path)
            assert not wrong(results), wrong(results)[0].story
