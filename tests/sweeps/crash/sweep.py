"""All runs of a platform, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.sweeps.crash.case import Case, Clean, Result
from tests.sweeps.crash.driver import new_run
from tests.sweeps.crash.faults import FAULTS, Kind
from tests.sweeps.crash.nursery import Nursery
from tests.sweeps.crash.prepared import Prepared

AT_ONCE = 4
"""Runs side by side: they wait for their servers and their timers longer than they work."""
_ATTEMPTS = 3
"""How often a run is begun anew where Rinko gave up before the call, as on a machine that is too busy."""


def every_case(ground: str, clean: Clean) -> Iterator[Case]:
    """Each fault at each call of a digest; in a forum, which differs in looking only, the worst of them."""
    for fault in FAULTS:
        if ground == "forum" and not (fault.stored or fault.kind is Kind.KILL):
            continue
        for call in range(1, len(clean.calls) + 1):
            yield Case(ground, fault, call)


async def run_all(
    cases: Sequence[Case], clean: Clean, prepared: Prepared, nursery: Nursery, folder: Path
) -> list[Result]:
    """Run them, and give what came of each in their order."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Case) -> Result:
        async with free:
            for _ in range(_ATTEMPTS):
                place = folder / f"{case.ground}-{number}"
                result = await new_run(prepared, nursery, case, place).run(case, clean)
                if result.met:
                    break
            return result

    return list(await asyncio.gather(*(one(number, case) for number, case in enumerate(cases))))


def wrong(results: Sequence[Result]) -> list[Result]:
    """Runs that left anything wrong, or did not come about."""
    return [one for one in results if not (one.met and one.verdict.good and one.finished)]


def complaints(results: Sequence[Result]) -> list[str]:
    """What is wrong, with how to see it again."""
    return [
        f'{_what(one)}: python -m tests.sweeps.crash {one.case.ground} "{one.case.fault} {one.case.call}"'
        for one in wrong(results)
    ]


def _what(result: Result) -> str:
    if not result.met:
        return "never came to it"
    return "never done" if result.verdict.good else str(result.verdict)
