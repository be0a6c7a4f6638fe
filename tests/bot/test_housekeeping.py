"""Once a day what had its time is cleared away."""

from __future__ import annotations

from datetime import timedelta

from bot.housekeeping import KEEP_EVENTS, Housekeeping
from digest.places import Place, Subscription
from digest.store.engine import Database
from digest.store.others import SqlSubscriptions
from digest.store.platforms import SqlEvents, SqlWorkspaces
from tests.clocks import ManualClock


async def test_workspaces_and_events_go_when_they_had_their_time(
    database: Database, clock: ManualClock
) -> None:
    cleared: list[str] = []

    async def page() -> None:
        cleared.append("page")

    workspaces, events, channels = SqlWorkspaces(database), SqlEvents(database), SqlSubscriptions(database)
    keeping = Housekeeping(workspaces, events, clock, timedelta(days=30), page)
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
