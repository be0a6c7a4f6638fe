"""Discord as an outlet, against a Discord that loses answers, forgets nonces, lags and limits threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.platforms.discord.outlet import DiscordOutlet
from bot.rendering.discord import DISCORD_LIMITS
from digest.compose import Composer
from digest.delivery import Delivery
from digest.errors import DeliveryError, NotFound, PlaceUnavailable, Postponed, ThreadLocked
from digest.models import Week
from digest.phrases import Phrases, Taxonomy
from digest.places import Part, PartKey, Place
from digest.posts import Block, BlockKind, Button, Post, Span
from digest.store.engine import Database
from digest.store.ledger import SqlLedger
from digest.store.turns import SqlTurns
from tests.bot.platforms.discord.posting import Room, room, seen, texts
from tests.builders import issue
from tests.servers.discord import Can, Drop, Flag, Intent, Kind, Lose, Refuse, Stall, on

WEEK = Week(2024, 9)
POST, EDIT = on("POST", "/channels/*/messages"), on("PATCH", "/channels/*/messages/*")
FORUM_POST = on("POST", "/channels/*/threads")
MAKE_THREAD = on("POST", "/channels/*/messages/*/threads")


@pytest.fixture
async def here() -> AsyncIterator[Room]:
    async with room() as opened:
        yield opened


@pytest.fixture
async def forum() -> AsyncIterator[Room]:
    async with room(forum=True, tags=("Optics", "機械学習")) as opened:
        yield opened


def post(*words: str, title: str = "", buttons: tuple[Button, ...] = ()) -> Post:
    titles = [Block(BlockKind.TITLE, (Span(title),))] if title else []
    return Post("ja", (*titles, *(Block(BlockKind.TEXT, (Span(each),)) for each in words)), buttons)


def digest(phrases: Mapping[str, Phrases], taxonomy: Taxonomy) -> tuple[Part, ...]:
    return Composer(phrases["en"], taxonomy, "qa", DISCORD_LIMITS).parts(issue())


def delivery(here: Room, database: Database, holder: str = "one") -> Delivery:
    return Delivery(SqlLedger(database), here.clock, holder, SqlTurns(database, here.clock, holder))


async def deliver(
    here: Room,
    database: Database,
    parts: tuple[Part, ...],
    *,
    outlet: DiscordOutlet | None = None,
    **more: object,
) -> object:
    return await delivery(here, database).deliver(
        outlet or here.outlet,
        here.place,
        WEEK,
        parts,
        lambda _: post("put aside"),
        **more,  # type: ignore[arg-type]
    )


def own(here: Room) -> list[str]:
    """What readers see in the channel, message by message."""
    return [seen(message) for message in here.server.messages(here.channel)]


async def test_a_digest_stands_as_cards_with_their_threads(
    here: Room, database: Database, phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    parts = digest(phrases, taxonomy)
    await deliver(here, database, parts)
    header, *cards = here.server.messages(here.channel)
    assert len(cards) == sum(part.name.startswith("card/") for part in parts)
    assert not header.flags & Flag.SUPPRESS_NOTIFICATIONS
    threads = here.server.threads(here.channel)
    assert [thread.id for thread in threads] == [card.id for card in cards]
    for card, thread in zip(cards, threads, strict=True):
        assert card.flags & Flag.SUPPRESS_NOTIFICATIONS
        assert seen(card).startswith(thread.name)
        assert thread.auto_archive == 7 * 24 * 60
        assert f"/{here.guild.id}/{here.channel.id}/{card.id}>" in "".join(texts(header.components))
        said = [message for message in here.server.messages(thread) if message.type == 0]
        assert [message.is_v2 for message in said] == [True]
    before = len(here.server.asked(POST)) + len(here.server.asked(EDIT))
    await deliver(here, database, parts)
    assert len(here.server.asked(POST)) + len(here.server.asked(EDIT)) == before


async def test_a_digest_in_a_forum_is_one_post_a_paper_with_tags(
    forum: Room, database: Database, phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    parts = digest(phrases, taxonomy)
    await deliver(forum, database, parts)
    threads = forum.server.threads(forum.channel)
    assert len(threads) == 1 + sum(part.name.startswith("card/") for part in parts)
    header = forum.server.world.messages[threads[0].id]
    assert f"/{forum.guild.id}/{threads[1].id}/{threads[1].id}>" in "".join(texts(header.components))
    assert all(len(forum.server.messages(thread)) == 2 for thread in threads[1:])
    tagged = replace(post("x", title="題"), topics=("physics.optics", "optics", "機械学習"))
    sent = await forum.outlet.send(forum.key("card/tagged"), tagged)
    assert forum.thread(sent).applied_tags == list(forum.channel.tags)


async def test_a_forum_that_asks_for_a_tag_gets_one(forum: Room) -> None:
    forum.channel.requires_tag = True
    forum.server.permit(forum.channel, forum.guild)  # told of as a change of the channel
    await forum.server.until(lambda: forum.client.get_channel(forum.channel.id).flags.require_tag)  # type: ignore[union-attr]
    sent = await forum.outlet.send(forum.key("header"), post("x"))
    assert len(forum.thread(sent).applied_tags) == 1


@pytest.mark.parametrize("lost", [Lose(), Lose(503)])
@pytest.mark.parametrize("in_forum", [False, True])
async def test_a_message_whose_answer_was_lost_is_found_and_not_doubled(lost: Lose, in_forum: bool) -> None:
    async with room(forum=in_forum) as here:
        key, channel = here.key("card/a"), here.channel
        here.server.fail(FORUM_POST if in_forum else POST, lost)
        with pytest.raises(DeliveryError):
            await here.outlet.send(key, post("一"))
        here.server.behaviour.history_lag = 2.0
        found = await here.find(key, None, here.clock.now() - timedelta(hours=1))
        assert len(found) == 1
        assert await here.outlet.edit(found[0], post("二")) == found[0]
        stored = here.stored(found[0])
        assert stored is not None
        assert seen(stored) == "二"
        assert len(here.server.threads(channel) if in_forum else here.server.messages(channel)) == 1


async def test_a_second_attempt_within_minutes_is_the_same_message_with_what_is_wanted_now(
    here: Room,
) -> None:
    here.server.fail(POST, Lose())
    with pytest.raises(DeliveryError):
        await here.outlet.send(here.key("header"), post("一"))
    sent = await here.outlet.send(here.key("header"), post("二"))
    assert own(here) == ["二"]
    again = await here.outlet.send(here.key("header"), post("三"))
    assert again.id != sent.id  # a further copy is a message of its own
    await here.outlet.remove(again)
    assert own(here) == ["二"]


async def test_without_the_right_to_read_nothing_counts_as_not_found(here: Room) -> None:
    key = here.key("card/a")
    assert await here.find(key) == ()
    card = await here.outlet.send(key, post("一"))
    await here.outlet.send(here.key("qa/a/1"), post("二"), under=card)
    here.server.permit(here.channel, here.server.bot, deny=Can.READ_MESSAGE_HISTORY)
    for name, under in (("card/a", None), ("qa/a/1", card)):
        with pytest.raises(PlaceUnavailable):
            await here.find(here.key(name), under)


async def test_an_old_message_is_looked_for_where_it_was_tried(here: Room) -> None:
    key, tried = here.key("card/a"), here.clock.now()
    sent = await here.outlet.send(key, post("一"))
    await here.clock.sleep(timedelta(days=40).total_seconds())
    for number in range(3):
        here.server.say(here.hana, here.channel, str(number))
    assert [one.id for one in await here.find(key, None, tried, here.anew())] == [sent.id]
    assert await here.find(key, None, here.clock.now() - timedelta(days=1), here.anew()) == ()


async def test_a_limit_on_threads_holds_up_threads_alone(
    here: Room, database: Database, phrases: Mapping[str, Phrases], taxonomy: Taxonomy
) -> None:
    parts = digest(phrases, taxonomy)
    here.server.limit_threads(300, after=1)
    told: list[tuple[float, int, int]] = []

    async def waiting(until: object) -> None:
        channel = here.channel
        told.append((len(here.server.messages(channel)), len(here.server.threads(channel)), len(refused())))

    def refused() -> list[object]:
        return [call for call in here.server.asked(MAKE_THREAD) if call.status == 429]

    began = here.clock.now()
    await deliver(here, database, parts, waiting=waiting)
    cards = sum(part.name.startswith("card/") for part in parts)
    assert told == [(1 + cards, 1, 1)]  # one refusal is enough to know
    assert len(here.server.threads(here.channel)) == cards
    assert timedelta(seconds=299) < here.clock.now() - began < timedelta(seconds=330)
    assert not here.server.avoidable


async def test_a_limit_on_messages_says_when_to_come_back_and_leaves_nothing(here: Room) -> None:
    here.server.fail(POST, Refuse(429, retry_after=90.0, scope="user"))
    with pytest.raises(Postponed) as caught:
        await here.outlet.send(here.key("header"), post("一"))
    assert timedelta(seconds=80) < caught.value.until - here.clock.now() <= timedelta(seconds=90)
    assert own(here) == []


@pytest.mark.parametrize("in_forum", [False, True])
async def test_in_an_archived_thread_messages_are_changed_taken_away_and_added(in_forum: bool) -> None:
    async with room(forum=in_forum) as here:
        card = await here.outlet.send(here.key("card/a"), post("カード"))
        answers = [await here.outlet.send(here.key(f"qa/a/{n}"), post(str(n)), under=card) for n in (1, 2)]
        thread = here.thread(card)
        here.server.archive(thread)
        await here.anew().edit(answers[0], post("新"))
        here.server.archive(thread)
        await here.anew().remove(answers[1])
        here.server.archive(thread)
        await here.anew().send(here.key("qa/a/3"), post("3"), under=card)
        here.server.archive(thread)
        await here.outlet.edit(card, post("新しいカード"))
        said = [seen(message) for message in here.server.messages(thread) if message.type == 0]
        assert said == [*(["新しいカード"] if in_forum else []), "新", "3"]
        here.server.archive(thread, locked=True)
        here.server.permit(here.channel, here.server.bot, deny=Can.MANAGE_THREADS)
        with pytest.raises(PlaceUnavailable):
            await here.anew().send(here.key("qa/a/4"), post("4"), under=card)


async def test_a_process_that_remembers_nothing_goes_on(here: Room) -> None:
    title = "A *new* title [v2]: 注意 " + "とても" * 40
    card = await here.outlet.send(here.key("card/a"), post("x", title=title))
    await here.anew().edit(card, post("y", title=title))
    answer = await here.anew().send(here.key("qa/a/1"), post("答え"), under=card)
    assert here.thread(card).name.startswith("A *new* title [v2]: 注意 とても")
    assert [one.id for one in await here.find("card/a", outlet=here.anew())] == [card.id]
    another = await here.anew().send(here.key("qa/a/2"), post("答え"), under=card)
    assert another.thread == answer.thread == card.id


async def test_a_thread_that_somebody_deleted_is_made_anew(here: Room) -> None:
    card = await here.outlet.send(here.key("card/a"), post("カード"))
    await here.outlet.send(here.key("qa/a/1"), post("1"), under=card)
    here.server.delete_channel(here.thread(card))
    assert await here.find(here.key("qa/a/1"), card) == ()
    sent = await here.outlet.send(here.key("qa/a/1"), post("1"), under=card)
    assert here.stored(sent)


async def test_a_lost_answer_to_a_new_thread_makes_no_second_one(here: Room) -> None:
    card = await here.outlet.send(here.key("card/a"), post("カード"))
    here.server.fail(MAKE_THREAD, Lose())
    with pytest.raises(DeliveryError):
        await here.outlet.send(here.key("qa/a/1"), post("1"), under=card)
    await here.anew().send(here.key("qa/a/1"), post("1"), under=card)
    assert len(here.server.threads(here.channel)) == 1


async def test_buttons_say_what_they_do_however_long(here: Room) -> None:
    long = "https://example.org/" + "x" * 200
    buttons = (Button("一", "ask", "arxiv:1"), Button("二", "ask", long))
    sent = await here.outlet.send(here.key("card/a"), post("x", buttons=buttons))
    stored = here.stored(sent)
    assert stored is not None
    row = stored.components[-1]["components"]
    assert [each["custom_id"] for each in row] == ["rk:ask:arxiv:1", f"rk#ask:{0:032d}"]
    assert here.values.values == {f"{0:032d}": long}


async def test_nobody_is_called_by_what_a_paper_says(here: Room) -> None:
    role = here.server.role(here.guild, "readers", mentionable=True)
    words = f"{here.hana.mention} @everyone @here <@&{role.id}> {here.channel.mention}"
    loud = replace(post(words, title=words), notify=True)
    card = await here.outlet.send(here.key("card/a"), loud)
    await here.outlet.send(here.key("qa/a/1"), loud, under=card)
    await here.outlet.edit(card, replace(loud, blocks=(*loud.blocks, *loud.blocks)))
    await here.outlet.stream(here.place, None, None).finish(loud)
    for message in here.server.world.messages.values():
        assert (message.mentions, message.mention_roles, message.mention_everyone) == ([], [], False)
        assert message.type != 0 or words in seen(message)


async def test_a_place_of_another_server_or_of_another_kind_is_refused(here: Room) -> None:
    stranger = Place("discord", "123456789", here.place.channel)
    assert here.channel.guild
    voice = here.server._new_channel(here.guild, "sounds", Kind.CATEGORY, tags=None, requires_tag=False)
    kind = replace(here.place, channel=str(voice.id))
    gone = replace(here.place, channel="1")
    unnamed = replace(here.place, channel="#papers")
    for place in (stranger, kind, gone, unnamed):
        key = PartKey(place, WEEK, "header")
        with pytest.raises(PlaceUnavailable):
            await here.outlet.send(key, post("x"))
        with pytest.raises(PlaceUnavailable):
            await here.find(key)
        assert (await here.outlet.lacking(place))[0] in ("see", "discord_kind")
    assert await here.outlet.locate(here.place.channel) == here.place
    for channel in ("#papers", "1", str(here.server.dm(here.hana).id)):
        with pytest.raises(PlaceUnavailable):
            await here.outlet.locate(channel)


@pytest.mark.parametrize(
    ("in_forum", "right", "name"),
    [
        (False, Can.VIEW_CHANNEL, "see"),
        (False, Can.SEND_MESSAGES, "discord_send"),
        (False, Can.READ_MESSAGE_HISTORY, "discord_history"),
        (False, Can.CREATE_PUBLIC_THREADS, "discord_threads"),
        (False, Can.SEND_MESSAGES_IN_THREADS, "discord_send_in_threads"),
        (True, Can.SEND_MESSAGES, "discord_create_posts"),
        (True, Can.SEND_MESSAGES_IN_THREADS, "discord_send_in_threads"),
        (True, Can.READ_MESSAGE_HISTORY, "discord_history"),
    ],
)
async def test_a_right_that_is_lacking_is_named_with_what_to_click(
    in_forum: bool, right: Can, name: str, phrases: Mapping[str, Phrases]
) -> None:
    async with room(forum=in_forum, gateway=False) as here:
        assert await here.outlet.lacking(here.place) == ()
        here.server.permit(here.channel, here.server.bot, deny=right)
        assert name in await here.outlet.lacking(here.place)
        assert all(phrases[language].has(f"rights.{name}") for language in ("ja", "en"))


async def test_whoever_only_posts_asks_once_where_a_channel_is() -> None:
    async with room(gateway=False) as here:
        card = await here.outlet.send(here.key("card/a"), post("カード"))
        for number in range(3):
            await here.outlet.send(here.key(f"qa/a/{number}"), post("答え"), under=card)
        assert len(here.server.asked(on("GET", f"/channels/{here.channel.id}"))) == 1
        here.server.delete_channel(here.channel)
        with pytest.raises(PlaceUnavailable):
            await here.outlet.send(here.key("card/b"), post("カード"))


async def test_it_is_told_where_not_every_message_is_heard(here: Room) -> None:
    assert await here.outlet.unheard(here.place) == ("discord_words",)
    here.server.world.privileged = Intent.MESSAGE_CONTENT
    assert await here.outlet.unheard(here.place) == ()


async def test_direct_messages_belong_to_the_server_they_speak_of(here: Room) -> None:
    place = await here.outlet.private(here.place, str(here.hana.id))
    assert place is not None
    assert (place.workspace, place.channel) == (here.place.workspace, str(here.server.dm(here.hana).id))
    key = PartKey(place, WEEK, "card/a")
    card = await here.anew().send(key, post("カード"))
    answer = await here.anew().send(PartKey(place, WEEK, "qa/a/1"), post("答え"), under=card)
    stored = here.stored(answer)
    assert stored is not None
    assert stored.reference == (int(place.channel), int(card.id))
    assert [one.id for one in await here.find(key)] == [card.id]
    assert [one.id for one in await here.find(PartKey(place, WEEK, "qa/a/1"), card)] == [answer.id]
    assert await here.outlet.lacking(place) == ()
    assert await here.outlet.private(here.place, "somebody") is None
    here.hana.takes_messages = False
    with pytest.raises(PlaceUnavailable):
        await here.outlet.send(key, post("x"))


async def test_what_discord_does_not_take_is_an_error_that_says_what(here: Room) -> None:
    for fault, kind in (
        (Refuse(503), DeliveryError),
        (Refuse(403), PlaceUnavailable),
        (Drop(), DeliveryError),
    ):
        here.server.fail(POST, fault)
        with pytest.raises(kind) as caught:
            await here.outlet.send(here.key("header"), post("秘密"))
        assert "秘密" not in str(caught.value)
        assert here.server.token not in str(caught.value)
    sent = await here.outlet.send(here.key("other"), post("x"))
    here.server.delete(here.server.world.messages[int(sent.id)])
    with pytest.raises(NotFound):
        await here.outlet.edit(sent, post("y"))
    here.server.remove_bot(here.guild)
    with pytest.raises(PlaceUnavailable):
        await here.find(here.key("header"))


async def test_a_locked_thread_is_told_from_a_channel_that_is_gone(here: Room) -> None:
    card = await here.outlet.send(here.key("card/a"), post("カード"))
    await here.outlet.send(here.key("qa/a/1"), post("1"), under=card)
    here.server.permit(here.channel, here.server.bot, deny=Can.MANAGE_THREADS)
    here.server.archive(here.thread(card), locked=True)
    with pytest.raises(ThreadLocked):
        await here.outlet.stream(here.place, card.id, None).finish(post("答え"))


async def test_only_what_is_meant_to_notifies(here: Room) -> None:
    for notify in (False, True):
        said = await here.outlet.stream(here.place, None, None).finish(replace(post("x"), notify=notify))
        stored = here.stored(said)
        assert stored is not None
        assert bool(stored.flags & Flag.SUPPRESS_NOTIFICATIONS) is not notify


async def test_a_growing_message_is_changed_about_once_a_second(here: Room) -> None:
    card = await here.outlet.send(here.key("card/a"), post("カード"))
    stream = here.outlet.stream(here.place, card.id, None)
    await stream.show(post("0"))
    await here.server.until(lambda: len(here.server.asked(POST)) == 2)
    here.server.fail(EDIT, Stall(held := asyncio.Event()))
    for number in range(1, 30):
        await stream.show(post(str(number)))
    await here.server.until(lambda: here.server.asked(EDIT))
    held.set()
    finished = await stream.finish(post("終わり"))
    stored = here.stored(finished)
    assert stored is not None
    assert seen(stored) == "終わり"
    assert len(here.server.asked(EDIT)) <= 3
    assert finished.thread == card.id


async def test_a_growing_message_that_somebody_deletes_comes_anew(here: Room) -> None:
    stream = here.outlet.stream(here.place, None, None)
    await stream.show(post("1"))
    await here.server.until(lambda: own(here) == ["1"])
    here.server.delete(here.server.messages(here.channel)[0])
    await stream.finish(post("2"))
    assert own(here) == ["2"]
