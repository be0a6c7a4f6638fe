"""What one process counts for `/metrics`: messages, questions, failures, and how long digests take."""

from __future__ import annotations

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1800, 3600)
_OWN = "Of this process alone since it began; add the processes up."


def _counter(name: str, what: str, *labels: str) -> Counter:
    return Counter(name, f"{what} {_OWN}", labels, registry=None)


def _seconds(name: str, what: str, *labels: str) -> Histogram:
    return Histogram(name, f"{what} {_OWN}", labels, buckets=_SECONDS, registry=None)


@dataclass(frozen=True)
class Figures:
    """The counters of one process, which is what Prometheus adds up over all of them."""

    messages: Counter = field(
        default_factory=lambda: _counter(
            "rinko_messages", "Messages of digests that were posted, edited or removed.", "platform", "act"
        )
    )
    questions: Counter = field(
        default_factory=lambda: _counter(
            "rinko_questions",
            "Questions by what came of them: answered, declined (the paper does not say, or it was not "
            "about the paper), or failed.",
            "outcome",
        )
    )
    failures: Counter = field(
        default_factory=lambda: _counter(
            "rinko_failures", "What failed, by kind of error and by place.", "kind", "place"
        )
    )
    build_seconds: Histogram = field(
        default_factory=lambda: _seconds("rinko_digest_build_seconds", "Making a digest, or finding it made.")
    )
    post_seconds: Histogram = field(
        default_factory=lambda: _seconds("rinko_digest_post_seconds", "Delivering a digest to a channel.")
    )
    answer_seconds: Histogram = field(
        default_factory=lambda: _seconds("rinko_answer_seconds", "From a question to its whole answer.")
    )

    def register(self, registry: CollectorRegistry) -> None:
        """Have the figures told with those of a registry."""
        for one in (
            self.messages,
            self.questions,
            self.failures,
            self.build_seconds,
            self.post_seconds,
            self.answer_seconds,
        ):
            registry.register(one)
