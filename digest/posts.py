"""The nouns of what is shown: posts, in terms that every platform can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block of a post is; each platform shows it in its own way."""

    TITLE = "title"
    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    FACT = "fact"
    QUESTION = "question"
    QUOTE = "quote"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text; `url` or `part` (the name of another part of the digest) make it a link."""

    text: str
    url: str | None = None
    part: str | None = None
    strong: bool = False
    language: str | None = None
    """Set where it differs from the post's language."""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph-like piece of a post. In a FACT the first span is the label."""

    kind: BlockKind
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The block as plain text."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Button:
    """A button; `action` is a row of the command table or of its buttons."""

    label: str
    action: str
    value: str


@dataclass(frozen=True, slots=True)
class Post:
    """One message, in terms that every platform can show."""

    language: str
    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...] = ()
    notify: bool = False
    topics: tuple[str, ...] = ()
    """What it is about, for platforms that sort posts: categories by code and by name, and tags."""

    @property
    def text(self) -> str:
        """The post as plain text, a block a line."""
        return "\n".join(block.text for block in self.blocks)

    def linked(self, urls: dict[str, str]) -> Post:
        """The post with every link to another part made an address, where it is known."""
        if not any(span.part in urls for block in self.blocks for span in block.spans):
            return self
        return replace(
            self,
            blocks=tuple(
                replace(
                    block,
                    spans=tuple(
                        replace(span, url=urls[span.part], part=None) if span.part in urls else span
                        for span in block.spans
                    ),
                )
                for block in self.blocks
            ),
        )


def plain_cost(block: Block) -> int:
    """Characters of a block and the break after it, where a platform adds none of its own."""
    return len(block.text) + 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may hold on a platform, counted as that platform counts."""

    characters: int
    """Most that the blocks of a message may come to by `cost`."""
    blocks: int
    block_characters: int
    buttons: int = 5
    button_label: int = 75
    call_seconds: float = 40.0
    """Longest that sending one message may take."""
    lag_seconds: float = 0.0
    """How long a message that was stored may stay out of what `find` sees."""
    threads_ask: bool = False
    """Whether threads show by themselves how to ask there."""
    cost: Callable[[Block], int] = plain_cost
    """What a block takes of `characters`, markup and addresses included. A link to another part
    counts as the longest address that it may become."""

    @property
    def lease(self) -> timedelta:
        """How long a part that is marked belongs to its sender.

        Longer than any call takes, with room for clocks that differ, and short enough that the work of
        a process that died is taken up within a minute.
        """
        return timedelta(seconds=self.call_seconds + 10)
