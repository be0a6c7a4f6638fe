"""Looks at Discord: the token, the application's switches, its servers, its commands, the clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from types import SimpleNamespace

import aiohttp
import discord

from bot.doctor.findings import Finding
from bot.doctor.machine import clocks_finding
from bot.platforms.conversation import CommandRow
from bot.platforms.discord.commands import comparable, offered, registered
from bot.platforms.discord.login import DiscordAway, DiscordRefused, logged_in
from config.sections import DiscordSettings
from digest.phrases import Phrases
from digest.ports import Clock

DISCORD = "discord"
_PAGE = "At discord.com/developers, open the application"


class _Dates:
    """Remembers when the latest answer was given, as its header says."""

    def __init__(self) -> None:
        self.latest = ""
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._note)

    async def _note(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        self.latest = end.response.headers.get("Date", self.latest)


async def discord_findings(
    settings: DiscordSettings,
    rows: Sequence[CommandRow],
    phrases: Mapping[str, Phrases],
    clock: Clock,
    *,
    all_messages: bool,
) -> AsyncIterator[Finding]:
    """What Discord says of the token and of the application.

    `all_messages` is whether some channel has every message of a paper's thread answered.
    """
    dates = _Dates()
    try:
        async with logged_in(settings.token.get_secret_value(), settings.api_url, dates.trace) as client:
            application = client.application
            if application is None:
                return
            yield Finding("discord token", True, f"{client.user} of application {application.name}")
            yield clocks_finding("discord", dates.latest, clock)
            for finding in _switches(application, all_messages=all_messages):
                yield finding
            yield _servers(application)
            yield await _commands(client, rows, phrases, hidden=not settings.admin_role)
    except (DiscordRefused, DiscordAway) as error:
        yield Finding("discord token", False, error.message, error.hint)
    except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
        hint = "Try again, and look at discordstatus.com."
        yield Finding("discord", False, f"it stopped answering ({type(error).__name__})", hint)


def _switches(application: discord.AppInfo, *, all_messages: bool) -> list[Finding]:
    """The switches on the application's pages that must stand one way or the other."""
    found = []
    flags = application.flags
    reads = flags.gateway_message_content or flags.gateway_message_content_limited
    if not all_messages:
        detail = "none that must be allowed is needed"
        found.append(Finding("discord intents", True, detail))
    elif reads:
        found.append(Finding("discord intents", True, "message content is allowed"))
    else:
        detail = 'message content is not allowed, and follow_ups = "all" needs it'
        hint = f"{_PAGE}, “Bot”: switch “Message Content Intent” on."
        found.append(Finding("discord intents", False, detail, hint))
    if application.bot_require_code_grant:
        hint = f"{_PAGE}, “Bot”: switch “Requires OAuth2 Code Grant” off."
        found.append(Finding("discord invitation", False, "its link would not bring Rinko in", hint))
    if application.interactions_endpoint_url:
        detail = "commands are sent to a web address, not to Rinko"
        hint = f"{_PAGE}, “General Information”: empty “Interactions Endpoint URL”."
        found.append(Finding("discord commands", False, detail, hint))
    return found


def _servers(application: discord.AppInfo) -> Finding:
    count = application.approximate_guild_count
    if not count:
        return Finding("discord servers", False, "Rinko is in none", "Open the link of `rinko invite`.")
    return Finding("discord servers", True, f"Rinko is in {count}")


async def _commands(
    client: discord.Client, rows: Sequence[CommandRow], phrases: Mapping[str, Phrases], *, hidden: bool
) -> Finding:
    """Whether the commands that people are offered are those that Rinko has."""
    wanted = comparable(registered(rows, phrases, hidden=hidden))
    found = comparable(await offered(client))
    names = ", ".join(f"/{command['name']}" for command in wanted)
    if found == wanted:
        return Finding("discord commands", True, f"{names} are registered")
    state = "others are registered" if found else "none are registered yet"
    return Finding("discord commands", True, f"{state}; `rinko run` registers {names} when it starts")
