"""Pure: what of the chat-completions API a server takes, learned from what it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Format = Literal["json_schema", "json_object"]
Cap = Literal["max_tokens", "max_completion_tokens"]

_FORMAT = re.compile(
    r"response[_ ]?format|json[_ ]?(?:schema|object|mode)|structured|grammar|guided|strict", re.IGNORECASE
)
_USAGE = re.compile(r"stream_options|include_usage", re.IGNORECASE)
_SIZE = re.compile(r"too (?:large|big|high|many)|at most|less than|greater than|exceed", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"un(?:supported|known|recogni[sz]ed|expected)|not (?:supported|permitted|allowed|implemented)|extra",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one request is put."""

    format: Format | None
    cap: Cap
    usage: bool
    """Whether a stream is asked to end with what it took."""

    def refused(self, complaint: str) -> str | None:
        """What of this request a complaint is about; None where it is about none of it."""
        if self.usage and _USAGE.search(complaint):
            return "stream_options"
        if re.search(rf"\b{self.cap}\b", complaint) and not _SIZE.search(complaint):
            return self.cap
        if self.format and (_FORMAT.search(complaint) or _UNKNOWN.search(complaint)):
            return self.format
        return None


class Learned:
    """What one server was found not to take; safe to be taught by many calls at once.

    Each thing is given up once: a call that was refused for what others have given up meanwhile
    only has to be put anew.
    """

    def __init__(self, first_cap: Cap) -> None:
        self._caps: tuple[Cap, Cap] = (
            first_cap,
            "max_completion_tokens" if first_cap == "max_tokens" else "max_tokens",
        )
        self._given_up: set[str] = set()

    @property
    def dialect(self) -> Dialect:
        """How the next request is put."""
        formats: tuple[Format, ...] = ("json_schema", "json_object")
        return Dialect(
            next((one for one in formats if one not in self._given_up), None),
            self._caps[self._caps[0] in self._given_up],
            "stream_options" not in self._given_up,
        )

    def learn(self, spoken: Dialect, complaint: str) -> str | None:
        """What is given up for a complaint about a request; None where that would not help."""
        refused = spoken.refused(complaint)
        if refused is None or (refused == self._caps[1] and self._caps[0] in self._given_up):
            return None  # without any limit on the reply, nothing could be reserved for it
        self._given_up.add(refused)
        return refused
