"""A table of commands that does what it is told, and keeps what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.platforms.conversation import Completion, Field, Form, Option, Replies, Request
from digest.posts import Block, BlockKind, Button, Post, Span

LONG_VALUE = "https://example.org/" + "p" * 200
PAPERS = [
    ("arxiv:2402.91002", "Small Steps"),
    ("arxiv:2402.91003", "A Survey of Steps"),
    (LONG_VALUE, "Far away"),
]


@dataclass(frozen=True)
class Row:
    """One command of the script."""

    name: str
    phrase: str
    admin: bool = False
    options: tuple[Option, ...] = ()


ROWS = (
    Row("/ask", "ask", options=(Option("paper", papers=True), Option("question"), Option("file", file=True))),
    Row("/papers", "papers", options=(Option("words"),)),
    Row("/digest here", "digest_here", True, (Option("day", choices=("mon", "tue")), Option("time"))),
    Row("/digest status", "digest_status", True),
)


def said(text: str, *buttons: Button) -> Post:
    return Post("ja", (Block(BlockKind.TEXT, (Span(text),)),), buttons)


def page(number: int) -> Post:
    further = Button("次", "page", str(number + 1))
    return said(f"{number}ページ", further, Button("共有", "share", "1"), Button("遠く", "far", LONG_VALUE))


@dataclass
class Script:
    """`/papers WORD` does what the word says; all else answers as Rinko does."""

    rows: Sequence[Row] = ROWS
    asked: list[tuple[str, str, Request]] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    """Answers wait for it before they are finished."""
    open_form: asyncio.Event = field(default_factory=asyncio.Event)
    """Forms wait for it."""

    def __post_init__(self) -> None:
        self.go_on.set()
        self.open_form.set()

    async def completions(self, text: str, request: Request) -> Sequence[Completion]:
        self.asked.append(("complete", text, request))
        word = text.removeprefix("/ask ").casefold()
        return [Completion(f"/ask {key} ", title, key) for key, title in PAPERS if word in title.casefold()]

    async def run(self, line: str, request: Request, replies: Replies) -> None:
        self.asked.append(("run", line, request))
        match line.split():
            case ["/ask", *_]:
                await self._answer(line, replies, private=request.thread is None)
            case ["/papers", "crash"]:
                raise RuntimeError("a secret of the server")
            case ["/papers", "silent"]:
                return
            case ["/papers", "many"]:
                for number in range(3):
                    await replies.stream(only_for_asker=True).finish(said(f"{number}つ目"))
            case ["/papers", "open"]:
                await replies.stream(only_for_asker=False).finish(said("みんなへ"))
                await replies.stream(only_for_asker=True).finish(said("あなたへ"))
            case ["/papers", *_]:
                await replies.stream(only_for_asker=True).finish(page(1))
            case _:
                await replies.stream(only_for_asker=True).finish(said(f"実行しました：{line}"))

    async def press(self, action: str, value: str, request: Request, replies: Replies) -> None:
        self.asked.append(("press", f"{action} {value}", request))
        match action:
            case "page":
                await replies.stream(only_for_asker=True).finish(page(int(value)))
            case "share":
                await replies.stream(only_for_asker=False).finish(said("みんなに見える回答です。"))
            case _:
                await replies.stream(only_for_asker=True).finish(said("押しました"))

    async def form(self, action: str, value: str, request: Request) -> Form | None:
        await self.open_form.wait()
        if action not in {"ask", "why"}:
            return None
        return Form(
            "質問する", (Field("question", "質問", long=True), Field("more", "補足", required=False)), "送る"
        )

    async def submit(
        self, action: str, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        self.asked.append(("submit", f"{action} {value} {dict(filled)}", request))
        await replies.stream(only_for_asker=request.thread is None).finish(said("受け取りました"))

    async def ask(self, question: str, request: Request, replies: Replies) -> None:
        self.asked.append(("ask", question, request))
        await self._answer(question, replies, private=request.thread is None and question != "open")

    async def _answer(self, question: str, replies: Replies, *, private: bool) -> None:
        stream = replies.stream(only_for_asker=private)
        await stream.show(said(f"探しています：{question}"))
        await self.go_on.wait()
        for number in range(20):
            await stream.show(said(f"{number}件：{question}"))
        await stream.finish(said(f"答えです：{question}", Button("共有", "share", "7")))
