"""Rinko whole: the page, Slack and Discord in one process, over servers that speak as the real ones."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import discord
import pytest
import yaml
from typer.testing import CliRunner

from bot.app import App, open_app
from bot.cli import app as cli
from bot.doctor.channels import channel_findings
from bot.doctor.examine import examine
from bot.invite import PERMISSIONS
from bot.running import keep_running
from config.settings import SLACK_MANIFEST, Settings
from digest.places import Place
from tests.bot.support import TIDE, settings_in
from tests.servers.discord import EVERYONE, DiscordServer, Guild, on
from tests.servers.discord import Channel as Room
from tests.servers.discord import User as Member
from tests.servers.slack import Channel, SlackServer, User, Workspace, shown

QUESTION = "How many parameters does it have?"


@dataclass
class Both:
    """A Slack and a Discord with a channel for papers in each, and somebody who reads them."""

    slack: SlackServer
    discord: DiscordServer
    team: Workspace
    papers: Channel
    hana: User
    guild: Guild
    room: Room
    mori: Member

    def settings(self, folder: Path) -> Settings:
        return settings_in(
            folder,
            f"""
[digest]
papers = 2
[slack]
bot_token = "{self.team.token}"
app_token = "{self.slack.app_token}"
api_url = "{self.slack.api_url}"
[discord]
token = "{self.discord.token}"
api_url = "{self.discord.api_url}"
gateway_url = "{self.discord.gateway_url}"
[[channels]]
platform = "slack"
channel = "{self.papers.id}"
[[channels]]
platform = "discord"
channel = "{self.room.id}"
language = "en"
""",
        )

    def stands(self) -> tuple[list[str], list[str]]:
        """All that stands in both channels and their threads."""
        threads = [
            message for thread in self.discord.threads(self.room) for message in self.discord.messages(thread)
        ]
        on_discord = [*self.discord.messages(self.room), *threads]
        return [shown(one) for one in self.papers.messages.values()], [one.text for one in on_discord]

    def heard(self) -> tuple[int, int]:
        """How often somebody began to listen."""
        return len(self.slack.sockets.connections), len(self.discord.gateway.sessions)


@pytest.fixture
async def both() -> AsyncIterator[Both]:
    manifest = yaml.safe_load(SLACK_MANIFEST.read_text(encoding="utf-8"))
    async with SlackServer() as on_slack, DiscordServer() as on_discord:
        on_slack.subscriptions = set(manifest["settings"]["event_subscriptions"]["bot_events"])
        team = on_slack.workspace()
        team.scopes = set(manifest["oauth_config"]["scopes"]["bot"])
        hana = team.person("hana")
        guild = on_discord.guild(bot_permissions=PERMISSIONS.value)
        on_discord.everyone_may(guild, 0)
        room = on_discord.text_channel(guild, "papers")
        mori = on_discord.member(guild, "mori", permissions=EVERYONE)
        papers = team.channel("papers", hana)
        yield Both(on_slack, on_discord, team, papers, hana, guild, room, mori)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[App]:
    """`rinko run`, told to stop at the end."""
    async with open_app(settings) as app:
        stop = asyncio.Event()
        run = asyncio.create_task(keep_running(app, stop))
        try:
            yield app
        finally:
            stop.set()
            await run


async def test_a_week_is_posted_and_questions_are_answered_on_both(both: Both, tmp_path: Path) -> None:
    async with running(both.settings(tmp_path)) as app:
        await both.discord.until(
            lambda: both.discord.asked(on("PATCH", "/channels/*/messages/*")), seconds=60
        )
        await both.slack.until(lambda: both.slack.calls("chat.update"), within=60)
        places = [
            Place("discord", str(both.guild.id), str(both.room.id)),
            Place("slack", both.team.id, both.papers.id),
        ]
        assert [one.place for one in await app.services.channels.all()] == places
        assert all(platform.state().ok for platform in app.platforms)
        report = await app.health.report()
        assert report["ok"] is True

        on_slack, on_discord = both.stands()
        assert len(on_slack) >= 5, "a header, two cards, and what is answered under them"
        assert len(on_discord) >= 5
        assert not both.slack.pinged()
        assert not both.discord.avoidable

        await both.slack.over(both.slack.slash(both.hana, both.papers, "/ask", f"{TIDE} {QUESTION}"))
        await both.slack.until(
            lambda: any("TideLM" in shown(one) for one in both.slack.ephemerals(both.hana))
        )
        asked = both.discord.slash(both.mori, both.room, "ask", paper=TIDE, question=QUESTION)
        await both.discord.until(lambda: any("TideLM" in one.text for one in both.discord.replies(asked)))
        assert both.stands() == (on_slack, on_discord), "answers to a command are seen by who asked"
    assert not [one for one in both.discord.gateway.sessions.values() if one.connection]

    findings = await examine(both.settings(tmp_path))
    assert not [finding.line() for finding in findings if not finding.ok]
    assert not any(
        token in str(findings) for token in (both.team.token, both.slack.app_token, both.discord.token)
    )

    heard = len(both.slack.sockets.connections), len(both.discord.gateway.sessions)
    posted = await asyncio.to_thread(
        CliRunner().invoke, cli, ["digest", "post", "--json", "--config", str(tmp_path / "rinko.toml")]
    )
    assert posted.exit_code == 0, posted.output
    reports = json.loads(posted.stdout)
    assert [report["place"] for report in reports] == [str(place) for place in places]
    assert not any(report[what] for report in reports for what in ("sent", "edited", "found", "retired"))
    assert both.stands() == (on_slack, on_discord)
    assert heard == (len(both.slack.sockets.connections), len(both.discord.gateway.sessions)), (
        "nobody listened"
    )


async def test_each_right_that_lacks_in_a_channel_is_told_with_what_to_click(
    both: Both, tmp_path: Path
) -> None:
    async def wrong() -> dict[str, str]:
        async with open_app(both.settings(tmp_path)) as app:
            findings = [one async for one in channel_findings(app.services) if not one.ok]
        return {one.detail: one.hint or "" for one in findings}

    assert await wrong() == {}
    for name, needed in PERMISSIONS:
        if needed:
            bit = discord.Permissions(**{name: True}).value
            both.discord.permit(both.room, both.discord.bot, deny=bit)
            told = await wrong()
            assert told, name
            assert all(told.values()), told
    both.discord.permit(both.room, both.discord.bot)
    both.slack.kick(both.papers)
    assert await wrong() == {"Rinko needs to be in the channel": "Type /invite @Rinko there."}
    both.discord.delete_channel(both.room)
    (gone,) = [detail for detail in await wrong() if detail.startswith("discord ")]
    assert str(both.room.id) in gone


async def test_a_token_that_is_refused_keeps_nothing_else_from_running_and_is_shown_nowhere(
    both: Both, tmp_path: Path
) -> None:
    wrong = "wrong-discord-secret"
    both.settings(tmp_path)
    environment = {"RINKO_DISCORD__TOKEN": wrong, "RINKO_LOG__LEVEL": "debug", "RINKO_CHANNELS": "[]"}
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("rinko"),
        "run",
        cwd=tmp_path,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = ""
    while "http://" not in line:
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    await both.slack.sockets.connected()
    sent = await both.slack.over(both.slack.slash(both.hana, both.papers, "/papers"))
    async with aiohttp.ClientSession() as session, session.get(f"{line.split()[4]}healthz") as answer:
        platforms = (await answer.json())["platforms"]
    process.send_signal(signal.SIGTERM)
    said, logged = await process.communicate()
    assert process.returncode == 0, logged.decode()
    assert sent.acknowledged
    assert platforms["slack"]["ok"] is True
    assert platforms["discord"]["ok"] is False
    assert "does not take the token" in platforms["discord"]["detail"]
    everything = line + said.decode() + logged.decode() + str(platforms)
    for secret in (wrong, both.team.token, both.slack.app_token, "ticket="):
        assert secret not in everything
