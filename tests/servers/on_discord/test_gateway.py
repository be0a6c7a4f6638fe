"""The local Discord's gateway, kind and unkind, with the real discord.py on the other side."""

from __future__ import annotations

import gc
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from tests.servers.discord import Can, Channel, DiscordServer, Intent, User
from tests.servers.on_discord.support import INTENTS, Bot, logged_in


def words(bot: Bot) -> list[str]:
    return [message.content.removeprefix(f"<@{bot.application_id}> ") for message in bot.heard]


async def test_a_dropped_connection_is_resumed_and_what_was_missed_is_told(
    server: DiscordServer, channel: Channel, hana: User
) -> None:
    async with logged_in(server) as bot:
        server.say(hana, channel, "before", mentions_bot=True)
        await server.until(lambda: bot.heard)
        server.gateway.drop()
        server.say(hana, channel, "meanwhile", mentions_bot=True)
        await server.until(lambda: "resumed" in bot.events)
        server.say(hana, channel, "after", mentions_bot=True)
        await server.until(lambda: len(bot.heard) == 3)
        assert words(bot) == ["before", "meanwhile", "after"]
    assert (server.gateway.resumed, len(server.gateway.identified)) == (1, 1)


@pytest.mark.parametrize("code", [1000, 1001, 4000, 4008])
async def test_a_connection_closed_with_a_code_is_resumed(
    server: DiscordServer, channel: Channel, hana: User, code: int
) -> None:
    async with logged_in(server) as bot:
        server.gateway.drop(code)
        await server.until(lambda: "resumed" in bot.events)
        server.say(hana, channel, "after", mentions_bot=True)
        await server.until(lambda: words(bot) == ["after"])


async def test_asked_to_reconnect_a_client_resumes(server: DiscordServer, channel: Channel) -> None:
    async with logged_in(server) as bot:
        server.gateway.ask_reconnect()
        await server.until(lambda: "resumed" in bot.events)


async def test_after_an_invalid_session_a_client_begins_anew_and_is_ready_again(
    server: DiscordServer, channel: Channel, hana: User
) -> None:
    async with logged_in(server) as bot:
        server.gateway.invalidate()
        await server.until(lambda: bot.events.count("ready") == 2)
        server.say(hana, channel, "after", mentions_bot=True)
        await server.until(lambda: words(bot) == ["after"])
    assert (server.gateway.resumed, len(server.gateway.identified)) == (0, 2)


async def test_a_session_left_for_too_long_cannot_be_resumed(server: DiscordServer, channel: Channel) -> None:
    server.behaviour.resume_within = -1.0
    async with logged_in(server) as bot:
        server.gateway.drop()
        await server.until(lambda: bot.events.count("ready") == 2)
    assert server.gateway.resumed == 0


async def test_a_deaf_connection_is_given_up_and_resumed(
    server: DiscordServer, channel: Channel, hana: User
) -> None:
    server.behaviour.heartbeat = 0.2
    async with logged_in(server, Bot(heartbeat_timeout=0.6)) as bot:
        server.gateway.deafen()
        server.say(hana, channel, "does anybody hear?", mentions_bot=True)
        await server.until(lambda: "resumed" in bot.events)
        await server.until(lambda: words(bot) == ["does anybody hear?"])


async def test_events_can_come_twice(server: DiscordServer, channel: Channel, hana: User) -> None:
    server.gateway.twice = lambda event, _: event == "MESSAGE_CREATE"
    async with logged_in(server) as bot:
        server.say(hana, channel, "once", mentions_bot=True)
        await server.until(lambda: words(bot) == ["once", "once"])
        assert len({message.id for message in bot.heard}) == 1


async def test_a_refused_handshake_is_tried_again_once_connected_before(
    server: DiscordServer, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    async with logged_in(server) as bot:
        server.gateway.faults.append(503)
        server.gateway.drop()
        await server.until(lambda: "resumed" in bot.events)
    assert "Attempting a reconnect" in caplog.text


async def test_a_refused_first_handshake_ends_the_client(server: DiscordServer) -> None:
    server.gateway.faults.append(503)
    with pytest.raises(AttributeError):
        async with logged_in(server):
            pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broken_frame_ends_the_client(server: DiscordServer, channel: Channel) -> None:
    with server.used_by_discord_py():
        async with Bot() as bot:
            server.gateway.faults.append("{")
            with pytest.raises(json.JSONDecodeError):
                await bot.start(server.token)
    del bot
    gc.collect()  # discord.py leaves the connection open


async def test_what_the_bot_cannot_see_is_not_told(
    server: DiscordServer, channel: Channel, hana: User
) -> None:
    assert channel.guild
    hidden = server.text_channel(channel.guild, "staff")
    server.permit(hidden, channel.guild, deny=Can.VIEW_CHANNEL)
    server.permit(hidden, hana, allow=Can.VIEW_CHANNEL)
    async with logged_in(server) as bot:
        server.say(hana, hidden, "psst", mentions_bot=True)
        server.say(hana, channel, "hello", mentions_bot=True)
        await server.until(lambda: words(bot) == ["hello"])


async def test_intents_decide_what_is_told(server: DiscordServer, channel: Channel, hana: User) -> None:
    async with logged_in(server, Bot(intents=discord.Intents(guilds=True, dm_messages=True))) as bot:
        server.say(hana, channel, "in the channel", mentions_bot=True)
        message = server.say(hana, server.dm(hana), "in private")
        server.react(hana, message, "👍")
        await server.until(lambda: words(bot) == ["in private"])
        assert bot.reacted == []


async def test_a_removed_bot_is_told_and_let_in_nowhere(server: DiscordServer, channel: Channel) -> None:
    assert channel.guild
    async with logged_in(server) as bot:
        place = bot.get_channel(channel.id)
        server.remove_bot(channel.guild)
        await server.until(lambda: bot.events == ["ready", "removed"])
        with pytest.raises(discord.Forbidden, match="50001"):
            await place.send("still here?")
        server.outage(other := server.guild("other"))
        await server.until(lambda: bot.get_guild(other.id) and bot.get_guild(other.id).unavailable)
        server.outage(other, over=True)
        await server.until(lambda: not bot.get_guild(other.id).unavailable)


async def test_thread_events_follow_a_thread(server: DiscordServer, channel: Channel, hana: User) -> None:
    async with logged_in(server) as bot:
        thread = server.start_thread(hana, channel, "questions", under=server.say(hana, channel, "a paper"))
        await server.until(lambda: bot.get_guild(channel.guild.id).get_thread(thread.id))  # type: ignore[union-attr]
        server.archive(thread)
        await server.until(lambda: not bot.guilds[0].threads)
        server.say(hana, thread, "again")
        await server.until(lambda: bot.guilds[0].threads)
        server.delete_channel(thread)
        await server.until(lambda: not bot.guilds[0].threads)


# ------------------------------------------------------------------ without the library


@pytest.fixture
async def socket(server: DiscordServer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        assert (await socket.receive_json())["op"] == 10
        yield socket


def identify(server: DiscordServer, **other: object) -> dict[str, Any]:
    data = {"token": server.token, "intents": INTENTS.value, "properties": {}, **other}
    return {"op": 2, "d": data}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", 4002),
        ('{"op": 99}', 4003),
        ('{"op": 8, "d": {}}', 4003),
        ('{"op": 2, "d": {"token": "other", "intents": 1}}', 4004),
        ('{"op": 6, "d": {"token": "other", "session_id": "x", "seq": 1}}', 4004),
        ('{"op": 2, "d": {"token": "bot-token", "intents": 1, "shard": [2, 2]}}', 4010),
        ('{"op": 2, "d": {"token": "bot-token", "intents": -1}}', 4013),
        ('{"op": 2, "d": {"token": "bot-token", "intents": 32768}}', 4014),
    ],
)
async def test_a_wrong_frame_closes_the_connection(
    socket: aiohttp.ClientWebSocketResponse, frame: str, code: int
) -> None:
    await socket.send_str(frame)
    assert (await socket.receive()).type == aiohttp.WSMsgType.CLOSE
    assert socket.close_code == code


async def test_a_second_identify_and_too_many_frames_close_the_connection(
    server: DiscordServer, socket: aiohttp.ClientWebSocketResponse
) -> None:
    await socket.send_json(identify(server))
    assert (await socket.receive_json())["t"] == "READY"
    await socket.send_json(identify(server))
    assert (await socket.receive()).data == 4005
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as second:
        for _ in range(121):
            await second.send_json({"op": 1, "d": None})
        frames = [await second.receive() for _ in range(122)]
        assert 4008 in [frame.data for frame in frames]


async def test_a_session_of_which_nothing_is_known_is_invalid(
    server: DiscordServer, socket: aiohttp.ClientWebSocketResponse
) -> None:
    await socket.send_json({"op": 6, "d": {"token": server.token, "session_id": "gone", "seq": 4}})
    assert await socket.receive_json() == {"op": 9, "d": False}


async def test_identifying_too_soon_makes_the_session_invalid(
    server: DiscordServer, socket: aiohttp.ClientWebSocketResponse
) -> None:
    server.behaviour.identify_every = 60.0
    await socket.send_json(identify(server))
    assert (await socket.receive_json())["t"] == "READY"
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as second:
        await second.receive_json()
        await second.send_json(identify(server))
        assert await second.receive_json() == {"op": 9, "d": False}


async def test_without_heartbeats_the_server_hangs_up(server: DiscordServer) -> None:
    server.behaviour.heartbeat = 0.1
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        assert (await socket.receive_json())["d"]["heartbeat_interval"] == 100
        assert (await socket.receive()).data == 4009


async def test_words_are_held_back_by_the_session_and_by_the_application() -> None:
    async with DiscordServer(privileged=Intent.MESSAGE_CONTENT) as server:
        channel = server.text_channel(guild := server.guild())
        async with logged_in(server) as bot:
            server.say(server.member(guild, "hana"), channel, "hello")
            await server.until(lambda: bot.heard)
            assert bot.heard[0].content == ""
            (found,) = [message async for message in bot.get_channel(channel.id).history()]
            assert found.content == "hello"
