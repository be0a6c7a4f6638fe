"""Pure: reads JSON that a model writes, piece by piece, and saves what is whole of what breaks off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST = 100_000
"""Characters of a reply that are read: far more than is asked for."""
_DEEPEST = 16
_BEGINS = re.compile(r'\{(?=\s*")|\[(?=\s*\{)')
_MAY_BEGIN = re.compile(r"[{\[]\s*\Z")
_THINKS = re.compile(r"\s*<think(?:ing)?>", re.IGNORECASE)
_THOUGHT = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_LONGEST_TAG = 11
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\s,:\[\]{}\"]+")
_QUOTE_OR_ESCAPE = re.compile(r'["\\]')
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
_BARE_QUOTE = re.compile(r'((?:[^"\\]|\\.)*?)"', re.DOTALL)

Value = str | None | list["Value"] | dict[str, "Value"]
"""Numbers stay as they are written, and other words are None: nothing that is asked for is one."""


@dataclass(slots=True)
class _Frame:
    """A container that is open, and what may come next in it."""

    value: list[Value] | dict[str, Value]
    wants: Literal["key", "colon", "value", "comma"]
    key: str = ""


class _More(Exception):
    """The text so far does not tell what comes."""


class _Broken(Exception):
    """The text is no JSON."""


class Salvage:
    """Reads one JSON object, or list of objects, out of a reply that comes in pieces.

    What is around it is passed over. A list directly below the root fills as its items close; all
    else appears once it has closed, so that whatever is there is whole. It never raises.
    """

    def __init__(self) -> None:
        self.root: dict[str, Value] | list[Value] | None = None
        self.closed = False
        """Whether the root has ended as it should."""
        self._broken = False
        self._text = ""
        self._at = self._began = 0
        self._seen: int | None = None
        """How far the string that begins at `_at` was looked through."""
        self._open: list[_Frame] = []
        self._ended = False

    def feed(self, piece: str) -> None:
        """Read on; after the end, or after what cannot be JSON, nothing more is read."""
        if self.closed or self._broken:
            return
        room = LONGEST - len(self._text)
        self._text += piece[:room]
        self._ended = self._ended or len(piece) > room
        try:
            while not self.closed:
                self._step()
        except _More:
            self._broken = self._ended
        except _Broken:
            self._broken = True

    def finish(self) -> None:
        """Say that nothing more will come."""
        self._ended = True
        self.feed("")

    @property
    def rest(self) -> str:
        """What stands behind the root's end, or behind its beginning where it has no end."""
        return self._text[self._at if self.closed else self._began :]

    def _step(self) -> None:
        """Read one thing."""
        if not self._open:
            self._begin()
            return
        self._at = self._past_space()
        frame, character = self._open[-1], self._character()
        if character in "}]":
            self._close(character)
        elif character == "," and frame.wants in {"comma", "key", "value"}:
            self._at += 1
            frame.wants = "key" if isinstance(frame.value, dict) else "value"
        elif character == ":" and frame.wants == "colon":
            self._at += 1
            frame.wants = "value"
        elif character == '"':
            self._take_string(frame)
        elif character in "{[":
            self._descend(frame, character)
        else:
            self._take_word(frame)

    def _begin(self) -> None:
        """Find where the root begins, behind thoughts and introductions."""
        if self._at == 0 and self._thinking():
            return
        match = _BEGINS.search(self._text, self._at)
        if match is None:
            undecided = _MAY_BEGIN.search(self._text, self._at)
            self._at = undecided.start() if undecided else len(self._text)
            raise _More
        self._at = self._began = match.end()
        self.root = {} if match[0] == "{" else []
        self._push(self.root)

    def _thinking(self) -> bool:
        """Pass over thoughts at the reply's beginning; whether there were any."""
        if not _THINKS.match(self._text):
            if not self._ended and "<thinking>".startswith(self._text.lstrip()[:_LONGEST_TAG].lower()):
                raise _More
            return False
        end = _THOUGHT.search(self._text)
        if end is None:
            self._text = "<think>" + self._text[len("<think>") :][-_LONGEST_TAG:]
            raise _More
        self._at = end.end()
        return True

    def _descend(self, frame: _Frame, character: str) -> None:
        self._expect_value(frame)
        if len(self._open) == _DEEPEST:
            raise _Broken
        self._at += 1
        inner: list[Value] | dict[str, Value] = {} if character == "{" else []
        if len(self._open) == 1 and isinstance(frame.value, dict) and isinstance(inner, list):
            earlier = frame.value.get(frame.key)
            if isinstance(earlier, list):
                inner = earlier
            frame.value[frame.key] = inner
        self._push(inner)

    def _push(self, value: list[Value] | dict[str, Value]) -> None:
        self._open.append(_Frame(value, "key" if isinstance(value, dict) else "value"))

    def _close(self, character: str) -> None:
        frame = self._open[-1]
        fits = isinstance(frame.value, dict) == (character == "}")
        told = frame.wants == "comma" or frame.wants == ("key" if character == "}" else "value")
        if not fits or not told:
            raise _Broken
        self._at += 1
        self._open.pop()
        if self._open:
            self._put(self._open[-1], frame.value)
        else:
            self.closed = True

    def _put(self, frame: _Frame, value: Value) -> None:
        if isinstance(frame.value, dict):
            frame.value[frame.key] = value
        else:
            frame.value.append(value)
        frame.wants = "comma"

    def _expect_value(self, frame: _Frame) -> None:
        """Refuse a value where none may stand; a comma left out between items is overlooked."""
        if frame.wants != "value" and not (frame.wants == "comma" and isinstance(frame.value, list)):
            raise _Broken

    def _take_string(self, frame: _Frame) -> None:
        end = self._string_end()
        text = _decoded(self._text[self._at + 1 : end])
        self._at, self._seen = end + 1, None
        if isinstance(frame.value, dict) and frame.wants in {"key", "comma"}:
            frame.key, frame.wants = text, "colon"
        else:
            self._expect_value(frame)
            self._put(frame, text)

    def _string_end(self) -> int:
        """Where the string ends that begins here: at a quote that something fitting follows."""
        at = self._at + 1 if self._seen is None else self._seen
        while True:
            match = _QUOTE_OR_ESCAPE.search(self._text, at)
            self._seen = match.start() if match else len(self._text)
            if match is None or match.end() == len(self._text):
                if match and match[0] == '"' and self._ended:
                    return match.start()
                raise _More
            if match[0] == "\\":
                at = match.end() + 1
                continue
            after = self._past_space(match.end())
            if after == len(self._text) and not self._ended:
                raise _More
            if after == len(self._text) or self._text[after] in ",:]}":
                return match.start()
            at = match.end()

    def _take_word(self, frame: _Frame) -> None:
        """A number, true, false, null, or NaN and the like, which JSON does not know."""
        match = _WORD.match(self._text, self._at)
        self._expect_value(frame)
        if match is None:
            raise _Broken
        if match.end() == len(self._text):
            raise _More
        self._at = match.end()
        self._put(frame, match[0] if match[0].isdecimal() else None)

    def _past_space(self, at: int | None = None) -> int:
        match = _SPACE.match(self._text, self._at if at is None else at)
        return match.end() if match else self._at

    def _character(self) -> str:
        if self._at >= len(self._text):
            raise _More
        return self._text[self._at]


def objects(root: Value) -> Iterator[dict[str, Value]]:
    """The objects of a value that is one, or a list of some."""
    if isinstance(root, dict):
        yield root
    elif isinstance(root, list):
        yield from (item for item in root if isinstance(item, dict))


def _decoded(raw: str) -> str:
    """A string without its escapes; what is none is left as it is, and half a pair is replaced."""
    try:
        text = json.loads(f'"{raw}"', strict=False)
    except ValueError:
        escaped = _ESCAPE.sub(lambda found: found[0] if found[1] else r"\\", raw)
        escaped = _BARE_QUOTE.sub(r'\1\\"', escaped)
        try:
            text = json.loads(f'"{escaped}"', strict=False)
        except ValueError:
            text = raw.replace("\\", "")
    return str(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
