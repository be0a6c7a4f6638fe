"""The job queue on PostgreSQL, which procrastinate keeps: puts jobs there, takes them, gives them back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from bot.queue_tables import queue_pool
from digest.errors import StoreError
from digest.ports import Clock
from digest.store.engine import Database

_ATTEMPTS = 5
_FORGOTTEN = timedelta(days=1)
"""When the row of a dead worker goes. Until then it tells when one was last heard of."""


class _Gone(StoreError):
    """What was asked for is not in the job tables any more."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that this process has taken up."""

    number: int
    name: str
    argument: str

    @property
    def key(self) -> str:
        """What it is the same as another by."""
        return f"{self.name} {self.argument}"


class JobQueue:
    """Jobs in the database. All its methods raise `StoreError` where that is away."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Nothing is connected before the first call."""
        self._clock = clock
        self._pool = queue_pool(database)
        self._connector = PsycopgConnector()
        self._manager = JobManager(self._connector)
        self._worker: int | None = None

    async def open(self) -> None:
        """Connect, now or as soon as the database is there."""
        if self._pool.closed:
            await self._pool.open()
            await self._connector.open_async(self._pool)

    async def close(self) -> None:
        """Be no worker any more, and let the connections go."""
        try:
            if self._worker is not None:
                with _clear_errors():
                    await self._manager.unregister_worker(self._worker)
        finally:
            self._worker = None
            await self._pool.close()

    async def put(self, name: str, argument: str, at: datetime | None = None) -> None:
        """Put a job in place of one with its name and argument that waits."""
        key = f"{name} {argument}"
        job = Job(
            id=None,
            queue=name,
            task_name=name,
            lock=key,
            queueing_lock=key,
            task_kwargs={"argument": argument},
            scheduled_at=at,
        )
        with _clear_errors():
            for _ in range(_ATTEMPTS):
                try:
                    await self._manager.defer_job_async(job)
                except AlreadyEnqueued:
                    if await self._make_room(key, at):
                        continue
                return

    async def _make_room(self, key: str, at: datetime | None) -> bool:
        """Remove the job that waits; False where its time is as good."""
        now = self._clock.now()
        for waiting in await self._manager.list_jobs_async(queueing_lock=key, status=Status.TODO.value):
            its = waiting.scheduled_at
            if its == at or max(its or now, at or now) <= now:
                return False
            if waiting.id is not None:
                await self._manager.cancel_job_by_id_async(waiting.id, delete_job=True)
        return True

    async def take(self, names: Collection[str]) -> Taken | None:
        """Take up a job of one of these names whose time has come; nobody else has it then."""
        while True:
            worker = self._worker or await self.register()
            try:
                with _clear_errors():
                    job = await self._manager.fetch_job(list(names), worker)
            except _Gone:  # this worker, as the tables were emptied
                self._worker = None
                continue
            return _taken(job) if job else None

    async def finish(self, job: Taken) -> bool:
        """Delete a job that was taken up; False where it was gone."""
        try:
            with _clear_errors():
                await self._manager.finish_job_by_id_async(job.number, Status.SUCCEEDED, delete_job=True)
        except _Gone:
            return False
        return True

    async def give_back(self, job: Taken) -> bool:
        """Let others take up a job; False where they had it already.

        It is put anew, so that whoever had it before and is not dead after all finishes nothing of theirs.
        """
        if await self.finish(job):
            await self.put(job.name, job.argument)
            return True
        return False

    async def register(self) -> int:
        """Be a worker; its number."""
        with _clear_errors():
            self._worker = await self._manager.register_worker()
        return self._worker

    async def beat(self) -> int:
        """Say that this worker lives; its number."""
        if self._worker is None or not await self._known(self._worker):
            return await self.register()
        with _clear_errors():
            await self._manager.update_heartbeat(self._worker)
            await self._manager.prune_stalled_workers(_FORGOTTEN.total_seconds())
        return self._worker

    async def _known(self, worker: int) -> bool:
        with _clear_errors():
            found = await self._connector.execute_query_all_async(
                "SELECT id FROM procrastinate_workers WHERE id = %(worker)s", worker=worker
            )
        return bool(found)

    async def mine(self) -> list[Taken]:
        """The jobs that this worker has by the tables."""
        if self._worker is None:
            return []
        with _clear_errors():
            found = await self._manager.list_jobs_async(status=Status.DOING.value, worker_id=self._worker)
        return [_taken(job) for job in found]

    async def stalled(self, after: timedelta) -> list[Taken]:
        """The jobs of workers that are not there, or were not heard of for so long."""
        with _clear_errors():
            found = await self._manager.get_stalled_jobs(seconds_since_heartbeat=after.total_seconds())
        return [_taken(job) for job in found]

    async def listen(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever a job is put, until cancelled or the database is away."""

        async def told(*, channel: str, notification: object) -> None:  # noqa: ARG001 - its interface
            heard()

        with _clear_errors():
            await self._manager.listen_for_jobs(on_notification=told)


def _taken(job: Job) -> Taken:
    if job.id is None:
        raise ValueError("a job of the database has a number")
    return Taken(job.id, job.task_name, str(job.task_kwargs["argument"]))


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turns what procrastinate raises into errors of ours, which name neither address nor user."""
    try:
        yield
    except ConnectorException as error:
        cause = error.__cause__
        if isinstance(cause, (psycopg.errors.RaiseException, psycopg.errors.ForeignKeyViolation)):
            raise _Gone from error
        words = "does not answer" if isinstance(cause, psycopg.OperationalError) else f"answered: {cause}"
        raise StoreError(f"The database of the job queue {words}.") from error
