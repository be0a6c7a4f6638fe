"""Starts `rinko digest post` itself, by real time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.sweeps.crash.child import Order
from tests.sweeps.crash.nursery import Child

_RINKO = Path(sys.executable).with_name("rinko")


@dataclass
class Command:
    """Starts the console script as people do."""

    _ending: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, order: Order) -> Child:
        """Start a process; the script looks for every message again, whatever the order says."""
        log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        process = await asyncio.create_subprocess_exec(
            str(_RINKO),
            *("digest", "post", order.week, "--config", order.settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        os.close(log)
        ended = asyncio.get_running_loop().create_future()

        async def wait() -> None:
            ended.set_result(await process.wait())

        task = asyncio.create_task(wait())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return Child(process.pid, ended)
