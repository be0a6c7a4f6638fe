"""Logging in to Discord without a gateway: for whoever only asks, or only posts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from digest.errors import RinkoError


class DiscordRefused(RinkoError):
    """Discord does not take the token."""


class DiscordAway(RinkoError):
    """Discord does not answer as it should."""


def use_addresses(api_url: str, gateway_url: str = "") -> None:
    """Have discord.py talk to these addresses; it keeps them in its classes, for the whole process."""
    Route.BASE = api_url.rstrip("/")
    if gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)


async def log_in(client: discord.Client, token: str) -> None:
    """Let a client make requests; it then has `user` and `application`.

    Raises `DiscordRefused` or `DiscordAway`; neither repeats the token.
    """
    try:
        await client.login(token)
    except discord.LoginFailure:
        raise DiscordRefused(
            hint="At discord.com/developers, “Bot”: reset the token and set it anew."
        ) from None
    except (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise DiscordAway(
            f"Discord does not answer as it should ({type(error).__name__}).",
            hint="Check the connection, and [discord] api_url in rinko.toml.",
        ) from error


@asynccontextmanager
async def logged_in(
    token: str, api_url: str, trace: aiohttp.TraceConfig | None = None
) -> AsyncIterator[discord.Client]:
    """A client that can make requests and hears nothing; closed at the end. Raises as `log_in` does."""
    use_addresses(api_url)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody speaks here
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        http_trace=trace or aiohttp.TraceConfig(),
        max_ratelimit_timeout=30.0,
    )
    try:
        await log_in(client, token)
        yield client
    finally:
        await client.close()
