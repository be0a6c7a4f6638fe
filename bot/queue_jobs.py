"""When things run in many processes: procrastinate's queue hands jobs out, each to one of them.

Its own `Worker` ends, with what it runs, where the connection breaks or its row is gone. A digest under
way need not: here what runs goes on, and what hands jobs out comes back by itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog

from bot.job_queue import JobQueue, Taken
from bot.platforms.conversation import PlatformState
from bot.queue_tables import queue_state
from bot.ticking import tick
from bot.traces import run_job
from digest.errors import StoreError
from digest.ports import Clock, JobHandler
from digest.store.engine import Database

_log = structlog.get_logger()

STALLED = timedelta(seconds=20)
"""A worker that was not heard of for so long is taken for dead: its jobs go to others."""
_CLOSE_SECONDS = 3.0
_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the database is asked."""

    poll_seconds: float = 1.0
    """For jobs whose time has come; of those to be done at once it tells by itself."""
    beat_seconds: float = 5.0
    """To say that this worker lives, and to see whether others do."""
    stalled: timedelta = STALLED


class QueueJobs:
    """`digest.ports.Jobs` on PostgreSQL. A process without handlers puts jobs and runs none."""

    def __init__(self, database: Database, clock: Clock, at_once: int, pace: Pace | None = None) -> None:
        """Nothing is asked of the database before the first `put` or `start`.

        `at_once`: how many jobs of one name this process runs side by side.
        """
        self._database = database
        self._clock = clock
        self._at_once = at_once
        self._pace = pace or Pace()
        self._queue = JobQueue(database, clock)
        self._handlers: dict[str, JobHandler] = {}
        self._intervals: list[tuple[timedelta, str, str]] = []
        self._running: dict[int, asyncio.Task[None]] = {}
        self._count: Counter[str] = Counter()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._taking = asyncio.Lock()
        """Held while a job may be ours that is not among the running ones yet."""
        self._wake = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._stopped = False
        self._state = PlatformState("jobs", False, "starting", clock.now())
        self._deserted = False

    def handle(self, name: str, handler: JobHandler) -> None:
        """Say what a job of this name does with its argument."""
        self._handlers[name] = handler

    def state(self) -> PlatformState:
        """Whether jobs are handed out here or, where none are run, whether others run them."""
        return self._state

    def deserted(self) -> bool:
        """Whether no process runs jobs, as far as was seen."""
        return self._deserted

    async def put(self, name: str, argument: str, at: datetime | None = None) -> None:
        """Have a job run, here or elsewhere, in place of one like it that waits. Raises `StoreError`."""
        if not self._stopped:
            await self._queue.open()
            await self._queue.put(name, argument, at)

    async def every(self, interval: timedelta, name: str, argument: str) -> None:
        """Put a job again and again, for the first time after one interval.

        Each process does, and those that are alike become one: so the job is done also when all
        others have ended, or the tables were emptied.
        """
        self._intervals.append((interval, name, argument))
        if self._loops:
            self._loops.append(self._put_each(interval, name, argument))

    def _put_each(self, interval: timedelta, name: str, argument: str) -> asyncio.Task[None]:
        return asyncio.create_task(tick(interval, self._clock, lambda: self.put(name, argument)))

    async def start(self) -> None:
        """Begin to run jobs; a database that is away is tried again and again."""
        await self._queue.open()
        loops: list[tuple[Callable[[], Awaitable[None]], float]] = [(self._beat, self._pace.beat_seconds)]
        if self._handlers:
            loops += [(self._take, self._pace.poll_seconds), (self._listen, self._pace.poll_seconds)]
        self._loops = [asyncio.create_task(self._again_and_again(*loop)) for loop in loops]
        self._loops += [self._put_each(*interval) for interval in self._intervals]

    async def stop(self) -> None:
        """Take up nothing more, and wait for what runs; being cancelled gives it back to others."""
        self._stopped = True
        try:
            async with self._taking:
                running = list(self._running.values())
            await asyncio.gather(*running, return_exceptions=True)
        finally:
            with suppress(TimeoutError, StoreError):
                await asyncio.wait_for(self._leave(), _CLOSE_SECONDS)

    async def _leave(self) -> None:
        for task in self._running.values():
            task.cancel()
        unfinished = {*self._running.values(), *self._loops}
        while unfinished:
            for loop in unfinished.intersection(self._loops):
                loop.cancel()  # again and again: `asyncio.wait_for` may lose one
            _, unfinished = await asyncio.wait(unfinished, timeout=_AGAIN_SECONDS)
        self._loops = []
        await self._queue.close()

    async def _again_and_again(self, step: Callable[[], Awaitable[None]], seconds: float) -> None:
        while not self._stopped:
            try:
                await step()
            except StoreError as error:
                self._tell(ok=False, detail=error.message)
            except Exception:  # noqa: BLE001 - must not end what hands jobs out; it is logged whole
                _log.exception("job queue crashed", step=step.__name__)
            if step == self._take:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), seconds)
            else:
                await asyncio.sleep(seconds)

    async def _listen(self) -> None:
        """Hear of jobs as they are put."""
        await self._queue.listen(self._wake.set)

    async def _take(self) -> None:
        """Take up all that there is room for."""
        self._wake.clear()
        while not self._stopped and (names := self._with_room()):
            async with self._taking:
                job = await self._queue.take(names)
                if job is None:
                    return
                if self._stopped:
                    await self._queue.give_back(job)
                else:
                    self._begin(job)

    def _with_room(self) -> list[str]:
        return [name for name in self._handlers if self._count[name] < self._at_once]

    def _begin(self, job: Taken) -> None:
        self._count[job.name] += 1
        task = asyncio.create_task(self._run(job), name=job.key)
        self._running[job.number] = task

        def ended(_: object) -> None:
            del self._running[job.number]
            self._count[job.name] -= 1
            self._wake.set()

        task.add_done_callback(ended)

    async def _run(self, job: Taken) -> None:
        done = False
        try:
            # Where the tables were emptied, another of its kind may be running here.
            async with self._turns.setdefault(job.key, asyncio.Lock()):
                with suppress(Exception):  # it is logged
                    await run_job(job.name, job.argument, self._handlers[job.name])
                done = True
        finally:
            with suppress(StoreError):  # then the next beat finds it
                await (self._queue.finish(job) if done else self._queue.give_back(job))

    async def _beat(self) -> None:
        """Say that this worker lives, and give back what those have that do not."""
        if not self._handlers:
            await self._watch()
            return
        worker = await self._queue.beat()
        async with self._taking:
            lost = [job for job in await self._queue.mine() if job.number not in self._running]
        for job in (*lost, *await self._queue.stalled(self._pace.stalled)):
            if await self._queue.give_back(job):
                _log.info("job of a lost worker is put anew", job=job.key)
        self._tell(ok=True, detail=f"worker {worker}")

    async def _watch(self) -> None:
        """See whether there is a worker at all."""
        heard_of = (await queue_state(self._database)).heard_of
        alive = heard_of is not None and self._clock.now() - heard_of <= self._pace.stalled
        self._deserted = not alive
        self._tell(ok=alive, detail="a worker is running" if alive else "no worker is running")

    def _tell(self, *, ok: bool, detail: str) -> None:
        """Keep the state, and log where it turns."""
        before = self._state
        if ok != before.ok:
            (_log.info if ok else _log.warning)("job queue", ok=ok, detail=detail)
        since = before.since if ok == before.ok else self._clock.now()
        self._state = PlatformState(before.name, ok, detail, since)
