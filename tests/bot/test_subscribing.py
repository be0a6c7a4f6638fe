"""How a channel is set up, paused and stopped, and what its admins are told when something is wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands import Commands
from bot.platforms.conversation import line_of
from bot.schedule import RETRY
from digest.posts import Button
from tests.bot.chat import HERE, Chat, chat
from tests.bot.support import TUESDAY, WEEK
from tests.clocks import ManualClock

LIST = """
[digest]
grace_days = 3
[[sources]]
kind = "list"
path = "{path}"
"""
PAPER = "- [When to Stop Asking](sample:birdsong.pdf)\n"
DAIR = """
[[sources]]
kind = "dair"
name = "DAIR"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A list of one paper for the week that is due."""
    path = tmp_path / "list.md"
    path.write_text(f"## 2026-W10\n\n{PAPER}", encoding="utf-8")
    return path


def write(path: Path, text: str) -> None:
    """Keep another list."""
    path.write_text(text, encoding="utf-8")


async def set_up(one: Chat, words: str = "tue 09:00 en") -> str:
    """The day before, an admin subscribes the channel."""
    one.clock.time = TUESDAY - timedelta(days=1)
    return (await one.person().says(f"/digest here {words}")).text


async def look(one: Chat) -> None:
    await one.app.schedule.post_what_is_due()


async def test_here_changes_what_is_named_and_keeps_the_rest(tmp_path: Path, path: Path) -> None:
    async with chat(tmp_path, LIST.format(path=path)) as one:
        channels = one.app.services.channels
        await set_up(one, "thu 18:30 Europe/Berlin ja bilingual")
        changes: list[tuple[str, dict[str, str | bool]]] = [
            ("approval=on", {"approval": True}),
            ("follow-ups=all", {"follow_ups": "all"}),
            ("10:15", {"post_at": "thu 10:15"}),
            ("金曜日", {"post_at": "fri 10:15"}),
            ("mon", {"post_at": "mon 10:15"}),
            ("en", {"language": "en"}),
            ("APPROVAL=OFF qa", {"approval": False, "layout": "qa", "follow_ups": "all"}),
        ]
        for words, changed in changes:
            before = await channels.get(HERE)
            talk = await one.person("ben").says(f"/digest here {words}")
            after = await channels.get(HERE)
            assert before
            assert after
            assert talk.ended()
            expected = {name: getattr(before, name) for name in ("post_at", "timezone", "layout")}
            expected.update(changed)
            assert {name: getattr(after, name) for name in expected} == expected
            assert after.contact == "ben"


async def test_the_fields_of_here_make_a_line_it_understands(tmp_path: Path, path: Path) -> None:
    async with chat(tmp_path, LIST.format(path=path)) as one:
        talk = await one.person().says("/")
        assert "/digest stop" in talk.text
        (row,) = [row for row in Commands(one.app.services).rows if row.name == "/digest here"]
        filled = {option.name: option.choices[-1] for option in row.options if option.choices}
        filled |= {"time": "08:00", "timezone": "UTC"}
        await one.person().says(line_of(row, filled))
        channel = await one.app.services.channels.get(HERE)
        assert channel
        assert (channel.post_at, channel.timezone, channel.language) == ("sun 08:00", "UTC", "en")
        assert (channel.layout, channel.approval, channel.follow_ups) == ("bilingual", False, "all")


async def test_here_offers_last_weeks_digest_as_a_button(tmp_path: Path, path: Path) -> None:
    async with chat(tmp_path, LIST.format(path=path), ManualClock(TUESDAY)) as one:
        talk = await one.person().says("/digest here tue 09:00 en")
        assert talk.button("post").value == WEEK
        await one.person().presses(talk.button("post"))
        assert len(await one.shown()) == 2
        again = await one.person().says("/digest here approval=on")
        assert [button.action for button in again.buttons] == ["preview"]


async def test_here_says_which_rights_are_lacking_and_nothing_begins_without(
    tmp_path: Path, path: Path
) -> None:
    async with chat(tmp_path, LIST.format(path=path)) as one:
        one.outlet.missing.append("see")
        said = await set_up(one)
        assert "/invite @Rinko" in said
        one.clock.time = TUESDAY
        for _ in range(3):
            await look(one)
            one.clock.advance(hours=1)
        (told,) = await one.told()
        assert "/invite @Rinko" in told
        assert "within the hour" in told
        refused = await one.person().says("/digest post")
        assert "needs these rights" in refused.text
        status = await one.person().says("/digest status")
        assert "Rinko lacks rights" in status.text
        assert "What to do" in status.text
        assert await one.shown() == []
        one.outlet.missing.clear()
        await look(one)
        assert len(await one.shown()) == 2


async def test_a_time_before_its_source_is_told(tmp_path: Path) -> None:
    async with chat(tmp_path, DAIR) as one:
        assert "Tuesday at about 00:00" in await set_up(one, "mon 09:00 Asia/Tokyo en")
        assert "at about" not in await set_up(one, "tue 09:00 Asia/Tokyo en")
        assert "Monday at about 16:00" in await set_up(one, "mon 09:00 Europe/Berlin en")


async def test_stop_ends_it_and_what_was_posted_stays(tmp_path: Path, path: Path) -> None:
    async with chat(tmp_path, LIST.format(path=path)) as one:
        await set_up(one)
        one.clock.time = TUESDAY
        await look(one)
        assert "gets no more" in (await one.person().says("/digest stop")).text
        assert "Start with /digest here" in (await one.person().says("/digest stop")).text
        one.clock.advance(days=7)
        await look(one)
        assert len(await one.shown()) == 2


async def test_a_paused_channel_gets_nothing_until_it_goes_on(tmp_path: Path, path: Path) -> None:
    write(path, "".join(f"## 2026-W{n}\n\n{PAPER}\n" for n in (10, 11)))
    async with chat(tmp_path, LIST.format(path=path)) as one:
        await set_up(one)
        (pause,) = (await one.person().says("/digest status")).buttons
        paused = await one.person().presses(pause)
        one.clock.time = TUESDAY
        await look(one)
        assert "posting is paused" in (await one.person().says("/digest status")).text
        assert "2026-W11" in (await one.person().presses(paused.button("resume"))).text
        await look(one)
        assert await one.shown() == []
        one.clock.advance(days=7)
        await look(one)
        assert len(await one.shown()) == 2
        assert await one.told() == []


async def test_a_failure_is_told_once_with_what_to_do(tmp_path: Path) -> None:
    async with chat(tmp_path, LIST.format(path="gone.md")) as one:
        await set_up(one)
        one.clock.time = TUESDAY
        for _ in range(4):
            await look(one)
            one.clock.advance(seconds=RETRY.total_seconds())
        (told,) = await one.told()
        assert "2026-W10 could not be posted" in told
        assert "every hour" in told
        assert "gone.md" not in told


async def test_no_week_goes_by_in_silence(tmp_path: Path, path: Path) -> None:
    write(path, "## 2026-W09\n\n- [Old](https://example.invalid/old)\n")
    async with chat(tmp_path, LIST.format(path=path)) as one:
        await set_up(one)
        one.clock.time = TUESDAY
        for _ in range(5 * 24):
            await look(one)
            one.clock.advance(hours=1)
        (shown,) = await one.shown()
        assert "There is no digest of 2026-W10" in shown
        late, missed = await one.told()
        assert "not been published yet" in late
        assert "/digest post 2026-W10" in missed


async def test_admins_who_approve_are_told_of_a_late_list_alone(tmp_path: Path, path: Path) -> None:
    write(path, "## 2026-W09\n\n- [Old](https://example.invalid/old)\n")
    async with chat(tmp_path, LIST.format(path=path)) as one:
        await set_up(one, "tue 09:00 en approval=on")
        one.clock.time = TUESDAY
        await look(one)
        assert await one.shown() == []
        assert len(await one.told()) == 1


async def test_a_button_of_here_that_somebody_else_presses_does_nothing(tmp_path: Path, path: Path) -> None:
    async with chat(tmp_path, LIST.format(path=path), ManualClock(TUESDAY)) as one:
        await set_up(one)
        for action in ("post", "preview", "pause", "resume"):
            talk = await one.person("bob", is_admin=False).presses(Button("", action, WEEK))
            assert talk.text == "Only an admin can do that."
        assert await one.shown() == []
