"""Rinko on a local Discord by the real library, over a real store, with commands from a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import discord

from bot.platforms.conversation import CommandTable
from bot.platforms.discord.client import DiscordClient, make_client
from bot.platforms.discord.custom_ids import CustomIds
from bot.platforms.discord.outlet import DiscordOutlet
from bot.platforms.discord.platform import DiscordPlatform, Services
from bot.rendering.discord import view_of
from config.words import load_phrases
from digest.places import FollowUps, Place, Subscription
from digest.posts import Button
from digest.store.engine import Database, open_database
from digest.store.platforms import SqlButtonValues, SqlEvents, SqlWorkspaces
from tests.bot.platforms.discord.script import Script, said
from tests.clocks import RunningClock
from tests.databases import with_tables
from tests.servers.discord import (
    Can,
    Channel,
    DiscordServer,
    Guild,
    Intent,
    Interaction,
    Message,
    User,
)

READY = 0.05
"""Seconds that the client waits for further servers."""
LONG = 60.0
UPLOAD_BYTES = 1024 * 1024
PDF = b"%PDF-1.4\n%%EOF\n"
EVERYWHERE = (
    Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.READ_MESSAGE_HISTORY
    | Can.CREATE_PUBLIC_THREADS
    | Can.SEND_MESSAGES_IN_THREADS
    | Can.MANAGE_THREADS
)


class ServerClock:
    """The server's time; a short wait takes next to none, a long one lasts until it is ended."""

    def __init__(self, server: DiscordServer) -> None:
        assert isinstance(server.clock, RunningClock)
        self._clock = server.clock
        self.slept: list[float] = []
        self.wake = asyncio.Event()

    def now(self) -> datetime:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds > LONG:
            await self.wake.wait()
        else:
            await asyncio.sleep(min(seconds, READY))

    def advance(self, **by: float) -> None:
        self._clock.advance(**by)


@dataclass
class Circle:
    """Everything a test touches: a server with two channels, an admin, a reader, and Rinko."""

    server: DiscordServer
    guild: Guild
    papers: Channel
    admin: User
    reader: User
    clock: ServerClock
    database: Database
    client: DiscordClient
    platform: DiscordPlatform
    table: Script
    subscribed: dict[Place, Subscription] = field(default_factory=dict)
    upload_bytes: int = UPLOAD_BYTES

    @property
    def place(self) -> Place:
        return Place("discord", str(self.guild.id), str(self.papers.id))

    def subscribe(self, follow_ups: FollowUps = "mentions", language: str = "ja") -> None:
        """Let the channel get the digest."""
        plain = Subscription(self.place, language, "tue 09:00", "Asia/Tokyo")
        self.subscribed[self.place] = replace(plain, follow_ups=follow_ups)

    async def paper_thread(self) -> Channel:
        """A thread of Rinko's own, under a message of its own."""
        channel = self.client.get_channel(self.papers.id)
        message = await channel.send("A paper")  # type: ignore[union-attr]
        thread = await message.create_thread(name="A paper")
        return self.server.world.channels[thread.id]

    async def shown(self, interaction: Interaction, count: int = 1) -> list[Message]:
        """What answers an interaction, once there are so many messages."""
        await self.server.until(lambda: len(self.server.replies(interaction)) >= count)
        return self.server.replies(interaction)

    def texts(self, channel: Channel) -> list[str]:
        """What stands in a channel for all, people's words left out."""
        return [one.text for one in self.server.messages(channel) if one.author is self.server.bot]

    def answers(self, channel: Channel) -> list[str]:
        """The answers that stand in a channel for all."""
        return [text for text in self.texts(channel) if text and "A paper" not in text]

    async def view(self, text: str, *buttons: tuple[str, str, str]) -> discord.ui.LayoutView:
        """A message with buttons, each with its label, action and value."""
        post = said(text, *(Button(*each) for each in buttons))
        ids = CustomIds(SqlButtonValues(self.database), self.clock)
        return view_of(post, await ids.of(post.buttons))

    def asked(self) -> list[tuple[str, str]]:
        """What the table was asked."""
        return [(kind, words) for kind, words, _ in self.table.asked]


def unlimited(server: DiscordServer) -> None:
    """No rate limits: what is tried here is not how fast it goes."""
    for bucket in server.behaviour.rates:
        server.behaviour.rates[bucket] = (1000, 1.0)
    server.behaviour.global_rate = (1000, 1.0)


@asynccontextmanager
async def stores(folder: Path) -> AsyncIterator[Database]:
    """A new database."""
    database = open_database(with_tables(folder / "rinko.db"))
    try:
        yield database
    finally:
        await database.close()


def make_platform(
    server: DiscordServer,
    database: Database,
    clock: ServerClock,
    commands: CommandTable,
    subscribed: dict[Place, Subscription],
    **more: Any,
) -> tuple[DiscordClient, DiscordPlatform]:
    """Rinko on Discord, not started."""

    async def channels(place: Place) -> Subscription | None:
        return subscribed.get(place)

    apart = more.pop("identify_seconds", 0.0)
    client = make_client(more.pop("shards", 1), ready_seconds=READY, identify_seconds=apart)
    values, token = SqlButtonValues(database), more.pop("token", server.token)
    platform = DiscordPlatform(
        token,
        client,
        Services(
            DiscordOutlet(client, clock, values),
            commands,
            SqlEvents(database),
            SqlWorkspaces(database),
            values,
            channels,
            load_phrases(),
            clock,
            upload_bytes=UPLOAD_BYTES,
            **more,
        ),
        api_url=server.api_url,
        gateway_url=server.gateway_url,
    )
    return client, platform


@asynccontextmanager
async def circle(
    folder: Path,
    *,
    privileged: Intent = Intent(0),  # noqa: B008 - a constant
    start: bool = True,
    **more: Any,
) -> AsyncIterator[Circle]:
    """Rinko in a server of its own, listening; stopped at the end."""
    async with DiscordServer(privileged=privileged) as server, stores(folder) as database:
        unlimited(server)
        guild = server.guild(bot_permissions=EVERYWHERE)
        papers = server.text_channel(guild, "papers")
        admin = server.member(guild, "ann", permissions=Can.MANAGE_GUILD)
        reader = server.member(guild, "hana", locale="ja")
        clock, table = ServerClock(server), Script()
        subscribed: dict[Place, Subscription] = {}
        with server.used_by_discord_py():
            client, platform = make_platform(server, database, clock, table, subscribed, **more)
            here = Circle(
                server, guild, papers, admin, reader, clock, database, client, platform, table, subscribed
            )
            try:
                if start:
                    await platform.start()
                    await server.until(lambda: platform.state().ok)
                    await server.until(lambda: server.world.commands.get(None))
                yield here
            finally:
                table.go_on.set()
                await platform.stop(1.0)
