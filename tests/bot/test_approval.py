"""Nothing is posted that nobody approved, and what is approved is exactly what was seen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.platforms.conversation import APPROVE_ON_PANEL
from digest.models import Week
from digest.posts import Button
from tests.bot.chat import HERE, THERE, Chat, chat
from tests.bot.support import TUESDAY, Talk
from tests.clocks import ManualClock

W10, W11 = Week(2026, 10), Week(2026, 11)
LIST = """
[digest]
papers = 2
[[sources]]
kind = "list"
path = "{path}"
"""
PAPERS = "- [When to Stop Asking](sample:birdsong.pdf)\n- [Purl](sample:purl.pdf)\n"


@pytest.fixture
def extra(tmp_path: Path) -> str:
    """Settings with a list of two papers a week."""
    path = tmp_path / "list.md"
    path.write_text(f"## 2026-W10\n\n{PAPERS}\n## 2026-W11\n\n{PAPERS}", encoding="utf-8")
    return LIST.format(path=path)


async def subscribed(one: Chat, words: str = "approval=on") -> None:
    """The day before the digest is due, an admin sets the channel up."""
    one.clock.time = TUESDAY - timedelta(days=1)
    talk = await one.person().says(f"/digest here tue 09:00 en {words}")
    assert "This channel gets the digest" in talk.text


def on_panel(status: Talk) -> Button:
    """The button of the status that approves; it has more buttons than one message holds."""
    (approve,) = [one for one in status.buttons if one.action == APPROVE_ON_PANEL]
    return approve


async def look(one: Chat, times: int = 3) -> None:
    for _ in range(times):
        await one.app.schedule.post_what_is_due()
        one.clock.advance(minutes=1)


async def test_what_was_approved_is_posted_on_time(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await subscribed(one)
        preview = await one.person().says("/digest preview")
        assert preview.private
        assert await one.shown() == []
        approved = await one.person().presses(preview.button("approve"))
        assert "10 March 2026 at 09:00" in approved.text
        await look(one)
        assert await one.shown() == []
        one.clock.time = TUESDAY
        await look(one)
        assert len(await one.shown()) == 3
        assert await one.told() == []


async def test_without_approval_admins_are_reminded_once_and_the_week_is_skipped(
    tmp_path: Path, extra: str
) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await subscribed(one)
        one.clock.time = TUESDAY
        await look(one, 5)
        assert await one.shown() == []
        (reminder,) = await one.told()
        assert "2026-W10 waits for approval" in reminder
        assert "/digest preview" in reminder
        refused = await one.person().says("/digest post")
        assert "/digest preview 2026-W10" in refused.text
        assert "2026-W10 waits for it" in (await one.person().says("/digest status")).text
        one.clock.time = TUESDAY + timedelta(days=7)
        await look(one)
        told = await one.told()
        assert ["skipped" in line for line in told] == [False, True, False]
        assert "2026-W11 waits" in told[2]
        status = await one.person().says("/digest status")
        assert "skipped without approval 2026-W10" in status.text
        assert await one.shown() == []


async def test_approved_late_is_posted_within_a_minute(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await subscribed(one)
        one.clock.time = TUESDAY + timedelta(days=5)
        await look(one)
        preview = await one.person().says("/digest preview")
        assert "shortly" in (await one.person().presses(preview.button("approve"))).text
        await look(one, 1)
        assert len(await one.shown()) == 3


async def test_a_change_voids_the_approval_until_it_is_seen(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await subscribed(one)
        ann = one.person()
        approve = (await ann.says("/digest preview")).button("approve")
        await ann.presses(approve)
        dropped = await ann.presses(Button("", "drop_paper", f"{W10} sample:purl.pdf"))
        assert "has to be approved" in dropped.text
        assert "This week" in dropped.text, "the trends that were made anew are shown"
        one.clock.time = TUESDAY
        await look(one)
        assert await one.shown() == []
        assert "has changed since you saw it" in (await ann.presses(approve)).text
        await ann.presses(dropped.button("approve"))
        await look(one)
        header, card = await one.shown()
        assert "This week’s papers: 1." in header
        assert "Purl" not in header + card
        assert "one paper" in header


async def test_a_paper_written_again_has_to_be_seen_again(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await subscribed(one)
        ann = one.person()
        await ann.presses((await ann.says("/digest preview")).button("approve"))
        written = await ann.presses(Button("", "write_again", f"{W10} sample:purl.pdf"))
        assert "came out the same" in written.text
        assert "cost nothing" in written.text
        one.clock.time = TUESDAY
        await look(one)
        assert len(await one.shown()) == 3, "the same is still approved"


async def test_what_is_approved_in_one_workspace_is_not_in_another(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await subscribed(one)
        other = one.person("eve", place=THERE)
        await other.says("/digest here tue 09:00 en approval=on")
        approve = (await one.person().says("/digest preview")).button("approve")
        await other.presses(approve)
        one.clock.time = TUESDAY
        await look(one)
        assert await one.shown(HERE) == []
        assert len(await one.shown(THERE)) == 3


async def test_status_lets_approve_only_what_was_seen(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await subscribed(one)
        ann = one.person()
        assert "needed before posting" in (await ann.says("/digest status")).text
        await ann.says("/digest preview")
        approve = on_panel(await ann.says("/digest status"))
        await ann.fills(Button("", "correct", f"{W10} sample:purl.pdf"), text="It is 3.")
        again = on_panel(await ann.says("/digest status"))
        assert again.value != approve.value
        await ann.presses(again)
        status = await ann.says("/digest status")
        assert "2026-W10 is approved" in status.text
        assert APPROVE_ON_PANEL not in {one.action for one in status.buttons}
