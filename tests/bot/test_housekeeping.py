"""Once a day what had its time is cleared away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.housekeeping import KEEP_EVENTS, Housekeeping
from bot.parts import kept_records
from digest.errors import SettingsError
from digest.places import Place, Subscription
from digest.store.engine import Database
from digest.store.others import SqlSubscriptions
from digest.store.platforms import SqlEvents, SqlWorkspaces
from digest.store.retention import SqlRecords
from tests.bot.support import opened, settings_in
from tests.builders import exchange
from tests.clocks import ManualClock


async def test_workspaces_and_events_go_when_they_had_their_time(
    database: Database, clock: ManualClock
) -> None:
    cleared: list[str] = []

    async def page() -> None:
        cleared.append("page")

    workspaces, events, channels = SqlWorkspaces(database), SqlEvents(database), SqlSubscriptions(database)
    keeping = Housekeeping(workspaces, events, SqlRecords(database), clock, timedelta(days=30), {}, page)
    await channels.set(Subscription(Place("slack", "T1", "C1"), "ja", "tue 09:00", "UTC"))
    await workspaces.leave("slack", "T1", clock.now())
    await events.once("event", clock.now())

    clock.time += timedelta(days=30)
    await keeping.tidy()
    assert len(await channels.all()) == 1
    clock.time += timedelta(seconds=1)
    await keeping.tidy()
    assert await channels.all() == ()
    assert not await events.once("event", clock.now())
    clock.time += KEEP_EVENTS
    await keeping.tidy()
    assert await events.once("event", clock.now())
    assert cleared == ["page"] * 3


async def test_records_go_after_the_days_that_the_settings_give_them(posted: Path) -> None:
    extra = "[retention]\nquestions_days = 8\njournal_days = 0"
    async with opened(posted, extra) as (app, clock):
        exchanges, journal = app.services.exchanges, app.services.journal
        await exchanges.keep(exchange(1, at=clock.now()))
        lines = await journal.latest("local/-/papers", 9)
        assert lines
        clock.advance(days=8, seconds=1)
        await app.schedule.tidy()
        assert await exchanges.get("exchange-1") is None
        clock.advance(days=4000)
        await app.schedule.tidy()
        assert await journal.latest("local/-/papers", 9) == lines


def test_days_of_zero_are_for_ever_and_too_few_are_refused(tmp_path: Path) -> None:
    assert "usages" not in kept_records(settings_in(tmp_path, "[retention]\nspending_days = 0"))
    with pytest.raises(SettingsError, match=r"retention\.spending_days: .*at least 8"):
        settings_in(tmp_path, "[retention]\nspending_days = 7")
