"""Posting to Discord without listening: logging in happens once, at the first use, and can be tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.platforms.discord.client import DiscordClient, make_client
from bot.platforms.discord.on_demand import Login
from digest.errors import PlaceUnavailable
from tests.servers.discord import DiscordServer, on


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[DiscordClient]:
    client = make_client()
    yield client
    await client.leave()


async def test_of_many_at_once_one_logs_in_and_no_gateway_is_opened(
    server: DiscordServer, client: DiscordClient
) -> None:
    login = Login(client, server.token, server.api_url)
    await asyncio.gather(*(login() for _ in range(5)))
    await login()
    assert len(server.asked(on("GET", "/users/@me"))) == 1
    assert client.user is not None
    assert client.user.id == server.bot.id
    assert not server.gateway.sessions


async def test_a_refusal_is_told_without_the_token_and_can_be_overcome(
    server: DiscordServer, client: DiscordClient
) -> None:
    with pytest.raises(PlaceUnavailable) as refused:
        await Login(client, "wrong-secret", server.api_url)()
    assert "wrong-secret" not in f"{refused.value!r} {refused.value} {refused.value.hint}"
    with pytest.raises(PlaceUnavailable):
        await Login(client, server.token, "http://127.0.0.1:9/api/v10")()
    await Login(client, server.token, server.api_url)()
    assert client.application is not None
