"""What every platform tells the table of commands about an act, and how it is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.places import Place
from digest.ports import Stream

ASK_ACTION = "ask"
"""The action of a button that asks the reader for a question; its value is the paper's key."""


APPROVE_ON_PANEL = "approve_on_panel"
"""As `approve` under a preview, where its answer takes the place of the button; the status stays."""
PANEL_ACTIONS = frozenset(
    {"drop_paper", "drop_answer", "put_back", "write_again", "correct", "pause", "preview", APPROVE_ON_PANEL}
)
"""Actions of buttons on what is read and used again: the status, and the cards of a preview."""


@dataclass(frozen=True, slots=True)
class PlatformState:
    """Whether a platform hears what people say, for `/healthz` and the doctor."""

    name: str
    """`slack`, `discord`."""
    ok: bool
    detail: str
    """What is wrong, or how it is connected, in a few words; never a secret."""
    since: datetime
    """Since when it has been so."""


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
    addressed: bool = True
    """Whether it was said to Rinko. What people only write in a thread may be to one another."""
    timezone: str = ""
    """The person's time zone, as `Asia/Tokyo`, where the platform tells it."""
    alone: bool = False
    """Whether the answer stands where nobody else reads, as in direct messages."""
    direct: bool = False
    """Whether it was done in direct messages, where there is nobody to show an answer to."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on with a line: `insert` is the whole line once it is taken."""

    insert: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One line, or with `long` a few, that a form asks for."""

    name: str
    label: str
    long: bool = False
    required: bool = True
    value: str = ""
    """What stands in it at first."""
    example: str = ""
    """What may be written, shown faintly while nothing is."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a button asks for before it acts; a dialog on every platform."""

    title: str
    fields: tuple[Field, ...]
    submit: str
    """The label of the button that sends it."""


class Replies(Protocol):
    """How a command answers, where it was given.

    After a button on a message that only its presser sees, the first reply only for the asker
    stands in place of that message, so that pages are turned in place, unless the button is one
    of `PANEL_ACTIONS`: then the message stays, and the reply comes after it.
    """

    def stream(self, *, only_for_asker: bool) -> Stream:
        """A new message that grows, in the thread of the request if it has one."""
        ...


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a command takes, for platforms whose commands have fields to fill in."""

    name: str
    """Lower case, at most 32 characters; `options.NAME` in the locales says what it is."""
    required: bool = False
    choices: tuple[str, ...] = ()
    papers: bool = False
    """Whether papers complete it."""
    zones: bool = False
    """Whether time zones complete it."""
    file: bool = False
    """Whether it is a PDF to attach, which comes as the request's upload."""
    keyed: bool = False
    """Whether the line names it, as `approval=on`, since its value would say too little."""


class CommandRow(Protocol):
    """One command as platforms offer it."""

    @property
    def name(self) -> str:
        """`/ask`, `/digest here`."""
        ...

    @property
    def phrase(self) -> str:
        """`commands.PHRASE` in the locales says what it does."""
        ...

    @property
    def admin(self) -> bool:
        """Whether only admins may."""
        ...

    @property
    def options(self) -> tuple[Option, ...]:
        """What it takes, in the order of the line."""
        ...


def line_of(row: CommandRow, filled: Mapping[str, str]) -> str:
    """The command line that filled in options amount to; a paper's title is put in quotation marks."""
    words = [row.name]
    for option in row.options:
        value = filled.get(option.name, "").strip()
        if value and option.papers and len(value.split()) > 1:
            value = "“" + value.replace("”", "") + "”"
        if value:
            words.append(f"{option.name}={'_'.join(value.split())}" if option.keyed else value)
    return " ".join(words)


class CommandTable(Protocol):
    """The commands, buttons and questions that Rinko answers. Each handles `RinkoError` itself."""

    @property
    def rows(self) -> Sequence[CommandRow]:
        """The table."""
        ...

    async def completions(self, text: str, request: Request) -> Sequence[Completion]:
        """Ways to go on with the line up to the cursor, best first, at most about ten."""
        ...

    async def run(self, line: str, request: Request, replies: Replies) -> None:
        """Carry out a command line: `/ask …`, `/papers`, `/digest status`."""
        ...

    async def press(self, action: str, value: str, request: Request, replies: Replies) -> None:
        """Carry out a button, as turning a page or "show to all"."""
        ...

    async def form(self, action: str, value: str, request: Request) -> Form | None:
        """What a button asks for before it acts, None where it acts at once.

        Platforms give three seconds to open a dialog: this looks up little. Whatever it shows may
        be asked for by anyone who can press; `submit` checks again.
        """
        ...

    async def submit(
        self, action: str, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        """Carry out a button whose form was filled in."""
        ...

    async def ask(self, question: str, request: Request, replies: Replies) -> None:
        """Answer a plain question; without `request.paper_key` say how to name a paper."""
        ...
