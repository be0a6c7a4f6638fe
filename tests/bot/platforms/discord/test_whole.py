"""The real commands on Discord over the sample week: set up, posted, asked about, and kept from strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.app import App
from bot.commands import Commands
from config.words import load_phrases
from digest.places import Place
from tests.bot.platforms.discord.support import EVERYWHERE, unlimited
from tests.bot.support import TIDE, opened
from tests.servers.discord import Can, Channel, DiscordServer, Interaction, Message, User
from tests.servers.discord.components import walk

EN, JA = load_phrases()["en"], load_phrases()["ja"]


@dataclass
class Room:
    """A channel on Discord with an admin and a reader, and all of Rinko."""

    server: DiscordServer
    papers: Channel
    admin: User
    reader: User
    app: App

    @property
    def place(self) -> Place:
        assert self.papers.guild
        return Place("discord", str(self.papers.guild.id), str(self.papers.id))

    async def text(self, asked: Interaction, part: str) -> Message:
        """The first answer that says this."""

        def found() -> list[Message]:
            return [one for one in self.server.replies(asked) if part in one.text]

        await self.server.until(found, seconds=30)
        return found()[0]


def buttons(message: Message, action: str) -> list[str]:
    """The ids of a message's buttons for an action."""
    ids = [str(one.get("custom_id", "")) for _, one in walk(message.components)]
    return [one for one in ids if one.startswith(f"rk:{action}:")]


@asynccontextmanager
async def room(folder: Path) -> AsyncIterator[Room]:
    async with DiscordServer() as server:
        unlimited(server)
        guild = server.guild(bot_permissions=EVERYWHERE)
        papers = server.text_channel(guild)
        admin = server.member(guild, "ann", permissions=Can.MANAGE_GUILD)
        reader = server.member(guild, "hana", locale="ja")
        settings = (
            f'[discord]\ntoken = "{server.token}"\napi_url = "{server.api_url}"\n'
            f'gateway_url = "{server.gateway_url}"\n'
        )
        with server.used_by_discord_py():
            async with opened(folder, settings) as (app, _):
                (platform,) = app.platforms
                await platform.start()
                await server.until(lambda: server.world.commands.get(None) and platform.state().ok)
                try:
                    yield Room(server, papers, admin, reader, app)
                finally:
                    await platform.stop()


async def test_a_channel_is_set_up_posted_to_and_asked_about(posted: Path) -> None:
    async with room(posted) as here:
        server = here.server
        await here.text(server.slash(here.admin, here.papers, "digest here", language="ja"), "Asia/Tokyo")
        await here.text(server.slash(here.admin, here.papers, "digest post"), "Posted the digest")
        threads = server.threads(here.papers)
        assert threads
        assert len(server.messages(here.papers)) == len(threads) + 1

        typing = server.autocomplete(here.reader, here.papers, "ask", "paper", "Tide")
        await server.answered(typing)
        assert [one["value"] for one in typing.choices or []] == [TIDE]

        card = next(one for one in server.messages(here.papers) if one.thread and "TideLM" in one.text)
        (ask,) = buttons(card, "ask")
        opened_form = await server.answered(server.press(here.reader, card, ask))
        assert card.thread
        stood = len(server.messages(card.thread))
        server.submit_modal(here.reader, opened_form, question="パラメータはいくつですか。")
        await server.until(lambda: len(server.messages(card.thread)) == stood + 1)  # type: ignore[arg-type]

        asked = server.slash(here.reader, here.papers, "ask", paper=TIDE, question="学習データは何ですか。")
        answer = await here.text(asked, "学習データは何ですか")
        await server.until(lambda: buttons(answer, "share"), seconds=30)
        before = len(server.messages(here.papers))
        (share,) = buttons(answer, "share")
        server.press(here.reader, answer, share)
        await server.until(lambda: len(server.messages(here.papers)) == before + 1)

        stood = len(server.messages(card.thread))
        server.say(here.reader, card.thread, "どのデータで訓練しましたか。", mentions_bot=True)
        await server.until(lambda: len(server.messages(card.thread)) == stood + 2)  # type: ignore[arg-type]
        assert not [one for one in server.messages(here.papers) if one.pinged]


async def test_time_zones_are_completed_and_what_is_none_is_said(posted: Path) -> None:
    async with room(posted) as here:
        server = here.server
        typing = server.autocomplete(here.admin, here.papers, "digest here", "timezone", "york", day="mon")
        await server.answered(typing)
        assert [one["value"] for one in typing.choices or []] == ["America/New_York"]
        wanted: dict[str, Any] = {"timezone": "new york", "time": "9:30 pm"}
        await here.text(server.slash(here.admin, here.papers, "digest here", **wanted), "21:30")
        channel = await here.app.services.channels.get(here.place)
        assert channel
        assert (channel.post_at, channel.timezone) == ("tue 21:30", "America/New_York")
        await here.text(
            server.slash(here.admin, here.papers, "digest here", timezone="Mars"), "is not a time zone"
        )
        asked = server.slash(here.admin, here.papers, "digest here", time="noonish")
        await here.text(asked, "is not a day and time")


async def test_whoever_wants_every_message_heard_is_told_what_to_switch_on(posted: Path) -> None:
    async with room(posted) as here:
        wanted: dict[str, Any] = {"follow-ups": "all"}
        asked = here.server.slash(here.admin, here.papers, "digest here", **wanted)
        await here.text(asked, "switch “Message Content Intent” on")


async def test_a_stranger_gets_nowhere_with_any_command_for_admins(posted: Path) -> None:
    async with room(posted) as here:
        server = here.server
        await here.text(server.slash(here.admin, here.papers, "digest here"), "Asia/Tokyo")
        known = await here.app.services.channels.get(here.place)
        rows = [row for row in Commands(here.app.services).rows if row.admin]
        assert len(rows) >= 5
        for row in rows:
            asked = server.slash(here.reader, here.papers, row.name.removeprefix("/"), force=True)
            refused = await here.text(asked, JA("errors.NotAllowed"))
            assert refused.ephemeral_for is here.reader
            assert len(server.replies(asked)) == 1
        assert await here.app.services.channels.get(here.place) == known
        assert server.messages(here.papers) == []
