"""A table of commands that answers from a script and keeps what it was asked, for platforms' tests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.platforms.conversation import CommandRow, Completion, Field, Form, Option, Replies, Request
from digest.posts import Block, BlockKind, Button, Post, Span

PAPER = "arxiv:2402.17764"
WORKING, ANSWER, SHARED, THANKS, REFUSED = (
    "調べています…",
    "こう書かれています。",
    "共有した回答",
    "どうも。",
    "管理者だけです。",
)
SECRET = "a secret of the server"


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    name: str
    phrase: str
    admin: bool = False
    options: tuple[Option, ...] = ()


ROWS: tuple[Row, ...] = (
    Row("/ask", "ask", options=(Option("paper", papers=True), Option("question"), Option("file", file=True))),
    Row("/papers", "papers", options=(Option("words"),)),
    Row("/digest here", "digest_here", admin=True, options=(Option("day", choices=("mon", "tue")),)),
    Row("/digest status", "digest_status", admin=True),
)


@dataclass(frozen=True)
class Asked:
    """One act: `run`, `ask`, `press` or `submit`, and with what."""

    kind: str
    words: str
    request: Request


@dataclass
class AnsweringTable:
    """Answers as the real table does: in a thread for all, elsewhere for the asker, with what shares it.

    A line that holds "crash" fails outright, one that holds "break" after it began to answer, one that
    holds "wait" is not finished before `go_on` is set. `/digest …` is for admins. The action `ask` asks
    for a question first, `why` for a reason.
    """

    asked: list[Asked] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    rows: Sequence[CommandRow] = ROWS

    def words(self, kind: str | None = None) -> list[str]:
        return [each.words for each in self.asked if kind in (None, each.kind)]

    async def completions(self, text: str, request: Request) -> Sequence[Completion]:
        return [Completion(f"/ask {PAPER} ", "The Era of 1-bit LLMs", PAPER)]

    async def run(self, line: str, request: Request, replies: Replies) -> None:
        self.asked.append(Asked("run", line, request))
        if line.startswith("/papers"):
            await replies.stream(only_for_asker=True).finish(page(1))
        elif line.startswith("/digest"):
            words = f"{line} ✓" if request.is_admin else REFUSED
            await replies.stream(only_for_asker=True).finish(post(words))
        else:
            await self._answer(line, request, replies)

    async def press(self, action: str, value: str, request: Request, replies: Replies) -> None:
        self.asked.append(Asked("press", f"{action} {value}", request))
        if action == "page":
            await replies.stream(only_for_asker=True).finish(page(int(value)))
        elif action == "share":
            await replies.stream(only_for_asker=False).finish(post(SHARED))
        elif action == "crash":
            raise RuntimeError(SECRET)
        else:
            words = f"{action} ✓" if request.is_admin else REFUSED
            await replies.stream(only_for_asker=True).finish(post(words))

    async def form(self, action: str, value: str, request: Request) -> Form | None:
        forms = {"ask": ("論文にきく", "question", "質問"), "why": ("理由", "reason", "どこが違いましたか")}
        if action not in forms:
            return None
        title, name, label = forms[action]
        return Form(title, (Field(name, label, long=True),), "送る")

    async def submit(
        self, action: str, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        self.asked.append(Asked("submit", f"{action} {value} {dict(filled)}", request))
        if action == "ask":
            await self._answer(filled["question"], request, replies)
        else:
            await replies.stream(only_for_asker=True).finish(post(THANKS))

    async def ask(self, question: str, request: Request, replies: Replies) -> None:
        self.asked.append(Asked("ask", question, request))
        await self._answer(question, request, replies)

    async def _answer(self, line: str, request: Request, replies: Replies) -> None:
        if "crash" in line:
            raise RuntimeError(SECRET)
        alone = request.thread is None
        stream = replies.stream(only_for_asker=alone)
        await stream.show(post(WORKING))
        if "wait" in line:
            await self.go_on.wait()
        if "break" in line:
            raise RuntimeError(SECRET)
        buttons = (Button("みんなに表示", "share", "e1"),) if alone else ()
        await stream.finish(post(f"{ANSWER} {line}", *buttons))


def post(text: str, *buttons: Button) -> Post:
    return Post("ja", (Block(BlockKind.TEXT, (Span(text),)),), buttons)


def page(number: int) -> Post:
    return post(f"論文一覧 {number}", Button("次へ", "page", str(number + 1)), Button("質問", "ask", PAPER))


def card() -> Post:
    """A paper's card, with the buttons that only admins may use beside **Ask**."""
    return post(
        "論文のカード",
        Button("質問する", "ask", PAPER),
        Button("外す", "drop", PAPER),
        Button("？", "crash", ""),
        Button("理由", "why", "e1"),
    )
