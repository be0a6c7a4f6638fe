"""Whether all is well: what `/healthz` says, and the figures of the database for `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry

from bot.channels import Channels
from bot.metrics import Look, StoreCollector
from bot.platforms.conversation import PlatformState
from bot.queue_tables import QueueState
from digest.due import schedule_fault
from digest.errors import StoreError
from digest.models import SAMPLE_SELECTION
from digest.places import Subscription
from digest.ports import Clock
from digest.spending import Budget, starts
from digest.store.engine import needed_revision, revision
from digest.store.engine_checks import free_bytes
from digest.store.figures import SqlFigures
from digest.stores import Ledger
from digest.weeks import due_week, parse_post_time

_log = structlog.get_logger()

GRACE = timedelta(minutes=2)
"""How long a platform may be away before all is no longer well: connections are made anew often."""
OVERDUE = timedelta(hours=1)
"""How long a digest may take after its time before its channel is named."""
LITTLE_ROOM = 20 * 1024**2
"""Bytes that a digest may well need: small things can still be written when large ones fail."""
_PATIENCE_SECONDS = 5.0
"""How long the database may take: whoever asks how Rinko is does not wait for long."""
_FAILURES_OF = timedelta(days=1)


def _no_platforms() -> Sequence[PlatformState]:
    return ()


def _no_jobs() -> None:
    return None


async def _no_queue() -> QueueState:
    return QueueState(None, 0, None)


@dataclass(frozen=True, eq=False)
class Health:
    """Looks at the database, the platforms, and at what every channel was last given."""

    store: SqlFigures
    channels: Channels
    ledger: Ledger
    selection: str
    budget: Budget
    clock: Clock
    platforms: Callable[[], Sequence[PlatformState]] = _no_platforms
    """How the platforms are that are set up."""
    jobs: Callable[[], PlatformState | None] = _no_jobs
    """Whether jobs are handed out; None where one process has them all."""
    queue: Callable[[], Awaitable[QueueState]] = _no_queue
    """What waits in the job tables; asked only where jobs are handed out."""
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _seen: StoreCollector = field(default_factory=StoreCollector)

    def __post_init__(self) -> None:
        """Have metrics tell what was last seen."""
        self.registry.register(self._seen)

    async def report(self) -> Mapping[str, object]:
        """`ok`; the database's and each platform's state; by channel when it last had a whole digest.

        `waiting` are channels that nothing is posted to, each with the reason: those of the file that
        are not found, and those whose schedule cannot be read. `overdue` are those whose digest should
        have been there for more than an hour.
        """
        states, jobs = self.platforms(), self.jobs()
        watched = [*states, *([jobs] if jobs else [])]
        away = [one for one in watched if not one.ok and self.clock.now() - one.since > GRACE]
        report: dict[str, object] = {"platforms": {one.name: _told(one) for one in states}}
        if jobs:
            report["jobs"] = _told(jobs)
        look = await self.look()
        report = {"ok": look.ok and not away, "database": look.trouble or "ok"} | report
        if look.whole:
            report["last_success"] = {place: at.isoformat() for place, at in sorted(look.finished.items())}
            report["overdue"] = sorted(
                place for place, lag in look.lag.items() if lag > OVERDUE.total_seconds()
            )
            report["waiting"] = list(look.waiting)
        return report

    async def watch(self) -> None:
        """Look, so that the log says when the database cannot be used, also where nobody asks."""
        await self.look()

    async def look(self) -> Look:
        """See how all is at this moment, tell the log what changed, and keep it for the metrics."""
        before, self._seen.look = self._seen.look, await self._look()
        if self._seen.look.trouble and not before.trouble:
            _log.error("database cannot be used", reason=self._seen.look.trouble)
        elif before.trouble and not self._seen.look.trouble:
            _log.info("database can be used again")
        return self._seen.look

    async def _look(self) -> Look:
        now = self.clock.now()
        look = Look(platforms=self.platforms(), jobs=self.jobs())
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                look = await self._read(look, now)
                await self.store.write(now)
            if look.free_bytes is not None and look.free_bytes < LITTLE_ROOM:
                words = f"The disk of the database is nearly full: {look.free_bytes // 1024**2} MB are left."
                look = replace(look, ok=False, trouble=f"{words} Free some space.")
        except (StoreError, OSError) as error:
            look = replace(look, ok=False, trouble=str(error))
        except TimeoutError:
            words = f"The database did not answer within {_PATIENCE_SECONDS:.0f} seconds."
            look = replace(look, ok=False, trouble=words)
        return look

    async def _read(self, look: Look, now: datetime) -> Look:
        """What the database tells, in as many queries for a thousand channels as for one."""
        needed, found = needed_revision(), await revision(self.store.database)
        if found != needed:
            return replace(look, ok=False, trouble="not up to date; run `rinko db upgrade`")
        channels = await self.channels.all()
        own = {channel.place for channel in channels}
        finished = await self.store.last_finished(self.selection)
        begun = starts(now)
        return replace(
            look,
            whole=True,
            finished={str(place): at for place, at in finished.items() if place in own},
            lag=await self._lag(channels, now),
            waiting=(*map(str, await self.channels.unlocated()), *self._unread(channels)),
            sending=await self.store.sending(now),
            failures=await self.store.failures(now - _FAILURES_OF),
            spent={name: await self.store.spent(since) for name, since in begun.items()},
            budget=self.budget,
            free_bytes=await asyncio.to_thread(free_bytes, self.store.database),
            queue=await self.queue() if look.jobs else None,
        )

    def _unread(self, channels: Sequence[Subscription]) -> list[str]:
        """The channels whose schedule cannot be read, with why; the sample asks for no schedule."""
        if self.selection == SAMPLE_SELECTION:
            return []
        faults = ((one, schedule_fault(one)) for one in channels if not one.paused)
        return [f"{one.place}: {fault}" for one, fault in faults if fault]

    async def _lag(self, channels: Sequence[Subscription], now: datetime) -> Mapping[str, float]:
        """For how many seconds the digest of each channel has been due whose schedule can be read."""
        if self.selection == SAMPLE_SELECTION:
            return {str(channel.place): 0.0 for channel in channels}
        read = [one for one in channels if schedule_fault(one) is None]
        dues = {one: due_week(now, parse_post_time(one.post_at), one.timezone) for one in read}
        finished = await self.ledger.finished_in({week for week, _ in dues.values()})
        lag: dict[str, float] = {}
        for channel, (week, moment) in dues.items():
            begun = channel.since is None or moment >= channel.since
            late = begun and not channel.paused and (channel.place, week) not in finished
            lag[str(channel.place)] = (now - moment).total_seconds() if late else 0.0
        return lag


def _told(state: PlatformState) -> Mapping[str, object]:
    return {"ok": state.ok, "detail": state.detail, "since": state.since.isoformat()}
