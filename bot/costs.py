"""What calls of a model took: summed up, and said in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from digest.accounts import Usage
from digest.models import Issue
from digest.phrases import Phrases
from digest.ports import Clock
from digest.spending import Budget, ceilings, starts
from digest.stores import Spending


@dataclass(frozen=True, slots=True)
class Cost:
    """What some calls took together; `cost` in `currency`, None where no price is set."""

    calls: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: float | None
    currency: str

    @property
    def tokens(self) -> int:
        """All tokens, of prompts and replies."""
        return self.input_tokens + self.output_tokens

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    def words(self, say: Phrases) -> str:
        """In the reader's language."""
        values = {"calls": self.calls, "input": f"{self.input_tokens:,}", "output": f"{self.output_tokens:,}"}
        if self.cost is None:
            return say("status.cost_value", **values)
        return say("status.cost_money", cost=f"{self.cost:.4f}", currency=self.currency, **values)


def total(usages: Sequence[Usage], currency: str) -> Cost:
    """Pure: what calls took together."""
    priced = [usage.cost for usage in usages if usage.cost is not None]
    return Cost(
        len(usages),
        sum(usage.input_tokens for usage in usages),
        sum(usage.cached_tokens for usage in usages),
        sum(usage.output_tokens for usage in usages),
        sum(priced) if priced else None,
        currency,
    )


@dataclass(frozen=True)
class Costs:
    """Knows what calls took, and how near that is to the ceilings."""

    spending: Spending
    budget: Budget
    currency: str
    clock: Clock

    async def of_issue(self, issue: Issue) -> Cost:
        """What making an issue took, in all languages it was made in: its papers and its overview."""
        subjects = [str(issue.week), *(entry.paper.key for entry in issue.entries)]
        return total(await self.spending.about(subjects), self.currency)

    async def ids(self, *subjects: str) -> frozenset[str]:
        """The calls about papers and weeks so far."""
        return frozenset(usage.id for usage in await self.spending.about(subjects))

    async def since(self, before: frozenset[str], *subjects: str) -> Cost:
        """What calls about papers and weeks took beside those that were known before."""
        new = [usage for usage in await self.spending.about(subjects) if usage.id not in before]
        return total(new, self.currency)

    async def by_period(self) -> list[tuple[str, Cost, float | None]]:
        """For `day` and `week`: what was taken, and its share of the nearest ceiling, if there is one."""
        found: list[tuple[str, Cost, float | None]] = []
        for name, since in starts(self.clock.now()).items():
            spent = total(await self.spending.costs(since), self.currency)
            shares = [
                (spent.tokens if one.unit == "tokens" else spent.cost or 0.0) / one.most
                for one in ceilings(self.budget, self.clock.now(), None)
                if one.name == name
            ]
            found.append((name, spent, max(shares, default=None)))
        return found
