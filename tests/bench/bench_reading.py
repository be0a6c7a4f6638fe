"""Measures reading: against bare extraction by the same library, and what the event loop feels."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pypdfium2
import pytest

from digest.reading.child import ChildLimits, Parser
from digest.reading.inside import read
from digest.reading.wire import Order

pytestmark = [pytest.mark.bench, pytest.mark.timeout(500)]

REPO = Path(__file__).resolve().parents[2]
ORDER = Order(300, 1_500_000, 60, 60, 60, 2**29)
START = "import sys; sys.path.append(sys.argv[1]); import digest.reading.inside, digest.reading.flow"
START += ", digest.reading.language, digest.reading.passages, digest.reading.pdf"


def say(line: str) -> None:
    """Print a figure."""
    sys.stdout.write(line + "\n")


def quietly(data: bytes) -> None:
    """Read a document in this process, without the progress that a child reports."""
    with contextlib.redirect_stderr(io.StringIO()):
        read(data, ORDER)


def papers() -> list[Path]:
    """Real papers beside the repository where there are any, else those of the sample week."""
    real = [REPO / "../shared/data/pdf" / name for name in ("tacl-two-column.pdf", "japanese-nlp2024.pdf")]
    return [path for path in real if path.is_file()] or sorted((REPO / "config/sample").glob("*.pdf"))


def seconds(work: object, times: int = 7) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()  # type: ignore[operator] # any callable
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def bare(data: bytes) -> None:
    """All text of a PDF by pypdfium2 and nothing else."""
    document = pypdfium2.PdfDocument(data)
    for page in document:
        text = page.get_textpage()
        text.get_text_range()
        text.close()
        page.close()
    document.close()


def test_time_to_passages(capfd: pytest.CaptureFixture[str]) -> None:
    rows = []
    for path in papers():
        data = path.read_bytes()
        quietly(data)
        rows.append((path.name, seconds(lambda d=data: bare(d)), seconds(lambda d=data: quietly(d))))
    start = seconds(lambda: subprocess.run([sys.executable, "-I", "-c", START, str(REPO)], check=True))
    with capfd.disabled():
        say("\npaper                              bare ms   passages ms   ratio")
        for name, least, whole in rows:
            say(f"{name:33} {least * 1000:9.1f} {whole * 1000:13.1f} {whole / least:7.2f}")
        say(f"start-up of a child: {start * 1000:.0f} ms")


async def longest_stall(until: asyncio.Event) -> float:
    """The longest time beyond its sleep that a loop made a short sleeper wait."""
    worst = 0.0
    while not until.is_set():
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        worst = max(worst, time.perf_counter() - began - 0.005)
    return worst


async def stall_while_reading(data: list[bytes]) -> tuple[float, float]:
    """The stall while ten PDFs are read, and how long that takes."""
    parser = Parser(ChildLimits())
    done = asyncio.Event()
    watch = asyncio.create_task(longest_stall(done))
    began = time.perf_counter()
    await asyncio.gather(*(parser.parse(data[i % len(data)]) for i in range(10)))
    taken = time.perf_counter() - began
    done.set()
    return await watch, taken


def stall_of_idle_loop(for_seconds: float) -> subprocess.Popen[str]:
    """Another process with a loop that has nothing else to do, beside the one measured."""
    code = (
        "import sys, asyncio; sys.path.append(sys.argv[1])\n"
        "from tests.bench.bench_reading import longest_stall\n"
        "async def main():\n"
        "    done = asyncio.Event()\n"
        "    asyncio.get_running_loop().call_later(float(sys.argv[2]), done.set)\n"
        "    print(await longest_stall(done))\n"
        "asyncio.run(main())"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(REPO), str(for_seconds)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )


def test_event_loop_stall(capfd: pytest.CaptureFixture[str]) -> None:
    data = [path.read_bytes() for path in papers()]
    taken = asyncio.run(stall_while_reading(data))[1]
    runs = []
    for _ in range(5):
        beside = stall_of_idle_loop(taken)
        stall, taken = asyncio.run(stall_while_reading(data))
        idle = float(beside.communicate()[0])
        runs.append((stall, idle, taken))
    above = statistics.median(stall - idle for stall, idle, _ in runs)
    with capfd.disabled():
        say("\nten PDFs, two children at a time; longest stall of the loop in ms")
        for stall, idle, each in runs:
            say(f"reading {stall * 1000:6.1f}   idle beside it {idle * 1000:6.1f}   took {each:5.2f} s")
        say(f"median above idle: {above * 1000:.1f} ms")
    assert above <= 0.050
