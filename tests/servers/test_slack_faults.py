"""What the local Slack does to requests on order, to the real SDK and to a bot that is killed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack import Call, Channel, SlackServer, Workspace
from tests.servers.slack.apps import client
from tests.servers.slack.faults import Point

BOT = """
import asyncio, sys
from slack_sdk.web.async_client import AsyncWebClient

async def main(url, token, channel):
    slack = AsyncWebClient(token=token, base_url=url)
    history = await slack.conversations_history(channel=channel, include_all_metadata=True)
    sent = {each["metadata"]["event_payload"]["key"] for each in history["messages"] if "metadata" in each}
    for key in ("header", "card"):
        if key not in sent:
            metadata = {"event_type": "part", "event_payload": {"key": key}}
            await slack.chat_postMessage(channel=channel, text=key, metadata=metadata)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as started:
        yield started


@pytest.fixture
def team(server: SlackServer) -> Workspace:
    return server.workspace()


@pytest.fixture
def papers(team: Workspace) -> Channel:
    return team.channel("papers")


@pytest.fixture
def slack(server: SlackServer, team: Workspace) -> AsyncWebClient:
    return client(server, team)


async def test_a_refusal_and_a_cut_connection_leave_nothing(
    server: SlackServer, slack: AsyncWebClient, papers: Channel
) -> None:
    server.faults.refuse("chat.postMessage", "internal_error")
    with pytest.raises(SlackApiError, match="internal_error"):
        await slack.chat_postMessage(channel=papers.id, text="x")
    server.faults.drop("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await slack.chat_postMessage(channel=papers.id, text="x")
    assert server.messages(papers) == []
    assert await slack.chat_postMessage(channel=papers.id, text="x")


async def test_a_lost_answer_leaves_the_message_and_the_sdks_own_retry_doubles_it(
    server: SlackServer, slack: AsyncWebClient, team: Workspace, papers: Channel
) -> None:
    server.faults.lose_answer("chat.postMessage", times=2)
    with pytest.raises(aiohttp.ClientError):
        await slack.chat_postMessage(channel=papers.id, text="一度")
    assert [each.text for each in server.messages(papers)] == ["一度"]
    await client(server, team, retries=True).chat_postMessage(channel=papers.id, text="二度")
    assert [each.text for each in server.messages(papers)] == ["一度", "二度", "二度"]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_status_is_answered_as_often_as_ordered(
    server: SlackServer, slack: AsyncWebClient, papers: Channel, status: int
) -> None:
    server.faults.status("chat.postMessage", status, times=2, retry_after=7 if status == 429 else None)
    for _ in range(2):
        with pytest.raises(SlackApiError) as raised:
            await slack.chat_postMessage(channel=papers.id, text="x")
        assert raised.value.response.status_code == status
        assert raised.value.response.headers.get("Retry-After") == ("7" if status == 429 else None)
    await slack.chat_postMessage(channel=papers.id, text="x")
    assert server.limited == (2 if status == 429 else 0)
    assert [call.status for call in server.calls("chat.postMessage")] == [status, status, 200]
    assert len(server.messages(papers)) == 1


async def test_a_request_hangs_until_it_is_let_go(
    server: SlackServer, slack: AsyncWebClient, papers: Channel
) -> None:
    go = asyncio.Event()
    server.faults.stall("chat.postMessage", go, point="after_store")
    posting = asyncio.create_task(slack.chat_postMessage(channel=papers.id, text="x"))
    await server.until(lambda: server.messages(papers))
    assert not posting.done()
    go.set()
    assert (await posting)["ok"]


async def test_a_fault_can_choose_its_requests(
    server: SlackServer, slack: AsyncWebClient, team: Workspace, papers: Channel
) -> None:
    def of_the_card(call: Call) -> bool:
        return call.method == "chat.postMessage" and "card" in call.args["text"]

    fault = server.faults.refuse(of_the_card, "fatal_error", times=None)
    await slack.chat_postMessage(channel=papers.id, text="header")
    for _ in range(2):
        with pytest.raises(SlackApiError, match="fatal_error"):
            await slack.chat_postMessage(channel=papers.id, text="card/1")
    assert fault.done == 2


async def test_hooks_run_before_and_after_storing_and_once_the_answer_is_out(
    server: SlackServer, slack: AsyncWebClient, papers: Channel
) -> None:
    seen: list[tuple[Point, int]] = []
    points: tuple[Point, ...] = ("before_store", "after_store", "after_answer")
    for point in points:

        def note(_call: Call, point: Point = point) -> None:
            seen.append((point, len(server.messages(papers))))

        server.faults.at(point, "chat.postMessage", note)
    await slack.chat_postMessage(channel=papers.id, text="x")
    await server.until(lambda: len(seen) == 3)
    assert seen == [("before_store", 0), ("after_store", 1), ("after_answer", 1)]


@pytest.mark.parametrize(
    ("point", "cut", "stored"),
    [
        ("before_store", True, {0}),
        ("before_store", False, {1}),  # what was sent before the end is carried out after it
        ("after_store", False, {1}),
        ("after_answer", False, {1, 2}),  # it may have gone on to the next one
    ],
)
async def test_a_bot_killed_while_posting_finds_its_messages_when_it_comes_back(
    server: SlackServer, team: Workspace, papers: Channel, point: Point, cut: bool, stored: set[int]
) -> None:
    async def run() -> asyncio.subprocess.Process:
        args = (server.api_url, team.token, papers.id)
        return await asyncio.create_subprocess_exec(sys.executable, "-c", BOT, *args)

    child = await run()
    server.faults.at(point, "chat.postMessage", lambda _call: child.kill())
    if cut:
        server.faults.drop("chat.postMessage")
    assert await child.wait() == -9
    await server.until(lambda: len(server.messages(papers)) in stored)
    assert await (await run()).wait() == 0
    assert [each.text for each in server.messages(papers)] == ["header", "card"]


async def test_the_server_runs_by_itself_and_people_act_by_requests() -> None:
    args = (sys.executable, "-m", "tests.servers.slack", "--port", "0")
    child = await asyncio.create_subprocess_exec(*args, stdout=asyncio.subprocess.PIPE)
    try:
        assert child.stdout
        told = json.loads(await child.stdout.readuntil(b"\n}"))
        url, channel = told["RINKO_SLACK__API_URL"], told["channels"]["papers"]
        bot = AsyncWebClient(token=told["RINKO_SLACK__BOT_TOKEN"], base_url=url)
        await bot.chat_postMessage(channel=channel, text="カード")
        people = url.replace("/api/", "/people")
        async with aiohttp.ClientSession() as session:
            said = await session.post(f"{people}/say", json={"channel": channel, "text": "なぜ？"})
            assert said.status == 200
            slash = await session.post(f"{people}/slash", json={"channel": channel, "command": "/ask"})
            assert (await slash.json())["failed"] == "dispatch_failed"
            nothing = {"channel": channel, "message": (await said.json())["ts"], "action": "ask"}
            assert (await session.post(f"{people}/press", json=nothing)).status == 400
            seen = await (await session.get(f"{people}/channel/{channel}")).json()
        assert [each["shown"] for each in seen["messages"]] == ["カード", "なぜ？"]
    finally:
        child.kill()
        await child.wait()
