"""Turns on a database: a lease by name, which its holder renews while it is at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from weakref import WeakValueDictionary

from sqlalchemy import and_, delete, or_

from digest.errors import StoreError, TurnLost
from digest.ports import Clock
from digest.store.engine import Database
from digest.store.rows import put
from digest.store.tables import turns

LEASE = timedelta(seconds=30)
"""How long a turn is kept for a holder that is not heard of."""
_LOOK_AGAIN_SECONDS = 0.3


@dataclass(frozen=True)
class SqlTurns:
    """`digest.ports.Turns` on a database."""

    database: Database
    clock: Clock
    holder: str
    """Names this process."""
    renew_seconds: float = 10.0
    _here: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False, repr=False, compare=False
    )
    """Those of this process wait for each other here: a lease does not keep a holder from itself."""

    @asynccontextmanager
    async def take(self, name: str) -> AsyncIterator[None]:
        """Wait for a turn and have it; raises `TurnLost` and cancels the work where another took it."""
        lock = self._here.setdefault(name, asyncio.Lock())
        async with lock:
            while not await self._claim(name):  # noqa: ASYNC110 - the holder may be another process
                # Waits in real time, as the holder works in real time whatever our clock says.
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            async with self._kept(name):
                yield

    @asynccontextmanager
    async def _kept(self, name: str) -> AsyncIterator[None]:
        """Keep a claimed turn until the work is done, however long it takes."""
        work = asyncio.current_task()
        if work is None:
            raise RuntimeError("a turn is taken in a task")
        keeper = asyncio.create_task(self._keep(name, work), name=f"turn {name}")
        try:
            yield
        except asyncio.CancelledError:
            if keeper.done() and work.uncancel() == 0:
                raise TurnLost from None
            raise
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
            with suppress(StoreError):  # then the lease ends by itself
                await self._release(name)

    async def _keep(self, name: str, work: asyncio.Task[object]) -> None:
        """Renew the lease again and again; end the work once the turn is another's."""
        until = self.clock.now() + LEASE
        while True:
            await asyncio.sleep(self.renew_seconds)
            try:
                ours = await self._claim(name)
                until = self.clock.now() + LEASE
            except StoreError:
                ours = self.clock.now() < until  # nobody else can take it before
            if not ours:
                work.cancel()
                return

    async def _claim(self, name: str) -> bool:
        """Take or renew the lease, where it is free or ours.

        One that ends later than any clock would have it was set before a clock was put right.
        """
        now = self.clock.now()
        free = or_(turns.c.until <= now, turns.c.until > now + 2 * LEASE, turns.c.holder == self.holder)
        values = {"name": name, "holder": self.holder, "until": now + LEASE}
        async with self.database.write() as connection:
            return await put(connection, turns, values, where=free) == 1

    async def _release(self, name: str) -> None:
        ours = and_(turns.c.name == name, turns.c.holder == self.holder)
        async with self.database.write() as connection:
            await connection.execute(delete(turns).where(ours))
