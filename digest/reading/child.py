"""Runs the child process that parses one document, and bounds what it may take and say."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from digest.errors import ReadingError, TooDemanding
from digest.reading.wire import Order, Reading, packed_order, unpacked

_log = structlog.get_logger()
_UNCAUGHT = 1
"""The exit code of a Python that ended with an error nobody caught."""
_NICENESS = 5
"""About a third of what others get of a processor, so that no limit on time is passed for it."""
_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.append(sys.argv[1]); from digest.reading.inside import main; main()"


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What one child may take; bytes and seconds."""

    memory_bytes: int = 512 * 1024 * 1024
    cpu_seconds: int = 20
    wall_seconds: int = 40
    max_pages: int = 300
    max_characters: int = 1_500_000
    output_bytes: int = 12_000_000

    def order(self, content_type: str, url: str | None, version: str) -> Order:
        """The order for one document."""
        return Order(
            self.max_pages, self.max_characters, 0.7 * self.cpu_seconds, self.cpu_seconds, self.wall_seconds,
            self.memory_bytes, content_type, url, version,
        )  # fmt: skip


class Parser:
    """Parses documents, each in a process of its own, so that none can take others with it."""

    def __init__(self, limits: ChildLimits, at_once: int = 2, *, background: bool = False) -> None:
        """In the `background` the system gives its processes less of a processor that others want."""
        self._limits = limits
        self._places = asyncio.Semaphore(at_once)
        self._background = background

    async def parse(
        self, data: bytes, *, url: str | None = None, version: str = "", content_type: str = ""
    ) -> Reading:
        """Parse a document; its errors are in the reading.

        Raises `TooDemanding` where the child had to be ended, `ReadingError` where it failed.

        Where the child died on a page, what stands before that page is read by a second child.
        """
        order = self._limits.order(content_type, url, version)
        async with self._places:
            out, said, code = await self._run(order, data)
            if out is None and (pages := _pages_done(said)):
                out, said, code = await self._run(replace(order, max_pages=pages), data)
        if out is None and code == _UNCAUGHT and b"MemoryError" not in said:
            fault = said.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
            _log.error("the reader failed on a document", url=url, fault=fault)
            raise ReadingError("The reader failed on this document; the log says how.")
        if out is None:
            raise TooDemanding
        try:
            return await asyncio.to_thread(unpacked, out)
        except (ValueError, KeyError, TypeError):
            raise TooDemanding from None

    async def _run(self, order: Order, data: bytes) -> tuple[bytes | None, bytes, int]:
        """What one child wrote, None where it died; what it said meanwhile; and its exit code."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-c", _START, str(_ROOT),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )  # fmt: skip
        if self._background:
            _give_way(process.pid)
        try:
            async with asyncio.timeout(self._limits.wall_seconds + 5):
                out, said, _ = await asyncio.gather(
                    _read(process.stdout, self._limits.output_bytes),
                    _read(process.stderr, 100_000),
                    _feed(process.stdin, packed_order(order, data)),
                )
                code = await process.wait()
        except TimeoutError:
            out, said, code = None, b"", -1
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return (out if code == 0 and out else None), said or b"", code


def _give_way(process: int) -> None:
    """Lower a process's priority, where the system has such a thing and the process is still there."""
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process, _NICENESS)


def _environment() -> dict[str, str]:
    """The child's environment: no secrets, one thread in libraries that start many."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ
    }
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


async def _feed(pipe: asyncio.StreamWriter | None, data: bytes) -> None:
    """Write what the child is to read; one that died reads no more."""
    if pipe is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        pipe.write(data)
        await pipe.drain()
    pipe.close()
    with suppress(BrokenPipeError, ConnectionResetError):
        await pipe.wait_closed()


async def _read(pipe: asyncio.StreamReader | None, cap: int) -> bytes | None:
    """All the child writes, None where that is more than the cap; what is over is not kept."""
    found = bytearray()
    while pipe is not None and (piece := await pipe.read(65536)):
        if len(found) <= cap:
            found += piece
    return bytes(found) if len(found) <= cap else None


def _pages_done(said: bytes) -> int:
    """The number of pages the child had finished, from the last progress line that is whole."""
    for line in reversed(said.decode("ascii", "replace").splitlines()):
        done, _, total = line.partition("/")
        if done.isdecimal() and total.isdecimal():
            return int(done)
    return 0
