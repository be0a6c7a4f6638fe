"""What admins change in a digest that stands in their channel, and what they post again."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.export import issue_document
from bot.links import Links
from digest.models import Week
from digest.places import PartState
from digest.posts import Button
from tests.bot.chat import HERE, THERE, Chat, chat
from tests.bot.support import TIDE, TUESDAY, WEEK, Person, channel_messages, opened
from tests.clocks import ManualClock

BIRD = "sample:birdsong.pdf"
LIST = """
[[sources]]
kind = "list"
path = "{path}"
"""
PAPERS = f"## 2026-W10\n\n- [When to Stop Asking]({BIRD})\n- [Purl](sample:purl.pdf)\n"


@pytest.fixture(scope="module")
def two_posted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a channel that two papers were posted to, and that needs no approval."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "list.md").write_text(PAPERS, encoding="utf-8")

    async def post() -> None:
        async with chat(folder, LIST.format(path=folder / "list.md"), ManualClock(TUESDAY)) as one:
            await one.person().says("/digest here tue 09:00 en")
            await one.person().says("/digest post")
            assert len(await one.shown()) == 3

    asyncio.run(post())
    return folder


@pytest.fixture
async def one(two_posted: Path, tmp_path: Path) -> AsyncIterator[Chat]:
    """That channel, over a copy of its data."""
    shutil.copytree(two_posted / "data", tmp_path / "data")
    async with chat(tmp_path, LIST.format(path=two_posted / "list.md"), ManualClock(TUESDAY)) as one:
        yield one


def button(act: str, key: str | None = None) -> Button:
    return Button("", act, f"{WEEK} {key}" if key else WEEK)


async def threads(one: Chat, key: str) -> str:
    """All that stands in the thread of a paper's card."""
    rows = await one.app.services.ledger.rows(HERE, Week(2026, 10))
    for row in rows:
        if row.key.name.startswith(f"qa/{key}/") and row.message:
            kept = await one.outlet.local.messages.thread(row.message.thread or "", "nobody")
            return "\n".join(message.post.text for message in kept)
    return ""


async def test_a_dropped_paper_gives_way_to_a_note_and_comes_back(one: Chat) -> None:
    before = await one.shown()
    dropped = await one.person().fills(button("drop_paper"), paper="purl")
    assert "The channel shows it now." in dropped.text
    header, bird, note = await one.shown()
    assert "Purl" not in header
    assert bird == before[1]
    assert note == "An admin took this paper out of the digest."
    back = await one.person().presses(dropped.button("put_back"))
    assert "is back as it was" in back.text
    assert await one.shown() == before


async def test_a_dropped_answer_leaves_the_thread(one: Chat) -> None:
    issue = await one.app.services.archive.issue(Week(2026, 10), "en")
    writing = issue.entries[0].writing
    assert writing
    gone, kept = writing.qa[0].question, writing.qa[1].question
    talk = await one.person().fills(button("drop_answer"), paper="１", answer="1")
    assert gone in talk.text
    thread = await threads(one, BIRD)
    assert gone not in thread
    assert kept in thread
    missing = await one.person().fills(button("drop_answer", BIRD), answer="zzz")
    assert "fits no answer" in missing.text


async def test_a_correction_shows_in_its_channel_alone_and_is_taken_back(one: Chat) -> None:
    ann = one.person()
    await ann.fills(button("correct"), paper="purl", text="The error is\n3%, not 5%.")
    card = (await one.shown())[2]
    assert "Correction 3/10: The error is 3%, not 5%." in card
    editions, issue = one.app.services.posting.editions, await one.app.services.archive.latest("en")
    assert issue
    for place, count in ((HERE, 1), (THERE, 0)):
        assert len((await editions.shown(issue, place)).entries[1].corrections) == count
    assert "corrected" in (await ann.says("/digest status")).text
    await ann.fills(button("correct", "sample:purl.pdf"), text="")
    assert "Correction" not in (await one.shown())[2]
    long = await ann.fills(button("correct", "sample:purl.pdf"), text="x" * 501)
    assert "at most 500" in long.text


async def test_writing_again_says_what_it_cost_and_shows_what_came_of_it(one: Chat) -> None:
    talk = await one.person().fills(button("write_again"), paper="purl")
    assert "cost nothing" in talk.text
    assert "Purl" in talk.text
    assert talk.private


async def test_a_paper_is_named_by_number_title_or_id_and_else_said_to_be_missing(one: Chat) -> None:
    ann = one.person()
    for words in ("2", "2", "“Purl”", "sample:purl.pdf", "PURL"):
        assert "Purl" in (await ann.fills(button("drop_paper"), paper=words)).text
    assert "No paper was found" in (await ann.fills(button("drop_paper"), paper="zzz")).text
    assert "which paper" in (await ann.fills(button("drop_paper"), paper=" ")).text
    assert "fits several" in (await ann.fills(button("drop_paper"), paper="p")).text
    assert "no digest of 2026-W09" in (await ann.presses(Button("", "drop_paper", f"2026-W09 {BIRD}"))).text
    assert "not been in a digest" in (await ann.presses(button("drop_paper", "arxiv:2402.00001"))).text
    for value in ("", "x", "2026-W99 a", "\n", "2026-W10  "):
        talk = await ann.presses(Button("", "drop_paper", value))
        assert talk.ended()
        assert "did not work" not in talk.text


async def test_fresh_posts_all_anew_and_one_paper_alone_stays_in_place(one: Chat) -> None:
    before = await one.shown()
    rows = {row.key.name: row for row in await one.app.services.ledger.rows(HERE, Week(2026, 10))}
    alone = await one.person().says(f"/digest repost {WEEK} purl")
    assert "posted already" in alone.text
    fresh = await one.person().says("/digest repost purl fresh")
    assert "new: 2" in fresh.text
    after = {row.key.name: row for row in await one.app.services.ledger.rows(HERE, Week(2026, 10))}
    moved = {name for name, row in after.items() if row.message != rows[name].message}
    assert moved == {"card/sample:purl.pdf", "qa/sample:purl.pdf/1"}
    assert sorted(await one.shown()) == sorted(before)
    await one.person().says("/digest repost fresh")
    whole = await one.app.services.ledger.rows(HERE, Week(2026, 10))
    assert all(row.state is PartState.SENT for row in whole)
    assert not {row.message for row in whole} & {row.message for row in after.values()}
    assert await one.shown() == before


async def test_another_channel_is_not_touched(one: Chat) -> None:
    eve = one.person("eve", place=THERE)
    await eve.says("/digest here tue 09:00 en")
    await eve.says("/digest post")
    before = await one.shown(THERE)
    ann = one.person()
    await ann.fills(button("drop_paper"), paper="purl")
    await ann.fills(button("correct"), paper="1", text="It is 3.")
    await eve.says("/digest post")
    assert await one.shown(THERE) == before


async def test_exports_have_the_corrections_of_the_installations_own_channels_only(posted: Path) -> None:
    async with opened(posted) as (app, _):
        ann = Person(app)
        ann.language = "ja"
        talk = await ann.fills(Button("", "correct", f"{WEEK} {TIDE}"), text="著者が違います。")
        assert "訂正を加えました" in talk.text
        assert any("訂正 3/10: 著者が違います。" in kept.post.text for kept in await channel_messages(app))
        services = app.services
        issue = await services.corrected(await services.archive.issue(Week(2026, 10), "ja"))
        document = issue_document(issue, services.posting.document_composer("ja", "qa"), Links(0))
        entries = {entry["key"]: entry["corrections"] for entry in document["entries"]}
        assert entries.pop(TIDE) == [{"date": "2026-03-10", "text": "著者が違います。"}]
        assert not any(entries.values())
