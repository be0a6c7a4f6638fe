"""What every platform tells the table of commands about an act, and how it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.places import Place
from digest.ports import Stream

ASK_ACTION = "ask"
"""The action of a button that asks the reader for a question; its value is the paper's key."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that someone attached."""

    filename: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One act of a person on any platform."""

    place: Place
    thread: str | None
    """The thread it was done in, or that answers belong to; None in the channel itself."""
    user: str
    """The person, as the platform names them; `Replies` and `Outlet.stream` know them by it."""
    language: str
    is_admin: bool
    paper_key: str | None = None
    """The paper whose thread, card or button this is."""
    upload: Upload | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on with a line: `insert` is the whole line once it is taken."""

    insert: str
    label: str
    detail: str = ""


class Replies(Protocol):
    """How a command answers, where it was given.

    After a button on a message that only its presser sees, the first reply only for the asker
    stands in place of that message, so that pages are turned and drafts shared in place.
    """

    def stream(self, *, only_for_asker: bool) -> Stream:
        """A new message that grows, in the thread of the request if it has one."""
        ...


class CommandTable(Protocol):
    """The commands, buttons and questions that Rinko answers. Each handles `RinkoError` itself."""

    async def completions(self, text: str, request: Request) -> Sequence[Completion]:
        """Ways to go on with the line up to the cursor, best first, at most about ten."""
        ...

    async def run(self, line: str, request: Request, replies: Replies) -> None:
        """Carry out a command line: `/ask …`, `/papers`, `/digest status`."""
        ...

    async def press(self, action: str, value: str, request: Request, replies: Replies) -> None:
        """Carry out a button, as turning a page or "show to all"."""
        ...

    async def ask(self, question: str, request: Request, replies: Replies) -> None:
        """Answer a plain question; without `request.paper_key` say how to name a paper."""
        ...
