"""The nouns of asking a model, and the request that each call becomes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from digest.writers.dialects import Dialect

_FITS = "The reply is one JSON object that fits this JSON Schema:"


@dataclass(frozen=True, slots=True)
class ModelServer:
    """Where a model is, and how much it is asked at a time."""

    model: str
    base_url: str | None = None
    """As `http://localhost:11434/v1`; None is OpenAI's own."""
    api_key: str = field(default="", repr=False)
    context_tokens: int = 128_000
    """What the model takes, its reply included; whoever writes the turns keeps to it."""
    output_tokens: int = 8_000
    """The longest reply, for calls that name none."""
    seconds: float = 180.0
    """The longest that one attempt may take, from the first byte sent to the last received."""
    attempts: int = 4
    """How often a call is tried where the server is busy, fails or is away."""
    at_once: int = 10
    """Calls under way at a time; those of askers have as much room again, of their own."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation that a model is shown."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that is asked of a model. The reply is a JSON object that fits `schema`."""

    purpose: str
    """As in `digest.accounts.Usage`."""
    turns: tuple[Turn, ...]
    schema: Mapping[str, Any]
    """Strict, as OpenAI defines it: every object closed, and all of its properties required."""
    schema_name: str
    subject: str | None = None
    """The paper's key, or the week."""
    asker: str | None = None
    """Whose quota it counts on; such a call never waits behind a digest."""
    output_tokens: int | None = None
    """The longest reply; None for the server's own limit."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said: a JSON object, unless it did not do as it was told."""

    text: str
    cut_off: bool
    """Whether it ends at the limit of tokens, in the middle."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent for one call: as the API takes it, and all that counts as its prompt."""

    body: Mapping[str, Any]
    texts: tuple[str, ...]
    output_tokens: int


def request(server: ModelServer, call: Call, dialect: Dialect, *, stream: bool) -> Request:
    """The request for a call, as far as the server takes it.

    Where it takes no schema, the model is told of it in the last turn; all before stays as it was.
    """
    turns = call.turns
    schema = json.dumps(call.schema, ensure_ascii=False) if call.schema else ""
    tokens = call.output_tokens or server.output_tokens
    body: dict[str, Any] = {"model": server.model, dialect.cap: tokens}
    if schema and dialect.format == "json_schema":
        named = {"name": call.schema_name, "schema": call.schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    elif schema:
        turns = _told(turns, f"{_FITS}\n{schema}")
        if dialect.format:
            body["response_format"] = {"type": dialect.format}
    if stream:
        body["stream"] = True
        if dialect.usage:
            body["stream_options"] = {"include_usage": True}
    body["messages"] = [{"role": turn.role, "content": turn.text} for turn in turns]
    counted = schema if dialect.format == "json_schema" else ""
    return Request(body, (counted, *(turn.text for turn in turns)), tokens)


def _told(turns: tuple[Turn, ...], words: str) -> tuple[Turn, ...]:
    """The turns with some words more at the end of the last one, which is a user's."""
    if turns and turns[-1].role == "user":
        return (*turns[:-1], Turn("user", f"{turns[-1].text}\n\n{words}"))
    return (*turns, Turn("user", words))
