"""The real timer in real time: posted at its minute, across a restart and a change of zone."""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import open_app
from bot.platforms.local.outlet import local_place
from config.settings import Settings, load_settings
from digest.weeks import DAYS, due_week, parse_post_time, zone
from tests.bot.support import Person, channel_messages
from tests.sweeps.many.fleet import fleet, until

pytestmark = [pytest.mark.sweep, pytest.mark.timeout(300)]

BEFORE, AFTER = "Asia/Kolkata", "Asia/Kathmandu"
"""A quarter of an hour apart: what is due at a minute in the second is due later in the first."""
PAPER = "- [When to Stop Asking](sample:birdsong.pdf)\n"
LOOK = timedelta(seconds=60)
SLACK = timedelta(seconds=30)
"""For writing a digest up, on a machine that has other things to do."""


def settings_file(folder: Path, post_at: str, timezone: str) -> Settings:
    text = f'data_dir = "{folder / "data"}"\n[[sources]]\nkind = "list"\npath = "list.md"\n'
    text += f'[[channels]]\nplatform = "local"\nchannel = "file"\nlanguage = "en"\npost_at = "{post_at}"\n'
    file = folder / "rinko.toml"
    file.write_text(f'{text}timezone = "{timezone}"\n', encoding="utf-8")
    return load_settings(file)


async def headers(settings: Settings) -> dict[str, list[datetime]]:
    """When the digests of each channel were posted."""
    async with open_app(settings) as app:
        found = {name: await channel_messages(app, name) for name in ("file", "chat")}
    return {name: [one.created for one in kept if one.part == "header"] for name, kept in found.items()}


async def sleep_until(moment: datetime) -> None:
    await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


async def test_a_digest_comes_at_the_minute_it_was_moved_to(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    moment = (datetime.now(UTC) + timedelta(seconds=100)).replace(second=0, microsecond=0)
    local = moment.astimezone(zone(AFTER))
    post_at = f"{DAYS[local.weekday()]} {local:%H:%M}"
    week, due = due_week(moment, parse_post_time(post_at), AFTER)
    assert due == moment
    (tmp_path / "list.md").write_text(f"## {week}\n\n{PAPER}", encoding="utf-8")
    settings = settings_file(tmp_path, post_at, BEFORE)
    async with open_app(settings) as app:
        ann = Person(app, place=local_place("chat"))
        await ann.says(f"/digest here {post_at} {BEFORE} en")
    async with fleet(tmp_path) as ours:
        member = ours.add("rinko", "run")
        await sleep_until(moment - timedelta(seconds=25))
        assert member.end(signal.SIGTERM) == 0
        settings = settings_file(tmp_path, post_at, AFTER)
        member.start()
        async with open_app(settings) as app:
            moved = await Person(app, place=local_place("chat")).says(f"/digest here {AFTER}")
        assert str(week) in moved.text
        await sleep_until(moment - timedelta(seconds=1))
        assert await headers(settings) == {"file": [], "chat": []}

        async def both() -> bool:
            return all((await headers(settings)).values())

        await until(both, (LOOK + SLACK).total_seconds() + 1)
        posted = await headers(settings)
        member.end(signal.SIGKILL)
        member.start()
        await until(lambda: _started_again(member.log), 30)
        assert await headers(settings) == posted, "nothing comes twice"
    with capfd.disabled():
        for name, times in posted.items():
            seconds = [f"{(at - moment).total_seconds():.1f} s" for at in times]
            print(f"\nset in {name}, posted after its minute: {', '.join(seconds)}")
        print(
            f"\nset in {name}: {[f'{(at - moment).total_seconds():.1f} s after its minute' for at in times]}"
        )
        print(
            f"restarted twice, time zone changed from {BEFORE} to {AFTER}; {time.monotonic() - began:.0f} s"
        )
    for times in posted.values():
        assert len(times) == 1
        assert timedelta() <= times[0] - moment <= LOOK + SLACK


async def _started_again(log: Path) -> bool:
    """Whether the third process has come so far as to say that it runs; it has looked by then."""
    return (await asyncio.to_thread(log.read_text, encoding="utf-8")).count("Rinko is reading at") == 3
