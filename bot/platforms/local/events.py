"""Tells open pages what changed, as server-sent events that can be taken up again anywhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from bot.platforms.local.messages import Messages
from digest.errors import StoreError

_log = structlog.get_logger(__name__)


class Watch:
    """Knows the latest revision: at once for changes of this process, soon for another's."""

    def __init__(self, messages: Messages, every_seconds: float) -> None:
        self._messages = messages
        self._every = every_seconds
        self._poked = asyncio.Event()
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.revision = 0
        self.closing = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch while the block runs; then let every listener go."""
        self._messages.on_change = self._poked.set
        self._task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            await self.close()

    async def close(self) -> None:
        """Let every listener go and stop watching."""
        self.closing = True
        async with self._moved:
            self._moved.notify_all()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def wait(self, after: int, seconds: float) -> None:
        """Return when there is something newer than `after`, when closing, or when time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self.closing or self.revision > after)

    async def _run(self) -> None:
        well = True
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._poked.wait()
            self._poked.clear()
            try:
                newest = await self._messages.revision()
            except StoreError as error:
                if well:  # it is asked again every second, and may be away for hours
                    _log.warning("page cannot follow the database", error=str(error))
                well = False
                continue
            well = True
            if newest != self.revision:
                self.revision = newest
                async with self._moved:
                    self._moved.notify_all()


def event(data: object, *, number: int | None = None, name: str | None = None) -> bytes:
    """Pure: one server-sent event; `number` is what a page that comes back asks from."""
    lines = []
    if number is not None:
        lines.append(f"id: {number}")
    if name is not None:
        lines.append(f"event: {name}")
    lines.append(f"data: {json.dumps(data, ensure_ascii=False)}")
    return ("\n".join(lines) + "\n\n").encode()


BEAT = b": beat\n\n"
RETRY = b"retry: 1500\n\n"
