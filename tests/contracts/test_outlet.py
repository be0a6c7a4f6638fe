"""What every outlet must do, run over each adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.platforms.local.messages import Draft
from bot.platforms.local.outlet import LocalOutlet, local_place, new_id
from bot.platforms.local.sql_messages import SqlMessages
from bot.platforms.slack.calls import SlackCalls
from bot.platforms.slack.client import slack_client
from bot.platforms.slack.outlet import SlackOutlet
from digest.errors import DeliveryError, NotFound, ThreadGone
from digest.layout import length, squeezed
from digest.models import Week
from digest.places import Message, PartKey, Place
from digest.ports import Outlet
from digest.posts import Block, BlockKind, Button, Post, Span
from digest.store.engine import open_database
from tests.bot.platforms.discord.posting import room, seen
from tests.bot.platforms.local.support import SteadyClock
from tests.databases import with_tables
from tests.servers import slack


@dataclass
class Platform:
    """An outlet, and what a test needs to see and do on the platform behind it."""

    outlet: Outlet
    place: Place
    shown: Callable[[Message], Awaitable[str | None]]
    """What a message shows to all, as readers see it without buttons; None where there is none."""
    reply: Callable[[Message], Awaitable[None]]
    """A person replies in the thread of a message."""
    person: str = "a-person"
    """Someone who is there."""

    def key(self, name: str, week: int = 9) -> PartKey:
        return PartKey(self.place, Week(2024, week), name)

    async def find(
        self, key: PartKey, under: Message | None = None, since: datetime | None = None
    ) -> tuple[Message, ...]:
        """The copies of one part."""
        return (await self.outlet.find([key], under, since))[key]


@asynccontextmanager
async def local_platform(folder: Path) -> AsyncIterator[Platform]:
    database = open_database(with_tables(folder / "rinko.db"))
    messages, clock = SqlMessages(database), SteadyClock()

    async def shown(message: Message) -> str | None:
        kept = await messages.get(message.id)
        return None if kept is None or kept.deleted or kept.only_for else kept.post.text

    async def reply(message: Message) -> None:
        post = Post("ja", (Block(BlockKind.TEXT, (Span("ありがとう"),)),))
        draft = Draft(new_id(), message.place.channel, "a-person", post, clock.now(), thread=message.id)
        await messages.insert(draft)

    yield Platform(LocalOutlet(messages, clock), local_place("papers"), shown, reply)
    await database.close()


@asynccontextmanager
async def slack_platform(_folder: Path) -> AsyncIterator[Platform]:
    async with slack.SlackServer() as server:
        server.limits.enforced = False
        team = server.workspace()
        mori = team.person("mori")
        papers = team.channel("papers", mori)

        async def shown(message: Message) -> str | None:
            kept = papers.messages.get(message.id)
            return None if kept is None else slack.shown(kept)

        async def reply(message: Message) -> None:
            server.say(mori, papers, "ありがとう", thread=message.id)

        outlet = SlackOutlet(slack_client(team.token, server.api_url), SystemClock(), SlackCalls(0.001, 0.1))
        yield Platform(outlet, await outlet.locate(papers.id), shown, reply, mori.id)
        assert not server.pinged()


@asynccontextmanager
async def discord_platform(*, forum: bool) -> AsyncIterator[Platform]:
    async with room(forum=forum, gateway=not forum) as here:

        async def shown(message: Message) -> str | None:
            kept = here.stored(message)
            return None if kept is None or kept.channel.guild is None else seen(kept)

        async def reply(message: Message) -> None:
            here.server.say(here.hana, here.thread(message), "ありがとう")

        yield Platform(here.outlet, here.place, shown, reply, str(here.hana.id))


ADAPTERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Platform]]] = {
    "local": local_platform,
    "slack": slack_platform,
    "discord": lambda _: discord_platform(forum=False),
    "discord-forum": lambda _: discord_platform(forum=True),
}


@pytest.fixture(params=ADAPTERS)
async def platform(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Platform]:
    async with ADAPTERS[request.param](tmp_path) as opened:
        yield opened


def post(text: str, *buttons: Button) -> Post:
    return Post("ja", (Block(BlockKind.TEXT, (Span(text),)),), buttons)


async def test_what_was_sent_is_shown_and_has_an_address(platform: Platform) -> None:
    sent = await platform.outlet.send(platform.key("header"), post("今週の論文"))
    assert sent.place == platform.place
    assert sent.thread is None
    assert sent.url
    assert await platform.shown(sent) == "今週の論文"


async def test_a_part_is_found_by_its_key_only(platform: Platform) -> None:
    outlet, key = platform.outlet, platform.key("card/arxiv:2402.1")
    sent = await outlet.send(key, post("一"))
    assert [message.id for message in await platform.find(key)] == [sent.id]
    assert await platform.find(platform.key("card/arxiv:2402.1", week=10)) == ()
    assert await platform.find(platform.key("card/arxiv:2402.12")) == ()


async def test_copies_are_all_found_oldest_first(platform: Platform) -> None:
    key = platform.key("header")
    sent = [await platform.outlet.send(key, post(text)) for text in ("一", "二", "三")]
    assert [message.id for message in await platform.find(key)] == [message.id for message in sent]


async def test_a_part_under_another_stands_in_its_thread(platform: Platform) -> None:
    outlet = platform.outlet
    card = await outlet.send(platform.key("card/a"), post("カード"))
    other = await outlet.send(platform.key("card/b"), post("別のカード"))
    reply = await outlet.send(platform.key("qa/a/1"), post("Q&A"), under=card)
    assert reply.thread is not None
    assert [message.id for message in await platform.find(platform.key("qa/a/1"), card)] == [reply.id]
    assert await platform.find(platform.key("qa/a/1"), other) == ()


async def test_an_edit_keeps_the_message_and_its_mark(platform: Platform) -> None:
    outlet, key = platform.outlet, platform.key("header")
    sent = await outlet.send(key, post("前"))
    edited = await outlet.edit(sent, post("後"))
    assert edited.id == sent.id
    assert await platform.shown(sent) == "後"
    assert [message.id for message in await platform.find(key)] == [sent.id]


async def test_what_is_removed_is_gone(platform: Platform) -> None:
    outlet, key = platform.outlet, platform.key("header")
    sent = await outlet.send(key, post("消える"))
    await outlet.remove(sent)
    await outlet.remove(sent)  # one that is gone is no error
    assert await platform.find(key) == ()
    assert await platform.shown(sent) is None
    with pytest.raises(NotFound):
        await outlet.edit(sent, post("もうない"))


async def test_nothing_is_sent_under_what_is_gone(platform: Platform) -> None:
    card = await platform.outlet.send(platform.key("card/a"), post("カード"))
    await platform.outlet.remove(card)
    with pytest.raises(ThreadGone):
        await platform.outlet.send(platform.key("qa/a/1"), post("Q&A"), under=card)


async def test_replies_by_people_are_counted_and_all_that_stands_under_a_message(platform: Platform) -> None:
    outlet, keys = platform.outlet, [platform.key(name) for name in ("header", "card/a", "card/b")]
    for key in keys:
        await outlet.send(key, post("カード"))
    ((card,), (other,)) = [(await outlet.find(keys))[key] for key in keys[1:]]
    await outlet.prepare(card)
    await outlet.prepare(card)  # what was prepared twice is there once
    for number in range(2):
        await outlet.send(platform.key(f"qa/a/{number}"), post("Q&A"), under=card)
    assert [await outlet.replies(one) for one in (card, other)] == [0, 0]
    found = await outlet.find(keys)
    assert [one.in_thread for key in keys[1:] for one in found[key]] == [2, 0]
    await platform.reply(card)
    assert [await outlet.replies(one) for one in (card, other)] == [1, 0]
    assert [one.in_thread for one in (await outlet.find(keys))[keys[1]]] == [3]


async def test_several_parts_are_found_in_one_pass(platform: Platform) -> None:
    outlet, names = platform.outlet, ("header", "card/a", "card/b", "card/c")
    keys = [platform.key(name) for name in names]
    sent = [await outlet.send(key, post(key.name)) for key in (*keys[:3], keys[1])]
    found = await outlet.find(keys)
    ids = [[one.id for one in found[key]] for key in keys]
    assert ids == [[sent[0].id], [sent[1].id, sent[3].id], [sent[2].id], []]
    answers = [platform.key(f"qa/a/{number}") for number in range(3)]
    said = [await outlet.send(key, post(key.name), under=sent[1]) for key in answers[:2]]
    within = await outlet.find(answers, sent[1])
    assert [[one.id for one in within[key]] for key in answers] == [[said[0].id], [said[1].id], []]


async def test_a_stream_grows_one_message(platform: Platform) -> None:
    card = await platform.outlet.send(platform.key("card/a"), post("カード"))
    stream = platform.outlet.stream(platform.place, card.id, None)
    await stream.show(post("探しています"))
    await stream.show(post("一つ目"))
    finished = await stream.finish(post("一つ目と二つ目"))
    assert finished.thread == card.id
    assert await platform.shown(finished) == "一つ目と二つ目"


async def test_a_stream_for_one_person_is_seen_by_nobody_else(platform: Platform) -> None:
    stream = platform.outlet.stream(platform.place, None, platform.person)
    await stream.show(post("秘密"))
    assert await platform.shown(await stream.finish(post("秘密です"))) is None


async def test_a_post_at_the_limits_is_sent_and_one_beyond_is_refused(platform: Platform) -> None:
    limits = platform.outlet.limits
    line = Block(BlockKind.TEXT, (Span("長" * limits.block_characters),))
    full = squeezed((line,) * (limits.characters // limits.block_characters + 2), limits)
    assert length(full, limits) > limits.characters * 0.9
    largest = Post("ja", full)
    assert await platform.outlet.send(platform.key("header"), largest)
    long = Block(BlockKind.TEXT, (Span("長" * (limits.block_characters + 1)),))
    short = Block(BlockKind.TEXT, (Span("短"),))
    for number, blocks in enumerate([(long,), (line, *full, line), (short,) * (limits.blocks + 1)]):
        with pytest.raises(DeliveryError):
            await platform.outlet.send(platform.key(f"card/{number}"), Post("ja", blocks))
    buttons = (Button("次へ", "page", "1"),) * (limits.buttons + 1)
    with pytest.raises(DeliveryError):
        await platform.outlet.send(platform.key("card/c"), post("短", *buttons))


async def test_a_place_is_known_by_its_channel_and_no_right_is_lacking_there(platform: Platform) -> None:
    assert await platform.outlet.lacking(platform.place) == ()
    assert await platform.outlet.locate(platform.place.channel) == platform.place
    assert "papers" in await platform.outlet.name(platform.place)


async def test_history_before_a_part_was_tried_need_not_be_read(platform: Platform) -> None:
    key = platform.key("header")
    before = datetime.now(UTC) - timedelta(hours=1)
    sent = await platform.outlet.send(key, post("今"))
    assert [message.id for message in await platform.find(key, since=before)] == [sent.id]
