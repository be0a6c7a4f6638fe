"""The nouns of accounts and records: what calls took, what they may take, what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from digest.models import Week


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call of a paid model took; `cost` in the currency of `[llm.price]`."""

    id: str
    purpose: str
    """`summary`, `questions`, both as `write-up`, `repair`, `overview`, `answer` or `check`."""
    model: str
    at: datetime
    input_tokens: int
    """All tokens of the prompt, those of `cached_tokens` included."""
    output_tokens: int
    asker: str | None = None
    """Who asked, for a question; None for what a digest needs."""
    cost: float | None = None
    """None where no price is set."""
    subject: str | None = None
    """What the call was about: a paper's key, or a week."""
    cached_tokens: int = 0
    """Tokens of the prompt that the provider had read before."""
    estimated: bool = False
    """Whether the server gave no usage, so that the tokens are an estimate."""
    settled: bool = False
    """False while it is a reservation for a call under way."""
    reference: str = ""
    """The id, in the log, of the act or job that it was made for."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that calls may take since a time, all of them or those of one asker."""

    name: Literal["day", "week", "user_day"]
    since: datetime
    until: datetime
    """When it is counted anew."""
    most: float
    unit: Literal["tokens", "cost"] = "tokens"
    asker: str | None = None
    """Whose calls are counted; None for all."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of what was done, by whom, and whether it failed: audit log and run log in one."""

    at: datetime
    place: str
    """The place it concerns, as `str(Place)`, or `-` for the installation."""
    actor: str
    """Who did it: a person's id on the platform, or `rinko`."""
    act: str
    detail: str
    failed: bool = False
    week: Week | None = None
    reference: str = ""
    """The id, in the log, of the act or job that it tells of."""
