"""Reserves for each call to a model before it is made, and settles what it took after it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import structlog

from digest.accounts import Ceiling, Usage
from digest.errors import CeilingReached, StoreError
from digest.ports import Clock
from digest.spending import Budget, Price, Tokens, ceilings, reservation, settled
from digest.stores import Spending
from digest.tokens import estimate

_log = structlog.get_logger()
_SETTINGS = {
    ("day", "tokens"): "llm.day_tokens",
    ("week", "tokens"): "llm.week_tokens",
    ("user_day", "tokens"): "llm.user_day_tokens",
    ("day", "cost"): "llm.day_cost",
    ("week", "cost"): "llm.week_cost",
}
_SPANS = {"day": "today", "week": "this week", "user_day": "your questions today"}


class Tally:
    """What is known of one call while it is under way; `usage` is what it counts as."""

    def __init__(self, reserved: Usage, texts: Sequence[str]) -> None:
        self.usage = reserved
        self._texts = texts
        self._tokens: Tokens | None = None
        self._received: list[str] | None = None
        self._never_made = False

    def took(self, tokens: Tokens | None) -> None:
        """Keep what the server says the call took, if it says so."""
        self._tokens = tokens or self._tokens

    def received(self, text: str) -> None:
        """Keep a piece of what came, thoughts included; empty where an error came in its place."""
        if self._received is None:
            self._received = []
        self._received.append(text)

    def never_made(self) -> None:
        """Say that no model worked on it: nothing was sent, or the server refused it."""
        self._never_made = True

    def settled(self, price: Price | None) -> Usage | None:
        """What the call took, at best knowledge; None where it was never made."""
        if self._never_made:
            return None
        if self._tokens:
            return settled(self.usage, self._tokens, price)
        # Of a reply that nothing is known of, all that was asked for may have been written.
        output = self.usage.output_tokens if self._received is None else estimate("".join(self._received))
        tokens = Tokens(sum(map(estimate, self._texts)), output)
        return settled(self.usage, tokens, price, estimated=True)


@dataclass(frozen=True)
class Meter:
    """Guards the ceilings of one model's calls.

    A reservation that nobody settles, because the process was killed, goes on counting as what it
    reserved: the call may have been paid for. It weighs on its own day and week and on no other,
    so that it cannot block calls for longer than its ceiling lasts.
    """

    spending: Spending
    clock: Clock
    budget: Budget
    price: Price | None
    model: str
    reference: Callable[[], str] = lambda: ""
    """The id, in the log, of what a call is made for."""

    @asynccontextmanager
    async def call(
        self,
        purpose: str,
        texts: Sequence[str],
        output_tokens: int,
        asker: str | None = None,
        subject: str | None = None,
    ) -> AsyncIterator[Tally]:
        """Around one call: reserved before, settled after, also when it fails or is cancelled.

        Raises `CeilingReached` where it would pass a ceiling: then it must not be made.
        """
        now = self.clock.now()
        reserved = reservation(
            uuid.uuid4().hex, purpose, self.model, now, texts, output_tokens, self.price, asker, subject
        )
        reserved = replace(reserved, reference=self.reference())
        try:
            passed = await self.spending.reserve(reserved, ceilings(self.budget, now, asker))
        except asyncio.CancelledError:
            await _to_the_end(self._settle(reserved, None))  # it may have been recorded already
            raise
        if passed:
            raise ceiling_reached(passed, self.price)
        tally = Tally(reserved, texts)
        try:
            yield tally
        finally:
            usage = tally.settled(self.price)
            tally.usage = usage or tally.usage
            await _to_the_end(self._settle(reserved, usage))
            _tell(reserved, usage, (self.clock.now() - now).total_seconds())

    async def _settle(self, reserved: Usage, usage: Usage | None) -> None:
        """Settle a reservation, or release it; where the store fails, it stays as it is.

        The reply is there and has been paid for, and what stays is the most that it can have
        taken: reason enough to go on.
        """
        try:
            if usage is None:
                await self.spending.release(reserved.id)
            else:
                await self.spending.settle(usage)
        except StoreError as error:
            _log.error("model call not settled", purpose=reserved.purpose, error=str(error))


def ceiling_reached(ceiling: Ceiling, price: Price | None) -> CeilingReached:
    """The error for a ceiling that a call would pass: which one, and when it is counted anew.

    Its values are the ceiling's name, `until` as ISO 8601, and the most that it allows.
    """
    until = f"{ceiling.until:%Y-%m-%d %H:%M} UTC"
    most = f"{ceiling.most:,.0f} tokens"
    if ceiling.unit == "cost":
        most = f"{ceiling.most:g} {price.currency if price else ''}".strip()
    return CeilingReached(
        f"The ceiling for {_SPANS[ceiling.name]} ({most}) would be passed.",
        hint=f"It is counted anew from {until}; it is set by {_SETTINGS[ceiling.name, ceiling.unit]}.",
        values={"ceiling": ceiling.name, "until": ceiling.until.isoformat(), "most": most},
    )


def _tell(reserved: Usage, usage: Usage | None, seconds: float) -> None:
    """Log a call; neither what was asked nor what came is for the log."""
    took = {} if usage is None else {"input": usage.input_tokens, "output": usage.output_tokens}
    cost = {} if usage is None or usage.cost is None else {"cost": usage.cost}
    _log.info(
        "model called" if usage else "model not called",
        purpose=reserved.purpose,
        subject=reserved.subject,
        seconds=round(seconds, 3),
        **took,
        **cost,
    )


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Carry work out even when cancelled meanwhile; the cancellation goes on after it."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled:
        raise cancelled
