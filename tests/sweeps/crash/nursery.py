"""Starts processes of Rinko fast: one process has everything imported, and forks.

By itself (`python -m tests.sweeps.crash.nursery`) it reads orders as lines of JSON, and writes who was born
and who died. Those are real processes: they share no memory, and are killed and stopped like any other.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.sweeps.crash.child import Order, post

ROOT = Path(__file__).parents[3]


@dataclass(eq=False)
class Child:
    """A process; `ended` gives its exit code, or the signal that killed it as a negative number."""

    pid: int
    ended: asyncio.Future[int]

    def signal(self, number: int) -> None:
        """Send it a signal, unless it is over."""
        if not self.ended.done():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


@dataclass
class Nursery:
    """The driver's side: starts processes, and knows when they end."""

    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None
    _waiting: list[asyncio.Future[Child]] = field(default_factory=list)
    _children: dict[int, Child] = field(default_factory=dict)

    async def __aenter__(self) -> Nursery:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.sweeps.crash.nursery",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process
        assert self._process.stdin
        assert self._reader
        self._process.stdin.close()  # it then ends what is left of its children, and itself
        await self._process.wait()
        await self._reader

    async def start(self, order: Order) -> Child:
        """Start a process."""
        assert self._process
        assert self._process.stdin
        born = asyncio.get_running_loop().create_future()
        self._waiting.append(born)
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        child: Child = await born
        return child

    async def _read(self) -> None:
        assert self._process
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "ended" in told:
                self._children.pop(told["pid"]).ended.set_result(told["ended"])
                continue
            child = Child(told["pid"], asyncio.get_running_loop().create_future())
            self._children[child.pid] = child
            self._waiting.pop(0).set_result(child)


def serve() -> None:
    """Fork a process for each line of standard input, until that ends."""
    # Children inherit what is imported; nothing of it should be looked through, and so copied, by each.
    gc.collect()
    gc.freeze()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    living: set[int] = set()
    rest = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _bury(living)
        if 0 in ready:
            read = os.read(0, 65536)
            if not read:
                break
            *orders, rest = (rest + read).split(b"\n")
            for order in orders:
                pid = _fork(Order(**json.loads(order)), (woken, wake))
                living.add(pid)
                _tell({"pid": pid})
    for pid in living:
        os.kill(pid, signal.SIGKILL)


def _bury(living: set[int]) -> None:
    for pid in list(living):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            living.remove(pid)
            _tell({"pid": pid, "ended": os.waitstatus_to_exitcode(status)})


def _tell(what: dict[str, int]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _fork(order: Order, pipe: tuple[int, int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(log, number)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number in (*pipe, log, nothing):
        os.close(number)
    code = 3
    try:
        code = post(order)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
