"""An LLM writer over a real client, a local model and a real database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.words import load_glossary, load_phrases, load_prompts, load_taxonomy
from digest.spending import Budget
from digest.store.engine import Database, open_database
from digest.store.others import SqlSpending
from digest.writers.chat import Chat, ModelServer
from digest.writers.extractive import ExtractiveWriter
from digest.writers.llm import LlmWriter
from digest.writers.metering import Meter
from tests.clocks import ManualClock
from tests.databases import with_tables
from tests.servers.honest import honest_reply
from tests.servers.llm import MODEL, Asked, Happening, Says, ScriptedModel

Reply = Callable[[Asked, dict[str, Any]], Happening | dict[str, Any]]
"""From a request and what an honest model would say to what is said."""


def honest(asked: Asked) -> Says:
    return Says(honest_reply(asked.body))


def honest_but(change: Reply) -> Callable[[Asked], Happening]:
    """An honest model, save for what `change` makes of its replies."""

    def script(asked: Asked) -> Happening:
        happening = change(asked, json.loads(honest_reply(asked.body)))
        return Says(json.dumps(happening, ensure_ascii=False)) if isinstance(happening, dict) else happening

    return script


@dataclass
class Room:
    writer: LlmWriter
    model: ScriptedModel
    spending: SqlSpending
    clock: ManualClock


@asynccontextmanager
async def room(
    folder: Path,
    script: Callable[[Asked], Any] = honest,
    *,
    budget: Budget | None = None,
    context_tokens: int = 128_000,
    seconds: float = 30.0,
    **quirks: Any,
) -> AsyncIterator[Room]:
    database = new_database(folder)
    clock = ManualClock()
    spending = SqlSpending(database)
    async with ScriptedModel(script, **quirks) as model:
        server = ModelServer(
            MODEL,
            model.url,
            "sk-test",
            context_tokens=context_tokens,
            output_tokens=4_000,
            seconds=seconds,
            attempts=3,
        )
        chat = Chat(server, Meter(spending, clock, budget or Budget(), None, MODEL), clock)
        stand_in = ExtractiveWriter(load_phrases(), load_glossary(), load_taxonomy())
        try:
            yield Room(LlmWriter(chat, load_prompts(), stand_in, b"secret"), model, spending, clock)
        finally:
            await chat.aclose()
            await database.close()


def new_database(folder: Path) -> Database:
    return open_database(with_tables(folder / "rinko.db"))
