"""When things run: APScheduler as a timer in one process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.ticking import tick
from bot.traces import run_job
from digest.ports import Clock, JobHandler

_LOOK_EVERY = timedelta(minutes=1)


class TimerJobs:
    """`digest.ports.Jobs` in memory: what must survive a restart is in the ledger, not here."""

    def __init__(self, clock: Clock, at_once: int) -> None:
        """Nothing runs before `start`; of one name, at most `at_once` jobs run side by side."""
        self._clock = clock
        self._rooms: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(at_once))
        # A job that is late is run once, however late: APScheduler's own default of one second
        # would miss it. https://apscheduler.readthedocs.io/en/3.x/userguide.html#missed-job-executions
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True}
        )
        self._handlers: dict[str, JobHandler] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._begun: set[str] = set()
        """Those of the running that did not only wait for room."""
        self._timed: set[str] = set()
        """Jobs that wait for their time."""
        self._again: set[str] = set()
        """Jobs that came up while one with their name and argument ran."""
        self._early: dict[str, tuple[str, str]] = {}
        """Jobs that were put before the start."""
        self._intervals: list[tuple[timedelta, str, str]] = []
        self._ticks: set[asyncio.Task[None]] = set()
        self._started = self._stopped = False

    def handle(self, name: str, handler: JobHandler) -> None:
        """Say what a job of this name does with its argument."""
        self._handlers[name] = handler

    async def put(self, name: str, argument: str, at: datetime | None = None) -> None:
        """Run a job at a time, or at once, in place of one with the same name and argument that waits."""
        job = f"{name} {argument}"
        if at is not None and at > self._clock.now():
            self._early.pop(job, None)
            self._timed.add(job)
            self._scheduler.add_job(
                self._run, "date", run_date=at, args=(name, argument), id=job, replace_existing=True
            )
            return
        # At once is now, whatever time it is: through the timer, a thousand jobs would be sorted in.
        self._forget(job)
        if self._started:
            await self._run(name, argument)
        else:
            self._early[job] = (name, argument)

    async def every(self, interval: timedelta, name: str, argument: str) -> None:
        """Put a job again and again, for the first time after one interval.

        APScheduler's own intervals go by the clock on the wall: after that was set back by an hour
        they would wait for an hour.
        """
        self._intervals.append((interval, name, argument))
        if self._started:
            self._begin(interval, name, argument)

    async def start(self) -> None:
        """Begin to run jobs."""
        self._scheduler.start()
        self._started = True
        for name, argument in list(self._early.values()):
            await self._run(name, argument)
        self._early.clear()
        for interval, name, argument in self._intervals:
            self._begin(interval, name, argument)
        # It set its timer by a clock that may have been changed, and by time awake alone.
        self._keep(tick(_LOOK_EVERY, self._clock, self._look))

    async def stop(self) -> None:
        """Stop taking up jobs and wait for those that run."""
        self._stopped = True  # APScheduler only schedules its own shutdown, and may start a job before
        for ticks in self._ticks:
            ticks.cancel()
        await asyncio.gather(*self._ticks, return_exceptions=True)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            await asyncio.sleep(0)

    def _begin(self, interval: timedelta, name: str, argument: str) -> None:
        self._keep(tick(interval, self._clock, lambda: self.put(name, argument)))

    def _keep(self, ticks: Coroutine[None, None, None]) -> None:
        self._ticks.add(asyncio.create_task(ticks))

    async def _look(self) -> None:
        """Have the timer see what time it is now."""
        self._scheduler.wakeup()

    def _forget(self, job: str) -> None:
        """Let a job that waits for its time go."""
        if job in self._timed:
            self._timed.remove(job)
            with suppress(JobLookupError):  # its time came
                self._scheduler.remove_job(job)

    async def _run(self, name: str, argument: str) -> None:
        """Run in a task of our own, which APScheduler's shutdown does not cancel."""
        job = f"{name} {argument}"
        if self._stopped:
            return
        if job in self._begun:
            self._again.add(job)
        elif job not in self._running:
            self._take_up(name, argument)

    def _take_up(self, name: str, argument: str) -> None:
        job = f"{name} {argument}"
        task = asyncio.create_task(self._work(name, argument), name=job)
        self._running[job] = task
        task.add_done_callback(lambda task: self._finished(task, name, argument))

    async def _work(self, name: str, argument: str) -> None:
        async with self._rooms[name]:
            if not self._stopped:
                self._begun.add(f"{name} {argument}")
                await run_job(name, argument, self._handlers[name])

    def _finished(self, task: asyncio.Task[None], name: str, argument: str) -> None:
        job = f"{name} {argument}"
        del self._running[job]
        self._begun.discard(job)
        if not task.cancelled():
            task.exception()  # which the log has
        if job in self._again and not self._stopped:
            self._again.discard(job)
            self._take_up(name, argument)
