"""Slack as an outlet, against a Slack that loses answers, limits, and keeps tombstones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.clock import SystemClock
from bot.platforms.slack.calls import SlackCalls
from bot.platforms.slack.client import slack_client
from bot.platforms.slack.outlet import SlackOutlet
from config.words import load_phrases
from digest.errors import DeliveryError, NotFound, PlaceUnavailable, Postponed
from digest.layout import squeezed
from digest.models import Week
from digest.places import Message as Sent
from digest.places import PartKey, Place
from digest.posts import Block, BlockKind, Post, Span
from tests.servers.slack import Channel, SlackServer, User, Workspace, shown
from tests.servers.slack.apps import client

SOON = 0.001


@dataclass
class Scene:
    """A workspace with one channel, and Rinko in it."""

    server: SlackServer
    team: Workspace
    mori: User
    papers: Channel
    outlet: SlackOutlet
    place: Place

    def key(self, name: str, place: Place | None = None) -> PartKey:
        return PartKey(place or self.place, Week(2024, 9), name)

    async def find(
        self, key: PartKey, under: Sent | None = None, since: datetime | None = None
    ) -> tuple[Sent, ...]:
        """The copies of a part."""
        return (await self.outlet.find([key], under, since))[key]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with SlackServer() as server:
        server.limits.enforced = False
        team = server.workspace()
        mori = team.person("mori")
        papers = team.channel("papers", mori)
        calls = SlackCalls(SOON, SOON)
        outlet = SlackOutlet(slack_client(team.token, server.api_url), SystemClock(), calls)
        yield Scene(server, team, mori, papers, outlet, await outlet.locate(papers.id))
        assert not server.pinged()


def post(*words: str, note: str = "") -> Post:
    blocks = [Block(BlockKind.TEXT, (Span(each),)) for each in words]
    return Post("ja", (*blocks, *([Block(BlockKind.NOTE, (Span(note),))] if note else [])))


# ------------------------------------------------------------------------------ posting


async def test_a_message_carries_its_mark_and_a_whole_text_and_unfurls_nothing(scene: Scene) -> None:
    sent = await scene.outlet.send(scene.key("header"), post("<!channel> & 論文"))
    [message] = scene.server.messages(scene.papers)
    assert message.metadata == {
        "event_type": "rinko_part",
        "event_payload": {"mark": str(scene.key("header"))},
    }
    assert message.text == "&lt;!channel&gt; &amp; 論文"
    assert (message.unfurl_links, message.unfurl_media) == (False, False)
    assert sent.id == message.ts


async def test_addresses_are_those_that_slack_gives(scene: Scene) -> None:
    card = await scene.outlet.send(scene.key("card/a"), post("カード"))
    answers = await scene.outlet.send(scene.key("qa/a/1"), post("Q&A"), under=card)
    for message in (card, answers):
        told = await client(scene.server, scene.team).chat_getPermalink(
            channel=scene.papers.id, message_ts=message.id
        )
        assert message.url == told["permalink"]


async def test_a_lost_answer_leaves_one_message_which_is_found(scene: Scene) -> None:
    scene.server.faults.lose_answer("chat.postMessage")
    with pytest.raises(DeliveryError) as raised:
        await scene.outlet.send(scene.key("header"), post("今週"))
    assert not isinstance(raised.value, PlaceUnavailable)
    assert scene.team.token not in str(raised.value)
    [message] = scene.server.messages(scene.papers)
    since = datetime.now(UTC) - timedelta(minutes=2)
    assert [each.id for each in await scene.find(scene.key("header"), since=since)] == [message.ts]


async def test_what_may_be_repeated_is_repeated(scene: Scene) -> None:
    sent = await scene.outlet.send(scene.key("header"), post("前"))
    for method in ("chat.update", "conversations.history", "chat.delete"):
        scene.server.faults.lose_answer(method)
    await scene.outlet.edit(sent, post("後"))
    assert [each.id for each in await scene.find(scene.key("header"))] == [sent.id]
    await scene.outlet.remove(sent)
    assert scene.server.messages(scene.papers) == []


@pytest.mark.parametrize("status", [500, 503])
async def test_a_fault_of_slack_is_no_answer(scene: Scene, status: int) -> None:
    scene.server.faults.status("chat.postMessage", status)
    with pytest.raises(DeliveryError, match=str(status) + "|internal_error"):
        await scene.outlet.send(scene.key("header"), post("今週"))


async def test_a_short_wait_is_obeyed_and_a_long_one_told(scene: Scene) -> None:
    scene.server.faults.status("chat.postMessage", 429, retry_after=1)
    assert await scene.outlet.send(scene.key("header"), post("今週"))
    scene.server.faults.status("chat.postMessage", 429, retry_after=300)
    with pytest.raises(Postponed) as raised:
        await scene.outlet.send(scene.key("card/a"), post("カード"))
    assert timedelta(seconds=290) < raised.value.until - datetime.now(UTC) <= timedelta(seconds=300)
    assert raised.value.everywhere
    assert len(scene.server.messages(scene.papers)) == 1


async def test_what_is_only_read_waits_as_long_as_slack_asks(scene: Scene) -> None:
    scene.server.faults.status("conversations.info", 429, times=2, retry_after=100)
    assert await scene.outlet.lacking(scene.place) == ()
    scene.server.faults.status("conversations.history", 429, times=2, retry_after=100)
    assert await scene.find(scene.key("header")) == ()
    asked = [call.status for call in scene.server.calls("conversations.info")]
    assert asked == [429, 429, 200]


async def test_many_who_are_refused_wait_together_and_not_one_after_the_other(scene: Scene) -> None:
    calls = SlackCalls(SOON, 0.5)  # a minute of half a second
    outlet = SlackOutlet(scene.outlet.client, SystemClock(), calls)
    scene.server.faults.status("conversations.info", 429, times=10, retry_after=60)
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(outlet.lacking(scene.place) for _ in range(10)))
    assert 0.5 <= asyncio.get_running_loop().time() - began < 2.5


async def test_posts_keep_to_the_pace_of_a_channel(scene: Scene) -> None:
    scene.server.limits.enforced = True
    scene.server.limits.posts_per_second, scene.server.limits.post_burst = 20, 2
    outlet = SlackOutlet(scene.outlet.client, SystemClock(), SlackCalls(1 / 18))
    for number in range(8):
        await outlet.send(scene.key(f"card/{number}"), post("カード"))
    assert scene.server.limited == 0


async def test_a_reply_to_what_is_gone_does_not_stay_in_the_channel(scene: Scene) -> None:
    card = await scene.outlet.send(scene.key("card/a"), post("カード"))
    await scene.outlet.remove(card)
    with pytest.raises(PlaceUnavailable):
        await scene.outlet.send(scene.key("qa/a/1"), post("Q&A"), under=card)
    assert scene.server.messages(scene.papers) == []
    with pytest.raises(PlaceUnavailable):
        await scene.outlet.stream(scene.place, card.id, None).finish(post("答え"))
    assert scene.server.messages(scene.papers) == []


async def test_what_is_left_of_a_message_with_replies_is_no_message(scene: Scene) -> None:
    card = await scene.outlet.send(scene.key("card/a"), post("カード"))
    answers = await scene.outlet.send(scene.key("qa/a/1"), post("Q&A"), under=card)
    await scene.outlet.remove(card)
    await scene.outlet.remove(card)
    assert await scene.find(scene.key("card/a")) == ()
    assert [each.id for each in await scene.find(scene.key("qa/a/1"), under=card)] == [answers.id]
    with pytest.raises(NotFound):
        await scene.outlet.edit(card, post("もうない"))


async def test_a_full_post_can_be_edited(scene: Scene) -> None:
    line = Block(BlockKind.TEXT, (Span("長い文です。" * 400),))
    full = Post("ja", squeezed((line,) * 6, scene.outlet.limits))
    sent = await scene.outlet.send(scene.key("header"), post("前"))
    await scene.outlet.edit(sent, full)
    assert shown(scene.papers.messages[sent.id]).replace("\n", "") == full.text.replace("\n", "")


# ------------------------------------------------------------------------------ finding


async def test_history_is_read_page_by_page_and_not_for_ever(scene: Scene) -> None:
    sent = await scene.outlet.send(scene.key("header"), post("今週"))
    for _ in range(30):
        scene.server.say(scene.mori, scene.papers, "こんにちは")
    scene.server.limits.history_most = 10
    assert [each.id for each in await scene.find(scene.key("header"))] == [sent.id]
    assert len(scene.server.calls("conversations.history")) == 4
    after = datetime.fromtimestamp(float(sent.id), UTC) + timedelta(milliseconds=1)
    assert await scene.find(scene.key("header"), since=after) == ()
    for _ in range(15):
        scene.server.say(scene.mori, scene.papers, "こんにちは")
    scene.server.limits.history_most = 1
    with pytest.raises(DeliveryError, match="not all can be looked through"):
        await scene.find(scene.key("header"))


async def test_what_cannot_be_read_is_not_taken_for_not_there(scene: Scene) -> None:
    scene.team.scopes.discard("channels:history")
    with pytest.raises(PlaceUnavailable):
        await scene.find(scene.key("header"))


# ------------------------------------------------------------------------------- places


async def test_what_is_lacking_is_named_and_said_in_both_languages(scene: Scene) -> None:
    team, outlet = scene.team, scene.outlet
    archived = team.channel("old", scene.mori)
    archived.archived = True
    outside = team.channel("outside", scene.mori, bot=False)
    hidden = team.channel("hidden", scene.mori, private=True, bot=False)
    cases = {archived.id: "slack_archived", outside.id: "slack_member", hidden.id: "see", "C0NONE": "see"}
    for channel, name in cases.items():
        assert await outlet.lacking(await outlet.locate(channel)) == (name,)
    assert await outlet.lacking(Place("slack", "T0OTHER", scene.papers.id)) == ("see",)
    for scope, name in {
        "chat:write": "slack_write",
        "channels:history": "slack_history",
        "channels:read": "slack_read",
    }.items():
        team.scopes.discard(scope)
        assert await outlet.lacking(scene.place) == (name,)
        team.scopes.add(scope)
    scene.server.faults.refuse("conversations.info", "token_revoked")
    assert await outlet.lacking(scene.place) == ("slack_token",)
    scene.server.faults.status("conversations.info", 500)
    with pytest.raises(DeliveryError):
        await outlet.lacking(scene.place)
    for say in load_phrases().values():
        assert all(say(f"rights.{name}") for name in {*cases.values(), "slack_write", "slack_token"})


async def test_a_refusal_says_what_to_do(scene: Scene) -> None:
    outside = scene.team.channel("outside", scene.mori, bot=False)
    with pytest.raises(PlaceUnavailable) as raised:
        await scene.outlet.send(scene.key("header", await scene.outlet.locate(outside.id)), post("今週"))
    assert "/invite @Rinko" in (raised.value.hint or "")
    scene.team.scopes.discard("chat:write")
    with pytest.raises(PlaceUnavailable):
        await scene.outlet.send(scene.key("header"), post("今週"))


async def test_nothing_crosses_to_another_workspace(scene: Scene) -> None:
    other = scene.server.workspace("別の会")
    theirs = other.channel("papers", other.person("kawa"))
    place = Place("slack", other.id, theirs.id)
    own = await scene.outlet.send(scene.key("header"), post("今週"))
    before = len(scene.server.calls())
    for act in (
        scene.outlet.send(scene.key("header", place), post("今週")),
        scene.outlet.find([scene.key("header", place)]),
        scene.outlet.edit(type(own)(own.id, place), post("今週")),
        scene.outlet.remove(type(own)(own.id, place)),
        scene.outlet.private(place, scene.mori.id),
    ):
        with pytest.raises(PlaceUnavailable):
            await act
    assert len(scene.server.calls()) == before


async def test_people_are_written_to_directly(scene: Scene) -> None:
    place = await scene.outlet.private(scene.place, scene.mori.id)
    assert place is not None
    await scene.outlet.send(scene.key("header", place), post("下書き"))
    assert [shown(each) for each in scene.server.messages(scene.server.state.im(scene.mori))] == ["下書き"]
    assert await scene.outlet.private(scene.place, "U0NOBODY") is None


async def test_a_slack_that_is_down_places_nothing_and_is_asked_again(scene: Scene) -> None:
    outlet = SlackOutlet(scene.outlet.client, SystemClock())
    scene.server.faults.status("auth.test", 503)
    with pytest.raises(PlaceUnavailable):
        await outlet.locate(scene.papers.id)
    assert await outlet.locate(scene.papers.id) == scene.place


# ------------------------------------------------------------------------------ streams


async def test_an_answer_grows_by_streaming_and_ends_as_the_whole_post(scene: Scene) -> None:
    card = await scene.outlet.send(scene.key("card/a"), post("カード"))
    stream = scene.outlet.stream(scene.place, card.id, None, reader=scene.mori.id)
    server, papers = scene.server, scene.papers

    def streamed() -> str:
        return "\n".join(shown(each) for each in server.thread(papers, card.id))

    await stream.show(post("Q. 何が新しい？", note="探しています…"))
    await server.until(lambda: streamed() == "Q. 何が新しい？\n探しています…")
    await stream.show(post("Q. 何が新しい？", "一つ目", note="探しています…"))
    await server.until(lambda: streamed() == "Q. 何が新しい？\n探しています…\n一つ目")
    done = await stream.finish(post("Q. 何が新しい？", "二つ目だけ"))
    [message] = server.thread(papers, card.id)
    assert shown(message) == "Q. 何が新しい？\n二つ目だけ"
    assert message.text == "Q. 何が新しい？\n二つ目だけ"
    assert (done.id, done.thread, message.streaming) == (message.ts, card.id, None)
    assert done.url
    assert not server.calls("chat.postMessage")[1:]


@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream"])
async def test_where_slack_does_not_stream_the_answer_is_posted_and_edited(scene: Scene, method: str) -> None:
    card = await scene.outlet.send(scene.key("card/a"), post("カード"))
    ordered = scene.server.faults.refuse(method, "not_allowed")
    stream = scene.outlet.stream(scene.place, card.id, None, reader=scene.mori.id)
    await stream.show(post("Q.", note="探しています…"))
    await scene.server.until(lambda: scene.server.thread(scene.papers, card.id))
    await stream.show(post("Q.", "一つ目", note="探しています…"))
    await scene.server.until(lambda: ordered.done)
    await stream.finish(post("Q.", "一つ目"))
    [message] = scene.server.thread(scene.papers, card.id)
    assert shown(message) == "Q.\n一つ目"


def _replies(scene: Scene, card: str, count: int) -> bool:
    return len(scene.server.thread(scene.papers, card)) == count


async def test_only_so_many_answers_stream_at_once(scene: Scene) -> None:
    outlet = SlackOutlet(scene.outlet.client, SystemClock(), SlackCalls(SOON))
    card = await outlet.send(scene.key("card/a"), post("カード"))
    for number in range(7):
        stream = outlet.stream(scene.place, card.id, None, reader=scene.mori.id)
        await stream.show(post(f"Q{number}"))
        reached = partial(_replies, scene, card.id, number + 1)
        await scene.server.until(reached)
    assert len(scene.server.calls("chat.startStream")) == 5


async def test_a_message_deleted_while_it_grows_comes_anew(scene: Scene) -> None:
    card = await scene.outlet.send(scene.key("card/a"), post("カード"))
    stream = scene.outlet.stream(scene.place, card.id, None)
    await stream.show(post("Q."))
    await scene.server.until(lambda: scene.server.thread(scene.papers, card.id))
    [message] = scene.server.thread(scene.papers, card.id)
    del scene.papers.messages[message.ts]
    await stream.finish(post("Q.", "一つ目"))
    assert [shown(each) for each in scene.server.thread(scene.papers, card.id)] == ["Q.\n一つ目"]


async def test_what_is_for_one_person_comes_once_and_to_nobody_else(scene: Scene) -> None:
    stream = scene.outlet.stream(scene.place, None, scene.mori.id)
    await stream.show(post("探しています…"))
    await stream.finish(post("答え"))
    assert [shown(each) for each in scene.server.ephemerals(scene.mori)] == ["答え"]
    assert scene.server.messages(scene.papers) == []
    with pytest.raises(PlaceUnavailable):
        await scene.outlet.stream(scene.place, None, scene.team.person("kawa").id).finish(post("答え"))


async def test_an_answer_does_not_wait_for_the_edits_of_hundreds_of_channels(scene: Scene) -> None:
    outlet = SlackOutlet(scene.outlet.client, SystemClock(), SlackCalls(SOON, 2.0))  # a minute of 2 s
    sent = await outlet.send(scene.key("header"), post("x"))
    answer = outlet.stream(scene.place, sent.id, None)
    await answer.show(post("searching"))
    await scene.server.until(lambda: scene.server.thread(scene.papers, sent.id))
    edits = [asyncio.create_task(outlet.edit(sent, post(f"{number}"))) for number in range(30)]
    await edits[12]  # the first twelve may be made at once
    await answer.finish(post("found"))
    assert sum(edit.done() for edit in edits) <= 16
    await asyncio.gather(*edits)
    assert shown(scene.server.thread(scene.papers, sent.id)[-1]) == "found"
