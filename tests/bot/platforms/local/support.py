"""A local channel with a real store and server, and a table of commands that answers by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.platforms.conversation import CommandRow, Completion, Field, Form, Replies, Request
from bot.platforms.local.outlet import LocalOutlet, local_place
from bot.platforms.local.server import LocalServer, Needs
from bot.platforms.local.sql_messages import SqlMessages
from bot.platforms.local.views import Channel
from config.words import load_phrases
from digest.models import Week
from digest.places import Message, PartKey
from digest.posts import Block, BlockKind, Button, Post, Span
from digest.store.engine import Database, open_database
from tests.bot.platforms.local.posts import PAPERS, answer_post, card_post, header_post, qa_post
from tests.databases import with_tables

WEEK = Week(2024, 9)
PAPERS_CHANNEL = Channel("papers", "論文輪講", "ja", "Asia/Tokyo")
ENGLISH_CHANNEL = Channel("reading", "Reading circle", "en", "Europe/Berlin")


FORMS = {
    "ask": Form(
        "この論文に質問する",
        (Field("question", "質問", long=True, example="例：どのデータで評価しましたか。"),),
        "質問する",
    ),
    "amend": Form(
        "回答を訂正する",
        (
            Field("answer", "新しい回答", long=True, value="正答率は\n半精度と並びます。"),
            Field("reason", "訂正の理由", required=False),
        ),
        "訂正を投稿する",
    ),
}
"""What buttons ask for, by action; all others act at once."""

ADMIN_BUTTONS = (
    Button("承認する", "approve", "2024-W09"),
    Button(f"「{PAPERS[1][1]}」を外す", "drop", PAPERS[1][0]),
    Button(f"「{PAPERS[8][1]}」を外す", "drop", PAPERS[8][0]),
    Button(f"「{PAPERS[2][1]}」の回答1を外す", "drop_answer", PAPERS[2][0]),
    Button(f"「{PAPERS[1][1]}」を書き直す", "rewrite", PAPERS[1][0]),
    Button("回答を訂正する", "amend", PAPERS[1][0]),
    Button("一時停止", "pause", "1"),
    Button("記録を見る", "log", "1"),
    Button("前へ", "page", "1"),
    Button("次へ", "page", "3"),
)


class SteadyClock:
    """Each look at it is a second later than the one before."""

    def __init__(self) -> None:
        self.time = datetime(2024, 3, 5, 0, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class AnsweringTable:
    """Answers as the real table does, from a script; and keeps what it was asked."""

    asked: list[tuple[str, str, Request]] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    """Answers wait for it before they are finished."""

    rows: Sequence[CommandRow] = ()

    def __post_init__(self) -> None:
        self.go_on.set()

    async def form(self, action: str, value: str, request: Request) -> Form | None:
        return FORMS.get(action)

    async def submit(
        self, action: str, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        self.asked.append(("submit", f"{action} {value} {dict(filled)}", request))
        if action == "ask":
            await self._answer(filled["question"], replies, only_for_asker=request.thread is None)
        else:
            await replies.stream(only_for_asker=True).finish(_post("訂正しました。"))

    async def completions(self, text: str, request: Request) -> Sequence[Completion]:
        commands = {"/ask ": "論文に質問する", "/papers ": "論文の一覧", "/digest ": "ダイジェストの操作"}
        if text.startswith("/ask "):
            word = text.removeprefix("/ask ").casefold()
            found = [(key, title) for key, title, _ in PAPERS if word in (key + title).casefold()]
            return [Completion(f"/ask {key} ", title, key) for key, title in found[:6]]
        return [
            Completion(name, name.strip(), what) for name, what in commands.items() if name.startswith(text)
        ]

    async def run(self, line: str, request: Request, replies: Replies) -> None:
        self.asked.append(("run", line, request))
        if line.startswith("/fail"):
            await replies.stream(only_for_asker=True).show(_post("始めました。"))
            raise RuntimeError("a secret of the server")
        if line.startswith("/crash"):
            raise RuntimeError("a secret of the server")
        if line.startswith("/digest status"):
            await replies.stream(only_for_asker=True).finish(_post("次の投稿は3月12日です。", *ADMIN_BUTTONS))
        elif line.startswith("/papers"):
            await replies.stream(only_for_asker=True).finish(_page(1))
        elif line.startswith("/ask"):
            await self._answer(line, replies, only_for_asker=request.thread is None)
        else:
            await replies.stream(only_for_asker=True).finish(_post(f"「{line}」を実行しました。"))

    async def press(self, action: str, value: str, request: Request, replies: Replies) -> None:
        self.asked.append(("press", f"{action} {value}", request))
        if action == "page":
            await replies.stream(only_for_asker=True).finish(_page(int(value)))
        elif action == "share":
            await replies.stream(only_for_asker=False).finish(_post("みんなに見える回答です。"))
        elif action == "pause":
            await replies.stream(only_for_asker=True).finish(_post("一時停止しました。"))

    async def ask(self, question: str, request: Request, replies: Replies) -> None:
        self.asked.append(("ask", question, request))
        await self._answer(question, replies, only_for_asker=request.thread is None)

    async def _answer(self, question: str, replies: Replies, *, only_for_asker: bool) -> None:
        stream = replies.stream(only_for_asker=only_for_asker)
        await stream.show(answer_post(question, done=False))
        await self.go_on.wait()
        await stream.finish(answer_post(question, done=True))


def _post(text: str, *buttons: Button) -> Post:
    return Post("ja", (Block(BlockKind.TEXT, (Span(text),)),), buttons)


def _page(number: int) -> Post:
    items = [Block(BlockKind.ITEM, (Span(title, strong=True),)) for _, title, _ in PAPERS[:4]]
    heading = Block(BlockKind.HEADING, (Span(f"論文一覧({number}ページ)"),))
    buttons = (Button("次のページ", "page", str(number + 1)), Button("みんなに表示", "share", "1"))
    return Post("ja", (heading, *items), buttons)


@dataclass
class LocalChannel:
    """Everything a test touches."""

    database: Database
    messages: SqlMessages
    clock: SteadyClock
    outlet: LocalOutlet
    table: AnsweringTable
    needs: Needs
    server: LocalServer
    url: str = ""

    def other_process(self) -> LocalOutlet:
        """An outlet as another process has it: its changes wake nobody here."""
        return LocalOutlet(SqlMessages(self.database), self.clock)

    async def post_digest(self, cards: int = len(PAPERS)) -> dict[str, Message]:
        """Post a digest as delivery does: header, cards, one thread; then the header's links."""
        sent = {"header": await self.outlet.send(self.key("header"), header_post())}
        for number in range(cards):
            name = f"card/{PAPERS[number][0]}"
            sent[name] = await self.outlet.send(self.key(name), card_post(number))
        under = sent.get(f"card/{PAPERS[1][0]}")
        if under is not None:
            name = f"qa/{PAPERS[1][0]}/1"
            sent[name] = await self.outlet.send(self.key(name), qa_post(), under)
        urls = {name: message.url for name, message in sent.items() if message.url}
        await self.outlet.edit(sent["header"], header_post(urls))
        return sent

    def key(self, name: str) -> PartKey:
        return PartKey(local_place(PAPERS_CHANNEL.name), WEEK, name)


async def open_channel(folder: Path, *channels: Channel, **needs: object) -> LocalChannel:
    """A channel over a new database, its server listening on a free port."""
    database = open_database(with_tables(folder / "rinko.db"))
    messages, clock, table = SqlMessages(database), SteadyClock(), AnsweringTable()
    offered = channels or (PAPERS_CHANNEL, ENGLISH_CHANNEL)

    async def all_channels() -> Sequence[Channel]:
        return offered

    made = Needs(
        messages=messages,
        clock=clock,
        commands=table,
        phrases=load_phrases(),
        channels=all_channels,
        **{"poll_seconds": 0.05, "heartbeat_seconds": 5.0, **needs},  # type: ignore[arg-type]
    )
    server = LocalServer(made, port=0)
    channel = LocalChannel(database, messages, clock, LocalOutlet(messages, clock), table, made, server)
    channel.url = await server.start()
    return channel


async def close_channel(channel: LocalChannel) -> None:
    channel.table.go_on.set()
    await channel.server.stop()
    await channel.database.close()
