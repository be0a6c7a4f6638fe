"""When digests are posted: only what is due, once, late where it must be, each channel on its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.schedule import POST, RETRY, RETRY_DELIVERY, WAKE, retry_after
from digest.errors import DeliveryError, PlaceUnavailable, SourceError
from digest.models import Week
from digest.places import PartKey, PartRow, PartState, Place, Subscription
from digest.store.ledger import SqlLedger
from tests.bot.support import channel_messages, opened
from tests.clocks import ManualClock

DUE = datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
"""Tuesday 09:00 in Tokyo."""
TOKYO = Place("local", "-", "tokyo")
BERLIN = Place("local", "-", "berlin")
NEW = Place("local", "-", "new")
LIST = """
[digest]
grace_days = 3
[[sources]]
kind = "list"
path = "{path}"
[[channels]]
platform = "local"
channel = "tokyo"
[[channels]]
platform = "local"
channel = "berlin"
language = "en"
post_at = "wed 07:30"
timezone = "Europe/Berlin"
"""
PAPER = "- [When to Stop Asking](sample:birdsong.pdf)\n"


@pytest.fixture
def extra(tmp_path: Path) -> str:
    """Settings with a list of one paper for the week that Tuesday posts."""
    path = tmp_path / "list.md"
    path.write_text(f"## 2026-W10\n\n{PAPER}", encoding="utf-8")
    return LIST.format(path=path)


async def look(app: App) -> None:
    """What the timer does."""
    await app.schedule.post_what_is_due()


async def posted(app: App, place: Place) -> int:
    return len(await channel_messages(app, place.channel))


async def until_finished(app: App, place: Place) -> None:
    """Wait for what the timer does by itself; the ledger tells nobody."""
    async with asyncio.timeout(20):
        while not await app.services.ledger.finished(place, Week(2026, 10)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_each_channel_at_its_own_time_and_once(tmp_path: Path, extra: str) -> None:
    clock = ManualClock(DUE - timedelta(seconds=1))
    async with opened(tmp_path, extra, clock) as (app, _):
        await look(app)
        assert (await posted(app, TOKYO), await posted(app, BERLIN)) == (0, 0)
        clock.time = DUE
        await look(app)
        assert (await posted(app, TOKYO), await posted(app, BERLIN)) == (2, 0)
        clock.time = datetime(2026, 3, 11, 6, 29, 59, tzinfo=UTC)
        await look(app)
        assert await posted(app, BERLIN) == 0
        clock.time = datetime(2026, 3, 11, 6, 30, tzinfo=UTC)
        for _ in range(3):
            await look(app)
            clock.advance(minutes=1)
        assert (await posted(app, TOKYO), await posted(app, BERLIN)) == (2, 2)


async def test_what_was_missed_is_posted_within_the_days_of_grace_only(tmp_path: Path, extra: str) -> None:
    clock = ManualClock(DUE + timedelta(days=3, seconds=1))
    async with opened(tmp_path, extra, clock) as (app, _):
        await look(app)
        assert await posted(app, TOKYO) == 0
        assert await posted(app, BERLIN) == 2
        clock.time = DUE + timedelta(days=3)
        await look(app)
        assert await posted(app, TOKYO) == 2


async def test_what_a_restart_left_undone_is_made_up_for(tmp_path: Path, extra: str) -> None:
    async with opened(tmp_path, extra, ManualClock(DUE - timedelta(hours=1))) as (app, _):
        await look(app)
    async with opened(tmp_path, extra, ManualClock(DUE + timedelta(days=2))) as (app, _):
        await look(app)
        assert (await posted(app, TOKYO), await posted(app, BERLIN)) == (2, 2)
    async with opened(tmp_path, extra, ManualClock(DUE + timedelta(days=3))) as (app, _):
        await look(app)
        assert (await posted(app, TOKYO), await posted(app, BERLIN)) == (2, 2)


async def test_a_late_list_is_asked_for_again_after_an_hour(tmp_path: Path, extra: str) -> None:
    path = tmp_path / "list.md"
    path.write_text("## 2026-W09\n\n- [Old](https://example.invalid/old)\n", encoding="utf-8")
    clock = ManualClock(DUE)
    async with opened(tmp_path, extra, clock) as (app, _):
        await look(app)
        (late,) = await channel_messages(app, TOKYO.channel)
        assert "まだ公開されていません" in late.post.text
        assert not late.post.notify
        path.write_text(f"## 2026-W10\n\n{PAPER}", encoding="utf-8")
        clock.advance(minutes=59)
        await look(app)
        assert [one.post for one in await channel_messages(app, TOKYO.channel)] == [late.post]
        clock.time = DUE + RETRY
        await look(app)
        notice, header, card = await channel_messages(app, TOKYO.channel)
        assert (notice.id, header.part, card.part) == (late.id, "header", "card/sample:birdsong.pdf")
        assert "この下で紹介しています" in notice.post.text
        entries = await app.services.journal.latest(str(TOKYO), 10)
        assert [entry.failed for entry in entries] == [False, True]
        assert entries[1].week == Week(2026, 10)


async def test_one_broken_channel_does_not_hold_up_the_rest(tmp_path: Path, extra: str) -> None:
    async with opened(tmp_path, extra, ManualClock(DUE + timedelta(days=2))) as (app, _):
        strange = Subscription(Place("elsewhere", "-", "x"), "en", "tue 09:00", "UTC")
        faulty = Subscription(Place("local", "-", "y"), "xx", "tue 09:00", "UTC")
        for one in (strange, faulty):
            await app.services.channels.set(one)
        await look(app)
        assert (await posted(app, TOKYO), await posted(app, BERLIN)) == (2, 2)
        for one in (strange, faulty):
            (entry,) = await app.services.journal.latest(str(one.place), 5)
            assert entry.failed


async def test_a_time_that_is_none_holds_up_its_own_channel_alone(tmp_path: Path, extra: str) -> None:
    async with opened(tmp_path, extra, ManualClock(DUE + timedelta(days=2))) as (app, _):
        ledger, week = app.services.ledger, Week(2026, 10)
        await ledger.finish(NEW, week, DUE)
        await ledger.mark_sending(
            PartRow(PartKey(TOKYO, week, "header"), PartState.SENDING, "-", DUE, "another")
        )
        async with app.database.write() as connection:
            await connection.exec_driver_sql("UPDATE deliveries SET finished_at = 'yesterday'")
            await connection.exec_driver_sql("UPDATE parts SET lease_until = 'x'")
        await look(app)
        assert (await posted(app, TOKYO), await posted(app, BERLIN)) == (0, 2)
        assert (await ledger.put_off_until()).keys() == {TOKYO}
        (entry,) = await app.services.journal.latest(str(TOKYO), 5)
        assert entry.detail.startswith("StoreError: A time in the database is none"), entry.detail


class HeldClock(ManualClock):
    """Waits until it is let go."""

    def __init__(self, time: datetime) -> None:
        super().__init__(time)
        self.waits, self.go = asyncio.Event(), asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.waits.set()
        await self.go.wait()
        self.advance(seconds=seconds)


async def test_a_channel_that_has_to_wait_holds_up_no_other(tmp_path: Path, extra: str) -> None:
    clock = HeldClock(DUE)
    async with opened(tmp_path, extra, clock) as (app, _):
        lease = clock.now() + timedelta(seconds=15)
        begun = PartRow(PartKey(TOKYO, Week(2026, 10), "header"), PartState.SENDING, "", lease, "another")
        await app.services.ledger.mark_sending(begun)
        await app.schedule.begin()
        first = asyncio.create_task(look(app))
        await clock.waits.wait()
        new = Subscription(NEW, "ja", "tue 09:00", "Asia/Tokyo")
        await app.services.channels.set(new)
        await app.jobs.put(POST, str(NEW))
        await until_finished(app, NEW)
        assert (await posted(app, NEW), await posted(app, TOKYO)) == (2, 0)
        clock.go.set()
        await first
        assert await posted(app, TOKYO) == 2


async def test_a_source_that_is_down_is_tried_again_and_written_down(tmp_path: Path) -> None:
    clock = ManualClock(DUE)
    async with opened(tmp_path, LIST.format(path="gone.md"), clock) as (app, _):
        for _ in range(5):
            await look(app)
            clock.advance(minutes=1)
        assert len(await app.services.journal.latest(str(TOKYO), 10)) == 1
        clock.time = DUE + RETRY
        await look(app)
        latest = await app.services.journal.latest(str(TOKYO), 10)
        assert len(latest) == 2
        assert "gone.md" in latest[0].detail


class BrokenLedger(SqlLedger):
    """A ledger with a fault in it."""

    async def finished(self, place: Place, week: Week) -> datetime:
        raise ValueError("a fault")


async def test_a_fault_in_one_channel_is_written_down_and_ends_no_look(tmp_path: Path, extra: str) -> None:
    async with opened(tmp_path, extra, ManualClock(DUE)) as (app, _):
        services = replace(app.services, ledger=BrokenLedger(app.database))
        await replace(app.schedule, services=services).post_what_is_due()
        (entry,) = await app.services.journal.latest(str(TOKYO), 5)
        assert (entry.failed, entry.detail) == (True, "ValueError")
        assert (await app.services.ledger.put_off_until())[TOKYO] == DUE + RETRY


async def test_a_look_puts_a_job_for_each_channel_that_is_due(tmp_path: Path, extra: str) -> None:
    async with opened(tmp_path, extra, ManualClock(DUE)) as (app, _):
        await app.schedule.begin()
        await app.jobs.put(WAKE, "")
        await until_finished(app, TOKYO)
        assert await posted(app, TOKYO) == 2
        await asyncio.wait_for(app.jobs.stop(), 5)


async def test_a_channel_set_in_chat_begins_with_the_next_digest(tmp_path: Path, extra: str) -> None:
    new = Subscription(NEW, "ja", "tue 09:00", "Asia/Tokyo")
    clock = ManualClock(DUE + timedelta(hours=5))
    async with opened(tmp_path, extra, clock) as (app, _):
        fresh = replace(new, since=clock.now())
        assert await app.schedule.agenda.to_post(new) == Week(2026, 10)
        assert await app.schedule.agenda.to_post(fresh) is None
        # A time that is changed later leaves the beginning where it was.
        assert await app.schedule.agenda.to_post(replace(fresh, post_at="wed 09:00")) is None
        clock.advance(days=7)
        assert await app.schedule.agenda.to_post(fresh) == Week(2026, 11)


def test_a_platform_that_is_away_for_a_moment_does_not_cost_an_hour() -> None:
    assert retry_after(DeliveryError()) == RETRY_DELIVERY < RETRY
    assert retry_after(PlaceUnavailable()) == retry_after(SourceError()) == RETRY
