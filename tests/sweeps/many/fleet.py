"""The processes of a run: the town, PostgreSQL and the workers; what each takes, and killing them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.sweeps.many.town import Plan

ROOT = Path(__file__).parents[3]
_RINKO = Path(sys.executable).with_name("rinko")
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and of its children that have ended; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(one) for one in fields[11:15]) / _TICKS


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


@dataclass
class Town:
    """The town's side here: it is asked by requests."""

    url: str
    settings: str
    places: list[str]
    pid: int

    async def tell(self, what: str) -> Any:
        """`shown`, `counts` or `posted`."""
        async with httpx.AsyncClient(timeout=120) as client:
            return (await client.get(f"{self.url}/{what}")).raise_for_status().json()

    async def ask(self, platform: str, words: str) -> Any:
        """Let somebody ask a question; seconds until it was acknowledged, and answered."""
        async with httpx.AsyncClient(timeout=120) as client:
            return (await client.post(f"{self.url}/ask/{platform}", content=words)).raise_for_status().json()


@contextmanager
def town(plan: Plan) -> Iterator[Town]:
    """A town while it is needed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sweeps.many.town", json.dumps(asdict(plan))],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    with process, process.stdin:  # it serves until its standard input is closed
        yield Town(**json.loads(process.stdout.readline()), pid=process.pid)


@dataclass
class Member:
    """A process of Rinko, started anew each time it is killed."""

    name: str
    arguments: tuple[str, ...]
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0
    spent: float = 0.0
    """Processor seconds of those that are gone."""

    @property
    def log(self) -> Path:
        """All that its processes say."""
        return self.folder / f"{self.name}.log"

    @property
    def cpu(self) -> float:
        """Processor seconds so far."""
        return self.spent + (cpu_seconds(self.process.pid) if self.process else 0.0)

    def start(self) -> None:
        """Start it as anybody does."""
        environment = {**os.environ, "RINKO_LOCAL__PORT": str(self.port)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [_RINKO, *self.arguments], cwd=self.folder, stdout=log, stderr=log, env=environment
            )

    def end(self, number: int = signal.SIGKILL) -> int:
        """Send a signal and wait for the end; its exit code."""
        assert self.process
        self.spent += cpu_seconds(self.process.pid)
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        self.kills += number == signal.SIGKILL
        self.process = None
        return code

    def memory(self) -> int:
        """Megabytes that it holds now."""
        assert self.process
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) // 1024
        return 0

    async def health(self) -> tuple[int, Any]:
        """What `/healthz` says, with its status."""
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.get(f"http://127.0.0.1:{self.port}/healthz")
            return answer.status_code, answer.json()

    async def metrics(self) -> str:
        """What `/metrics` says."""
        async with httpx.AsyncClient(timeout=30) as client:
            return (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text


@dataclass
class Fleet:
    """Processes of Rinko that work on one installation."""

    folder: Path
    members: list[Member] = field(default_factory=list)

    def add(self, name: str, *arguments: str) -> Member:
        """Start one more."""
        member = Member(name, arguments, self.folder, _free_port())
        member.start()
        self.members.append(member)
        return member

    def end_all(self, number: int = signal.SIGTERM) -> list[int]:
        """End all that run; their exit codes."""
        running = [member for member in self.members if member.process]
        for member in running:
            assert member.process
            member.process.send_signal(number)
        return [member.end(number) for member in running]


@asynccontextmanager
async def fleet(folder: Path) -> AsyncIterator[Fleet]:
    """Processes that are gone at the end, whatever happens."""
    made = Fleet(folder)
    try:
        yield made
    finally:
        made.end_all(signal.SIGKILL)


async def until(holds: Any, seconds: float, every: float = 0.5) -> bool:
    """Ask again and again whether something holds, or time is up."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if await holds():
            return True
        await asyncio.sleep(every)
    return False


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
