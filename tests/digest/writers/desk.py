"""A chat with a scripted model over real sockets, with a real store of what it took."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from digest.accounts import Usage
from digest.spending import Budget, Price
from digest.store.engine import Database
from digest.store.others import SqlSpending
from digest.writers.chat import Call, Chat, ModelServer, Turn
from digest.writers.metering import Meter
from tests.clocks import ManualClock
from tests.servers.llm import MODEL, Script, ScriptedModel

KEY = "sk-test-0123456789abcdef"
PRICE = Price(input=2.0, output=8.0, cached_input=0.5)
SCHEMA = {
    "type": "object",
    "properties": {"gist": {"type": "string"}},
    "required": ["gist"],
    "additionalProperties": False,
}
REPLY = '{"gist": "Lamps learn when readers want light."}'
QUESTION = Call(
    "summary",
    (Turn("system", "You reply in JSON."), Turn("user", "What does the paper say?")),
    SCHEMA,
    "summary",
    subject="arxiv:2402.00001",
)
ASKED = replace(QUESTION, purpose="answer", asker="ann")


@dataclass
class Desk:
    """A chat, the model it asks, and what that took."""

    chat: Chat
    model: ScriptedModel
    spending: SqlSpending
    clock: ManualClock

    async def usages(self) -> tuple[Usage, ...]:
        """All calls that count."""
        return await self.spending.costs(self.clock.now() - timedelta(days=30))

    async def usage(self) -> Usage:
        """The only call that counts."""
        (usage,) = await self.usages()
        return usage


@asynccontextmanager
async def desk(
    database: Database,
    script: Script,
    *,
    budget: Budget | None = None,
    price: Price | None = PRICE,
    clock: ManualClock | None = None,
    server: dict[str, Any] | None = None,
    **model: Any,
) -> AsyncIterator[Desk]:
    """A desk with a fast server, whatever is not told otherwise."""
    clock = clock or ManualClock()
    async with ScriptedModel(script, **{"key": KEY, **model}) as scripted:
        settings: dict[str, Any] = {"base_url": scripted.url, "api_key": KEY, "output_tokens": 500}
        where = ModelServer(MODEL, **{**settings, "seconds": 20.0, **(server or {})})
        spending = SqlSpending(database)
        chat = Chat(where, Meter(spending, clock, budget or Budget(), price, MODEL), clock)
        try:
            yield Desk(chat, scripted, spending, clock)
        finally:
            await chat.aclose()
