"""Rinko's Slack side, whole: the local Slack, real stores, and a table that answers from a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bot.platforms.conversation import CommandTable
from bot.platforms.slack.app import SlackPlatform
from bot.platforms.slack.calls import SlackCalls
from bot.platforms.slack.outlet import SlackOutlet
from bot.rendering.slack import blocks_of, text_of
from config.words import load_phrases
from digest.places import Place, Subscription
from digest.posts import Post
from digest.store.engine import Database, open_database
from digest.store.platforms import SqlEvents, SqlWorkspaces
from digest.store.tables import departures
from tests.bot.platforms.answering import AnsweringTable, card
from tests.clocks import ManualClock
from tests.databases import with_tables
from tests.servers.slack import Channel, Message, SlackServer, User, Workspace, shown
from tests.servers.slack.apps import client

MEGABYTE = 1024 * 1024


@dataclass
class Scene:
    """Everything a test touches."""

    server: SlackServer
    clock: ManualClock
    team: Workspace
    mori: User
    admin: User
    papers: Channel
    table: AnsweringTable
    platform: SlackPlatform
    database: Database
    subscriptions: dict[Place, Subscription] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return Place("slack", self.team.id, self.papers.id)

    @property
    def mention(self) -> str:
        return f"<@{self.team.bot_user}>"

    async def post(self, what: Post | None = None, thread: str | None = None) -> Message:
        """A message of the bot's, as delivery posts it."""
        content = what or card()
        told = await client(self.server, self.team).chat_postMessage(
            channel=self.papers.id,
            text=text_of(content),
            blocks=blocks_of(content),
            thread_ts=thread,
        )
        return self.papers.messages[told["ts"]]

    def subscribe(self, language: str = "en", follow_ups: str = "mentions") -> None:
        """Subscribe the papers' channel."""
        made = Subscription(self.place, language, "tue 09:00", "Asia/Tokyo", follow_ups=follow_ups)  # type: ignore[arg-type]
        self.subscriptions[self.place] = made

    def private(self, user: User | None = None) -> list[str]:
        """What only this person sees."""
        return [shown(each) for each in self.server.ephemerals(user or self.mori)]

    def thread(self, ts: str, channel: Channel | None = None) -> list[str]:
        """What the bot said in a thread."""
        replies = self.server.thread(channel or self.papers, ts)
        return [shown(each) for each in replies if each.from_bot and each.streaming is None]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds, looking whenever something happened at the server."""
        await self.server.until(condition)

    async def connected(self) -> None:
        """Wait until the platform says that it is connected."""
        async with asyncio.timeout(10):
            while not self.platform.state().ok:  # noqa: ASYNC110 - asked, as the health page does
                await asyncio.sleep(0)

    async def left(self, wanted: bool) -> None:
        """Wait until it is, or is not, recorded that the bot left the workspace."""
        query = select(departures.c.workspace)
        async with asyncio.timeout(10):
            while True:
                async with self.database.read() as connection:
                    if (await connection.scalar(query) == self.team.id) is wanted:
                        return
                await asyncio.sleep(0)

    async def nothing_more(self) -> None:
        """Wait until all that was sent so far would have been taken up, had it been taken up at all."""
        await self.server.sockets.settled()
        before = self.table.words().count("last")
        self.server.dm(self.admin, "last")
        await self.until(lambda: self.table.words().count("last") > before)


def another(scene: Scene, table: AnsweringTable) -> SlackPlatform:
    """Rinko of another process, on the same workspace and database; not started."""

    async def channel(place: Place) -> Subscription | None:
        return scene.subscriptions.get(place)

    slack = client(scene.server, scene.team)
    return SlackPlatform(
        slack,
        scene.server.app_token,
        table,
        SlackOutlet(slack, scene.clock, SlackCalls(post_seconds=0.001)),
        SqlEvents(scene.database),
        SqlWorkspaces(scene.database),
        channel,
        load_phrases(),
        scene.clock,
    )


@asynccontextmanager
async def opened(
    folder: Path,
    commands: CommandTable | None = None,
    *,
    ping_seconds: float = 5.0,
    quiet_seconds: float = 60.0,
    admins: tuple[str, ...] = (),
) -> AsyncIterator[Scene]:
    """A workspace with Rinko in it, connected; the loop of the caller runs both."""
    clock, table = ManualClock(), AnsweringTable()
    database = open_database(with_tables(folder / "rinko.db"))
    async with SlackServer(clock) as server:
        team = server.workspace()
        mori, admin = team.person("mori"), team.person("kato", admin=True, locale="en-US")
        papers = team.channel("papers", mori, admin)
        subscriptions: dict[Place, Subscription] = {}

        async def channel(place: Place) -> Subscription | None:
            return subscriptions.get(place)

        slack = client(server, team)
        platform = SlackPlatform(
            slack,
            server.app_token,
            commands or table,
            SlackOutlet(slack, clock, SlackCalls(post_seconds=0.001)),
            SqlEvents(database),
            SqlWorkspaces(database),
            channel,
            load_phrases(),
            clock,
            admins,
            MEGABYTE,
            ping_seconds=ping_seconds,
            quiet_seconds=quiet_seconds,
        )
        scene = Scene(server, clock, team, mori, admin, papers, table, platform, database, subscriptions)
        try:
            await platform.start()
            await scene.connected()
            yield scene
        finally:
            table.go_on.set()
            await platform.stop()
            await database.close()
