"""What was last seen of platforms and database, as Prometheus takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.platforms.conversation import PlatformState
from bot.queue_tables import QueueState
from digest.spending import Budget
from digest.store.figures import Spent

_ALIKE = "From the database: alike in every process, so take one of them."
_OWN = "Of this process."


@dataclass(frozen=True, slots=True)
class Look:
    """How all was at one moment."""

    ok: bool = True
    trouble: str = ""
    """Why the database cannot be used, in words."""
    whole: bool = False
    """Whether the database told all that follows."""
    platforms: Sequence[PlatformState] = ()
    jobs: PlatformState | None = None
    finished: Mapping[str, datetime] = field(default_factory=dict)
    """By place, when it last had a whole digest."""
    lag: Mapping[str, float] = field(default_factory=dict)
    """By place, for how many seconds its digest has been due."""
    waiting: Sequence[str] = ()
    """Channels that nothing is posted to, with the reasons."""
    sending: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    failures: Mapping[tuple[str, str], int] = field(default_factory=dict)
    spent: Mapping[str, Mapping[str, Spent]] = field(default_factory=dict)
    """By `day` and `week`, by purpose."""
    budget: Budget = field(default_factory=Budget)
    free_bytes: int | None = None
    """Room on the disk of an SQLite file."""
    queue: QueueState | None = None


class StoreCollector(Collector):
    """Tells Prometheus, which asks synchronously, what was last seen."""

    def __init__(self) -> None:
        """Nothing is seen yet, and nothing wrong."""
        self.look = Look()

    def collect(self) -> Iterator[Metric]:
        """The figures of the last look; what the database did not tell is left out."""
        look = self.look
        yield _one("rinko_up", f"1 while the database can be read and written. {_OWN}", float(look.ok))
        yield _many(
            "rinko_platform_up",
            f"1 while a platform hears what people say. {_OWN}",
            ["platform"],
            [((one.name,), float(one.ok)) for one in look.platforms],
        )
        if look.jobs:
            yield _one("rinko_jobs_up", f"1 while jobs are handed out. {_OWN}", float(look.jobs.ok))
        if look.free_bytes is not None:
            yield _one("rinko_disk_free_bytes", f"Room beside the database. {_OWN}", look.free_bytes)
        if look.whole:
            yield from _channels(look)
            yield from _spent(look)

    def describe(self) -> Sequence[Metric]:
        """Nothing: what there is depends on what is seen."""
        return ()


def _channels(look: Look) -> Iterator[Metric]:
    yield _one(
        "rinko_channels_waiting",
        f"Channels that nothing is posted to: not found, or their schedule cannot be read. {_OWN}",
        len(look.waiting),
    )
    yield _many(
        "rinko_last_success_timestamp_seconds",
        f"When a channel last had a whole digest. {_ALIKE}",
        ["place"],
        [((place,), at.timestamp()) for place, at in look.finished.items()],
    )
    yield _many(
        "rinko_digest_lag_seconds",
        f"How long a digest that is due has not been posted. {_ALIKE}",
        ["place"],
        [((place,), seconds) for place, seconds in look.lag.items()],
    )
    yield _many(
        "rinko_messages_sending",
        f"Messages that are being sent, or were when a process ended. {_ALIKE}",
        ["platform"],
        [((platform,), count) for platform, (count, _) in look.sending.items()],
    )
    yield _many(
        "rinko_messages_left",
        f"Messages among those whose sender was not heard of in time. {_ALIKE}",
        ["platform"],
        [((platform,), left) for platform, (_, left) in look.sending.items()],
    )
    yield _many(
        "rinko_failures_last_day",
        f"What failed in the last 24 hours, by the journal. {_ALIKE}",
        ["place", "kind"],
        look.failures.items(),
    )
    if look.queue:
        yield _one(
            "rinko_jobs_waiting", f"Jobs whose time has come, and nobody's yet. {_ALIKE}", look.queue.waiting
        )


def _spent(look: Look) -> Iterator[Metric]:
    by_purpose = {
        (span, name): one for span, purposes in look.spent.items() for name, one in purposes.items()
    }
    so_far = f"so far in this day and week of UTC. {_ALIKE}"
    labels = ["period", "purpose"]
    yield _many("rinko_model_calls", f"Calls of the model {so_far}", labels, _each(by_purpose, "calls"))
    tokens = {
        (*which, kind): float(count)
        for which, one in by_purpose.items()
        for kind, count in (("input", one.input_tokens), ("output", one.output_tokens))
    }
    yield _many("rinko_model_tokens", f"Tokens of the model {so_far}", [*labels, "kind"], tokens.items())
    yield _many(
        "rinko_model_cost",
        f"What the model cost, in the currency of [llm.price], {so_far}",
        labels,
        _each(by_purpose, "cost"),
    )
    budget = look.budget
    most = {
        ("day", "tokens"): budget.day_tokens,
        ("week", "tokens"): budget.week_tokens,
        ("day", "cost"): budget.day_cost,
        ("week", "cost"): budget.week_cost,
    }
    yield _many(
        "rinko_model_ceiling",
        f"The most that a day or a week may take. {_OWN}",
        ["period", "unit"],
        [(which, float(limit)) for which, limit in most.items() if limit],
    )


def _each(found: Mapping[tuple[str, str], Spent], name: str) -> Iterator[tuple[tuple[str, str], float]]:
    return ((which, float(getattr(one, name))) for which, one in found.items())


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _many(
    name: str, what: str, labels: Sequence[str], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    family = GaugeMetricFamily(name, what, labels=labels)
    for which, value in sorted(values):
        family.add_metric(which, value)
    return family
