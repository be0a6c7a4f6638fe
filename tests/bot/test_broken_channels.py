"""Channels whose platform times out, fails, makes wait or refuses keep no other from its digest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.app import App, open_app
from bot.invite import PERMISSIONS
from bot.platforms.slack.calls import SlackCalls
from bot.platforms.slack.client import slack_client
from bot.platforms.slack.outlet import SlackOutlet
from digest.models import Week
from digest.places import Place
from tests.bot.support import settings_in
from tests.servers.discord import Can, DiscordServer, Refuse, Stall, on
from tests.servers.slack import Call, SlackServer, Workspace

WELL, FAULTS = 10, 4
"""On each platform."""
SOON = 0.001


def on_slack(server: SlackServer, team: Workspace, held: asyncio.Event) -> list[Place]:
    """Channels that are well, and before them one with each fault."""
    channels = [team.channel(f"papers{number}") for number in range(FAULTS + WELL)]
    stalls, fails, waits, refused = (channel.id for channel in channels[:FAULTS])

    def posts_to(channel: str) -> Callable[[Call], bool]:
        return lambda call: call.method == "chat.postMessage" and call.args["channel"] == channel

    server.limits.enforced = False
    server.faults.stall(posts_to(stalls), held, times=None)
    server.faults.status(posts_to(fails), 500, times=None)
    server.faults.status(posts_to(waits), 429, times=None, retry_after=300)
    server.faults.refuse(posts_to(refused), "restricted_action", times=None)
    return [Place("slack", team.id, channel.id) for channel in channels]


def on_discord(server: DiscordServer, held: asyncio.Event) -> list[Place]:
    """The same in one server."""
    guild = server.guild(bot_permissions=PERMISSIONS.value)
    channels = [server.text_channel(guild, f"papers{number}") for number in range(FAULTS + WELL)]
    stalls, fails, waits, refused = channels[:FAULTS]
    for bucket in server.behaviour.rates:
        server.behaviour.rates[bucket] = (1000, 1.0)
    server.fail(on("POST", f"/channels/{stalls.id}/messages"), Stall(held), times=None)
    server.fail(on("POST", f"/channels/{fails.id}/messages"), Refuse(500), times=None)
    server.fail(on("POST", f"/channels/{waits.id}/messages"), Refuse(429, 300.0), times=None)
    server.permit(refused, server.bot, deny=Can.SEND_MESSAGES)
    return [Place("discord", str(guild.id), str(channel.id)) for channel in channels]


@asynccontextmanager
async def opened(
    folder: Path, slack: SlackServer, team: Workspace, discord: DiscordServer, places: list[Place]
) -> AsyncIterator[App]:
    channels = "".join(
        f'[[channels]]\nplatform = "{one.platform}"\nchannel = "{one.channel}"\n' for one in places
    )
    settings = settings_in(
        folder,
        f'[digest]\npapers = 1\n[slack]\nbot_token = "{team.token}"\napp_token = "{slack.app_token}"\n'
        f'api_url = "{slack.api_url}"\n[discord]\ntoken = "{discord.token}"\n'
        f'api_url = "{discord.api_url}"\ngateway_url = "{discord.gateway_url}"\n{channels}',
    )
    async with open_app(settings) as app:
        # Slack's pace of a message a second is not what is shown here.
        quick = SlackOutlet(slack_client(team.token, slack.api_url), app.clock, SlackCalls(SOON, SOON))
        services = app.services
        outlets = {**services.posting.outlets, "slack": quick}
        services = replace(services, posting=replace(services.posting, outlets=outlets))
        yield replace(app, services=services, schedule=replace(app.schedule, services=services))


async def test_broken_channels_hold_up_no_other(tmp_path: Path) -> None:
    held = asyncio.Event()
    async with SlackServer() as slack, DiscordServer() as discord:
        team = slack.workspace()
        places = [*on_slack(slack, team, held), *on_discord(discord, held)]
        async with opened(tmp_path, slack, team, discord, places) as app:
            channels = await app.services.channels.all()
            jobs = {one.place: asyncio.create_task(app.schedule.post_if_due(one)) for one in channels}
            broken = {*places[:FAULTS], *places[FAULTS + WELL :][:FAULTS]}
            async with asyncio.timeout(30):
                await asyncio.gather(*(job for place, job in jobs.items() if place not in broken))
            for place in set(places) - broken:
                assert await app.services.ledger.finished(place, Week(2026, 10))
            assert not any(jobs[place].done() for place in (places[0], places[FAULTS + WELL])), "these stall"
            for place in broken:
                assert await app.services.ledger.finished(place, Week(2026, 10)) is None
                jobs[place].cancel()
            held.set()
            await asyncio.gather(*jobs.values(), return_exceptions=True)
