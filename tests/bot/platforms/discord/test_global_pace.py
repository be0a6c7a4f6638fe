"""All requests of a bot together keep within what Discord takes in a second."""

from __future__ import annotations

import asyncio

from bot.platforms.discord.client import make_client
from bot.platforms.discord.global_pace import GlobalPace
from bot.platforms.discord.login import log_in
from tests.servers.discord import DiscordServer

_SECONDS = 0.05


async def test_no_more_requests_begin_in_any_span_than_are_let_through() -> None:
    pace = GlobalPace(most=4, seconds=_SECONDS)
    loop = asyncio.get_running_loop()
    begun: list[float] = []

    async def request() -> None:
        await pace.turn()
        begun.append(loop.time())

    await asyncio.gather(*(request() for _ in range(14)))
    assert all(later - earlier > 0.9 * _SECONDS for earlier, later in zip(begun, begun[4:], strict=False))
    assert begun[3] - begun[0] < _SECONDS


async def test_who_is_refused_goes_slower_and_then_faster_again() -> None:
    pace = GlobalPace(most=40)
    now = asyncio.get_running_loop().time()
    pace.refused()
    pace.refused()
    slower = pace.allowed(asyncio.get_running_loop().time())
    assert 27 <= slower < 40
    assert pace.allowed(now + 6) > slower
    assert pace.allowed(now + 600) == 40


async def test_a_hundred_requests_at_once_are_all_answered() -> None:
    async with DiscordServer(document=None) as server:
        with server.used_by_discord_py():
            client = make_client()
            await log_in(client, server.token)
            guilds = [server.guild() for _ in range(100)]
            await asyncio.gather(*(client.fetch_guild(guild.id) for guild in guilds))
            await client.leave()
        assert server.avoidable == []
