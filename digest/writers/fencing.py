"""Pure: the marks around text that a model is to read as data, and what such text may not hold."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

_LETTERS = 16
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters that nobody sees: controls, zero width, direction, variation, tags, halves of pairs."""
_LOOKALIKES = re.compile(
    r"""
    (?P<id>[\[［【〔⟦]\s*[paｐａ])(?=\d+\s*[\]］】〕⟧])      # a passage's or a paper's id at a line's start
    | (?P<mark>[<＜])(?=[/／]?\s*[a-z]{2,12}-[0-9a-z]{6,})    # one of our own marks
    | (?P<turn><)(?=[|｜])                                   # what begins and ends a turn in chat templates
    | (?P<token><)(?=/?(?:s|bos|eos|pad|unk|think|tool_call|tool_response|(?:start|end)_of_\w+)>)
    | (?P<llama><<?)(?=/?SYS>>)
    | (?P<inst>\[)(?=/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])
    """,
    re.IGNORECASE | re.VERBOSE,
)


def visible(text: str) -> str:
    """The text on one line, without what nobody sees."""
    return _UNSEEN.sub("", " ".join(text.split()))


def clean(text: str) -> str:
    """The text on one line, without what nobody sees and without what passes for our own marks.

    What looks like a passage's id, a fence or a turn of a chat template gets a space inside, so
    that a quote of it is still found in the source.
    """
    return _LOOKALIKES.sub(lambda found: f"{found[0]} ", visible(text))


@dataclass(frozen=True, slots=True)
class Fence:
    """Marks that say where text to be read as data begins and ends."""

    mark: str
    """What nobody who writes such a text can know; nothing that is shown may hold it."""

    def around(self, kind: str, text: str) -> str:
        """The text between an opening and a closing mark, and without the mark itself inside."""
        inner = re.sub(re.escape(self.mark), " ", text, flags=re.IGNORECASE)
        return f"<{kind}-{self.mark}>\n{inner}\n</{kind}-{self.mark}>"


def fence(secret: bytes, *about: str) -> Fence:
    """The fence for a subject, as a paper's key and version: the same again for the same secret."""
    told = hmac.new(secret, "\0".join(about).encode("utf-8", "replace"), hashlib.sha256).digest()
    return Fence(base64.b32encode(told).decode("ascii").lower()[:_LETTERS])
