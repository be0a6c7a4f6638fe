"""Commands, completion, buttons and forms on Discord, with the real library on the other side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platforms.conversation import PANEL_ACTIONS, Request
from tests.bot.platforms.discord.script import LONG_VALUE
from tests.bot.platforms.discord.support import PDF, Circle, circle
from tests.servers.discord import Can, Flag, Lose, NotOffered, Upload, on


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Circle]:
    async with circle(tmp_path) as made:
        yield made


def last(here: Circle) -> tuple[str, str, Request]:
    return here.table.asked[-1]


async def test_a_command_is_acknowledged_hidden_and_answered_in_place(here: Circle) -> None:
    here.table.go_on.clear()
    asked = here.server.slash(here.reader, here.papers, "ask", paper="steps", question="なぜ？")
    await here.server.answered(asked)
    working = await here.server.replied(asked)
    assert (working.ephemeral_for, working.text) == (here.reader, "探しています：/ask steps なぜ？")
    here.table.go_on.set()
    await here.server.until(lambda: working.text.startswith("答えです"))
    assert here.server.replies(asked) == [working]
    assert working.is_v2
    assert working.edits < 10, "states that come at once are not each sent"
    assert here.texts(here.papers) == []
    kind, line, request = last(here)
    assert (kind, line) == ("run", "/ask steps なぜ？")
    assert (request.place, request.thread, request.user) == (here.place, None, str(here.reader.id))
    assert (request.language, request.is_admin, request.upload) == ("ja", False, None)


async def test_several_private_replies_follow_up_and_only_the_asker_sees_them(here: Circle) -> None:
    asked = here.server.slash(here.reader, here.papers, "papers", words="many")
    texts = [one.text for one in await here.shown(asked, 3)]
    assert texts == ["0つ目", "1つ目", "2つ目"]
    assert {one.ephemeral_for for one in here.server.replies(asked)} == {here.reader}


async def test_nothing_is_left_thinking(here: Circle) -> None:
    silent = here.server.slash(here.reader, here.papers, "papers", words="silent")
    await here.server.until(lambda: silent.original and silent.original.deleted)
    both = here.server.slash(here.reader, here.papers, "papers", words="open")
    (private,) = await here.shown(both)
    assert (private.text, private.ephemeral_for) == ("あなたへ", here.reader)
    assert both.original
    assert both.original.deleted
    assert here.texts(here.papers) == ["みんなへ"]


async def test_a_crash_gives_one_line_and_no_secret(here: Circle) -> None:
    asked = here.server.slash(here.reader, here.papers, "papers", words="crash")
    (only,) = await here.shown(asked)
    assert "secret" not in only.text
    assert len(only.text.splitlines()) == 1
    here.server.slash(here.reader, here.papers, "papers", words="many")
    await here.server.until(lambda: len(here.table.asked) == 2)


async def test_in_a_thread_a_question_is_answered_for_all_and_a_list_for_the_asker(here: Circle) -> None:
    thread = await here.paper_thread()
    asked = here.server.slash(here.reader, thread, "ask", question="なぜ？")
    (answer,) = await here.shown(asked)
    await here.server.until(lambda: answer.text.startswith("答えです"))
    assert answer.ephemeral_for is None
    assert (last(here)[2].place, last(here)[2].thread) == (here.place, str(thread.id))
    listed = here.server.slash(here.reader, thread, "papers", words="many")
    assert {one.ephemeral_for for one in await here.shown(listed, 3)} == {here.reader}


async def test_a_question_that_names_no_paper_is_asked_as_it_stands(here: Circle) -> None:
    await here.shown(here.server.slash(here.reader, here.papers, "ask", question=" What data? "))
    assert last(here)[:2] == ("ask", "What data?")
    assert last(here)[2].thread is None
    await here.shown(here.server.slash(here.reader, here.papers, "ask", paper="steps", question="何？"))
    assert last(here)[:2] == ("run", "/ask steps 何？")


async def test_whoever_asks_from_a_card_is_led_to_the_answer_in_its_thread(here: Circle) -> None:
    thread = await here.paper_thread()
    card = here.server.world.messages[thread.id]
    view = await here.view("カード", ("質問", "ask", "arxiv:2402.91002"))
    channel = here.client.get_partial_messageable(here.papers.id)
    await channel.get_partial_message(card.id).edit(content=None, view=view)
    opened = await here.server.answered(here.server.press(here.reader, card, "rk:ask:arxiv:2402.91002"))
    sent = here.server.submit_modal(here.reader, opened, question="なぜ？")
    (led,) = await here.shown(sent)
    (answer,) = here.server.messages(thread)[1:]
    assert (answer.text, answer.ephemeral_for) == ("受け取りました", None)
    assert led.ephemeral_for is here.reader
    assert f"https://discord.com/channels/{here.guild.id}/{thread.id}/{answer.id}" in led.text


async def test_papers_complete_what_is_typed_and_values_that_do_not_fit_are_left_out(here: Circle) -> None:
    typing = here.server.autocomplete(here.reader, here.papers, "ask", "paper", "steps")
    await here.server.answered(typing)
    assert typing.choices == [
        {"name": "Small Steps · arxiv:2402.91002", "value": "arxiv:2402.91002"},
        {"name": "A Survey of Steps · arxiv:2402.91003", "value": "arxiv:2402.91003"},
    ]
    kind, words, request = last(here)
    assert (kind, words, request.place) == ("complete", "/ask steps", here.place)
    far = here.server.autocomplete(here.reader, here.papers, "ask", "paper", "far")
    await here.server.answered(far)
    assert far.choices == []


async def test_an_attached_pdf_comes_with_the_question_and_other_files_are_refused(here: Circle) -> None:
    def bring(name: str, body: bytes) -> Upload:
        return Upload(name, body, "application/pdf")

    asked = here.server.slash(here.reader, here.papers, "ask", question="何？", file=bring("a.pdf", PDF))
    await here.shown(asked)
    upload = last(here)[2].upload
    assert upload is not None
    assert (upload.filename, upload.data) == ("a.pdf", PDF)
    for body, words in ((b"no pdf", "PDF"), (PDF + b" " * here.upload_bytes, "MB")):
        refused = here.server.slash(
            here.reader, here.papers, "ask", question="何？", file=bring("b.pdf", body)
        )
        (line,) = await here.shown(refused)
        assert words in line.text
    assert len(here.table.asked) == 1


async def test_buttons_of_a_private_reply_change_it_and_share_shows_to_all(here: Circle) -> None:
    asked = here.server.slash(here.reader, here.papers, "papers")
    (listed,) = await here.shown(asked)
    here.server.press(here.reader, listed, "rk:page:2")
    await here.server.until(lambda: "2ページ" in listed.text)
    shared = here.server.press(here.reader, listed, "rk:share:1")
    await here.server.until(lambda: here.texts(here.papers) == ["みんなに見える回答です。"])
    await here.server.answered(shared)
    assert "2ページ" in listed.text
    far = next(c["custom_id"] for c in listed.components[1]["components"] if c["custom_id"].startswith("rk#"))
    here.server.press(here.reader, listed, far)
    await here.server.until(lambda: listed.text == "押しました")
    assert [words for kind, words, _ in here.table.asked if kind == "press"][-1] == f"far {LONG_VALUE}"


async def test_a_panel_stays_where_its_buttons_are_pressed(here: Circle) -> None:
    (listed,) = await here.shown(here.server.slash(here.reader, here.papers, "papers"))
    stood = listed.text
    for action in sorted(PANEL_ACTIONS):
        listed.components[1]["components"][0]["custom_id"] = f"rk:{action}:1"
        (answer,) = await here.shown(here.server.press(here.reader, listed, f"rk:{action}:1"))
        assert (answer.text, answer.ephemeral_for) == ("押しました", here.reader)
    assert listed.text == stood


async def test_a_button_for_all_answers_its_presser_alone_and_forms_open(here: Circle) -> None:
    channel = here.client.get_partial_messageable(here.papers.id)
    view = await here.view("カード", ("質問", "ask", "arxiv:2402.91002"), ("評価", "good", LONG_VALUE))
    card = here.server.world.messages[(await channel.send(view=view)).id]
    ask, good = (c["custom_id"] for c in card.components[1]["components"])
    pressed = here.server.press(here.reader, card, good)
    (only,) = await here.shown(pressed)
    assert (only.text, only.ephemeral_for) == ("押しました", here.reader)
    opened = await here.server.answered(here.server.press(here.reader, card, ask))
    assert opened.modal
    sent = here.server.submit_modal(here.reader, opened, question="どれくらい？")
    (taken,) = await here.shown(sent)
    assert (taken.text, taken.ephemeral_for) == ("受け取りました", here.reader)
    assert last(here)[1] == "ask arxiv:2402.91002 {'question': 'どれくらい？', 'more': ''}"
    assert card.text.startswith("カード")


async def test_buttons_that_mean_nothing_any_more_are_answered(here: Circle) -> None:
    channel = here.client.get_partial_messageable(here.papers.id)
    view = await here.view("古い", ("古い", "gone", "1"))
    old = here.server.world.messages[(await channel.send(view=view)).id]
    for custom_id in ("rk#good:" + "0" * 32, "other:1"):
        old.components[1]["components"][0]["custom_id"] = custom_id
        await here.shown(here.server.press(here.reader, old, custom_id))
        assert last(here)[1] == " "


async def test_a_form_that_is_not_there_in_time_is_answered_with_a_line(here: Circle) -> None:
    (listed,) = await here.shown(here.server.slash(here.reader, here.papers, "papers"))
    here.table.open_form.clear()
    pressed = here.server.press(here.reader, listed, "rk:page:2")
    await here.server.answered(pressed)
    await here.server.until(lambda: "ページ" not in listed.text)


async def test_events_told_twice_are_answered_once(here: Circle) -> None:
    here.server.gateway.twice = lambda event, _: event in {"INTERACTION_CREATE", "MESSAGE_CREATE"}
    asked = here.server.slash(here.reader, here.papers, "papers", words="many")
    await here.shown(asked, 3)
    thread = await here.paper_thread()
    here.server.say(here.reader, thread, "なぜ？", mentions_bot=True)
    await here.server.until(lambda: here.answers(thread) == ["答えです：なぜ？\n共有"])
    later = here.server.slash(here.reader, here.papers, "papers", words="many")
    await here.shown(later, 3)
    assert [kind for kind, _ in here.asked()] == ["run", "ask", "run"]
    assert len(here.server.replies(asked)) == 3


async def test_a_lost_answer_to_the_acknowledgement_loses_nothing(here: Circle) -> None:
    here.server.fail(on("POST", "/interactions/*"), Lose())
    asked = here.server.slash(here.reader, here.papers, "papers", words="many")
    assert len(await here.shown(asked, 3)) == 3


async def test_past_the_token_s_life_an_answer_goes_on(here: Circle) -> None:
    """In direct messages where it was hidden, as an ordinary message where it was for all."""
    thread, direct = await here.paper_thread(), here.server.dm(here.reader)
    for told in (True, False):
        here.table.go_on.clear()
        hidden = here.server.slash(here.reader, here.papers, "ask", paper="a", question=f"隠す{told}")
        opened = here.server.slash(here.reader, thread, "ask", question=f"見せる{told}")
        (open_answer,) = await here.shown(opened)
        await here.shown(hidden)
        if told:
            here.clock.advance(minutes=16)
        else:
            here.server.behaviour.token_life = 0.0  # Discord's clock is ahead of ours
        here.table.go_on.set()
        wanted = f"答えです：/ask a 隠す{told}"
        await here.server.until(lambda: any(wanted in text for text in here.texts(direct)))  # noqa: B023
        await here.server.until(lambda: open_answer.text.startswith("答えです"))  # noqa: B023
    assert "共有" not in "".join(here.texts(direct))


async def test_admins_are_told_anew_with_each_act(here: Circle) -> None:
    """The client shows admins' commands to those who may manage the server, and a server may show all."""
    with pytest.raises(NotOffered):
        here.server.slash(here.reader, here.papers, "digest status")
    role = here.server.role(here.guild, "輪講係")
    steps = [
        (here.reader, False),
        (here.admin, True),
        (here.server.member(here.guild, "kei", permissions=Can.ADMINISTRATOR), True),
    ]
    for person, is_admin in steps:
        await here.shown(here.server.slash(person, here.papers, "digest status", force=True))
        assert last(here)[2].is_admin is is_admin
    here.server.give_role(here.guild, here.reader, role)
    await here.shown(here.server.slash(here.reader, here.papers, "digest status", force=True))
    assert last(here)[2].is_admin is False


async def test_a_role_makes_admins_where_it_is_named(tmp_path: Path) -> None:
    async with circle(tmp_path, admin_role="輪講係") as here:
        role = here.server.role(here.guild, "輪講係")
        for given in (False, True):
            if given:
                here.server.give_role(here.guild, here.reader, role)
            await here.shown(here.server.slash(here.reader, here.papers, "digest status"))
            assert last(here)[2].is_admin is given


async def test_one_person_cannot_have_everything_done_at_once(here: Circle) -> None:
    here.table.go_on.clear()
    asked = [
        here.server.slash(here.reader, here.papers, "ask", paper="a", question=str(number))
        for number in range(8)
    ]
    for one in asked:
        await here.server.replied(one)
    busy = [one for one in asked if "探しています" not in here.server.replies(one)[0].text]
    assert len(busy) == 2
    assert len(here.table.asked) == 6
    await here.shown(here.server.slash(here.admin, here.papers, "papers"))


async def test_fifty_questions_at_once_are_all_acknowledged_in_time_and_answered(here: Circle) -> None:
    people = [here.server.member(here.guild, f"p{number}") for number in range(50)]
    asked = [here.server.slash(one, here.papers, "ask", paper="a", question="なぜ？") for one in people]
    await asyncio.gather(*(here.server.answered(one) for one in asked))
    assert all(one.took is not None for one in asked)  # the server takes none after three seconds
    for one in asked:
        await here.shown(one)
    assert all(one.original and one.original.flags & Flag.EPHEMERAL for one in asked)
