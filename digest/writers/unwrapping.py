"""Pure: takes off what models put around a reply: their thoughts before it, and a code fence."""

from __future__ import annotations

import re
from typing import Literal

_THINK = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_THOUGHT = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_LONGEST_TAG = len("</thinking>")
_FENCE = re.compile(r"```[A-Za-z]{0,10}[ \t]*\r?\n?")
_MAY_BE_FENCE = re.compile(r"`{1,2}|```[A-Za-z]{0,10}[ \t]*\r?")
_END = re.compile(r"(?:(?<=[}\]])|\n)\s*```")
_MAY_END = re.compile(r"\s*`{0,2}\Z")


class Unwrapper:
    """Lets a reply through without its wrapping, while it comes in pieces."""

    def __init__(self) -> None:
        self._state: Literal["before", "thinking", "bare", "fenced", "after"] = "before"
        self._held = ""
        self._last = ""

    def feed(self, piece: str) -> str:
        """What of the reply is certain now; the rest is held until more comes."""
        text, self._held = self._held + piece, ""
        while True:
            if self._state == "before":
                if not self._begins(text):
                    return ""
                text = self._inside(text)
            elif self._state == "thinking":
                end = _THOUGHT.search(text)
                if end is None:
                    self._held = text[-_LONGEST_TAG:]
                    return ""
                text, self._state = text[end.end() :], "before"
            else:
                return self._let_through(text)

    def finish(self) -> str:
        """What was held to the end and belongs to the reply."""
        held, self._held = self._held, ""
        if self._state == "before" and not _THINK.match(held.lstrip()):
            return held.strip()
        return held.rstrip().rstrip("`").rstrip() if self._state == "fenced" else ""

    def _begins(self, text: str) -> bool:
        """Whether the text tells how it begins; if not, it is held."""
        start = text.lstrip()
        tag = start[:_LONGEST_TAG].lower()
        told = tag == "<thinking>" or not "<thinking>".startswith(tag)
        if told and not _MAY_BE_FENCE.fullmatch(start):
            return True
        self._held = text
        return False

    def _inside(self, text: str) -> str:
        """Go past the beginning."""
        start = text.lstrip()
        if tag := _THINK.match(start):
            self._state = "thinking"
            return start[tag.end() :]
        if fence := _FENCE.match(start):
            self._state = "fenced"
            return start[fence.end() :]
        self._state = "bare"
        return start

    def _let_through(self, text: str) -> str:
        if self._state == "bare":
            return text
        if self._state == "after":
            return ""
        whole = self._last + text  # a fence may stand right behind the last bracket
        if end := _END.search(whole):
            self._state = "after"
            return whole[len(self._last) : end.start()]
        held = _MAY_END.search(text)
        cut = held.start() if held else len(text)
        self._held = text[cut:]
        self._last = text[:cut][-1:] or self._last
        return text[:cut]


def unwrapped(text: str) -> str:
    """A whole reply without its wrapping; thoughts may also lack the tag that opens them."""
    start = text.lstrip()
    if not start.startswith(("{", "[", "```", "<")) and (thought := _THOUGHT.search(start)):
        start = start[thought.end() :]
    unwrapper = Unwrapper()
    return (unwrapper.feed(start) + unwrapper.finish()).strip()
