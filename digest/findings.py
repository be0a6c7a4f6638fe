"""What checks find wrong with something a model wrote."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """The checks by name; the locales and prompts have words for each."""

    QUOTE = "quote"
    """No quote, or one that does not stand in the passage it names."""
    NUMBER = "number"
    """A number, with its unit, that does not stand in the quotes."""
    NAME = "name"
    """A name in Latin script that stands neither in the passages nor in the question."""
    POLARITY = "polarity"
    """Says what the quote denies, or denies what it says."""
    COMPARISON = "comparison"
    """Turns a comparison of the quote around."""
    LANGUAGE = "language"
    """Not in the language asked for."""
    MARKUP = "markup"
    """HTML, Markdown or LaTeX left in the text."""
    LINK = "link"
    """An address: links come from our own records alone."""
    MENTION = "mention"
    """Something a chat platform takes for a mention or a command."""
    PROMPT = "prompt"
    """Words or marks of the prompt, or of a model speaking of itself."""
    REPEATS = "repeats"
    """Says what another answer of the paper says."""
    RESTATES = "restates"
    """Only says the question again."""
    EMPTY = "empty"
    """Says nothing."""
    CUT_OFF = "cut off"
    """Ends in the middle."""
    BROKEN_WORD = "broken word"
    """A word broken by editing, as `こと前学習`."""
    TOO_LONG = "too long"
    """Longer than a reader is asked to read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `detail` is what the check stumbled on."""

    check: Check
    detail: str = ""
