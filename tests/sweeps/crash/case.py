"""One run: what happens in it, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.sweeps.crash.faults import Fault
from tests.sweeps.crash.verdict import Verdict


@dataclass(frozen=True)
class Case:
    """One run: a fault at a call, somewhere. It also seeds what is left to chance."""

    ground: str
    fault: Fault
    call: int

    def __str__(self) -> str:
        return f"{self.ground} {self.fault} {self.call}"


@dataclass(frozen=True)
class Result:
    """What came of a run."""

    case: Case
    met: str
    """The call that it happened to; empty where it never came to that."""
    verdict: Verdict
    finished: bool
    """Whether Rinko said in the end that all is posted, and no process of it hung."""
    passing: int
    """Messages that were there once more for a while."""
    starts: int
    seconds: float
    story: str = field(repr=False)


@dataclass(frozen=True)
class Clean:
    """A digest in which nothing happens: its calls, and what each part shows."""

    calls: list[str]
    texts: dict[str, str]
