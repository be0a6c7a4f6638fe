"""What the local model is asked, and what can happen then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

MODEL = "test-model"


@dataclass(frozen=True)
class Asked:
    """One request for a completion, as the server understood it."""

    number: int
    """From 0, in the order they came."""
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    input_tokens: int
    cached_tokens: int

    @property
    def messages(self) -> list[dict[str, str]]:
        """The messages, each with `role` and `content`."""
        return list(self.body["messages"])

    @property
    def text(self) -> str:
        """What all messages say, one after the other."""
        return "\n".join(message["content"] for message in self.messages)

    @property
    def stream(self) -> bool:
        """Whether the reply is wanted in pieces."""
        return self.body.get("stream") is True

    @property
    def format(self) -> str | None:
        """`json_schema`, `json_object`, or None where no format was asked for."""
        form: Mapping[str, Any] = self.body.get("response_format") or {}
        return form.get("type")

    @property
    def schema_name(self) -> str | None:
        """The name of the JSON schema."""
        form: Mapping[str, Any] = self.body.get("response_format") or {}
        return (form.get("json_schema") or {}).get("name")

    @property
    def output_cap(self) -> int | None:
        """The most tokens that the reply may have."""
        cap: int | None = self.body.get("max_completion_tokens", self.body.get("max_tokens"))
        return cap


@dataclass(frozen=True)
class Says:
    """A reply. One longer than the cap of tokens is cut there, as the real API does."""

    text: str
    finish: str | None = "stop"
    """None: a stream ends without it."""
    piece: int = 12
    """Characters of a piece of the stream."""
    wait: asyncio.Event | None = None
    """Set by the test, when the reply may begin."""
    drip: float = 0.0
    """Seconds between two pieces of the stream."""
    usage: Mapping[str, Any] | Literal["counted"] | None = "counted"
    """None: the server says nothing of tokens."""
    thoughts: str = ""
    """What the model thinks first, in a field of its own."""


@dataclass(frozen=True)
class Fails:
    """An error in place of a reply."""

    status: int
    message: str = "The server had an error."
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    body: bytes | None = None
    """Sent as it is, where it is to be no error document."""


@dataclass(frozen=True)
class Refuses:
    """The model will not; or, `filtered`, a filter stopped it."""

    text: str = "I'm sorry, I can't help with that."
    filtered: bool = False


@dataclass(frozen=True)
class Stalls:
    """Silence, after so many pieces of `text`, until the client or the server gives up."""

    text: str = ""
    after: int = 0


@dataclass(frozen=True)
class Breaks:
    """The connection breaks, in a stream after so many pieces; or, with `error`, says why."""

    text: str = '{"answer": "It goes on and on and then it'
    after: int = 2
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Garbage:
    """Bytes that are no reply."""

    data: bytes = b"\x00\xff\xfe not JSON {{{"
    content_type: str = "application/json"


Happening = Says | Fails | Refuses | Stalls | Breaks | Garbage | str
Script = Callable[[Asked], Happening | Awaitable[Happening]] | Sequence[Happening]

WORDINGS: Mapping[str, str] = {
    "json_schema": "Invalid parameter: 'response_format' of type 'json_schema' is not supported "
    "with this model.",
    "json_object": "'response_format.type' json_object is not supported.",
    "max_tokens": "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead.",
    "max_completion_tokens": "Unrecognized request argument supplied: max_completion_tokens",
    "stream_options": "Unknown parameter: 'stream_options'.",
    "context": "This model's maximum context length is {most} tokens. However, your messages resulted in "
    "{asked} tokens. Please reduce the length of the messages.",
}
"""How the server words what it lacks, unless told otherwise."""
