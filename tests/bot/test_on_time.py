"""Each channel gets each week once, or is told why not: asleep, with a wrong clock, with moved schedules."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.schedule import RETRY
from digest.models import Week
from tests.bot.chat import HERE, Chat, chat
from tests.bot.support import TUESDAY
from tests.clocks import ManualClock

LIST = """
[digest]
grace_days = 3
[[sources]]
kind = "list"
path = "{path}"
"""
PAPER = "- [When to Stop Asking](sample:birdsong.pdf)\n"
W10 = Week(2026, 10)
DAY = timedelta(days=1)


@pytest.fixture
def extra(tmp_path: Path) -> str:
    """Settings with a list of one paper for each of five weeks, but none for the second."""
    path = tmp_path / "list.md"
    weeks = [f"## {W10.plus(n)}\n\n{PAPER if n != 1 else ''}\n" for n in range(5)]
    path.write_text("".join(weeks), encoding="utf-8")
    return LIST.format(path=path)


async def set_up(one: Chat, words: str = "tue 09:00 en") -> str:
    """Two days before the first digest, an admin sets the channel up."""
    one.clock.time = TUESDAY - 2 * DAY
    return (await one.person().says(f"/digest here {words}")).text


async def look(one: Chat, times: int = 2) -> None:
    for _ in range(times):
        await one.app.schedule.post_what_is_due()
        one.clock.advance(minutes=1)


async def posted(one: Chat) -> list[str]:
    """The weeks whose digests stand in the channel."""
    weeks = [W10.plus(n) for n in range(-2, 6)]
    return [str(week) for week in weeks if await one.app.services.ledger.finished(HERE, week)]


async def test_weeks_that_went_by_while_nothing_ran_are_told_of_once(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await set_up(one)
        one.clock.time = TUESDAY
        await look(one)
    async with chat(tmp_path, extra, ManualClock(TUESDAY + 21 * DAY)) as one:
        await look(one, 3)
        assert await posted(one) == ["2026-W10", "2026-W13"]
        (told,) = await one.told()
        assert "2026-W11, 2026-W12 was not posted" in told
        (notice,) = [text for text in await one.shown() if "There is no digest" in text]
        assert "2026-W11, 2026-W12" in notice
    async with chat(tmp_path, extra, ManualClock(TUESDAY + 31 * DAY + timedelta(minutes=1))) as one:
        await look(one, 3)
        assert ["2026-W14" in text for text in await one.told()] == [False, True]
        assert await posted(one) == ["2026-W10", "2026-W13"]


@pytest.mark.parametrize("by", [timedelta(hours=-1), -7 * DAY])
async def test_a_clock_that_was_set_back_brings_nothing_again(
    tmp_path: Path, extra: str, by: timedelta
) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await set_up(one)
        one.clock.time = TUESDAY
        await look(one)
        shown = await one.shown()
        one.clock.time = TUESDAY + by
        await look(one)
        one.clock.time = TUESDAY + DAY
        await look(one)
        assert await one.shown() == shown
        assert await one.told() == []


async def test_a_clock_that_ran_ahead_puts_nothing_off_for_long(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await set_up(one)
        one.clock.time = TUESDAY + 90 * DAY
        await look(one)
        assert await posted(one) == []
        one.clock.time = TUESDAY
        await look(one)
        assert await posted(one) == ["2026-W10"]


async def test_a_week_without_papers_says_so_once(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await set_up(one)
        one.clock.time = TUESDAY
        await look(one)
        for hours in range(0, 24 * 7, 6):
            one.clock.time = TUESDAY + 7 * DAY + timedelta(hours=hours)
            await look(one, 1)
        (notice,) = [text for text in await one.shown() if "no papers" in text]
        assert "There is no digest" not in notice
        assert len(await one.told()) == 1
        one.clock.time = TUESDAY + 14 * DAY
        await look(one)
        assert await posted(one) == ["2026-W10", "2026-W12"]
        assert len(await one.told()) == 1


async def test_what_fell_due_as_the_schedule_was_moved_comes_at_once(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        assert "Next: 2026-W10, on Sun 15 March 2026" in await set_up(one, "sun 09:00 en Asia/Tokyo")
        one.clock.time = TUESDAY + 4 * DAY  # Saturday
        moved = await one.person().says("/digest here mon 09:00")
        assert "2026-W10 is due already" in moved.text
        assert moved.buttons == []
        assert "2026-W10, within a minute" in (await one.person().says("/digest status")).text
        await look(one)
        assert await posted(one) == ["2026-W10"]
        assert "2026-W11, on Mon 16 March 2026 at 09:00" in (await one.person().says("/digest status")).text


@pytest.mark.parametrize("words", ["fri 09:00", "tue 09:00 Pacific/Pago_Pago"])
async def test_a_schedule_that_is_moved_after_the_post_names_the_next_week(
    tmp_path: Path, extra: str, words: str
) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await set_up(one, "tue 09:00 en Asia/Tokyo")
        one.clock.time = TUESDAY
        await look(one)
        shown = await one.shown()
        assert "Next: 2026-W11" in (await one.person().says(f"/digest here {words}")).text
        for hours in range(0, 24 * 6, 3):
            one.clock.time = TUESDAY + timedelta(hours=hours)
            await look(one, 1)
        assert await one.shown() == shown


async def test_a_channel_stopped_and_set_up_again_gets_no_week_twice(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra, ManualClock(TUESDAY)) as one:
        await set_up(one)
        one.clock.time = TUESDAY
        await look(one)
        shown = await one.shown()
        await one.person().says("/digest stop")
        await look(one)
        assert "Next: 2026-W11" in (await one.person().says("/digest here tue 10:00 ja bilingual")).text
        await look(one)
        one.clock.advance(hours=3)
        await look(one)
        assert (await one.shown())[: len(shown)] == shown
        assert await posted(one) == ["2026-W10"]


async def test_the_status_says_when_what_failed_is_tried_again(tmp_path: Path) -> None:
    async with chat(tmp_path, LIST.format(path=tmp_path / "gone.md"), ManualClock(TUESDAY)) as one:
        await set_up(one, "tue 09:00 en Asia/Tokyo")
        one.clock.time = TUESDAY
        await look(one, 1)
        again = (TUESDAY + RETRY + timedelta(hours=9)).strftime("%H:%M")
        assert f"2026-W10, tried again at {again}" in (await one.person().says("/digest status")).text
