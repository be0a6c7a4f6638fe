"""A server without rate limits, plain requests to it, a channel and somebody in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.servers.discord import Channel, DiscordServer, User
from tests.servers.on_discord.support import Api


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer(check_answers=True) as server:
        for bucket in server.behaviour.rates:
            server.behaviour.rates[bucket] = (1000, 1.0)
        server.behaviour.global_rate = (1000, 1.0)
        yield server


@pytest.fixture
async def api(server: DiscordServer) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(server, session)


@pytest.fixture
def channel(server: DiscordServer) -> Channel:
    return server.text_channel(server.guild())


@pytest.fixture
def hana(server: DiscordServer, channel: Channel) -> User:
    assert channel.guild
    return server.member(channel.guild, "hana")
