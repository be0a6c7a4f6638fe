"""Pure: what calls cost, what they may take, and what is reserved and settled for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from digest.accounts import Ceiling, Usage
from digest.tokens import at_most

_MILLION = 1_000_000
_TURN = 16
"""Tokens that one message takes beside its text, at most: its role, and the marks around it."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost; a price of nothing at all is a model that costs nothing."""

    input: float
    output: float
    cached_input: float = 0.0
    """For the part of a prompt that the provider had read before; 0 where that is not cheaper."""
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one call took; `cached` is the part of `input` that the provider had read before."""

    input: int
    output: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that calls may take; 0 is no ceiling. Costs count only where prices are known."""

    day_tokens: int = 0
    week_tokens: int = 0
    user_day_tokens: int = 0
    """For the questions of one person."""
    day_cost: float = 0.0
    week_cost: float = 0.0


def cost(tokens: Tokens, price: Price | None) -> float | None:
    """What so many tokens cost, in the price's currency; None where no price is known."""
    if price is None:
        return None
    cached_price = price.cached_input or price.input
    fresh = tokens.input - tokens.cached
    return (fresh * price.input + tokens.cached * cached_price + tokens.output * price.output) / _MILLION


def starts(now: datetime) -> dict[Literal["day", "week"], datetime]:
    """When the day and the ISO week began, in UTC, so that they are the same for all channels."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return {"day": today, "week": today - timedelta(days=today.weekday())}


def ceilings(budget: Budget, now: datetime, asker: str | None = None) -> tuple[Ceiling, ...]:
    """The ceilings that a call made now must not pass; the quota of a person only for an asker's."""
    begun = starts(now)
    spans: dict[Literal["day", "week"], tuple[datetime, datetime]] = {
        "day": (begun["day"], begun["day"] + timedelta(days=1)),
        "week": (begun["week"], begun["week"] + timedelta(days=7)),
    }
    found = []
    if asker is not None and budget.user_day_tokens:
        found.append(Ceiling("user_day", *spans["day"], budget.user_day_tokens, asker=asker))
    most: tuple[tuple[Literal["day", "week"], float, Literal["tokens", "cost"]], ...] = (
        ("day", budget.day_tokens, "tokens"),
        ("week", budget.week_tokens, "tokens"),
        ("day", budget.day_cost, "cost"),
        ("week", budget.week_cost, "cost"),
    )
    found += [Ceiling(name, *spans[name], limit, unit) for name, limit, unit in most if limit]
    return tuple(found)


def reservation(
    usage_id: str,
    purpose: str,
    model: str,
    at: datetime,
    texts: Sequence[str],
    output_tokens: int,
    price: Price | None = None,
    asker: str | None = None,
    subject: str | None = None,
) -> Usage:
    """The most that a call with these texts and this limit of output can take, before it is made."""
    tokens = Tokens(sum(at_most(text) + _TURN for text in texts), output_tokens)
    return Usage(
        id=usage_id,
        purpose=purpose,
        model=model,
        at=at,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        asker=asker,
        cost=cost(tokens, price),
        subject=subject,
    )


def settled(reserved: Usage, tokens: Tokens, price: Price | None = None, *, estimated: bool = False) -> Usage:
    """What a call took in place of its reservation; it counts for the day it was begun on."""
    return replace(
        reserved,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cached_tokens=tokens.cached,
        cost=cost(tokens, price),
        estimated=estimated,
        settled=True,
    )
