"""Whether all is well, for `/healthz` and `/metrics`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.channels import Channels
from bot.platforms.conversation import PlatformState
from digest.errors import StoreError
from digest.models import SAMPLE_SELECTION
from digest.ports import Clock
from digest.store.engine import Database, is_current
from digest.stores import Ledger, Library
from digest.weeks import due_week, parse_post_time

GRACE = timedelta(minutes=2)
"""How long a platform may be away before all is no longer well: connections are made anew often."""


def _no_platforms() -> Sequence[PlatformState]:
    return ()


def _no_queue() -> None:
    return None


@dataclass
class _Seen:
    """What the last look saw; Prometheus asks synchronously and is given this."""

    finished: dict[str, datetime] = field(default_factory=dict)
    lag: dict[str, float] = field(default_factory=dict)
    waiting: int = 0
    ok: bool = True


@dataclass(frozen=True, eq=False)
class Health(Collector):
    """Looks at the database and at what every channel was last given."""

    database: Database
    channels: Channels
    ledger: Ledger
    library: Library
    selection: str
    clock: Clock
    platforms: Callable[[], Sequence[PlatformState]] = _no_platforms
    """How the platforms are that are set up."""
    jobs: Callable[[], PlatformState | None] = _no_queue
    """Whether jobs are handed out; None where one process has them all."""
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    _seen: _Seen = field(default_factory=_Seen)

    def __post_init__(self) -> None:
        """Be asked whenever metrics are."""
        self.registry.register(self)

    async def report(self) -> Mapping[str, object]:
        """`ok`; the database's and each platform's state; by channel when it last had a whole digest.

        `waiting` are channels of the file that nothing is posted to, each with the reason.
        """
        states, jobs = self.platforms(), self.jobs()
        watched = [*states, *([jobs] if jobs else [])]
        away = [one for one in watched if not one.ok and self.clock.now() - one.since > GRACE]
        report: dict[str, object] = {"platforms": {one.name: _platform(one) for one in states}}
        if jobs:
            report["jobs"] = _platform(jobs)
        try:
            current = await is_current(self.database)
            await self.look()
        except StoreError as error:
            self._seen.ok = False
            return {"ok": False, "database": str(error)} | report
        self._seen.ok = current
        last = {place: at.isoformat() for place, at in sorted(self._seen.finished.items())}
        database = "ok" if current else "not up to date; run `rinko db upgrade`"
        waiting = [str(one) for one in await self.channels.unlocated()]
        self._seen.waiting = len(waiting)
        ok = current and not away
        return {"ok": ok, "database": database, "last_success": last, "waiting": waiting} | report

    async def look(self) -> None:
        """See what every channel was last given, and how long what is due has been due."""
        now = self.clock.now()
        finished_at: dict[str, datetime] = {}
        lag: dict[str, float] = {}
        weeks = await self.library.weeks(self.selection)
        for channel in await self.channels.all():
            name = str(channel.place)
            for week in weeks:
                if finished := await self.ledger.finished(channel.place, week):
                    finished_at[name] = finished
                    break
            week, moment = due_week(now, parse_post_time(channel.post_at), channel.timezone)
            late = (
                self.selection != SAMPLE_SELECTION and await self.ledger.finished(channel.place, week) is None
            )
            lag[name] = (now - moment).total_seconds() if late else 0.0
        self._seen.finished, self._seen.lag = finished_at, lag

    def collect(self) -> Iterator[Metric]:
        """The figures of the last look."""
        up = GaugeMetricFamily("rinko_up", "1 while the database can be used.")
        up.add_metric([], float(self._seen.ok))
        yield up
        connected = GaugeMetricFamily(
            "rinko_platform_up", "1 while a platform hears what people say.", labels=["platform"]
        )
        for one in self.platforms():
            connected.add_metric([one.name], float(one.ok))
        yield connected
        if jobs := self.jobs():
            queue = GaugeMetricFamily("rinko_jobs_up", "1 while jobs are handed out to workers.")
            queue.add_metric([], float(jobs.ok))
            yield queue
        waiting = GaugeMetricFamily(
            "rinko_channels_waiting", "Channels of the settings file that nothing is posted to."
        )
        waiting.add_metric([], float(self._seen.waiting))
        yield waiting
        finished = GaugeMetricFamily(
            "rinko_last_success_timestamp_seconds",
            "When a channel last had a whole digest.",
            labels=["place"],
        )
        lag = GaugeMetricFamily(
            "rinko_digest_lag_seconds", "How long a digest that is due has not been posted.", labels=["place"]
        )
        for place, at in sorted(self._seen.finished.items()):
            finished.add_metric([place], at.timestamp())
        for place, seconds in sorted(self._seen.lag.items()):
            lag.add_metric([place], seconds)
        yield finished
        yield lag


def _platform(state: PlatformState) -> Mapping[str, object]:
    return {"ok": state.ok, "detail": state.detail, "since": state.since.isoformat()}
