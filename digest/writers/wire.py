"""Reads what a model's server sent, in which anything may stand where anything else should."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digest.spending import Tokens

_MOST_TOKENS = 100_000_000
"""No call takes more; a server that says so cannot count."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one document of a server holds: a whole reply, or a piece of a stream."""

    known: bool
    """Whether it is one at all."""
    text: str = ""
    thoughts: str = ""
    """What the model thinks before it speaks, where the server sends it: paid for, never shown."""
    finish: str | None = None
    refused: bool = False
    tokens: Tokens | None = None
    error: Mapping[str, Any] | None = None
    """What the server says went wrong, in a document that is no error by its status."""


def part(document: Any, name: str) -> Part:
    """The reply (`message`) or piece (`delta`) in a document."""
    choices = at(document, "choices")
    error = at(document, "error")
    tokens = tokens_of(at(document, "usage"))
    if not isinstance(choices, list) or isinstance(error, Mapping):
        return Part(False, tokens=tokens, error=error if isinstance(error, Mapping) else None)
    said, finish = at(document, "choices", 0, name), at(document, "choices", 0, "finish_reason")
    return Part(
        known=name == "delta" or said is not None,
        text=_text(at(said, "content")),
        thoughts=_text(at(said, "reasoning_content")) or _text(at(said, "reasoning")),
        finish=finish if isinstance(finish, str) else None,
        refused=bool(_text(at(said, "refusal"))) or finish == "content_filter",
        tokens=tokens,
    )


def tokens_of(usage: Any) -> Tokens | None:
    """What a server says a call took; None where it does not say so, or cannot have counted."""
    read, written = at(usage, "prompt_tokens"), at(usage, "completion_tokens")
    if not _is_count(read) or not _is_count(written) or not read:
        return None
    cached = at(usage, "prompt_tokens_details", "cached_tokens")
    return Tokens(read, written, min(cached, read) if _is_count(cached) else 0)


def at(value: Any, *path: str | int) -> Any:
    """What stands at a path of names and positions; None where there is nothing."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        elif isinstance(value, Mapping):
            value = value.get(step)
        else:
            value = getattr(value, step, None)
    return value


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MOST_TOKENS


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
