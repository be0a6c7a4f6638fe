"""Calls a model behind the chat-completions API, which OpenAI and many other servers speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


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
