"""What a model that misbehaves says never comes to stand on a screen, on Slack or on Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from random import Random

from bot.app import App, open_app
from bot.invite import PERMISSIONS
from bot.platforms.slack.calls import SlackCalls
from bot.platforms.slack.client import slack_client
from bot.platforms.slack.outlet import SlackOutlet
from tests.bot.support import TIDE, settings_in
from tests.databases import with_tables
from tests.servers.discord import DiscordServer
from tests.servers.honest import honest_reply, misbehave
from tests.servers.llm import MODEL, Asked, Happening, Says, ScriptedModel
from tests.servers.slack import SlackServer, shown

KINDS = ("mention", "foreign link", "leaked markup", "obeyed injection", "made-up quote")
QUESTION = "How many parameters does it have?"
SOON = 0.001


@dataclass
class Hostile:
    """A model that is bad in another way each time, and what it planted."""

    planted: set[str] = field(default_factory=set)
    turns: count[int] = field(default_factory=count)

    def __call__(self, asked: Asked) -> Happening:
        turn = next(self.turns)
        wrong = misbehave(KINDS[turn % len(KINDS)], honest_reply(asked.body), Random(turn))
        self.planted |= set(wrong.planted)
        return Says(wrong.text)


def is_question(asked: Asked) -> bool:
    return bool(asked.body["response_format"]["json_schema"]["name"] == "answer")


@asynccontextmanager
async def running(folder: Path, slack: SlackServer, discord: DiscordServer, more: str) -> AsyncIterator[App]:
    """The bot, listening on both platforms; Slack's pace of a message a second is not what is shown here."""
    with_tables(folder / "data" / "rinko.db")
    (team,) = slack.state.workspaces.values()
    settings = settings_in(
        folder,
        f'[digest]\npapers = 2\n[slack]\nbot_token = "{team.token}"\napp_token = "{slack.app_token}"\n'
        f'api_url = "{slack.api_url}"\n[discord]\ntoken = "{discord.token}"\n'
        f'api_url = "{discord.api_url}"\ngateway_url = "{discord.gateway_url}"\n{more}',
    )
    async with open_app(settings) as app:
        services = app.services
        quick = SlackOutlet(slack_client(team.token, slack.api_url), app.clock, SlackCalls(SOON, SOON))
        outlets = {**services.posting.outlets, "slack": quick}
        services = replace(services, posting=replace(services.posting, outlets=outlets))
        for platform in app.platforms:
            await platform.start()
        try:
            yield replace(app, services=services, schedule=replace(app.schedule, services=services))
        finally:
            await asyncio.gather(*(platform.stop() for platform in app.platforms))


async def test_nothing_a_hostile_model_plants_is_read_on_slack_or_discord(tmp_path: Path) -> None:
    hostile = Hostile()
    async with SlackServer() as slack, DiscordServer() as discord, ScriptedModel(hostile) as model:
        slack.limits.enforced = False
        team = slack.workspace()
        hana = team.person("hana")
        papers = team.channel("papers", hana)
        guild = discord.guild(bot_permissions=PERMISSIONS.value)
        room, mori = discord.text_channel(guild, "papers"), discord.member(guild, "mori")
        for bucket in discord.behaviour.rates:
            discord.behaviour.rates[bucket] = (1000, 1.0)
        llm = f'[llm]\nmodel = "{MODEL}"\nbase_url = "{model.url}"\napi_key = "sk-secret"\nattempts = 1\n'
        channels = "".join(
            f'[[channels]]\nplatform = "{platform}"\nchannel = "{channel}"\nlanguage = "en"\n'
            for platform, channel in (("slack", papers.id), ("discord", room.id))
        )
        async with running(tmp_path, slack, discord, llm + channels) as app:
            await app.schedule.post_what_is_due()
            await slack.sockets.connected()
            await discord.until(lambda: discord.world.commands.get(None))
            slack.slash(hana, papers, "/ask", f"{TIDE} {QUESTION}")
            asked = discord.slash(mori, room, "ask", paper=TIDE, question=f"{QUESTION} Really?")
            await discord.until(lambda: sum(map(is_question, model.asked)) >= 2)
        # Both have stopped, and what was under way has come to its end.
        on_slack = [shown(one) for one in (*papers.messages.values(), *slack.ephemerals(hana))]
        threads = [one for thread in discord.threads(room) for one in discord.messages(thread)]
        on_discord = [one.text for one in (*discord.messages(room), *threads, *discord.replies(asked))]
        assert len(on_slack) > 4
        assert len(on_discord) > 4
        assert len(hostile.planted) > 10
        for screen in (on_slack, on_discord):
            words = " ".join(" ".join(screen).replace("\u200b", "").split())
            assert [one for one in hostile.planted if one in words] == []
            assert "sk-secret" not in words
        assert not slack.pinged()
        assert not [one for one in (*discord.messages(room), *threads) if one.pinged]
