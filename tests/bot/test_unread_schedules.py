"""A channel whose stored schedule cannot be read: the others go on, and it is told of and set anew."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.schedule import WAKE_EVERY
from digest.places import Subscription
from tests.bot.chat import HERE, THERE, Chat, chat
from tests.bot.support import TUESDAY
from tests.bot.test_checking import check

LIST = """
[digest]
grace_days = 3
[[sources]]
kind = "list"
path = "{path}"
"""
BROKEN = [("timezone", "Europe/Nowhere"), ("post_at", "someday"), ("post_at", ""), ("timezone", "")]


@pytest.fixture
def extra(tmp_path: Path) -> str:
    """A list of one paper for the week that is due."""
    path = tmp_path / "list.md"
    path.write_text("## 2026-W10\n\n- [When to Stop Asking](sample:birdsong.pdf)\n", encoding="utf-8")
    return LIST.format(path=path)


async def set_up(one: Chat, column: str, value: str) -> None:
    """Two channels since the day before; the row of the first is broken."""
    for place in (HERE, THERE):
        since = TUESDAY - timedelta(days=1)
        await one.app.services.channels.set(
            Subscription(place, "en", "tue 09:00", "Asia/Tokyo", since=since, contact="ann")
        )
    async with one.app.database.write() as connection:
        sql = f"UPDATE subscriptions SET {column} = ? WHERE workspace = ?"
        await connection.exec_driver_sql(sql, (value, HERE.workspace))


@pytest.mark.parametrize(("column", "value"), BROKEN)
async def test_the_others_get_their_digest_and_the_log_is_told_once(
    tmp_path: Path, extra: str, column: str, value: str
) -> None:
    async with chat(tmp_path, extra) as one:
        await set_up(one, column, value)
        with capture_logs() as logs:
            for _ in range(3):
                await one.app.schedule.post_what_is_due()
                one.clock.time += WAKE_EVERY
        assert await one.shown(THERE)
        assert not await one.shown(HERE)
        (told,) = [line for line in logs if line["log_level"] == "error"]
        assert told["place"] == str(HERE)
        assert f"“{value}”" in told["error"]


@pytest.mark.parametrize(("column", "value"), BROKEN)
@pytest.mark.parametrize("words", ["tue 09:00 Asia/Tokyo", "en"])
async def test_the_status_says_it_in_words_and_here_sets_it_anew(
    tmp_path: Path, extra: str, column: str, value: str, words: str
) -> None:
    async with chat(tmp_path, extra) as one:
        await set_up(one, column, value)
        told = (await one.person().says("/digest status")).text
        assert f"“{value}”" in told
        assert "/digest here" in told
        await one.person().says(f"/digest here {words}")
        channel = await one.app.services.channels.get(HERE)
        assert channel
        assert (channel.post_at, channel.timezone) == ("tue 09:00", "Asia/Tokyo")
        assert channel.since == TUESDAY - timedelta(days=1), "it gets what fell due meanwhile"
        assert "every Tuesday at 09:00" in (await one.person().says("/digest status")).text
        await one.app.schedule.post_what_is_due()
        assert await one.shown(HERE)


async def test_health_goes_on_telling_of_the_others(tmp_path: Path, extra: str) -> None:
    async with chat(tmp_path, extra) as one:
        await set_up(one, "timezone", "Europe/Nowhere")
        one.clock.time += timedelta(hours=2)
        report = await one.app.health.report()
        assert report["overdue"] == [str(THERE)]
        (waiting,) = _lines(report["waiting"])
        assert waiting.startswith(f"{HERE}: “Europe/Nowhere” is not a time zone.")


def _lines(told: object) -> list[str]:
    assert isinstance(told, list)
    return told


@pytest.mark.parametrize(("column", "value"), BROKEN)
def test_the_check_names_it_and_says_what_to_do(tmp_path: Path, extra: str, column: str, value: str) -> None:
    async def write() -> None:
        async with chat(tmp_path, extra) as one:
            await set_up(one, column, value)

    asyncio.run(write())
    code, findings = check(tmp_path, extra)
    assert code == 1
    (finding,) = [each for each in findings if each["about"] == f"channel {HERE}"]
    assert not finding["ok"]
    assert f"“{value}”" in str(finding["detail"])
    assert "/digest here" in str(finding["hint"])
