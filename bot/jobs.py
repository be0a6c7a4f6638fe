"""When things run: APScheduler as a timer in one process."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from digest.ports import Clock, JobHandler

_log = structlog.get_logger()


class TimerJobs:
    """`digest.ports.Jobs` in memory: what must survive a restart is in the ledger, not here."""

    def __init__(self, clock: Clock) -> None:
        """Nothing runs before `start`."""
        self._clock = clock
        # A job that is late is run once, however late: APScheduler's own default of one second
        # would miss it. https://apscheduler.readthedocs.io/en/3.x/userguide.html#missed-job-executions
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True}
        )
        self._handlers: dict[str, JobHandler] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        """Jobs that came up while one with their name and argument ran."""
        self._stopped = False

    def handle(self, name: str, handler: JobHandler) -> None:
        """Say what a job of this name does with its argument."""
        self._handlers[name] = handler

    async def put(self, name: str, argument: str, at: datetime | None = None) -> None:
        """Run a job at a time, or at once, in place of one with the same name and argument that waits."""
        self._scheduler.add_job(
            self._run,
            "date",
            run_date=at or self._clock.now(),
            args=(name, argument),
            id=f"{name} {argument}",
            replace_existing=True,
        )

    async def every(self, interval: timedelta, name: str, argument: str) -> None:
        """Put a job again and again, for the first time after one interval."""
        self._scheduler.add_job(
            self._run, "interval", seconds=interval.total_seconds(), args=(name, argument)
        )

    async def start(self) -> None:
        """Begin to run jobs."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop taking up jobs and wait for those that run."""
        self._stopped = True  # APScheduler only schedules its own shutdown, and may start a job before
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            await asyncio.sleep(0)

    async def _run(self, name: str, argument: str) -> None:
        """Run in a task of our own, which APScheduler's shutdown does not cancel."""
        job = f"{name} {argument}"
        if self._stopped:
            return
        if job in self._running:
            self._again.add(job)
            return
        task = asyncio.create_task(self._handlers[name](argument), name=job)
        self._running[job] = task
        task.add_done_callback(lambda task: self._finished(task, name, argument))

    def _finished(self, task: asyncio.Task[None], name: str, argument: str) -> None:
        job = f"{name} {argument}"
        del self._running[job]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("job failed", job=job, error=str(error), exc_info=error)
        if job in self._again and not self._stopped:
            self._again.discard(job)
            self._scheduler.add_job(self._run, "date", args=(name, argument))
