"""How the local Discord limits rates, fails, and tells of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import aiohttp
import pytest

from tests.servers.discord import (
    Call,
    Can,
    Channel,
    DiscordServer,
    Drop,
    Lose,
    Message,
    NotOffered,
    Refuse,
    Stall,
    User,
    on,
)
from tests.servers.on_discord.support import Api, ahead, answer, asked, texts, thread_under

MESSAGES = on("POST", "/channels/*/messages")


async def test_buckets_tell_what_is_left_and_then_refuse(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    server.behaviour.rates["post"] = (2, 30.0)
    left = []
    for _ in range(2):
        await api.post(channel.id, content="x")
        left.append(api.headers["X-RateLimit-Remaining"])
    status, body = await api.post(channel.id, content="x")
    assert (left, status) == (["1", "0"], 429)
    assert 29 < body["retry_after"] <= 30
    assert not body["global"]
    assert (api.headers["Via"], api.headers["X-RateLimit-Scope"]) == ("1.1 google", "user")
    assert api.headers["Content-Type"] == "application/json"
    assert channel.guild
    assert (await api.post(server.text_channel(channel.guild).id, content="x"))[0] == 200
    assert [refusal.scope for refusal in server.avoidable] == ["user"]


async def test_all_requests_have_a_limit_but_interactions(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    server.behaviour.global_rate = (1, 60.0)
    interaction = await asked(server, api, channel, hana)
    status, body = await api("GET", "/users/@me")
    assert (status, body["global"], api.headers["X-RateLimit-Scope"]) == (429, True, "global")
    assert (await answer(api, interaction, 5))[0] == 200


async def test_new_threads_have_a_shared_limit(server: DiscordServer, api: Api, channel: Channel) -> None:
    server.limit_threads(300, after=1)
    await thread_under(api, channel)
    _, message = await api.post(channel.id, content="a paper")
    path = f"/channels/{channel.id}/messages/{message['id']}/threads"
    status, body = await api("POST", path, {"name": "Q&A"})
    assert (status, api.headers["X-RateLimit-Scope"]) == (429, "shared")
    assert 299 < body["retry_after"] <= 300
    ahead(server, seconds=200)
    assert 90 < (await api("POST", path, {"name": "Q&A"}))[1]["retry_after"] <= 100
    ahead(server, seconds=101)
    assert (await api("POST", path, {"name": "Q&A"}))[0] == 201
    assert (len(server.too_many), server.avoidable) == (2, [])


async def test_too_many_refused_requests_get_the_address_banned(server: DiscordServer, api: Api) -> None:
    server.behaviour.ban_after = 3
    for _ in range(3):
        await api("GET", "/users/@me", token="wrong")
    status, body = await api("GET", "/users/@me")
    assert (status, body, "Via" in api.headers) == (429, None, False)


async def test_faults_before_and_after_storing(server: DiscordServer, api: Api, channel: Channel) -> None:
    server.fail(MESSAGES, Refuse(503), after=1)
    server.fail(MESSAGES, Refuse(429, retry_after=9, scope="shared"))
    server.fail(MESSAGES, Lose(502))
    got = [(await api.post(channel.id, content=text))[0] for text in ("a", "b", "c", "d")]
    assert got == [429, 503, 502, 200]
    assert texts(server, channel) == ["c", "d"]
    assert [call.stored for call in server.asked(MESSAGES)] == [False, False, True, True]


@pytest.mark.parametrize(("fault", "kept"), [(Drop(), []), (Lose(), ["a"])])
async def test_a_dropped_connection_before_and_after_storing(
    server: DiscordServer, api: Api, channel: Channel, fault: Drop | Lose, kept: list[str]
) -> None:
    server.fail(MESSAGES, fault)
    with pytest.raises(aiohttp.ClientError):
        await api.post(channel.id, content="a")
    assert texts(server, channel) == kept
    assert server.asked(MESSAGES)[0].status is None


@pytest.mark.parametrize(("stored", "kept"), [(False, []), (True, ["a"])])
async def test_a_stalled_request_goes_on_when_it_is_let(
    server: DiscordServer, api: Api, channel: Channel, stored: bool, kept: list[str]
) -> None:
    go_on = asyncio.Event()
    server.fail(MESSAGES, Stall(go_on, stored=stored))
    sending = asyncio.create_task(api.post(channel.id, content="a"))
    await server.until(lambda: [call.stored for call in server.asked(MESSAGES)] == [stored])
    assert texts(server, channel) == kept
    go_on.set()
    assert (await sending)[0] == 200


async def test_hooks_are_called_at_each_point(server: DiscordServer, api: Api, channel: Channel) -> None:
    seen: list[tuple[str, int, int | None]] = []

    async def before(call: Call) -> None:
        seen.append(("before", len(server.messages(channel)), call.status))

    server.before_store(before)
    server.after_store(lambda call: seen.append(("after", len(server.messages(channel)), call.status)))
    server.after_answer(lambda call: seen.append(("answered", len(server.messages(channel)), call.status)))
    await api.post(channel.id, content="a")
    await server.until(lambda: len(seen) == 3)
    assert seen == [("before", 0, None), ("after", 1, None), ("answered", 1, 200)]


_CHILD = """
import sys, urllib.request
url, token, text = sys.argv[1:]
headers = {"Authorization": f"Bot {token}", "Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(url, text.encode(), headers)).read()
print("answered", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("point", "kept", "said"),
    [("before_store", ["a"], b""), ("after_store", ["a"], b""), ("after_answer", ["a"], b"answered")],
)
async def test_a_child_process_can_be_killed_at_a_chosen_point(
    server: DiscordServer, channel: Channel, point: str, kept: list[str], said: bytes
) -> None:
    url = f"{server.api_url}/channels/{channel.id}/messages"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CHILD, url, server.token, '{"content": "a"}',
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip

    async def kill(_: Call) -> None:
        if said:
            assert child.stdout
            assert (await child.stdout.readline()).strip() == said
        os.kill(child.pid, signal.SIGKILL)

    getattr(server, point)(kill)
    assert await child.wait() == -signal.SIGKILL
    await server.until(lambda: texts(server, channel) == kept)


async def test_a_request_against_the_document_fails_the_test(server: DiscordServer, api: Api) -> None:
    if server.rest._document is None:
        pytest.skip("Discord's document is not here")
    channel = server.text_channel(server.guild())
    await api.post(channel.id, content="x", allowed_mentions={"parse": ["all"]})
    with pytest.raises(AssertionError, match=r"POST /channels/\d+/messages: allowed_mentions/parse/0"):
        server.check()
    server.take_violations()
    forum = server.forum(server.guild())
    await api("POST", f"/channels/{forum.id}/threads", {"name": "x", "message": {"content": 3}})
    assert "message/content" in server.take_violations()[0]
    await api("GET", "/guilds/1/audit-logs")
    assert "no such route" in server.take_violations()[-1]


async def test_people_do_only_what_their_clients_let_them(
    server: DiscordServer, channel: Channel, hana: User
) -> None:
    server.permit(channel, hana, deny=Can.SEND_MESSAGES)
    with pytest.raises(NotOffered):
        server.say(hana, channel, "hello")
    server.permit(channel, hana, deny=Can.USE_APPLICATION_COMMANDS)
    server.world.commands[None] = [{"name": "ask", "type": 1, "default_member_permissions": None}]
    with pytest.raises(NotOffered, match="cannot use commands"):
        server.slash(hana, channel, "ask")
    message = Message(1, channel, server.bot, 0.0)
    with pytest.raises(NotOffered):
        server.press(hana, message, "none")


async def test_waiting_for_what_does_not_come_says_what_came(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    await api.post(channel.id, content="x")
    with pytest.raises(AssertionError, match="200 POST /channels/"):
        await server.until(lambda: False, seconds=0.01)
