"""What people write to Rinko on Discord: mentions, threads, direct messages, files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platforms.discord.outlet import DiscordOutlet
from digest.models import Week
from digest.places import PartKey, Place
from digest.posts import Button
from digest.store.platforms import SqlButtonValues
from tests.bot.platforms.discord.script import said
from tests.bot.platforms.discord.support import PDF, Circle, circle
from tests.servers.discord import Channel, Intent, Upload, User


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Circle]:
    async with circle(tmp_path) as made:
        yield made


@pytest.fixture
async def hearing(tmp_path: Path) -> AsyncIterator[Circle]:
    """Where "Message Content Intent" is switched on."""
    async with circle(tmp_path, privileged=Intent.MESSAGE_CONTENT) as made:
        yield made


async def heard(here: Circle, *questions: str) -> None:
    """Wait until just these were asked."""
    await here.server.until(lambda: [words for _, words in here.asked()] == list(questions))


async def test_a_mention_in_a_paper_s_thread_is_answered_there_for_all(here: Circle) -> None:
    here.subscribe(language="ja")
    thread = await here.paper_thread()
    here.server.say(here.reader, thread, "なぜ速いのですか。", mentions_bot=True)
    await here.server.until(lambda: here.answers(thread) == ["答えです：なぜ速いのですか。\n共有"])
    kind, words, request = here.table.asked[0]
    assert (kind, words) == ("ask", "なぜ速いのですか。")
    assert (request.place, request.thread, request.user) == (here.place, str(thread.id), str(here.reader.id))
    assert (request.language, request.is_admin) == ("ja", False)
    here.server.say(here.admin, thread, "／papers", mentions_bot=True)
    await heard(here, "なぜ速いのですか。", "/papers")
    assert here.table.asked[1][0] == "run"
    assert here.table.asked[1][2].is_admin


async def test_other_messages_bots_edits_and_replies_to_others_are_left_alone(here: Circle) -> None:
    here.subscribe("all")
    thread = await here.paper_thread()
    other = here.server.member(here.guild, User(7 << 22, "other bot", bot=True))
    here.server.say(here.reader, thread, "独り言です")
    here.server.say(other, thread, "beep", mentions_bot=True)
    asked = here.server.say(here.reader, thread, "一つ目", mentions_bot=True)
    await heard(here, "一つ目")
    here.server.rewrite(asked, f"{here.server.bot.mention} 書き直し")
    here.server.say(here.reader, thread, "二つ目", mentions_bot=True)
    await heard(here, "一つ目", "二つ目")


async def test_every_message_of_a_thread_is_a_question_where_the_channel_wants_it(hearing: Circle) -> None:
    here = hearing
    thread = await here.paper_thread()
    own = here.server.start_thread(here.reader, here.papers, "雑談")
    here.server.say(here.reader, thread, "まだ聞かれない")
    here.server.say(here.reader, thread, "名を呼べば聞く", mentions_bot=True)
    await heard(here, "名を呼べば聞く")
    here.subscribe("all")
    here.server.say(here.reader, own, "雑談です")
    here.server.say(here.reader, here.papers, "チャンネルです")
    here.server.say(here.reader, thread, f"{here.admin.mention} さん、見ましたか。")
    here.server.say(here.reader, thread, "👍 <:wave:123> ！")
    here.server.say(here.reader, thread, "どのデータですか。")
    await here.server.until(lambda: any("答えです" in text for text in here.answers(thread)))
    await heard(here, "名を呼べば聞く", "どのデータですか。")
    assert here.platform.state().detail == "connected"


async def calls_the_role(here: Circle) -> Channel:
    """Somebody calls the role that has Rinko's name, in a paper's thread."""
    here.subscribe(language="ja")
    thread = await here.paper_thread()
    (role,) = [role for role in here.guild.roles.values() if role.managed]
    here.server.say(here.admin, thread, f"<@&{role.id}> なぜですか")
    return thread


async def test_whoever_calls_the_role_of_the_same_name_is_told_whom_to_call(here: Circle) -> None:
    await calls_the_role(here)
    direct = here.server.dm(here.admin)
    await here.server.until(lambda: any("ロールではなく" in text for text in here.texts(direct)))
    assert here.asked() == []


async def test_the_role_of_the_same_name_will_do_where_all_words_are_heard(hearing: Circle) -> None:
    thread = await calls_the_role(hearing)
    await hearing.server.until(
        lambda: any("答えです：なぜですか" in text for text in hearing.answers(thread))
    )


async def test_people_are_called_by_their_names_in_a_question(here: Circle) -> None:
    thread = await here.paper_thread()
    words = f"{here.admin.mention} の<:wave:12>説は"
    here.server.say(here.reader, thread, words, mentions_bot=True)
    await here.server.until(here.asked)
    assert here.asked() == [("ask", f"@{here.admin.name.title()} の 説は")]


async def test_a_mention_elsewhere_is_answered_in_private_or_said_to_be_impossible(here: Circle) -> None:
    here.server.say(here.reader, here.papers, "steps なぜ？", mentions_bot=True)
    direct = here.server.dm(here.reader)
    await here.server.until(lambda: here.texts(direct) == ["答えです：steps なぜ？"])
    assert here.answers(here.papers) == []
    here.reader.takes_messages = False
    here.server.say(here.reader, here.papers, "open", mentions_bot=True)
    here.server.say(here.reader, here.papers, "内緒", mentions_bot=True)
    await here.server.until(lambda: len(here.answers(here.papers)) == 2)
    assert sum("/ask" in text for text in here.answers(here.papers)) == 1


async def test_direct_messages_are_a_workspace_of_one_person(here: Circle) -> None:
    for person in (here.reader, here.admin):
        direct = here.server.dm(person)
        here.server.say(person, direct, "steps なぜ？")
        await here.server.until(lambda: any("答えです" in text for text in here.texts(direct)))  # noqa: B023
        request = here.table.asked[-1][2]
        assert request.place == Place("discord", f"@{person.id}", str(direct.id))
        assert (request.thread, request.is_admin, request.direct) == (None, False, True)
        assert request.language == "ja", "as it was written: nothing else tells it"
    listed = here.server.slash(here.reader, here.server.dm(here.reader), "papers")
    (page,) = await here.shown(listed)
    assert page.ephemeral_for is None
    here.server.press(here.reader, page, "rk:page:2")
    await here.server.until(lambda: "2ページ" in page.text)


async def test_in_direct_messages_parts_of_a_digest_stay_and_answers_change(here: Circle) -> None:
    direct = here.server.dm(here.reader)
    outlet = DiscordOutlet(here.client, here.clock, SqlButtonValues(here.database))
    place = Place("discord", str(here.guild.id), str(direct.id))
    part = await outlet.send(
        PartKey(place, Week(2024, 9), "header"), said("下見", Button("押す", "good", "1"))
    )
    answer = await outlet.stream(place, None, None).finish(said("答え", Button("押す", "good", "1")))
    kept, changed = (here.server.world.messages[int(one.id)] for one in (part, answer))
    pressed = here.server.press(here.reader, kept, "rk:good:1")
    (reply,) = await here.shown(pressed)
    assert (reply.text, kept.text) == ("押しました", "下見\n押す")
    here.server.press(here.reader, changed, "rk:good:1")
    await here.server.until(lambda: changed.text == "押しました")


async def test_an_attached_pdf_comes_with_the_message(here: Circle) -> None:
    direct = here.server.dm(here.reader)
    picture = Upload("a.png", b"png", "image/png")
    here.server.say(here.reader, direct, "何？", files=(picture, Upload("a.pdf", PDF, "application/pdf")))
    await heard(here, "何？")
    upload = here.table.asked[0][2].upload
    assert upload is not None
    assert upload.data == PDF
    here.server.say(here.reader, direct, "これは？", files=(Upload("b.pdf", b"no", "application/pdf"),))
    await here.server.until(lambda: any("PDF" in text for text in here.texts(direct)))
    assert len(here.table.asked) == 1


async def test_a_crash_in_a_thread_gives_its_asker_one_line(here: Circle) -> None:
    thread = await here.paper_thread()
    here.server.say(here.reader, thread, "/papers crash", mentions_bot=True)
    direct = here.server.dm(here.reader)
    await here.server.until(lambda: here.texts(direct))
    assert "secret" not in here.texts(direct)[0]
    assert here.answers(thread) == []
