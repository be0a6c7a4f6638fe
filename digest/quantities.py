"""A number as a text says it: what it may be read as, of what, and how exactly it is meant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction

HALF_GRAIN = Fraction(4, 5)
"""The grain of a fraction that is exceeded, as 過半数: more than half says little of how much."""


class Bound(Enum):
    """How exactly a number is meant."""

    EXACT = auto()
    ABOUT = auto()
    """約, about: rounded either way."""
    OVER = auto()
    """以上, more than: what it stands for is no less."""
    UNDER = auto()
    """未満, nearly: what it stands for is no more."""
    WITHIN = auto()
    """90%台: rounded down."""


class Kind(Enum):
    """What part a number plays in its sentence."""

    AMOUNT = auto()
    NAME = auto()
    """Part of a name, as in GPT-4."""
    LABEL = auto()
    """Says where to look, as in Table 3 or [12]."""
    ORDINAL = auto()
    """Says which one, as third or 3番目."""
    IMPLIED = auto()
    """Said by a word that need not be a number: one, both, a (day)."""
    MARKER = auto()
    """Numbers the items of a list: (1) …, (2) …"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a number; `unit` is the kind of thing measured, empty where only counted."""

    value: Fraction
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text, with its unit."""

    written: str
    """As the text has it, with its unit."""
    start: int
    """Where the figure begins in the plain text; `end` is where its unit ends."""
    end: int
    readings: tuple[Reading, ...]
    """Without sign. None where it is too large to be one, or is no single number, as 3.5.1."""
    figure: Fraction | None = None
    """The figure by itself, with its power but without its unit."""
    kind: Kind = Kind.AMOUNT
    bound: Bound = Bound.EXACT
    grain: Fraction = Fraction(0)
    """The worth of its last significant digit, as a share of its value."""
    nouns: frozenset[str] = frozenset()
    """What is counted, where it is something known, as `layer`."""
    counted: bool = False
    """Whether a word for what is counted follows, known or not."""
    negative: bool = False
    name: str = ""
    """For a name the whole of it; for a label the word before or after the figure."""
    parts: tuple[tuple[Reading, ...], ...] = ()
    """For what is made of several numbers, as 9:30 and 1/3, each of them in all its readings."""
    highest: Fraction | None = None
    """For 数百, hundreds: the most it may stand for; its one reading is the least."""
