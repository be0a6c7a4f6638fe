"""The real commands on Slack over the sample week: set up, posted, asked about, and kept from strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app import App
from bot.commands import Commands
from bot.figures import Figures
from bot.platforms.slack.app import SlackPlatform
from bot.platforms.slack.calls import SlackCalls
from bot.platforms.slack.outlet import PLATFORM, SlackOutlet
from bot.rendering.slack import action_of
from bot.watched import WatchedOutlet
from config.words import load_phrases
from digest.places import Place
from digest.store.platforms import SqlEvents, SqlWorkspaces
from tests.bot.support import TIDE, opened
from tests.servers.slack import Channel, Message, SlackServer, User, shown
from tests.servers.slack.apps import client
from tests.servers.slack.blocks import controls

JA = load_phrases()["ja"]


@dataclass
class Room:
    """A channel on Slack with an admin and a reader, and all of Rinko."""

    server: SlackServer
    papers: Channel
    admin: User
    reader: User
    app: App

    @property
    def place(self) -> Place:
        return Place("slack", self.papers.team.id, self.papers.id)

    async def alone(self, user: User, part: str) -> Message:
        """What only this person sees and says this."""

        def found() -> list[Message]:
            return [one for one in self.server.ephemerals(user) if part in shown(one)]

        await self.server.until(found, within=30)
        return found()[-1]

    async def answered(self, channel: Channel, thread: str, part: str) -> None:
        """Wait until a thread has a finished message of the bot's that says this."""
        await self.server.until(
            lambda: any(
                one.from_bot and one.streaming is None and part in shown(one)
                for one in self.server.thread(channel, thread)
            ),
            within=30,
        )

    def button(self, message: Message, action: str) -> str:
        """The id of a button of a message."""
        ids: list[str] = [each.get("action_id", "") for block in message.blocks for each in controls(block)]
        return next(name for name in ids if action_of(name) == action)


@asynccontextmanager
async def room(folder: Path) -> AsyncIterator[Room]:
    """A workspace without Slack's pace, as a digest takes a second a message with it."""
    async with SlackServer() as server, opened(folder) as (app, clock):
        server.limits.enforced = False
        team = server.workspace()
        admin = team.person("ann", admin=True, locale="en-US")
        reader = team.person("hana")
        papers = team.channel("papers", admin, reader)
        slack = client(server, team)
        outlet = SlackOutlet(slack, clock, SlackCalls(post_seconds=0.001))
        posting = app.services.posting
        posting = replace(posting, outlets={**posting.outlets, PLATFORM: WatchedOutlet(outlet, Figures())})
        services = replace(app.services, posting=posting)
        platform = SlackPlatform(
            slack,
            server.app_token,
            Commands(services),
            outlet,
            SqlEvents(app.database),
            SqlWorkspaces(app.database),
            services.channels.get,
            services.phrases,
            clock,
        )
        await platform.start()
        await server.sockets.connected()
        try:
            yield Room(server, papers, admin, reader, app)
        finally:
            await platform.stop()


async def test_a_channel_is_set_up_posted_to_and_asked_about(posted: Path) -> None:
    async with room(posted) as here:
        server, papers = here.server, here.papers
        server.slash(here.admin, papers, "/digest", "here ja follow-ups=all")
        await here.alone(here.admin, "Asia/Tokyo")
        server.slash(here.admin, papers, "/digest", "post")
        await here.alone(here.admin, "2026-W10")
        await server.until(lambda: server.calls("chat.update"), within=30)
        header, *cards = server.messages(papers)
        card = next(one for one in cards if "TideLM" in shown(one))
        assert all(server.thread(papers, one.ts) for one in cards)

        server.press(here.reader, card, here.button(card, "ask"))
        await server.until(lambda: server.views)
        await server.over(server.submit(server.views[0], {"question": "パラメータはいくつですか。"}))
        await here.answered(papers, card.ts, "パラメータはいくつですか")

        server.say(here.reader, papers, "どのデータで訓練しましたか。", thread=card)
        await here.answered(papers, card.ts, "どのデータで訓練しましたか")

        server.slash(here.reader, papers, "/ask", f"{TIDE} 学習データは何ですか。")
        answer = await here.alone(here.reader, JA("answer.show_to_all"))
        before = len(server.messages(papers))
        await server.over(server.press(here.reader, answer, here.button(answer, "share")))
        await server.until(lambda: len(server.messages(papers)) == before + 1)

        said = server.dm(here.reader, f"{TIDE} 学習データは何ですか。")
        await here.answered(said.channel, said.ts, "学習データは何ですか")
        server.dm(here.reader, "パラメータはいくつですか。", thread=said)
        await here.answered(said.channel, said.ts, "パラメータはいくつですか")
        assert header.from_bot
        assert not server.pinged()


async def test_a_panel_stays_while_it_is_used(posted: Path) -> None:
    async with room(posted) as here:
        server = here.server
        server.slash(here.admin, here.papers, "/digest", "here")
        await here.alone(here.admin, "Asia/Tokyo")
        server.slash(here.admin, here.papers, "/digest", "status")
        panel = await here.alone(here.admin, "Digest status")
        before = shown(panel)
        await server.over(server.press(here.admin, panel, here.button(panel, "drop_paper")))
        await server.until(lambda: server.views)
        await server.over(server.submit(server.views[0], {"paper": "99"}))
        await here.alone(here.admin, "“99”")
        await server.over(server.press(here.admin, panel, here.button(panel, "pause")))
        paused = await here.alone(here.admin, "Posting is paused")
        await server.over(server.press(here.admin, paused, here.button(paused, "resume")))
        await server.until(lambda: "Posting goes on" in shown(paused))
        assert shown(panel) == before


async def test_a_stranger_gets_nowhere_with_any_command_or_button_for_admins(posted: Path) -> None:
    async with room(posted) as here:
        server, refused = here.server, JA("errors.NotAllowed")
        server.slash(here.admin, here.papers, "/digest", "here")
        offered = await here.alone(here.admin, "Asia/Tokyo")
        server.slash(here.admin, here.papers, "/digest", "status")
        await server.until(lambda: len(server.ephemerals(here.admin)) == 2, within=30)
        panel = server.ephemerals(here.admin)[1]
        known = await here.app.services.channels.get(here.place)
        rows = [row for row in Commands(here.app.services).rows if row.admin]
        assert len(rows) >= 5
        for count, row in enumerate(rows, start=1):
            server.slash(here.reader, here.papers, *row.name.split(" ", 1))
            await server.until(lambda count=count: len(server.ephemerals(here.reader)) == count)  # type: ignore[misc]
        assert {shown(one) for one in server.ephemerals(here.reader)} == {refused}

        def told() -> int:
            return sum(shown(one) == refused for one in server.ephemerals(here.reader))

        pressed = 0
        for message in (offered, panel):
            blocks, message.only_for = message.blocks, here.reader.id  # as a client that cheats
            for name in [each["action_id"] for block in blocks for each in controls(block)]:
                message.blocks = blocks
                before = told()
                await server.over(server.press(here.reader, message, name))
                await server.until(lambda before=before: told() > before or server.views)  # type: ignore[misc]
                for view in server.views:
                    fields = {each["element"]["action_id"]: "x" for each in view.blocks if "element" in each}
                    await server.over(server.submit(view, fields))
                await server.until(lambda before=before: told() > before)  # type: ignore[misc]
                pressed += 1
        assert pressed >= 3
        assert await here.app.services.channels.get(here.place) == known
        assert server.messages(here.papers) == []
