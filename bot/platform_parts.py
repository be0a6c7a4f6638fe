"""Slack and Discord as parts of Rinko, where their tokens are set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import Commands
from bot.parts import MEGABYTE
from bot.platforms.conversation import PlatformState
from bot.platforms.discord.client import DiscordClient, make_client
from bot.platforms.discord.on_demand import Login, OnDemand
from bot.platforms.discord.outlet import DiscordOutlet
from bot.platforms.discord.platform import DiscordPlatform
from bot.platforms.discord.platform import Services as DiscordServices
from bot.platforms.slack.app import SlackPlatform
from bot.platforms.slack.client import slack_client
from bot.platforms.slack.outlet import SlackOutlet
from bot.services import Services
from config.sections import DiscordSettings, SlackSettings
from config.settings import Settings
from digest.ports import Clock, Outlet
from digest.store.engine import Database
from digest.store.platforms import SqlButtonValues, SqlEvents, SqlWorkspaces

SLACK, DISCORD = "slack", "discord"


class Platform(Protocol):
    """A platform that is listened to."""

    async def start(self) -> None:
        """Begin to listen. A platform that is away is no error: it is tried again and again."""
        ...

    async def stop(self) -> None:
        """Listen no more; what is under way finishes within seconds, or says that it was ended."""
        ...

    def state(self) -> PlatformState:
        """Whether it is heard now."""
        ...


@dataclass(frozen=True)
class SlackParts:
    """What talks to Slack."""

    client: AsyncWebClient
    outlet: SlackOutlet


@dataclass(frozen=True)
class DiscordParts:
    """What talks to Discord."""

    client: DiscordClient
    outlet: OnDemand


@dataclass(frozen=True)
class Shores:
    """What talks to the platforms, None where no token is set."""

    slack: SlackParts | None
    discord: DiscordParts | None

    @property
    def outlets(self) -> dict[str, Outlet]:
        """What posts are shown through, by platform; nobody has to listen for them to be posted."""
        outlets: dict[str, Outlet] = {}
        if self.slack is not None:
            outlets[SLACK] = self.slack.outlet
        if self.discord is not None:
            outlets[DISCORD] = self.discord.outlet
        return outlets


@asynccontextmanager
async def open_shores(settings: Settings, database: Database, clock: Clock) -> AsyncIterator[Shores]:
    """What talks to the platforms; it asks them nothing until it is used, and is closed at the end."""
    shores = Shores(
        _slack(settings.slack, clock) if settings.slack.is_set else None,
        _discord(settings.discord, database, clock) if settings.discord.is_set else None,
    )
    try:
        yield shores
    finally:
        if shores.discord is not None:
            await shores.discord.client.leave()


def _slack(settings: SlackSettings, clock: Clock) -> SlackParts:
    client = slack_client(settings.bot_token.get_secret_value(), settings.api_url)
    return SlackParts(client, SlackOutlet(client, clock))


def _discord(settings: DiscordSettings, database: Database, clock: Clock) -> DiscordParts:
    client = make_client(settings.shards)
    login = Login(client, settings.token.get_secret_value(), settings.api_url)
    return DiscordParts(client, OnDemand(DiscordOutlet(client, clock, SqlButtonValues(database)), login))


def make_platforms(
    shores: Shores, settings: Settings, database: Database, commands: Commands, services: Services
) -> tuple[Platform, ...]:
    """What is listened to, and answers by the table of commands."""
    clock = services.clock
    events, workspaces = SqlEvents(database), SqlWorkspaces(database)
    upload_bytes = settings.uploads.max_megabytes * MEGABYTE
    made: list[Platform] = []
    if shores.slack is not None:
        made.append(
            SlackPlatform(
                shores.slack.client,
                settings.slack.app_token.get_secret_value(),
                commands,
                shores.slack.outlet,
                events,
                workspaces,
                services.channels.get,
                services.phrases,
                clock,
                settings.slack.admins,
                upload_bytes,
            )
        )
    if shores.discord is not None:
        made.append(
            DiscordPlatform(
                settings.discord.token.get_secret_value(),
                shores.discord.client,
                DiscordServices(
                    shores.discord.outlet,
                    commands,
                    events,
                    workspaces,
                    SqlButtonValues(database),
                    services.channels.get,
                    services.phrases,
                    clock,
                    settings.discord.admin_role,
                    upload_bytes,
                ),
                api_url=settings.discord.api_url,
                gateway_url=settings.discord.gateway_url,
            )
        )
    return tuple(made)
