"""What comes twice, late, at once, or breaks: it is done once, and told in one line."""

from __future__ import annotations

import re

import pytest

from bot.platforms.slack.command_answers import CommandAnswer
from bot.platforms.slack.response_urls import ResponseUrl, UrlStream
from config.words import load_phrases
from tests.bot.platforms.answering import ANSWER, PAPER, SECRET, SHARED, WORKING, post
from tests.bot.platforms.slack.support import Scene
from tests.servers.slack import shown


async def test_everything_sent_twice_is_answered_once(scene: Scene) -> None:
    server, posted = scene.server, await scene.post()
    server.sockets.twice = True
    said = server.say(scene.mori, scene.papers, f"{scene.mention} 一度", thread=posted)
    server.dm(scene.mori, "二度")
    command = server.slash(scene.mori, scene.papers, "/papers")
    server.sockets.repeat(command)
    press = server.press(scene.mori, posted, "rinko:ask")
    server.sockets.repeat(press)
    await scene.until(lambda: server.views and scene.private() and len(scene.table.asked) >= 3)
    submitted = server.submit(server.views[0], {"question": "三度"})
    server.sockets.repeat(submitted)
    await scene.until(lambda: len(scene.thread(said.thread_ts or "")) == 2)
    server.sockets.twice = False
    await scene.nothing_more()
    assert sorted(scene.table.words()) == sorted(
        ["一度", "二度", "/papers", f"ask {PAPER} {{'question': '三度'}}", "last"]
    )
    assert [each.split()[0] for each in scene.private()] == ["論文一覧"]


async def test_what_it_does_not_know_is_acknowledged_all_the_same(scene: Scene) -> None:
    server = scene.server
    server.open_home(scene.mori)
    server.react(scene.mori, server.say(scene.mori, scene.papers, "x"), "eyes")
    server.sockets.event(scene.team, {"type": "emoji_changed", "subtype": "add"})
    server.kick(scene.papers)
    await server.sockets.settled()
    assert all(each.attempts == 1 for each in server.sockets.log)


async def test_a_trigger_that_expired_is_told_in_one_line(scene: Scene) -> None:
    server, posted = scene.server, await scene.post()
    server.faults.refuse("views.open", "expired_trigger_id")
    server.press(scene.mori, posted, "rinko:ask")
    await scene.until(scene.private)
    assert scene.private() == ["時間がかかりすぎて、入力欄を開けませんでした。もう一度お試しください。"]


async def test_a_crash_is_one_line_that_tells_no_secret(scene: Scene) -> None:
    server, posted = scene.server, await scene.post()
    server.slash(scene.mori, scene.papers, "/ask", "crash")
    await scene.until(lambda: len(scene.private()) == 1)
    server.slash(scene.mori, scene.papers, "/ask", "break")
    await scene.until(lambda: len(scene.private()) == 2 and WORKING in scene.private()[1])
    server.press(scene.mori, posted, "rinko:crash")
    await scene.until(lambda: len(scene.private()) == 3)
    server.say(scene.mori, scene.papers, f"{scene.mention} break", thread=posted)
    await scene.until(lambda: scene.thread(posted.ts))
    told = scene.private() + scene.thread(posted.ts)
    assert all(SECRET not in each and "RuntimeError" not in each for each in told)
    broke = re.escape(load_phrases()["ja"]("commands.broke", reference="REFERENCE"))
    assert re.fullmatch(broke.replace("REFERENCE", "[0-9a-f]{8}"), told[0])


async def test_fifty_questions_at_once_are_all_acknowledged_at_once(scene: Scene) -> None:
    server = scene.server
    server.limits.enforced = False
    people = [scene.team.person(f"p{number}") for number in range(50)]
    scene.papers.members.update(each.id for each in people)
    asked = [server.slash(each, scene.papers, "/ask", "x wait") for each in people]
    await server.sockets.settled()
    seconds = sorted(each.seconds or 9 for each in asked)
    assert all(each.acknowledged and each.attempts == 1 for each in asked)
    assert seconds[-1] < 0.25 + seconds[0]  # above idle, which the machine decides
    await scene.until(lambda: len(scene.table.asked) == 50)
    scene.table.go_on.set()
    await scene.until(lambda: all(ANSWER in scene.private(user)[-1] for user in people))


async def test_too_much_at_once_from_one_person_is_refused_in_one_line(scene: Scene) -> None:
    server = scene.server
    for _ in range(7):
        server.slash(scene.mori, scene.papers, "/ask", "x wait")
    await scene.until(lambda: len(scene.private()) == 7)
    assert sum("多すぎます" in each for each in scene.private()) == 1
    assert len(scene.table.asked) == 6


async def test_a_response_url_is_used_five_times_and_the_last_is_the_answer(scene: Scene) -> None:
    server = scene.server
    server.slash(scene.mori, scene.papers, "/papers")
    await scene.until(scene.private)
    (page,) = server.ephemerals(scene.mori)
    server.press(scene.mori, page, "rinko:page")
    await scene.until(lambda: scene.private()[0].startswith("論文一覧 2"))
    name = list(server.state.response_urls)[-1]
    server.state.response_urls[name].uses = 0
    url = ResponseUrl(f"{server.web_api.url}/response/{name}", scene.clock)
    stream = UrlStream(url, scene.place, scene.clock, lambda: pytest.fail("not needed"))
    for number in range(60):
        await stream.show(post(f"{number}"))
        scene.clock.advance(seconds=0.5)
    await stream.finish(post("done"))
    texts = [call.args["text"] for call in server.calls("response_url")[2:]]
    assert texts == ["0", "3", "11", "31", "done"]
    assert scene.private() == ["done"]


async def test_what_a_command_said_stays_so_that_it_says_little_before_its_answer(scene: Scene) -> None:
    server = scene.server
    server.slash(scene.mori, scene.papers, "/ask", "x 何が新しい？")
    await scene.until(lambda: any(ANSWER in each for each in scene.private()))
    assert len(scene.private()) == 1, "what is there at once needs no word before it"
    server.slash(scene.mori, scene.papers, "/ask", "x wait")
    await scene.until(lambda: WORKING in scene.private())
    scene.table.go_on.set()
    await scene.until(lambda: len(scene.private()) == 3)
    assert scene.private()[1] == WORKING
    assert scene.private()[2].startswith(ANSWER)


async def test_a_command_tells_at_most_three_states_of_long_work(scene: Scene) -> None:
    server, clock = scene.server, scene.clock
    server.slash(scene.mori, scene.papers, "/papers")
    await scene.until(scene.private)
    url = ResponseUrl(f"{server.web_api.url}/response/{next(iter(server.state.response_urls))}", clock)
    stream = CommandAnswer(url, scene.place, clock, lambda: pytest.fail("not needed"))
    for number in range(6):
        before = len(scene.private())
        await stream.show(post(f"{number}"))
        if number < 3:
            await scene.until(lambda before=before: len(scene.private()) > before)  # type: ignore[misc]
    await stream.finish(post("done"))
    assert scene.private()[1:] == ["0", "1", "2", "done"]
    assert clock.slept[-3:] == [1.0, 30.0, 120.0]


async def test_an_answer_that_comes_after_half_an_hour_comes_as_a_message_of_its_own(scene: Scene) -> None:
    server = scene.server
    server.slash(scene.mori, scene.papers, "/ask", "x wait")
    await scene.until(scene.private)
    scene.clock.advance(minutes=31)
    scene.table.go_on.set()
    await scene.until(lambda: any(ANSWER in each for each in scene.private()))
    assert len(server.calls("response_url")) == 1  # it is known to be over, and not tried
    assert len(server.calls("chat.postEphemeral")) == 1


async def test_a_command_is_answered_where_the_bot_is_no_member(scene: Scene) -> None:
    server = scene.server
    elsewhere = scene.team.channel("elsewhere", scene.mori, bot=False)
    server.slash(scene.mori, elsewhere, "/ask", "x y")
    await scene.until(lambda: any(ANSWER in each for each in scene.private()))
    (answer,) = server.ephemerals(scene.mori)
    server.press(scene.mori, answer, "rinko:share")
    await scene.until(lambda: server.messages(elsewhere))
    assert [shown(each) for each in server.messages(elsewhere)] == [SHARED]


async def test_whoever_opens_its_messages_is_offered_what_to_say(scene: Scene) -> None:
    server = scene.server
    server.open_home(scene.mori, "messages")
    await scene.until(lambda: any("prompts" in each for each in server.state.statuses.values()))
    (offered,) = server.state.statuses.values()
    assert [each["message"] for each in offered["prompts"]] == ["/papers", "/help"]
