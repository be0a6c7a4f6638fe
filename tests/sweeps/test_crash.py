"""Whatever is killed, stopped, refused, lost or late: a digest stands there whole, once, and in order."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.sweeps.crash.driver import GROUNDS, Case, new_run
from tests.sweeps.crash.faults import FAULTS, Fault, Kind, Point
from tests.sweeps.crash.nursery import Nursery
from tests.sweeps.crash.prepared import prepare
from tests.sweeps.crash.sweep import complaints, every_case, run_all
from tests.sweeps.crash.table import table

_STORIES = 3
"""Of so many runs that went wrong the story is told."""


@pytest.mark.sweep
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("ground", GROUNDS)
async def test_whatever_happens_at_any_call_a_digest_is_there_once(
    ground: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.perf_counter()
    prepared = await prepare(tmp_path / "prepared")
    async with Nursery() as nursery:
        clean = await new_run(prepared, nursery, ground, tmp_path / "clean", "").clean()
        cases = list(every_case(ground, clean))
        results = await run_all(cases, clean, prepared, nursery, tmp_path)
    wrong = complaints(results)
    with capfd.disabled():
        print(f"\n{ground}: {len(clean.calls)} calls\n{table(results, time.perf_counter() - began)}")
        print("\n".join(wrong))
    swept = {one.case.call for one in results if one.met and one.case.fault == Fault(Kind.KILL, Point.AFTER)}
    assert swept == set(range(1, len(clean.calls) + 1))
    assert not wrong
    assert len(results) == len(FAULTS) * len(clean.calls)


async def test_a_few_crashes_at_random_calls_leave_a_digest_once(tmp_path: Path) -> None:
    chance = random.Random(5)
    prepared = await prepare(tmp_path / "prepared")
    async with Nursery() as nursery:
        for ground in GROUNDS:
            clean = await new_run(prepared, nursery, ground, tmp_path / f"{ground}-clean", "").clean()
            posting = [number for number, name in enumerate(clean.calls, 1) if "POST" in name.upper()]
            faults = [Fault(Kind.KILL, Point.AFTER), Fault(Kind.STOP, Point.AFTER)]
            cases = [Case(ground, fault, chance.choice(posting)) for fault in faults]
            assert not complaints(await run_all(cases, clean, prepared, nursery, tmp_path))
