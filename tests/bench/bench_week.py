"""Measures a week: time and memory from an empty folder to a posted digest, children included."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

SCRIPT = Path(sys.executable).with_name("rinko")
MEGABYTE = 1024 * 1024
MOST_MEGABYTES = 300


def say(line: str) -> None:
    """Print a figure."""
    sys.stdout.write(line + "\n")


def _children(process: int) -> list[int]:
    """A process and all below it."""
    found = [process]
    for parent in found:
        try:
            listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        except OSError:
            continue
        found += [int(child) for child in listed.split()]
    return found


def _resident(process: int) -> int:
    """Bytes in memory of one process, shared pages counted in part (PSS) where that is told."""
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


class Peak(threading.Thread):
    """Watches a process and its children; `bytes` is the most they held together."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.bytes = self.most_children = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.02):
            family = _children(self.process)
            self.bytes = max(self.bytes, sum(_resident(one) for one in family))
            self.most_children = max(self.most_children, len(family) - 1)


def measured(*arguments: str, folder: Path) -> tuple[float, Peak]:
    """Seconds and memory of one command."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RINKO_")}
    began = time.perf_counter()
    process = subprocess.Popen(
        [SCRIPT, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak = Peak(process.pid)
    peak.start()
    code = process.wait()
    peak.over.set()
    assert code == 0
    return time.perf_counter() - began, peak


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
def test_a_week_from_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = []
    for name, arguments in (
        ("start-up alone", ("--version",)),
        ("build and post", ("digest", "post")),
        ("post again", ("digest", "post")),
        ("another language", ("digest", "build", "--language", "en")),
    ):
        rows.append((name, *measured(*arguments, folder=tmp_path)))
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    with capfd.disabled():
        say("\nthe sample week in a new folder     seconds   peak MB   children at most")
        for name, seconds, peak in rows:
            say(f"{name:33} {seconds:9.2f} {peak.bytes / MEGABYTE:9.0f} {peak.most_children:10}")
        say(f"largest single process: {largest / MEGABYTE:.0f} MB")
    assert max(peak.bytes for _, _, peak in rows) < MOST_MEGABYTES * MEGABYTE
