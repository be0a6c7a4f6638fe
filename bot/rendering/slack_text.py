"""Text as Slack takes it: which characters, how they are counted, and what may be a link."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from digest.layout import clip
from digest.posts import Span

Json = dict[str, Any]

_ADDRESS = 3_000
"""Longest address that Block Kit takes."""
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_NOT_IN_ADDRESS = re.compile(r"[\s<>|\"\\^`{}\x00-\x20\x7f]")
_ENTITY = re.compile(r"&(?=(?:amp|lt|gt);)")
_BREAKS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, those that turn the direction of all that follows, and halves of characters."""


def clean(text: str) -> str:
    """Text with plain line breaks and without characters that nobody sees but that change the rest."""
    return _UNSEEN.sub("", _BREAKS.sub("\n", text))


def label(words: str, most: int) -> str:
    """One line of at most so many characters, `…` where there is nothing to say."""
    line, room = " ".join(clean(words).split()), most
    while units(_literal(cut := clip(line, room))) > most:
        room -= 1
    return cut or "…"


def plain(words: str) -> Json:
    """A text in which nothing is markup, nor the name of an emoji."""
    return {"type": "plain_text", "text": _literal(words), "emoji": False}


def _literal(words: str) -> str:
    """Words with what looks escaped escaped once more: Slack takes a bare `&` as one, but `&lt;` for `<`."""
    return _ENTITY.sub("&amp;", words)


def escaped(text: str) -> str:
    """As Slack wants text: without these three there is no mention and no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def href(span: Span) -> str | None:
    """The address that a span leads to; one that only the local page knows is none."""
    if not span.url or not _WEB.match(span.url):
        return None
    address = _NOT_IN_ADDRESS.sub(lambda found: quote(found[0]), _UNSEEN.sub("", span.url))
    return address if len(address) <= _ADDRESS else None


def compact(value: object) -> str:
    """JSON without spaces, as Slack counts blocks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def units(text: str) -> int:
    """Characters, those beyond the basic plane as two, so that no way of counting finds more."""
    return len(text) + sum(character > "\uffff" for character in text)
