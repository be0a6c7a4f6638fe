"""What people do on Slack reaches the table of commands, and its answers reach those they are for."""

from __future__ import annotations

from tests.bot.platforms.answering import ANSWER, PAPER, REFUSED, SHARED, THANKS, card
from tests.bot.platforms.slack.support import Scene
from tests.servers.slack import Json, User, shown


async def test_a_command_is_acknowledged_and_answered_where_only_its_asker_sees_it(scene: Scene) -> None:
    server = scene.server
    asked = await server.over(
        server.slash(scene.mori, scene.papers, "/ask", "2402.17764 何が &lt;新しい&gt;？")
    )
    assert asked.acknowledged
    assert asked.seconds is not None
    assert asked.seconds < 0.25
    await scene.until(lambda: any(ANSWER in each for each in scene.private()))
    assert scene.private() == [f"{ANSWER} /ask 2402.17764 何が <新しい>？\n[みんなに表示]"]
    assert (server.messages(scene.papers), scene.private(scene.admin)) == ([], [])
    (one,) = scene.table.asked
    assert one.words == "/ask 2402.17764 何が <新しい>？"
    assert (one.request.place, one.request.thread) == (scene.place, None)
    assert (one.request.user, one.request.language) == (scene.mori.id, "ja")


async def test_an_answer_for_the_asker_is_shown_to_all_by_its_button(scene: Scene) -> None:
    server = scene.server
    server.slash(scene.mori, scene.papers, "/ask", "x 限界は？")
    await scene.until(lambda: any(ANSWER in each for each in scene.private()))
    (answer,) = server.ephemerals(scene.mori)
    await server.over(server.press(scene.mori, answer, "rinko:share"))
    await scene.until(lambda: server.messages(scene.papers))
    assert [shown(each) for each in server.messages(scene.papers)] == [SHARED]
    assert server.messages(scene.papers)[0].from_bot


async def test_pages_are_turned_in_place(scene: Scene) -> None:
    server = scene.server
    server.slash(scene.mori, scene.papers, "/papers")
    await scene.until(scene.private)
    for number in (2, 3):
        (shown_page,) = server.ephemerals(scene.mori)
        server.press(scene.mori, shown_page, "rinko:page")
        await scene.until(lambda number=number: scene.private()[0].startswith(f"論文一覧 {number}"))  # type: ignore[misc]
    assert len(scene.private()) == 1


async def test_a_card_asks_for_a_question_and_its_thread_gets_the_answer(scene: Scene) -> None:
    server, posted = scene.server, await scene.post()
    await server.over(server.press(scene.mori, posted, "rinko:ask"))
    await scene.until(lambda: server.views)
    await server.over(server.submit(server.views[0], {"question": "限界は？"}))
    await scene.until(lambda: scene.thread(posted.ts) == [f"{ANSWER} 限界は？"])
    assert server.views == []
    (one,) = scene.table.asked
    assert one.words == f"ask {PAPER} {{'question': '限界は？'}}"
    assert (one.request.thread, one.request.place) == (posted.ts, scene.place)
    assert shown(posted).startswith("論文のカード")  # the card stands as it stood
    assert not server.pinged()


async def test_a_private_reply_to_a_card_neither_replaces_it_nor_hides_in_an_empty_thread(
    scene: Scene,
) -> None:
    server, posted = scene.server, await scene.post()
    server.press(scene.mori, posted, "rinko:why")
    await scene.until(lambda: server.views)
    await server.over(server.submit(server.views[0], {"reason": "違う"}))
    await scene.until(scene.private)
    (told,) = server.ephemerals(scene.mori)
    assert (shown(told), told.thread_ts) == (THANKS, None)
    assert shown(posted).startswith("論文のカード")
    reply = await scene.post(card(), thread=posted.ts)
    server.press(scene.mori, reply, "rinko:why")
    await scene.until(lambda: server.views)
    await server.over(server.submit(server.views[0], {"reason": "違う"}))
    await scene.until(lambda: len(scene.private()) == 2)
    assert server.ephemerals(scene.mori)[1].thread_ts == posted.ts


async def test_a_mention_is_a_question_and_its_thread_gets_the_answer(scene: Scene) -> None:
    server, posted = scene.server, await scene.post()
    server.say(
        scene.mori, scene.papers, f"{scene.mention} <https://arxiv.org/abs/1|論文> は？", thread=posted
    )
    await scene.until(lambda: scene.thread(posted.ts))
    assert scene.thread(posted.ts)[-1].endswith("https://arxiv.org/abs/1 は？")
    await scene.nothing_more()
    mentioned = scene.table.asked[0]
    assert (mentioned.kind, mentioned.words) == ("ask", "https://arxiv.org/abs/1 は？")
    assert mentioned.request.thread == posted.ts
    server.say(scene.mori, scene.papers, f"{scene.mention} 何ができる？")
    await scene.until(scene.private)
    assert scene.private() == [f"{ANSWER} 何ができる？\n[みんなに表示]"]
    assert scene.table.asked[-1].request.thread is None


async def test_every_message_in_a_papers_thread_is_a_question_only_where_the_channel_wants_it(
    scene: Scene,
) -> None:
    server, posted = scene.server, await scene.post()
    scene.subscribe(follow_ups="mentions")
    server.say(scene.mori, scene.papers, "独り言", thread=posted)
    await scene.nothing_more()
    scene.subscribe(follow_ups="all")
    server.say(scene.mori, scene.papers, "図3は？", thread=posted)
    await scene.until(lambda: scene.thread(posted.ts) == [f"{ANSWER} 図3は？"])
    server.say(scene.mori, scene.papers, f"{scene.mention} 表2は？", thread=posted)
    await scene.until(lambda: len(scene.thread(posted.ts)) == 2)
    server.say(scene.mori, scene.papers, "", thread=posted, files=[("a.docx", b"PK")])  # nobody asked for it
    assert [each.request.addressed for each in scene.table.asked if each.words != "last"] == [False, True]
    # Neither in the channel, nor in people's own threads, nor what is said to somebody else.
    server.say(scene.mori, scene.papers, "channel")
    own = server.say(scene.mori, scene.papers, "own")
    server.say(scene.admin, scene.papers, "reply", thread=own)
    server.say(scene.mori, scene.papers, f"<@{scene.admin.id}> どう思う？", thread=posted)
    said = server.say(scene.mori, scene.papers, "x")
    server.edit(scene.mori, said, f"{scene.mention} edited")
    server.delete(scene.mori, said)
    await scene.nothing_more()
    assert scene.table.words("ask") == ["last", "図3は？", "表2は？", "last"]


async def test_direct_messages_are_conversations_of_their_own(scene: Scene) -> None:
    server = scene.server
    said = server.dm(scene.mori, "2402.17764 何が新しい？")
    await scene.until(lambda: scene.thread(said.ts, said.channel))
    server.dm(scene.mori, "限界は？", thread=said)
    await scene.until(lambda: len(scene.thread(said.ts, said.channel)) == 2)
    assert [each.request.thread for each in scene.table.asked] == [said.ts, said.ts]
    other = server.dm(scene.mori, "／papers")
    await scene.until(lambda: scene.thread(other.ts, other.channel))
    assert scene.table.words("run") == ["/papers"]
    assert scene.private() == []  # nothing there would be gone on a reload
    server.slash(scene.mori, said.channel, "/papers")
    await scene.until(scene.private)
    server.press(scene.mori, server.ephemerals(scene.mori)[0], "rinko:page")
    await scene.until(lambda: scene.table.words("press"))
    alone = [each.request.alone for each in scene.table.asked]
    assert alone == [True, True, True, False, False], "what a command says there is for one person, too"


async def test_people_who_are_mentioned_in_a_question_are_called_by_their_names(scene: Scene) -> None:
    said = scene.server.say(
        scene.mori,
        scene.papers,
        f"{scene.mention} <@{scene.admin.id}> さんの質問です",
        thread=await scene.post(),
    )
    await scene.until(lambda: scene.thread(said.thread_ts or ""))
    assert scene.table.asked[-1].words == "@kato さんの質問です"


async def test_the_shortcut_of_a_message_asks_about_the_paper_it_links_to(scene: Scene) -> None:
    server = scene.server
    said = server.say(scene.mori, scene.papers, "これ <https://arxiv.org/abs/2402.17764> すごい")
    posted = await scene.post()
    for message, words, thread in (
        (said, "https://arxiv.org/abs/2402.17764 限界は？", None),
        (posted, "限界は？", posted.ts),
    ):
        await server.over(server.shortcut(scene.mori, message, "ask"))
        await scene.until(lambda: server.views)
        await server.over(server.submit(server.views[0], {"question": "限界は？"}))
        await scene.until(lambda words=words: words in scene.table.words("ask"))  # type: ignore[misc]
        assert scene.table.asked[-1].request.thread == thread


# ------------------------------------------------------------------------------ files


async def test_a_pdf_is_read_and_anything_else_is_told_in_one_line(scene: Scene) -> None:
    server = scene.server
    pdf = b"%PDF-1.7\n" + b"x" * 1000

    async def told(*files: tuple[str, bytes], text: str = "限界は？") -> str:
        scene.clock.advance(seconds=5)  # answers are no faster than Slack takes them
        said = server.dm(scene.mori, text, files=files)
        await scene.until(lambda: scene.thread(said.ts, said.channel))
        return scene.thread(said.ts, said.channel)[-1]

    assert await told(("a.png", b"png"), ("論文.pdf", pdf)) == f"{ANSWER} 限界は？"
    upload = scene.table.asked[-1].request.upload
    assert upload is not None
    assert (upload.filename, upload.data) == ("論文.pdf", pdf)
    assert await told(("a.png", b"png")) == f"{ANSWER} 限界は？"
    assert scene.table.asked[-1].request.upload is None
    before = len(scene.table.asked)
    assert await told(("a.png", b"png"), text="") == "読み込めるのはPDFファイルだけです。"
    assert await told(("a.docx", b"PK")) == "読み込めるのはPDFファイルだけです。"
    assert await told(("a.pdf", b"<html>")) == "読み込めるのはPDFファイルだけです。"
    large = await told(("a.pdf", pdf * 1100))
    assert large == "ファイルが大きすぎます。上限は1 MBです。"
    scene.team.scopes.discard("files:read")  # Slack answers 200 and its sign-in page
    assert await told(("a.pdf", pdf)) == "添付ファイルを取得できませんでした。もう一度添付してください。"
    assert len(scene.table.asked) == before
    mention = server.say(scene.mori, scene.papers, f"{scene.mention} これは？", files=[("a.pdf", pdf)])
    await scene.until(scene.private)
    assert len([each for each in server.calls("files.download") if each.status]) == 4
    assert mention.ts


# ------------------------------------------------------------------------------ who asks


async def test_admin_rights_are_asked_afresh_and_end_with_a_demotion(scene: Scene) -> None:
    server = scene.server

    async def says(user: User, line: str) -> str:
        before = len(scene.private(user))
        await server.over(server.slash(user, scene.papers, "/digest", line))
        await scene.until(lambda: len(scene.private(user)) > before)
        return scene.private(user)[-1]

    assert await says(scene.mori, "status") == REFUSED
    assert await says(scene.admin, "status") == "/digest status ✓"
    scene.admin.admin = False
    scene.clock.advance(seconds=31)
    assert await says(scene.admin, "status") == REFUSED
    server.faults.refuse("users.info", "ratelimited", times=None)
    scene.clock.advance(seconds=31)
    scene.admin.admin = True
    assert await says(scene.admin, "status") == REFUSED  # who cannot be asked about is no admin


async def test_a_stranger_gets_nowhere_with_an_admins_button(scene: Scene) -> None:
    server, posted = scene.server, await scene.post()
    server.press(scene.mori, posted, "rinko:drop")
    await scene.until(scene.private)
    assert scene.private() == [REFUSED]
    server.press(scene.admin, posted, "rinko:drop")
    await scene.until(lambda: scene.private(scene.admin))
    assert scene.private(scene.admin) == ["drop ✓"]


async def test_an_admin_of_another_workspace_is_none_here_and_what_it_sends_is_passed_over(
    scene: Scene,
) -> None:
    server = scene.server
    other = server.workspace("other")
    guest = other.person("guest", admin=True)
    theirs = other.channel("theirs", guest)
    asked = await server.over(server.slash(guest, theirs, "/digest", "status"))
    server.say(guest, theirs, f"<@{other.bot_user}> <@{scene.team.bot_user}> hello")
    assert asked.acknowledged
    server.uninstall(other)
    await scene.nothing_more()
    assert server.messages(theirs)[0].user == guest.id
    assert scene.table.words() == ["last"]
    assert server.calls("chat.postMessage")[-1].team is scene.team


async def test_answers_are_in_the_clients_language_or_else_in_the_channels(scene: Scene) -> None:
    server = scene.server
    french = scene.team.person("luc", locale="fr-FR")
    scene.papers.members.add(french.id)
    for user, language, expected in (
        (scene.mori, "en", "ja"),
        (scene.admin, "ja", "en"),
        (french, "ja", "ja"),
        (french, None, "en"),
    ):
        scene.subscriptions.clear()
        if language:
            scene.subscribe(language)
        before = len(scene.table.asked)
        server.slash(user, scene.papers, "/papers")
        await scene.until(lambda before=before: len(scene.table.asked) > before)  # type: ignore[misc]
        assert scene.table.asked[-1].request.language == expected


async def test_messages_of_bots_and_its_own_are_not_answered(scene: Scene) -> None:
    server, posted = scene.server, await scene.post()
    scene.subscribe(follow_ups="all")
    base: Json = {"channel": scene.papers.id, "ts": "1.1", "thread_ts": posted.ts, "text": scene.mention}
    base |= {"parent_user_id": scene.team.bot_user, "event_ts": "1.1", "channel_type": "channel"}
    others: tuple[Json, ...] = (
        {"user": "UBOT", "bot_id": "B9"},
        {"user": scene.team.bot_user},
        {"subtype": "bot_message", "bot_id": "B9"},
        {"user": scene.mori.id, "subtype": "channel_join"},
        {"user": "USLACKBOT"},
        {"user": scene.mori.id, "edited": {"user": scene.mori.id, "ts": "1.2"}},
    )
    for number, fields in enumerate(others):
        for kind in ("message", "app_mention"):
            server.sockets.event(scene.team, base | {"type": kind, "ts": f"1.{number}"} | fields)
    await scene.nothing_more()
    assert scene.table.words() == ["last"]
