"""The real Slack SDK against the local Slack: what is stored, found again, refused and limited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.clocks import ManualClock
from tests.servers.slack import Channel, Json, SlackServer, User, Workspace, shown
from tests.servers.slack.apps import client


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
def slack(server: SlackServer, team: Workspace) -> AsyncWebClient:
    return client(server, team)


def section(text: str, kind: str = "mrkdwn") -> Json:
    return {"type": "section", "text": {"type": kind, "text": text}}


def button(**more: Any) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": "質問"}, "action_id": "ask", **more}


def rich(*runs: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(runs)}]}


MARK = {"event_type": "rinko_part", "event_payload": {"key": "header"}}


# ------------------------------------------------------------------- stored and found again


async def test_a_post_with_metadata_is_found_by_history_and_by_replies(
    slack: AsyncWebClient, papers: Channel
) -> None:
    posted = await slack.chat_postMessage(
        channel=papers.id, text="週", blocks=[section("今週の論文")], metadata=MARK
    )
    under = {"event_type": "rinko_part", "event_payload": {"key": "qa/1"}}
    await slack.chat_postMessage(channel=papers.id, text="答え", thread_ts=posted["ts"], metadata=under)
    for all_of_it in (True, False):
        history = await slack.conversations_history(channel=papers.id, include_all_metadata=all_of_it)
        thread = await slack.conversations_replies(
            channel=papers.id, ts=posted["ts"], include_all_metadata=all_of_it
        )
        assert [each["ts"] for each in history["messages"]] == [posted["ts"]]  # replies are not in history
        found = [history["messages"][0]["metadata"], thread["messages"][1]["metadata"]]
        assert found == ([MARK, under] if all_of_it else [{"event_type": "rinko_part"}] * 2)
    assert thread["messages"][0]["reply_count"] == 1


async def test_metadata_whose_type_holds_a_dot_is_lost_without_an_error(
    slack: AsyncWebClient, papers: Channel
) -> None:
    posted = await slack.chat_postMessage(
        channel=papers.id, text="x", metadata={"event_type": "rinko.part", "event_payload": {"key": "header"}}
    )
    assert posted["ok"]
    assert "metadata" not in posted["message"]


async def test_what_is_stored_is_not_what_was_sent(
    server: SlackServer, slack: AsyncWebClient, papers: Channel
) -> None:
    text = "A & B < C https://arxiv.org/abs/2402.17764?a=1&b=2 を <https://example.com|ここ> で"
    blocks = [section(text), section("R&D", "plain_text")]
    posted = await slack.chat_postMessage(channel=papers.id, text=text, blocks=blocks, unfurl_links=False)
    kept = "A &amp; B &lt; C <https://arxiv.org/abs/2402.17764?a=1&amp;b=2> を <https://example.com|ここ> で"
    assert posted["message"]["text"] == kept
    assert posted["message"]["blocks"][0]["text"] == {"type": "mrkdwn", "text": kept, "verbatim": False}
    assert posted["message"]["blocks"][1]["text"] == {"type": "plain_text", "text": "R&amp;D", "emoji": True}
    assert all(block["block_id"] for block in posted["message"]["blocks"])
    (message,) = server.messages(papers)
    assert shown(message) == "A & B < C https://arxiv.org/abs/2402.17764?a=1&b=2 を ここ で\nR&D"
    assert (message.unfurl_links, message.unfurl_media) == (False, None)


async def test_an_edit_keeps_what_it_does_not_name(
    server: SlackServer, slack: AsyncWebClient, papers: Channel
) -> None:
    posted = await slack.chat_postMessage(channel=papers.id, text="一", blocks=[section("一")], metadata=MARK)
    await slack.chat_update(channel=papers.id, ts=posted["ts"], text="二")
    (message,) = server.messages(papers)
    assert (message.text, shown(message), message.metadata) == ("二", "一", MARK)
    assert message.edited is not None
    await slack.chat_update(channel=papers.id, ts=posted["ts"], text="三", blocks=[], metadata={})
    assert (shown(message), message.metadata) == ("三", None)


async def test_a_reply_to_what_is_gone_stands_in_the_channel_and_nothing_says_so(
    server: SlackServer, slack: AsyncWebClient, mori: User, papers: Channel
) -> None:
    lone = server.say(mori, papers, "消す")
    headed = server.say(mori, papers, "残る")
    reply = server.say(mori, papers, "返事", thread=headed)
    server.delete(mori, lone)
    server.delete(mori, headed)  # it has a reply: a tombstone stays
    stray = await slack.chat_postMessage(channel=papers.id, text="迷子", thread_ts=lone.ts)
    placed = await slack.chat_postMessage(channel=papers.id, text="続き", thread_ts=headed.ts)
    nested = await slack.chat_postMessage(channel=papers.id, text="返事の返事", thread_ts=reply.ts)
    assert "thread_ts" not in stray["message"]
    assert placed["message"]["thread_ts"] == nested["message"]["thread_ts"] == headed.ts
    assert [each.subtype for each in server.messages(papers)] == ["tombstone", None]
    with pytest.raises(SlackApiError, match="thread_not_found"):
        await slack.conversations_replies(channel=papers.id, ts=lone.ts)


async def test_a_broadcast_reply_is_in_the_channel_too(
    server: SlackServer, slack: AsyncWebClient, mori: User, papers: Channel
) -> None:
    said = server.say(mori, papers, "親")
    await slack.chat_postMessage(channel=papers.id, text="皆へ", thread_ts=said.ts, reply_broadcast=True)
    history = await slack.conversations_history(channel=papers.id)
    assert [each.get("subtype") for each in history["messages"]] == ["thread_broadcast", None]


async def test_history_comes_in_pages_newest_first(
    server: SlackServer, slack: AsyncWebClient, mori: User, papers: Channel
) -> None:
    said = [server.say(mori, papers, f"{number}") for number in range(5)]
    pages = [
        [each["text"] for each in page["messages"]]
        async for page in await slack.conversations_history(channel=papers.id, limit=2)
    ]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    since = await slack.conversations_history(channel=papers.id, oldest=said[3].ts)
    with_it = await slack.conversations_history(channel=papers.id, oldest=said[3].ts, inclusive=True)
    assert [len(each["messages"]) for each in (since, with_it)] == [1, 2]


async def test_an_ephemeral_message_is_seen_by_one_and_cannot_be_found_or_edited(
    server: SlackServer, slack: AsyncWebClient, team: Workspace, mori: User, papers: Channel
) -> None:
    told = await slack.chat_postEphemeral(channel=papers.id, user=mori.id, text="あなただけ")
    assert [each.text for each in server.ephemerals(mori)] == ["あなただけ"]
    assert (await slack.conversations_history(channel=papers.id))["messages"] == []
    with pytest.raises(SlackApiError, match="message_not_found"):
        await slack.chat_update(channel=papers.id, ts=told["message_ts"], text="x")
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        await slack.chat_postEphemeral(channel=papers.id, user=team.person("kato").id, text="x")


async def test_a_permalink_names_the_thread(
    server: SlackServer, slack: AsyncWebClient, team: Workspace, mori: User, papers: Channel
) -> None:
    said = server.say(mori, papers, "親")
    reply = server.say(mori, papers, "子", thread=said)
    link = (await slack.chat_getPermalink(channel=papers.id, message_ts=reply.ts))["permalink"]
    start = f"https://{team.domain}.slack.com/archives/{papers.id}/p{reply.ts.replace('.', '')}"
    assert link == f"{start}?thread_ts={said.ts}&cid={papers.id}"


async def test_a_file_is_for_the_bot_of_its_workspace_and_others_get_the_sign_in_page(
    server: SlackServer, slack: AsyncWebClient, team: Workspace, mori: User, papers: Channel
) -> None:
    said = server.say(mori, papers, "これ", files=[("論文.pdf", b"%PDF-1.7")])
    info = (await slack.files_info(file=said.files[0].id))["file"]
    tokens = [team.token, "", server.workspace().token]
    async with aiohttp.ClientSession() as session:
        bodies = []
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}"}
            async with session.get(info["url_private_download"], headers=headers) as response:
                assert response.status == 200
                bodies.append((response.content_type, (await response.read())[:5]))
    assert bodies == [("application/pdf", b"%PDF-"), ("text/html", b"<!DOC"), ("text/html", b"<!DOC")]


async def test_a_thread_shows_status_prompts_and_session(
    server: SlackServer, slack: AsyncWebClient, mori: User
) -> None:
    said = server.dm(mori, "要点は？")
    channel = said.channel.id
    place: Any = {"channel_id": channel, "thread_ts": said.ts}
    await slack.assistant_threads_setStatus(**place, status="読んでいます")
    await slack.agents_sessions_setStatus(**place, status="processing", title="要点")
    prompts = [{"title": "限界", "message": "限界は？"}]
    await slack.assistant_threads_setSuggestedPrompts(**place, prompts=prompts)
    thread = server.state.statuses[channel, said.ts]
    assert thread == {"status": "読んでいます", "title": "要点", "session": "processing", "prompts": prompts}
    await slack.chat_postMessage(channel=channel, text="要点です", thread_ts=said.ts)
    assert "status" not in thread
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await slack.agents_sessions_setStatus(**place, status="thinking")


async def test_people_and_places_are_told_as_asked(
    server: SlackServer, slack: AsyncWebClient, team: Workspace, mori: User, papers: Channel
) -> None:
    chief = team.person("chief", admin=True, locale="en-US")
    told = (await slack.users_info(user=chief.id, include_locale=True))["user"]
    assert (told["is_admin"], told["is_owner"], told["locale"]) == (True, False, "en-US")
    assert "locale" not in (await slack.users_info(user=chief.id))["user"]
    test = await slack.auth_test()
    assert test["user_id"] == team.bot_user
    assert "chat:write" in test.headers["x-oauth-scopes"].split(",")
    direct = (await slack.conversations_open(users=[chief.id]))["channel"]["id"]
    kinds = "public_channel,private_channel,im"
    listed = await slack.conversations_list(types=kinds)
    assert {each["id"] for each in listed["channels"]} == {papers.id, direct}
    assert set((await slack.conversations_members(channel=papers.id))["members"]) == {mori.id, team.bot_user}
    assert (await slack.team_info())["team"]["name"] == team.name
    assert (await slack.bots_info(bot=team.bot_id))["bot"]["user_id"] == team.bot_user


async def test_forms_json_and_queries_say_the_same(
    server: SlackServer, slack: AsyncWebClient, papers: Channel
) -> None:
    args = {"channel": papers.id, "text": "同じ", "blocks": '[{"type": "divider"}]'}
    server.limits.enforced = False
    await slack.api_call("chat.postMessage", data=args)
    await slack.api_call("chat.postMessage", json=args)
    await slack.api_call("chat.postMessage", params=args)
    await slack.api_call("chat.postMessage", http_verb="GET", params=args)
    assert [(each.text, each.blocks[0]["type"]) for each in server.messages(papers)] == [
        ("同じ", "divider")
    ] * 4


# ---------------------------------------------------------------------------------- refused


async def refused(answer: Any) -> str:
    """The error of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as raised:
        await answer
    return str(raised.value.response["error"])


async def test_where_the_bot_may_not_write(
    slack: AsyncWebClient, team: Workspace, server: SlackServer
) -> None:
    outside = team.channel("outside", bot=False)
    secret = team.channel("secret", bot=False, private=True)
    old = team.channel("old")
    old.archived = True
    foreign = server.workspace().channel("theirs")
    for channel, error in (
        (outside, "not_in_channel"),
        (secret, "channel_not_found"),
        (old, "is_archived"),
        (foreign, "channel_not_found"),
    ):
        assert await refused(slack.chat_postMessage(channel=channel.id, text="x")) == error
    assert await refused(slack.conversations_history(channel=outside.id)) == "not_in_channel"
    assert (await slack.conversations_info(channel=outside.id))["channel"]["is_member"] is False
    await slack.conversations_join(channel=outside.id)
    assert (await slack.chat_postMessage(channel="#outside", text="入りました"))["ok"]


async def test_a_missing_scope_and_a_dead_token_are_named(
    server: SlackServer, slack: AsyncWebClient, team: Workspace, papers: Channel
) -> None:
    team.scopes.discard("channels:history")
    with pytest.raises(SlackApiError) as raised:
        await slack.conversations_history(channel=papers.id)
    assert raised.value.response["error"] == "missing_scope"
    assert raised.value.response["needed"] == "channels:history"
    assert "chat:write" in raised.value.response["provided"]
    url = server.api_url
    assert await refused(AsyncWebClient(token="xoxb-wrong", base_url=url).auth_test()) == "invalid_auth"
    assert await refused(AsyncWebClient(base_url=url).auth_test()) == "not_authed"
    app_level = AsyncWebClient(token=server.app_token, base_url=url)
    assert await refused(app_level.auth_test()) == "not_allowed_token_type"
    assert await refused(slack.apps_connections_open(app_token=team.token)) == "not_allowed_token_type"
    server.uninstall(team)
    assert await refused(slack.auth_test()) == "account_inactive"


async def test_texts_have_their_limits(server: SlackServer, slack: AsyncWebClient, papers: Channel) -> None:
    server.limits.enforced = False
    ts = (await slack.chat_postMessage(channel=papers.id, text="あ" * 40_000))["ts"]
    for call in (
        slack.chat_postMessage(channel=papers.id, text="あ" * 40_001),
        slack.chat_update(channel=papers.id, ts=ts, text="あ" * 4_001),
        slack.chat_postMessage(channel=papers.id, markdown_text="あ" * 12_001),
    ):
        assert await refused(call) == "msg_too_long"
    long = [section("あ" * 2_990) for _ in range(4)]
    await slack.chat_postMessage(channel=papers.id, text="x", blocks=long)
    long.append(section("あ" * 1_100))
    assert (
        await refused(slack.chat_postMessage(channel=papers.id, text="x", blocks=long))
        == "msg_blocks_too_long"
    )
    empty = slack.api_call("chat.postMessage", json={"channel": papers.id, "text": ""})
    assert await refused(empty) == "no_text"


async def test_the_messages_of_others_are_not_the_bots_to_change(
    server: SlackServer, slack: AsyncWebClient, mori: User, papers: Channel
) -> None:
    said = server.say(mori, papers, "私の")
    assert await refused(slack.chat_update(channel=papers.id, ts=said.ts, text="x")) == "cant_update_message"
    assert await refused(slack.chat_delete(channel=papers.id, ts=said.ts)) == "cant_delete_message"
    assert await refused(slack.chat_delete(channel=papers.id, ts="1.000001")) == "message_not_found"
    await slack.reactions_add(channel=papers.id, timestamp=said.ts, name="eyes")
    again = slack.reactions_add(channel=papers.id, timestamp=said.ts, name="eyes")
    assert await refused(again) == "already_reacted"


PLAIN = {"type": "plain_text", "text": "質問"}
OPTION = {"text": PLAIN, "value": "x"}


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        ([section("")], "must be more than 0 characters"),
        ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([{"type": "header", "text": {**PLAIN, "text": "x" * 151}}], "must be less than 151 characters"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type: mrkdwn"),
        ([{"type": "context", "elements": [PLAIN] * 11}], "no more than 10 items allowed"),
        ([{"type": "section", "fields": [{**PLAIN, "text": "x" * 2001}]}], "less than 2001 characters"),
        ([{"type": "section", "fields": [PLAIN] * 11}], "no more than 10 items allowed"),
        ([{"type": "section"}], "missing required field: text or fields"),
        (
            [{"type": "actions", "elements": [button(action_id=str(n)) for n in range(26)]}],
            "no more than 25 items allowed",
        ),
        ([{"type": "actions", "elements": [button(), button()]}], "action_id already exists: ask"),
        ([{"type": "divider", "block_id": "a"}] * 2, "block_id already exists: a"),
        ([{"type": "divider", "block_id": "a" * 256}], "must be less than 256 characters"),
        ([{"type": "actions", "elements": [button(value="x" * 2001)]}], "must be less than 2001 characters"),
        (
            [{"type": "actions", "elements": [button(url="https://" + "x" * 3000)]}],
            "less than 3001 characters",
        ),
        ([{"type": "actions", "elements": [button(url="no address")]}], "must be a valid url"),
        (
            [{"type": "actions", "elements": [button(text={**PLAIN, "text": "x" * 76})]}],
            "less than 76 characters",
        ),
        ([{"type": "actions", "elements": [button(colour="red")]}], "invalid additional property: colour"),
        (
            [{"type": "actions", "elements": [{"type": "static_select", "options": [OPTION] * 101}]}],
            "no more than 100 items allowed",
        ),
        ([rich({"type": "text", "text": ""})], "must be more than 0 characters"),
        ([rich({"type": "bold", "text": "x"})], "unsupported type: bold"),
        ([rich({"type": "text", "text": "x", "style": {"big": True}})], "invalid additional property: big"),
        ([{"type": "heading", "text": PLAIN}], "unsupported type: heading [json-pointer:/blocks/0/type]"),
        ([{"type": "markdown", "text": "x" * 12_001}], "must be less than 12001 characters"),
    ],
)
async def test_blocks_that_break_a_rule_are_refused_with_the_reason(
    slack: AsyncWebClient, papers: Channel, blocks: list[Json], reason: str
) -> None:
    with pytest.raises(SlackApiError) as raised:
        await slack.chat_postMessage(channel=papers.id, text="x", blocks=blocks)
    assert raised.value.response["error"] == "invalid_blocks"
    assert reason in raised.value.response["response_metadata"]["messages"][0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"title": {**PLAIN, "text": "x" * 25}},
            "must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        ({"blocks": [{"type": "divider"}] * 101}, "no more than 100 items allowed"),
        ({"private_metadata": "x" * 3001}, "must be less than 3001 characters"),
        ({"submit": {**PLAIN, "text": "x" * 25}}, "must be less than 25 characters"),
        ({"blocks": [{"type": "markdown", "text": "x"}]}, "unsupported type: markdown"),
        (
            {"blocks": [{"type": "input", "label": {**PLAIN, "text": "x" * 2001}, "element": {}}]},
            "must be less than 2001 characters",
        ),
        (
            {"blocks": [{"type": "input", "label": PLAIN, "element": {"type": "plain_text_input"}}]},
            "missing required field: submit",
        ),
    ],
)
async def test_modals_that_break_a_rule_are_refused_with_the_reason(
    server: SlackServer, slack: AsyncWebClient, mori: User, change: Json, reason: str
) -> None:
    view = {"type": "modal", "title": PLAIN, "blocks": [{"type": "divider"}]} | change
    with pytest.raises(SlackApiError) as raised:
        await slack.views_open(trigger_id=server.state.trigger(mori), view=view)
    assert raised.value.response["error"] == "invalid_arguments"
    assert reason in raised.value.response["response_metadata"]["messages"][0]


async def test_a_view_is_updated_only_by_who_saw_it_last(
    server: SlackServer, slack: AsyncWebClient, mori: User
) -> None:
    view = {"type": "modal", "title": PLAIN, "blocks": [section("読んでいます")]}
    opened = (await slack.views_open(trigger_id=server.state.trigger(mori), view=view))["view"]
    view["blocks"] = [section("終わりました")]
    await slack.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
    assert shown(server.views[0]) == "終わりました"
    again = slack.views_update(view_id=opened["id"], hash=opened["hash"], view=view)
    assert await refused(again) == "hash_conflict"
    server.close(server.views[0])
    assert await refused(slack.views_update(view_id=opened["id"], view=view)) == "not_found"


async def test_a_stream_needs_a_thread_and_its_reader_and_ends_by_itself(
    server: SlackServer, slack: AsyncWebClient, mori: User, papers: Channel, clock: ManualClock
) -> None:
    said = server.say(mori, papers, "要点は？")
    place: Any = {"channel": papers.id, "thread_ts": said.ts}
    assert await refused(slack.chat_startStream(**{**place, "thread_ts": ""})) == "invalid_arguments"
    assert await refused(slack.chat_startStream(**place)) == "missing_recipient_team_id"
    place |= {"recipient_team_id": papers.team.id}
    assert await refused(slack.chat_startStream(**place)) == "missing_recipient_user_id"
    place |= {"recipient_user_id": mori.id}
    assert await refused(slack.chat_startStream(**place, chunks=[{"type": "text"}])) == "invalid_chunks"
    stream: Any = {
        "channel": papers.id,
        "ts": (await slack.chat_startStream(**place, markdown_text="初め"))["ts"],
    }
    assert await refused(slack.chat_update(**stream, text="x")) == "streaming_state_conflict"
    assert await refused(slack.chat_appendStream(**stream, markdown_text="x" * 12_000)) == "msg_too_long"
    clock.advance(minutes=6)
    late = slack.chat_appendStream(**stream, markdown_text="遅い")
    assert await refused(late) == "message_not_in_streaming_state"
    (answer,) = server.thread(papers, said.ts)
    assert shown(answer) == "初め"


# ------------------------------------------------------------------------- seen by a reader


async def test_nobody_is_pinged_by_what_is_escaped_and_everybody_by_what_is_not(
    server: SlackServer, slack: AsyncWebClient, mori: User, papers: Channel
) -> None:
    server.limits.enforced = False
    calm = "&lt;!channel&gt; @here &lt;@U000000002&gt;"
    await slack.chat_postMessage(
        channel=papers.id, text=calm, blocks=[section(calm), section(calm, "plain_text")]
    )
    await slack.chat_postMessage(
        channel=papers.id, text=calm, blocks=[rich({"type": "text", "text": "<!here>"})]
    )
    assert not server.pinged()
    loud: list[tuple[Json, set[str]]] = [
        ({"text": "<!channel>"}, {"channel"}),
        ({"text": f"<@{mori.id}>"}, {mori.id}),
        ({"text": "x", "blocks": [section("<!here|here>")]}, {"here"}),
        ({"text": "x", "blocks": [rich({"type": "broadcast", "range": "everyone"})]}, {"everyone"}),
        ({"text": "x", "blocks": [rich({"type": "usergroup", "usergroup_id": "S1"})]}, {"S1"}),
        ({"text": "@channel", "link_names": True}, {"channel"}),
    ]
    for args, who in loud:
        posted = await slack.chat_postMessage(channel=papers.id, **args)
        assert server.pinged()[posted["ts"]] == who


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("これは*大事*です", "これは*大事*です"),
        ("これは *大事* です", "これは 大事 です"),
        ("「*大事*」", "「*大事*」"),
        ("it is *bold*, _so_ ~not~ `code`", "it is bold, so not code"),
        ("5*3*2", "5*3*2"),
        ("&lt;b&gt; &amp; <https://a.example|名> <https://a.example>", "<b> & 名 https://a.example"),
        ("<!channel> <#C1|papers>", "@channel #papers"),
    ],
)
async def test_asterisks_beside_kana_are_seen(
    server: SlackServer, slack: AsyncWebClient, papers: Channel, text: str, seen: str
) -> None:
    await slack.chat_postMessage(channel=papers.id, text="x", blocks=[section(text)])
    assert shown(server.messages(papers)[0]) == seen


async def test_rich_text_is_seen_as_it_is_meant(
    server: SlackServer, slack: AsyncWebClient, papers: Channel
) -> None:
    item = {
        "type": "rich_text_section",
        "elements": [{"type": "link", "url": "https://a.example", "text": "論文"}],
    }
    blocks = [
        rich({"type": "text", "text": "これは"}, {"type": "text", "text": "大事", "style": {"bold": True}}),
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_list", "style": "ordered", "elements": [item] * 2}],
        },
        {"type": "actions", "elements": [button()]},
    ]
    await slack.chat_postMessage(channel=papers.id, text="x", blocks=blocks)
    assert shown(server.messages(papers)[0]) == "これは大事\n1. 論文\n2. 論文\n[質問]"


async def test_markdown_in_a_stream_follows_commonmark(
    server: SlackServer, slack: AsyncWebClient, papers: Channel
) -> None:
    text = "これは**大事**です。**「大事」**です。[論文](https://a.example)"
    await slack.chat_postMessage(channel=papers.id, markdown_text=text)
    assert shown(server.messages(papers)[0]) == "これは大事です。**「大事」**です。論文"


# --------------------------------------------------------------------------------- limited


async def test_a_channel_takes_a_message_a_second_after_a_short_burst(
    server: SlackServer, slack: AsyncWebClient, team: Workspace, papers: Channel, clock: ManualClock
) -> None:
    for number in range(3):
        await slack.chat_postMessage(channel=papers.id, text=f"{number}")
    with pytest.raises(SlackApiError) as raised:
        await slack.chat_postMessage(channel=papers.id, text="速い")
    assert raised.value.response["error"] == "ratelimited"
    assert raised.value.response.status_code == 429
    assert raised.value.response.headers["Retry-After"] == "1"
    assert await slack.chat_postMessage(channel=team.channel("other").id, text="別の所")
    clock.advance(seconds=1)
    await slack.chat_postMessage(channel=papers.id, text="3")
    assert [each.text for each in server.messages(papers)] == ["0", "1", "2", "3"]
    assert server.limited == 1


async def test_history_can_be_cut_to_one_call_a_minute_and_fifteen_messages(
    server: SlackServer, slack: AsyncWebClient, mori: User, papers: Channel, clock: ManualClock
) -> None:
    for number in range(20):
        server.say(mori, papers, f"{number}")
    server.limits.restrict_history()
    page = await slack.conversations_history(channel=papers.id, limit=200)
    assert (len(page["messages"]), page["has_more"]) == (15, True)
    clock.advance(seconds=20)
    with pytest.raises(SlackApiError) as raised:
        await slack.conversations_history(channel=papers.id)
    assert raised.value.response.headers["Retry-After"] == "40"
    clock.advance(seconds=40)
    assert await slack.conversations_history(channel=papers.id)
