"""One run with its story: `python -m tests.sweeps.crash GROUND "FAULT POINT CALL"`.

Without a fault, the calls of a clean run.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from tests.sweeps.crash.case import Case
from tests.sweeps.crash.driver import GROUNDS, clean_run, new_run
from tests.sweeps.crash.faults import Fault, Kind, Point
from tests.sweeps.crash.nursery import Nursery
from tests.sweeps.crash.prepared import prepare


async def tell(ground: str, what: str) -> None:
    """Print what comes of one run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared = await prepare(folder / "prepared")
        async with Nursery() as nursery:
            clean = await clean_run(prepared, nursery, ground, folder / "clean").clean()
            if not what:
                print("\n".join(clean.calls))
                return
            kind, point, call = what.split()
            case = Case(ground, Fault(Kind(kind), Point(point)), int(call))
            result = await new_run(prepared, nursery, case, folder / "run").run(case, clean)
            print(result.story)
            print(result)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="One run of the crash sweep.")
    parser.add_argument("ground", choices=sorted(GROUNDS))
    parser.add_argument("what", nargs="?", default="")
    asked = parser.parse_args()
    asyncio.run(tell(asked.ground, asked.what))
