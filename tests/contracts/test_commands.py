"""The table of commands on every platform: the same behaviour everywhere, exceptions written down."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from config.words import load_phrases
from digest.posts import Button
from tests.bot.support import TIDE, WEEK
from tests.contracts.stages.discord import discord_stage
from tests.contracts.stages.local import local_stage
from tests.contracts.stages.slack import slack_stage
from tests.contracts.stages.stage import OTHER_ROOM, SECRET, Heard, Seen, Stage, heard, rinko

JA, EN = load_phrases()["ja"], load_phrases()["en"]
PARAMETERS, DATA = "パラメータはいくつですか。", "どのデータで訓練しましたか。"

STAGES: dict[str, Callable[[Path], AbstractAsyncContextManager[Stage]]] = {
    "local": local_stage,
    "slack": slack_stage,
    "discord": discord_stage,
}

DIFFERENCES = {
    ("local", "direct"): "Whoever is on the page is a session: there is nobody to write to in private.",
    ("local", "twice"): "A request of the page is one act; nothing sends it again by itself.",
    ("local", "language"): "The page is in the language of the channel.",
    ("local", "language of messages"): "As above.",
    (
        "local",
        "forged forms",
    ): "The page refuses a form whose button asks for nothing, before it is looked at.",
    ("local", "notify"): "The page notifies nobody of anything.",
    ("slack", "notify"): "Slack has no silent messages; whether a channel notifies is each member's choice.",
    ("slack", "growing"): "What a command was answered with cannot be changed: that it takes a while stays.",
    ("slack", "commands in threads"): "Slack has no slash commands in threads: a mention takes their place.",
    ("discord", "pointer"): "An interaction is answered where it was, if only with a link to the answer.",
    ("discord", "language of messages"): "Discord tells a client's language with commands and buttons only.",
    ("slack", "completion"): "Slack completes no words of slash commands.",
}
"""What a platform does in another way, and why."""

POSTED = JA("post.done", week=WEEK, sent="@", edited="@").partition("@")[0]
"""How it is said that a digest was posted."""


def differs(stage: Stage, what: str) -> bool:
    """Whether this is written down as different there."""
    return (stage.name, what) in DIFFERENCES


pytestmark = [pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample week in both languages, posted nowhere; in English long enough for a search of two pages."""
    folder = tmp_path_factory.mktemp("built")

    async def build() -> None:
        async with rinko(folder) as app:
            weekly, library = app.services.posting.weekly, app.services.library
            week = await app.services.current_week()
            await weekly.build(week, "ja")
            english = await weekly.build(week, "en")
            copies = [
                replace(entry, paper=replace(entry.paper, key=f"sample:{number}-{entry.paper.key}"))
                for number in range(8)
                for entry in english.entries
            ]
            await library.keep_issue(replace(english, entries=tuple(copies)))

    asyncio.run(build())
    return folder


# On one worker each: a stage is set up once.
PARAMS = [pytest.param(name, marks=pytest.mark.xdist_group(f"commands on {name}")) for name in STAGES]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=PARAMS)
async def stage(
    request: pytest.FixtureRequest, built: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copytree(built / "data", folder / "data")
    async with STAGES[request.param](folder) as opened:
        yield opened


@dataclass(frozen=True)
class Digest:
    """How the digest came into the channel."""

    refused: Heard
    """A stranger's `/digest here`."""
    before: tuple[Seen, ...]
    """What stood in the channel after that."""
    here: Heard
    posted: Heard
    header: Seen
    cards: tuple[Seen, ...]

    def card(self, title: str) -> Seen:
        (found,) = [one for one in self.cards if title in one.text]
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def digest(stage: Stage) -> Digest:
    """An admin sets the channel up and posts, after a stranger tried to."""
    refused = await stage.types(stage.stranger, "/digest here")
    before = await stage.channel()
    here = await stage.types(stage.admin, "/digest here tue 09:00 Asia/Tokyo ja")
    posted = await stage.types(stage.admin, "/digest post")
    header, *cards = await stage.channel()
    return Digest(refused, tuple(before), here, posted, header, tuple(cards))


# ---------------------------------------------------------------------- the digest


async def test_only_an_admin_sets_a_channel_up(stage: Stage, digest: Digest) -> None:
    assert digest.refused.only.private
    assert digest.refused.only.says(stage.say(stage.stranger)("errors.NotAllowed"))
    assert digest.before == ()
    assert digest.here.only.private
    assert digest.here.only.says("Asia/Tokyo", "09:00", WEEK)
    assert digest.here.only.button(WEEK) == JA("buttons.post_last", week=WEEK)
    channel = await stage.services.channels.get(stage.place())
    assert channel is not None
    assert channel.contact == stage.admin.id


async def test_a_digest_is_posted_with_its_cards_linked_and_only_its_header_notifies(
    stage: Stage, digest: Digest
) -> None:
    assert digest.posted.last.says(POSTED)
    assert len(digest.cards) == 3
    assert {stage.address(card) for card in digest.cards} <= set(digest.header.links)
    for card in digest.cards:
        (label,) = card.buttons
        assert label
        assert await stage.thread(card)
    seen = await stage.sees(stage.reader)
    silent = [one.silent for one in seen if one.by_rinko and one != digest.header]
    if differs(stage, "notify"):
        assert {digest.header.silent, *silent} == {None}
    else:
        assert digest.header.silent is False
        assert set(silent) == {True}
    assert stage.called() == []


async def test_posting_again_changes_nothing(stage: Stage, digest: Digest) -> None:
    before = await stage.sees(stage.reader)
    for line in ("/digest post", f"/digest post {WEEK}", "/digest repost"):
        heard = await stage.types(stage.admin, line)
        assert heard.only.private
        assert heard.only.says(JA("post.unchanged", week=WEEK))
    assert await stage.sees(stage.reader) == before


# --------------------------------------------------------------------------- asking


async def test_an_answer_to_ask_is_for_who_asked_until_it_is_shown_to_all(
    stage: Stage, digest: Digest
) -> None:
    before = await stage.sees(stage.stranger)
    shared_before = await stage.channel()
    for line in (f"/ask {TIDE} {PARAMETERS}", f"/ask 「TideLM」{PARAMETERS}"):
        heard = await stage.types(stage.reader, line)
        assert heard.only.private
        assert heard.only.says("TideLM", PARAMETERS)
    assert await stage.sees(stage.stranger) == before
    label = heard.only.button(JA("answer.show_to_all"))
    shown = await stage.presses(stage.reader, heard.only, label)
    (public,) = shown.public
    assert public.says("TideLM", PARAMETERS)
    assert public.buttons == ()
    assert [one.id for one in await stage.channel()] == [*(one.id for one in shared_before), public.id]


async def test_a_question_without_a_paper_or_without_words_says_what_is_needed(
    stage: Stage, digest: Digest
) -> None:
    before = await stage.channel()
    for line, said in (
        ("/ask", "errors.NoPaper"),
        (f"/ask {TIDE}", "errors.NoQuestion"),
        ("/ask 「TideLM」", "errors.NoQuestion"),
    ):
        heard = await stage.types(stage.reader, line)
        assert heard.only.private
        assert heard.only.says(JA(said))
    unknown = await stage.types(stage.reader, f"/ask Zyzzyva {PARAMETERS}")
    assert unknown.only.private
    assert unknown.only.says(JA("errors.UnknownPaper", text="Zyzzyva"))
    assert await stage.channel() == before


async def test_papers_are_offered_while_a_command_is_typed(stage: Stage, digest: Digest) -> None:
    if differs(stage, "completion"):
        with pytest.raises(NotImplementedError):
            await stage.completes(stage.reader, "Tide")
    else:
        assert await stage.completes(stage.reader, "TideLM") == [TIDE]
        assert await stage.completes(stage.reader, "zyzzyva") == []


async def test_what_the_ask_button_s_form_asks_is_answered_in_the_thread_for_all(
    stage: Stage, digest: Digest
) -> None:
    card = digest.card("TideLM")
    heard = await stage.fills(stage.reader, card, card.buttons[0], question=PARAMETERS)
    (answer,) = heard.public
    if differs(stage, "pointer"):
        assert heard.last.links == (stage.address(answer),)
    else:
        assert not heard.private
    assert answer.under == card.id
    assert answer.says(PARAMETERS)
    assert answer in await stage.sees(stage.stranger)


async def test_a_follow_up_rests_on_what_was_asked_in_the_thread_before(stage: Stage, digest: Digest) -> None:
    card = digest.card("Seventeen")
    for question in (PARAMETERS, DATA):
        heard = await stage.writes(stage.reader, question, card)
        (answer,) = heard.public
        assert not heard.private
        assert answer.under == card.id
        assert answer.says(question)
        assert not answer.says("Seventeen: A Benchmark"), "in its own thread a paper is not named"
    assert await earlier(stage, card, "sample:seventeen.pdf") == [PARAMETERS, DATA]


async def earlier(stage: Stage, root: Seen, paper: str) -> list[str]:
    """The questions of a thread about a paper, as the next one there rests on them."""
    found = await stage.services.exchanges.thread(f"{stage.place()}/{root.id}", paper, 10)
    return [one.question for one in found]


async def test_under_any_message_a_follow_up_is_about_the_paper_asked_about_last(
    stage: Stage, digest: Digest
) -> None:
    (root,) = await stage.shows()
    unknown = await stage.writes(stage.reader, PARAMETERS, root)
    assert unknown.only.private
    assert unknown.only.says(JA("errors.NoPaper"))
    await stage.writes(stage.reader, f"{TIDE} {PARAMETERS}", root)
    heard = await stage.writes(stage.reader, DATA, root)
    assert heard.public[-1].under == root.id
    assert heard.public[-1].says(DATA)
    assert await earlier(stage, root, TIDE) == [PARAMETERS, DATA]


async def test_a_command_in_a_paper_s_thread_asks_about_that_paper(stage: Stage, digest: Digest) -> None:
    card = digest.card("TideLM")
    if differs(stage, "commands in threads"):
        with pytest.raises(AssertionError, match="no commands in threads"):
            await stage.types(stage.reader, f"/ask {DATA}", under=card)
        return
    heard = await stage.types(stage.reader, f"/ask {DATA}", under=card)
    assert heard.only.under == card.id
    assert heard.only.says(DATA)
    assert not heard.only.private


async def test_rinko_is_asked_in_direct_messages(stage: Stage, digest: Digest) -> None:
    if differs(stage, "direct"):
        with pytest.raises(NotImplementedError):
            await stage.tells(stage.reader, DATA)
        assert await stage.services.posting.outlet(stage.name).private(stage.place(), stage.reader.id) is None
        return
    first = (await stage.tells(stage.reader, f"{TIDE} {PARAMETERS}")).only
    assert first.room == "direct"
    assert first.says("TideLM", PARAMETERS)
    second = (await stage.tells(stage.reader, DATA, after=first)).only
    assert second.room == "direct"
    assert second.says(DATA)
    for answer in (first, second):
        assert JA("answer.helpful") in answer.buttons
        assert JA("answer.show_to_all") not in answer.buttons, "nobody else is there"


async def test_everyone_is_answered_in_the_language_of_their_client(stage: Stage, digest: Digest) -> None:
    own = JA if differs(stage, "language") else EN
    heard = await stage.types(stage.stranger, "/papers zyzzyva")
    assert heard.only.says(own("papers.found_none", query="zyzzyva"))
    (root,) = await stage.shows()
    said = JA if differs(stage, "language of messages") else EN
    heard = await stage.writes(stage.stranger, "What is it about?", root)
    assert heard.only.says(said("errors.NoPaper"))


# --------------------------------------------------------------------------- rating


async def test_ratings_are_kept_and_what_was_wrong_is_told_to_the_admin(stage: Stage, digest: Digest) -> None:
    card, say = digest.card("TideLM"), stage.say(stage.stranger)
    question = "評価には何を使いましたか。"
    answer = (await stage.writes(stage.reader, question, card)).public[-1]
    helpful, unhelpful = answer.buttons[-2:]
    thanks = await stage.presses(stage.stranger, answer, helpful)
    assert thanks.only.private
    assert thanks.only.says(say("feedback.thanks"))
    before = await stage.sees(stage.admin)
    noted = await stage.fills(stage.stranger, answer, unhelpful, why="数が違います")
    assert noted.only.private
    assert noted.only.says(say("feedback.noted"))
    told = [one for one in await stage.sees(stage.admin) if one not in before]
    if differs(stage, "direct"):
        assert not told
    else:
        (notice,) = told
        assert notice.room == "direct"
        assert notice.says(JA("feedback.notice"), question, "数が違います")
    status = await stage.types(stage.admin, "/digest status")
    assert any(one.says(JA("acts.unhelpful")) for one in status.private)


async def test_a_private_answer_is_rated_in_place(stage: Stage, digest: Digest) -> None:
    asked = await stage.types(stage.reader, f"/ask {TIDE} {PARAMETERS}")
    count = len(await stage.sees(stage.reader))
    rated = await stage.presses(stage.reader, asked.only, asked.only.button(JA("answer.helpful")))
    assert rated.only.id == asked.only.id
    assert rated.only.says(PARAMETERS, JA("feedback.thanks"))
    assert len(await stage.sees(stage.reader)) == count


# --------------------------------------------------------------------------- papers


async def test_papers_lists_the_week_for_who_asks_alone(stage: Stage, digest: Digest) -> None:
    before = await stage.sees(stage.stranger)
    heard = await stage.types(stage.reader, "/papers")
    assert heard.only.private
    assert heard.only.says("TideLM", "Seventeen")
    none = await stage.types(stage.reader, "/papers zyzzyva")
    assert none.only.says(JA("papers.found_none", query="zyzzyva"))
    assert await stage.sees(stage.stranger) == before


async def test_pages_of_a_search_are_turned_in_place(stage: Stage, digest: Digest) -> None:
    first = await stage.types(stage.reader, "/papers the")
    assert first.only.private
    assert first.only.buttons == (JA("papers.next"),)
    count = len(await stage.sees(stage.reader))
    second = await stage.presses(stage.reader, first.only, JA("papers.next"))
    assert second.only.id == first.only.id
    assert second.only.text != first.only.text
    back = await stage.presses(stage.reader, second.only, JA("papers.previous"))
    assert back.only == first.only
    assert len(await stage.sees(stage.reader)) == count


# ---------------------------------------------------------------------- for admins


async def test_status_tells_of_the_digest_and_offers_what_can_be_done(stage: Stage, digest: Digest) -> None:
    heard = await stage.types(stage.admin, "/digest status")
    assert not heard.public
    text = "\n".join(one.text for one in heard.private)
    for part in ("Asia/Tokyo", WEEK, "TideLM", JA("acts.here")):
        assert part in text
    for act in ("drop_paper", "drop_answer", "write_again", "correct", "pause"):
        assert JA(f"buttons.{act}") in heard.buttons
    elsewhere = await stage.types(stage.admin, "/digest status", room=OTHER_ROOM)
    assert elsewhere.last.says(JA("status.not_subscribed"))


async def test_a_correction_stands_on_the_card_until_it_is_taken_back(stage: Stage, digest: Digest) -> None:
    words = "訓練した港は61です"
    for text, said in ((words, "edit.corrected"), ("", "edit.uncorrected")):
        status = await stage.types(stage.admin, "/digest status")
        panel, label = status.with_button(JA("buttons.correct")), JA("buttons.correct")
        heard = await stage.fills(stage.admin, panel, label, paper="TideLM", text=text)
        assert any(one.says(JA("edit.shown")) for one in heard.private), said
        card = await stage.again(digest.card("TideLM"))
        assert card.says(words) is bool(text)
        assert len(await stage.channel()) == len({one.id for one in await stage.channel()})


async def test_a_paper_is_dropped_and_put_back_in_place(stage: Stage, digest: Digest) -> None:
    card = await stage.again(digest.card("Seventeen"))
    stood = [one.id for one in await stage.channel()]
    status = await stage.types(stage.admin, "/digest status")
    label = JA("buttons.drop_paper")
    dropped = await stage.fills(stage.admin, status.with_button(label), label, paper="2")
    assert (await stage.again(card)).says(JA("digest.withdrawn"))
    assert not (await stage.again(digest.header)).says("Seventeen")
    back = JA("buttons.put_back")
    await stage.presses(stage.admin, dropped.with_button(back), back)
    assert (await stage.again(card)).text == card.text
    assert [one.id for one in await stage.channel()] == stood


async def test_a_digest_is_posted_anew_in_place(stage: Stage, digest: Digest) -> None:
    stood = [one.id for one in await stage.channel()]
    texts = []
    for layout in ("bilingual", "qa"):
        await stage.types(stage.admin, f"/digest here {layout}")
        heard = await stage.types(stage.admin, "/digest repost")
        assert heard.last.says(POSTED)
        assert [one.id for one in await stage.channel()] == stood
        texts.append((await stage.again(digest.card("TideLM"))).text)
    assert texts[0] != digest.card("TideLM").text
    assert texts[1] == digest.card("TideLM").text


async def test_nothing_is_posted_before_what_was_seen_is_approved(stage: Stage, digest: Digest) -> None:
    admin, room = stage.admin, OTHER_ROOM
    here = await stage.types(admin, "/digest here approval=on", room=room)
    assert here.only.says(JA("here.approval"))
    refused = await stage.types(admin, "/digest post", room=room)
    assert refused.only.says(JA("errors.NotApproved", week=WEEK))

    approve = JA("buttons.approve", week=WEEK)
    status = await stage.types(admin, "/digest status", room=room)
    preview_button = JA("buttons.preview")
    shown = await stage.presses(admin, status.with_button(preview_button), preview_button)
    closing = shown.with_button(approve)
    assert not shown.public
    assert len(shown.private) >= 5

    act = JA("buttons.of", act=JA("buttons.drop_paper"), title="Seventeen")
    (label,) = [one for one in shown.buttons if one.startswith(act)]
    dropped = await stage.presses(admin, shown.with_button(label), label)
    new = dropped.with_button(approve)
    old = await stage.presses(admin, closing, approve)
    assert old.last.says(JA("errors.ChangedSince", week=WEEK))
    assert (await stage.types(admin, "/digest post", room=room)).only.says(
        JA("errors.NotApproved", week=WEEK)
    )
    assert await stage.channel(room) == []

    approved = await stage.presses(admin, new, approve)
    assert approved.last.says(JA("approval.given_late", week=WEEK))
    await stage.types(admin, "/digest post", room=room)
    header, *cards = await stage.channel(room)
    assert len(cards) == 2
    assert not any("Seventeen" in one.text for one in (header, *cards))


# ----------------------------------------------------------------- what must not be


async def test_an_old_button_says_that_it_is_stale(stage: Stage, digest: Digest) -> None:
    (message,) = await stage.shows(Button("拍手", "applaud", "1"))
    for who in (stage.stranger, stage.admin):
        heard = await stage.presses(who, message, "拍手")
        assert heard.only.private
        assert heard.only.says(stage.say(who)("commands.stale"))


async def test_a_crash_is_told_in_one_line_without_its_secret(
    stage: Stage, digest: Digest, capfd: pytest.CaptureFixture[str]
) -> None:
    for line in ("/crash", "/crash 途中"):
        heard = await stage.types(stage.stranger, line)
        assert heard.only.private
        broke = re.escape(stage.say(stage.stranger)("commands.broke", reference="REFERENCE"))
        assert re.fullmatch(broke.replace("REFERENCE", "[0-9a-f]{8}"), heard.only.text.strip())
    seen = [one for who in (stage.admin, stage.reader, stage.stranger) for one in await stage.sees(who)]
    assert not any(SECRET in one.text for one in seen)
    assert SECRET in capfd.readouterr().out, "the log has it"


async def test_what_is_sent_twice_is_answered_once(stage: Stage, digest: Digest) -> None:
    card = digest.card("TideLM")
    if differs(stage, "twice"):
        with pytest.raises(NotImplementedError):
            stage.twice()
        return
    before, over = await stage.sees(stage.reader), stage.table.over
    async with stage.twice():
        await stage.types(stage.reader, "/papers")
        await stage.writes(stage.reader, "二度送られた質問です。", card)
        await stage.tells(stage.reader, f"{TIDE} 二度送られた質問です。")
        (message,) = await stage.shows(Button("拍手", "applaud", "1"))
        await stage.presses(stage.reader, message, "拍手")
        await stage.fills(stage.reader, card, card.buttons[0], question="二度送られた質問です。")
    await stage.types(stage.stranger, "/papers")
    await stage.writes(stage.stranger, "What is new?", card)
    assert stage.table.over == over + 7
    new = heard(before, await stage.sees(stage.reader))
    assert len(new.private) == 3 + differs(stage, "pointer")
    assert len(new.public) == 4


# ------------------------------------------------------------------ who is no admin


async def test_a_stranger_gets_nowhere_with_what_is_for_admins(stage: Stage, digest: Digest) -> None:
    stranger, services = stage.stranger, stage.services
    rows = [row for row in stage.table.rows if row.admin]
    actions = [name for name, act in stage.table.acts.items() if act.admin]
    assert len(rows) >= 6
    assert len(actions) >= 10
    before, mine = await state(stage), await stage.sees(stage.reader)
    for row in rows:
        refused = await stage.types(stranger, row.name)
        assert refused.only.private
        assert refused.only.says(stage.say(stranger)("errors.NotAllowed")), row.name
    for message in await stage.shows(*(Button(name, name, f"{WEEK} {TIDE}") for name in actions)):
        for label in message.buttons:
            refused = await stage.presses(stranger, message, label)
            assert refused.only.private
            assert refused.only.says(stage.say(stranger)("errors.NotAllowed")), label
    assert await state(stage) == before
    journal = await services.journal.latest(str(stage.place()), 500)
    assert {one.act for one in journal if one.actor == stranger.id} <= {"command"}, "what failed is noted"
    now = await stage.sees(stage.reader)
    assert [one for one in now if one.text.strip() != "…"] == [one for one in mine if one.text.strip() != "…"]


async def state(stage: Stage) -> object:
    """What admins can change."""
    services, place = stage.services, stage.place()
    week = await services.current_week()
    return await services.channels.get(place), await services.overlays.get(place, week)


async def test_who_is_an_admin_no_more_gets_nowhere_with_a_form_that_is_open(
    stage: Stage, digest: Digest
) -> None:
    fields = {
        "drop_paper": {"paper": "1"},
        "drop_answer": {"paper": "1", "answer": "1"},
        "put_back": {"paper": "1"},
        "write_again": {"paper": "1"},
        "correct": {"paper": "1", "text": "嘘"},
    }
    forms = {name for name, act in stage.table.acts.items() if act.admin and act.form}
    assert forms == set(fields)
    before = await state(stage)
    (message,) = await stage.shows(*(Button(name, name, WEEK) for name in fields))
    for name, filled in fields.items():
        await stage.opens(stage.admin, message, name)
        async with stage.demote(stage.admin):
            if differs(stage, "forged forms"):
                with pytest.raises(AssertionError, match=JA("local.stale")):
                    await stage.sends(stage.admin, **filled)
                continue
            refused = await stage.sends(stage.admin, **filled)
        assert refused.only.private
        assert refused.only.says(JA("errors.NotAllowed")), name
    assert await state(stage) == before


async def test_others_answers_are_not_to_be_shown_or_rated(stage: Stage, digest: Digest) -> None:
    """The buttons of a private answer are told to nobody, but what they say could be guessed."""
    asked = await stage.types(stage.reader, f"/ask {TIDE} 誰にも見せない質問です。")
    (exchange, *_) = reversed(
        await stage.services.exchanges.thread(f"{stage.place()}/@{stage.reader.id}", TIDE, 10)
    )
    assert asked.only.says(exchange.question)
    buttons = [Button(name, name, exchange.id) for name in ("share", "helpful")]
    (message,) = await stage.shows(*buttons, Button("unhelpful", "unhelpful", exchange.id))
    said = stage.say(stage.stranger)("errors.AnswerGone")
    for label in ("share", "helpful"):
        refused = await stage.presses(stage.stranger, message, label)
        assert refused.only.private
        assert refused.only.says(said)
    refused = await stage.fills(stage.stranger, message, "unhelpful", why="x")
    assert refused.only.says(said)
    assert await stage.services.feedback.of(exchange.id) == ()
