"""Slack and Discord as parts of Rinko, where their tokens are set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.commands import Commands
from bot.parts import MEGABYTE
from bot.platforms.conversation import PlatformState
from bot.services import Services
from config.sections import DiscordSettings, SlackSettings
from config.settings import Settings
from digest.ports import Clock, Outlet
from digest.store.engine import Database
from digest.store.platforms import SqlButtonValues, SqlEvents, SqlWorkspaces

if TYPE_CHECKING:  # loaded only where a token is set: they take long, and tens of megabytes
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.platforms.discord.client import DiscordClient
    from bot.platforms.discord.on_demand import OnDemand
    from bot.platforms.slack.outlet import SlackOutlet

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
    from bot.platforms.slack.client import slack_client
    from bot.platforms.slack.outlet import SlackOutlet

    client = slack_client(settings.bot_token.get_secret_value(), settings.api_url)
    return SlackParts(client, SlackOutlet(client, clock))


def _discord(settings: DiscordSettings, database: Database, clock: Clock) -> DiscordParts:
    from bot.platforms.discord.client import make_client
    from bot.platforms.discord.on_demand import Login, OnDemand
    from bot.platforms.discord.outlet import DiscordOutlet

    client = make_client(settings.shards)
    login = Login(client, settings.token.get_secret_value(), settings.api_url)
    return DiscordParts(client, OnDemand(DiscordOutlet(client, clock, SqlButtonValues(database)), login))


def make_platforms(
    shores: Shores, settings: Settings, database: Database, commands: Commands, services: Services
) -> tuple[Platform, ...]:
    """What is listened to, and answers by the table of commands."""
    made: list[Platform] = []
    if shores.slack is not None:
        made.append(_slack_platform(shores.slack, settings, database, commands, services))
    if shores.discord is not None:
        made.append(_discord_platform(shores.discord, settings, database, commands, services))
    return tuple(made)


def _slack_platform(
    parts: SlackParts, settings: Settings, database: Database, commands: Commands, services: Services
) -> Platform:
    from bot.platforms.slack.app import SlackPlatform

    return SlackPlatform(
        parts.client,
        settings.slack.app_token.get_secret_value(),
        commands,
        parts.outlet,
        SqlEvents(database),
        SqlWorkspaces(database),
        services.channels.get,
        services.phrases,
        services.clock,
        settings.slack.admins,
        settings.uploads.max_megabytes * MEGABYTE,
    )


def _discord_platform(
    parts: DiscordParts, settings: Settings, database: Database, commands: Commands, services: Services
) -> Platform:
    from bot.platforms.discord.platform import DiscordPlatform
    from bot.platforms.discord.platform import Services as DiscordServices

    needs = DiscordServices(
        parts.outlet,
        commands,
        SqlEvents(database),
        SqlWorkspaces(database),
        SqlButtonValues(database),
        services.channels.get,
        services.phrases,
        services.clock,
        settings.discord.admin_role,
        settings.uploads.max_megabytes * MEGABYTE,
    )
    return DiscordPlatform(
        settings.discord.token.get_secret_value(),
        parts.client,
        needs,
        api_url=settings.discord.api_url,
        gateway_url=settings.discord.gateway_url,
    )
