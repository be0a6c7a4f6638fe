"""The real bolt app against the local Slack: commands, events, modals, streams, and sockets that fail."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_bolt.context.say_stream.async_say_stream import AsyncSayStream
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.clocks import ManualClock
from tests.servers.slack import Channel, Json, NotOffered, SlackServer, User, Workspace, shown
from tests.servers.slack.apps import client, connected

QUESTION = {
    "type": "modal",
    "callback_id": "question",
    "title": {"type": "plain_text", "text": "論文にきく"},
    "submit": {"type": "plain_text", "text": "送る"},
    "blocks": [
        {
            "type": "input",
            "block_id": "question",
            "label": {"type": "plain_text", "text": "質問"},
            "element": {"type": "plain_text_input", "action_id": "question", "max_length": 20},
        }
    ],
}
CARD: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "カード"}},
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "ask",
                "value": "p1",
                "text": {"type": "plain_text", "text": "質問"},
            }
        ],
    },
]


@pytest.fixture
async def server(clock: ManualClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock) as started:
        yield started


@pytest.fixture
def team(server: SlackServer) -> Workspace:
    return server.workspace()


@pytest.fixture
def mori(team: Workspace) -> User:
    return team.person("mori")


@pytest.fixture
def papers(team: Workspace, mori: User) -> Channel:
    return team.channel("papers", mori)


@pytest.fixture
def app(server: SlackServer, team: Workspace) -> AsyncApp:
    return AsyncApp(client=client(server, team))


def catch_all(app: AsyncApp) -> list[Json]:
    """Acknowledge every event, and note it."""
    seen: list[Json] = []

    @app.event({"type": "message"})
    async def on_message(event: Json, body: Json) -> None:
        seen.append(body)

    @app.event("app_mention")
    async def on_mention(event: Json, body: Json) -> None:
        seen.append(body)

    return seen


# ---------------------------------------------------------------------------- interactions


async def test_a_command_is_acknowledged_and_answered_through_its_response_url(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    @app.command("/ask")
    async def ask(ack: AsyncAck, command: Json, respond: AsyncRespond) -> None:
        await ack()
        await respond(f"{command['text']} を読んでいます")

    async with connected(server, app):
        asked = await server.over(server.slash(mori, papers, "/ask", "2402.17764 何が新しい？"))
        await server.until(lambda: server.ephemerals(mori))
    assert asked.acknowledged
    assert asked.seconds is not None
    assert asked.seconds < 3
    assert [each.text for each in server.ephemerals(mori)] == ["2402.17764 何が新しい？ を読んでいます"]
    assert server.messages(papers) == []


async def test_an_acknowledgement_may_carry_the_answer(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    @app.command("/ask")
    async def ask(ack: AsyncAck) -> None:
        await ack(text="はい", response_type="in_channel")

    async with connected(server, app):
        await server.over(server.slash(mori, papers, "/ask"))
    assert [each.text for each in server.messages(papers)] == ["はい"]


async def test_a_command_without_an_answer_fails_after_three_seconds(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel, clock: ManualClock
) -> None:
    async with connected(server, app):
        asked = server.slash(mori, papers, "/unknown")
        await server.until(lambda: asked.attempts)
        clock.advance(seconds=3)
        assert (await server.over(asked)).failed == "operation_timeout"
    nobody = await server.over(server.slash(mori, papers, "/ask"))
    assert nobody.failed == "dispatch_failed"


async def test_a_button_opens_a_modal_whose_submission_comes_back(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    asked: list[str] = []

    @app.action("ask")
    async def pressed(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        view = {**QUESTION, "private_metadata": body["message"]["metadata"]["event_payload"]["paper"]}
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("question")
    async def submitted(ack: AsyncAck, view: Json) -> None:
        text = view["state"]["values"]["question"]["question"]["value"]
        if "？" not in text:
            await ack(response_action="errors", errors={"question": "質問を書いてください"})
            return
        await ack()
        asked.append(f"{view['private_metadata']}: {text}")

    async with connected(server, app):
        metadata = {"event_type": "card", "event_payload": {"paper": "p1"}}
        await app.client.chat_postMessage(channel=papers.id, text="カード", blocks=CARD, metadata=metadata)
        await server.over(server.press(mori, server.messages(papers)[0], "ask"))
        await server.until(lambda: server.views)
        modal = server.views[0]
        with pytest.raises(NotOffered, match="must be filled in"):
            server.submit(modal)
        with pytest.raises(NotOffered, match="between 0 and 20 characters"):
            server.submit(modal, {"question": "長" * 21})
        await server.over(server.submit(modal, {"question": "限界"}))
        assert modal.errors == {"question": "質問を書いてください"}
        await server.over(server.submit(modal, {"question": "限界は？"}))
        await server.until(lambda: asked)
    assert asked == ["p1: 限界は？"]
    assert server.views == []


@pytest.mark.parametrize("action", ["update", "push", "clear"])
async def test_a_submission_changes_or_closes_what_is_on_the_screen(
    server: SlackServer, app: AsyncApp, mori: User, action: str
) -> None:
    second = {"type": "modal", "title": {"type": "plain_text", "text": "次"}, "blocks": [{"type": "divider"}]}

    @app.view("question")
    async def submitted(ack: AsyncAck) -> None:
        await ack(response_action=action, view=None if action == "clear" else second)

    async with connected(server, app):
        await app.client.views_open(trigger_id=server.state.trigger(mori), view=QUESTION)
        await server.over(server.submit(server.views[0], {"question": "？"}))
    titles = [view.given["title"]["text"] for view in server.views]
    assert titles == {"update": ["次"], "push": ["論文にきく", "次"], "clear": []}[action]


async def test_a_choice_and_a_verdict_come_with_their_values(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    came: list[Json] = []

    @app.action(re.compile(".*"))
    async def chosen(ack: AsyncAck, action: Json) -> None:
        await ack()
        came.append(action)

    plain = {"type": "plain_text", "text": "x"}
    menu = {"type": "static_select", "action_id": "paper", "options": [{"text": plain, "value": "p2"}]}
    verdict = {
        "type": "feedback_buttons",
        "action_id": "verdict",
        "positive_button": {"text": plain, "value": "good"},
        "negative_button": {"text": plain, "value": "bad"},
    }
    blocks: list[Json] = [
        {"type": "actions", "elements": [menu]},
        {"type": "context_actions", "elements": [verdict]},
    ]
    async with connected(server, app):
        await app.client.chat_postMessage(channel=papers.id, text="x", blocks=blocks)
        (card,) = server.messages(papers)
        await server.over(server.press(mori, card, "paper", "p2"))
        await server.over(server.press(mori, card, "verdict", False))
        with pytest.raises(NotOffered, match="no choice"):
            server.press(mori, card, "paper", "p3")
        with pytest.raises(NotOffered, match="is not in papers"):
            server.press(papers.team.person("stranger"), card, "paper", "p2")
    assert [each.get("value") or each["selected_option"]["value"] for each in came] == ["p2", "bad"]


async def test_a_trigger_lives_three_seconds_and_opens_once(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel, clock: ManualClock
) -> None:
    triggers: list[str] = []

    @app.command("/ask")
    async def ask(ack: AsyncAck, body: Json) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    async with connected(server, app):
        await server.over(server.slash(mori, papers, "/ask"))
        await server.over(server.slash(mori, papers, "/ask"))
    await app.client.views_open(trigger_id=triggers[0], view=QUESTION)
    clock.advance(seconds=4)
    for trigger, error in ((triggers[0], "exchanged"), (triggers[1], "expired"), ("1.2.x", "invalid")):
        with pytest.raises(SlackApiError, match=f"{error}_trigger_id"):
            await app.client.views_open(trigger_id=trigger, view=QUESTION)


async def test_a_response_url_is_used_five_times_within_half_an_hour(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel, clock: ManualClock
) -> None:
    answers: list[AsyncRespond] = []

    @app.command("/ask")
    async def ask(ack: AsyncAck, respond: AsyncRespond) -> None:
        answers.append(respond)
        await ack()

    async with connected(server, app):
        await server.over(server.slash(mori, papers, "/ask"))
        await server.over(server.slash(mori, papers, "/ask"))
    told = [await answers[0](f"{number}", replace_original=True) for number in range(6)]
    assert [each.status_code for each in told] == [200] * 5 + [404]
    assert told[5].body == "used_url"
    # No message was acted on, so none can be replaced: https://github.com/slackapi/bolt-python/issues/1268
    assert [each.text for each in server.ephemerals(mori)] == ["0", "1", "2", "3", "4"]
    clock.advance(minutes=31)
    late = await answers[1]("遅い")
    assert (late.status_code, late.body) == (404, "expired_url")


async def test_a_message_shortcut_and_the_home_tab_reach_the_app(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    chosen: list[str] = []

    @app.shortcut("ask_about")
    async def about(ack: AsyncAck, body: Json) -> None:
        await ack()
        chosen.append(body["message"]["text"])

    @app.event("app_home_opened")
    async def home(event: Json, client: AsyncWebClient) -> None:
        blocks = [{"type": "section", "text": {"type": "plain_text", "text": "ようこそ"}}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    catch_all(app)
    async with connected(server, app):
        await server.over(server.shortcut(mori, server.say(mori, papers, "この論文"), "ask_about"))
        server.open_home(mori)
        await server.until(lambda: server.home(mori))
    assert chosen == ["この論文"]
    view = server.home(mori)
    assert view is not None
    assert shown(view) == "ようこそ"


# ---------------------------------------------------------------------------------- events


async def test_a_mention_comes_as_a_message_and_as_a_mention(
    server: SlackServer, app: AsyncApp, team: Workspace, mori: User, papers: Channel
) -> None:
    seen = catch_all(app)
    async with connected(server, app):
        said = server.say(mori, papers, f"<@{team.bot_user}> これは？", files=[("a.pdf", b"%PDF-")])
        server.dm(mori, "こんにちは")
        await server.until(lambda: len(seen) == 3)
        await server.sockets.settled()
    assert [each["event"]["type"] for each in seen] == ["message", "app_mention", "message"]
    assert {each["event"]["ts"] for each in seen[:2]} == {said.ts}
    assert len({each["event_id"] for each in seen}) == 3
    assert seen[1]["event"]["files"][0]["name"] == "a.pdf"
    assert seen[2]["event"]["channel_type"] == "im"


async def test_an_event_is_answered_in_a_stream_with_blocks_and_metadata(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    @app.event("app_mention")
    async def mentioned(event: Json, say_stream: AsyncSayStream) -> None:
        stream = await say_stream(buffer_size=1)
        await stream.append(markdown_text="一つ目の主張。")
        await stream.append(markdown_text="二つ目。")
        await stream.stop(
            blocks=[{"type": "context", "elements": [{"type": "mrkdwn", "text": "p. 3"}]}],
            metadata={"event_type": "answer", "event_payload": {"key": "qa/1"}},
        )

    catch_all(app)
    async with connected(server, app):
        said = server.say(mori, papers, f"<@{papers.team.bot_user}> 要点は？")
        await server.until(
            lambda: server.calls("chat.stopStream") and server.calls("chat.stopStream")[0].status
        )
        (answer,) = server.thread(papers, said.ts)
        found = await app.client.conversations_replies(
            channel=papers.id, ts=said.ts, include_all_metadata=True
        )
    assert shown(answer) == "一つ目の主張。二つ目。\np. 3"
    assert answer.streaming is None
    assert [call.error for call in server.calls("chat.appendStream")] == [None]
    assert found["messages"][1]["metadata"]["event_payload"] == {"key": "qa/1"}


async def test_the_bots_own_posts_edits_and_deletions_come_back(
    server: SlackServer, app: AsyncApp, papers: Channel
) -> None:
    async with connected(server, app):
        told = await app.client.chat_postMessage(channel=papers.id, text="一")
        await app.client.chat_update(channel=papers.id, ts=told["ts"], text="二")
        await app.client.chat_delete(channel=papers.id, ts=told["ts"])
        await server.until(lambda: len(server.sockets.events("message")) == 3)
    posted, edited, deleted = server.sockets.events("message")
    assert posted["bot_id"] == papers.team.bot_id
    assert (edited["subtype"], edited["message"]["text"]) == ("message_changed", "二")
    assert (deleted["subtype"], deleted["previous_message"]["text"]) == ("message_deleted", "二")


async def test_an_unacknowledged_event_comes_again_after_three_seconds_a_minute_and_five(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel, clock: ManualClock
) -> None:
    frames: list[Json] = []

    async def note(frame: aiohttp.WSMessage) -> None:
        frames.append(json.loads(frame.data))

    # The app listens to no message, so bolt acknowledges none.
    async with connected(server, app) as handler:
        handler.client.on_message_listeners.append(note)
        server.say(mori, papers, "だれか")
        (event,) = server.sockets.log
        for seconds in (3, 63, 303, 3):
            await server.until(lambda: event.due and event.due > clock.now())  # it is out once more
            clock.advance(seconds=seconds - 1)
            assert not event.over
            clock.advance(seconds=1)
        await server.over(event)
    assert (event.attempts, event.failed) == (4, "given up")
    told = [(each["retry_attempt"], each["retry_reason"]) for each in frames if each["type"] == "events_api"]
    assert told == [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")]
    assert len({each["payload"]["event_id"] for each in frames if each["type"] == "events_api"}) == 1


async def test_an_event_can_come_twice_with_one_id(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    seen = catch_all(app)
    async with connected(server, app):
        server.sockets.twice = True
        server.say(mori, papers, "一度だけ言った")
        await server.until(lambda: len(seen) == 2)
        await server.sockets.settled()
        server.sockets.repeat(server.sockets.log[0])
        await server.until(lambda: len(seen) == 3)
    assert len({each["event_id"] for each in seen}) == 1


async def test_events_tell_which_workspace_they_are_of(
    server: SlackServer, app: AsyncApp, mori: User
) -> None:
    other = server.workspace("別の会")
    sato = other.person("sato")
    seen = catch_all(app)
    async with connected(server, app):
        server.dm(mori, "ここ")
        server.dm(sato, "よそ")
        await server.until(lambda: len(seen) == 2)
    assert [each["team_id"] for each in seen] == [mori.team.id, other.id]


# --------------------------------------------------------------------------------- sockets


async def test_the_app_reconnects_when_asked_to(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    seen = catch_all(app)
    async with connected(server, app):
        (first,) = server.sockets.connections
        await server.sockets.refresh(reason="warning")
        server.say(mori, papers, "切りかえのさなか")
        await server.until(lambda: first not in server.sockets.connections)
        await server.sockets.connected()
        server.sockets.redeliver()
        await server.until(lambda: seen)
        await server.sockets.settled()
    assert len(server.calls("apps.connections.open")) == 2


async def test_the_app_comes_back_after_its_connection_broke(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    seen = catch_all(app)
    async with connected(server, app, ping_interval=0.1):
        server.sockets.drop()
        await server.until(lambda: not server.sockets.connections)
        server.say(mori, papers, "だれもいない")
        await server.sockets.connected()
        server.sockets.redeliver()
        await server.until(lambda: seen)


async def test_a_deaf_connection_carries_nothing_until_its_missing_pongs_are_noticed(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    seen = catch_all(app)
    async with connected(server, app, ping_interval=0.2):
        (deaf,) = server.sockets.connections
        server.sockets.deafen()
        server.say(mori, papers, "聞こえない")
        await server.until(lambda: deaf.carried)
        await server.until(lambda: deaf not in server.sockets.connections and server.sockets.connections)
        assert seen == []
        server.sockets.redeliver()
        await server.until(lambda: seen)


async def test_a_socket_can_be_deaf_and_still_answer_pings(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    seen = catch_all(app)
    async with connected(server, app, ping_interval=0.05):
        (deaf,) = server.sockets.connections
        server.sockets.deafen(pongs=True)
        server.say(mori, papers, "聞こえない")
        await server.until(lambda: deaf.carried)
        await server.until(lambda: deaf.pings >= 5)  # unanswered, the first would have closed it
        assert server.sockets.connections == [deaf]
        assert seen == []


async def test_several_connections_share_the_load(
    server: SlackServer, app: AsyncApp, mori: User, papers: Channel
) -> None:
    catch_all(app)
    async with connected(server, app), connected(server, app), connected(server, app):
        for number in range(9):
            server.say(mori, papers, f"{number}")
        await server.until(lambda: len(server.sockets.log) == 9)
        await server.sockets.settled()
        assert [len(each.carried) for each in server.sockets.connections] == [3, 3, 3]


async def test_a_ticket_opens_one_connection(server: SlackServer, app: AsyncApp) -> None:
    opened: Any = await app.client.apps_connections_open(app_token=server.app_token)
    async with connected(server, app) as handler:
        session = handler.client.aiohttp_client_session
        async with session.ws_connect(opened["url"]) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        async with session.get(opened["url"].replace("ws", "http", 1)) as again:
            assert again.status == 403
