"""What `/healthz` and `/metrics` say: of this moment, and of every channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text

from bot.app import App
from bot.health import GRACE
from bot.platforms.conversation import PlatformState
from digest.places import Place
from tests.bot.support import opened
from tests.clocks import ManualClock

DUE = datetime(2026, 3, 10, 0, 0, tzinfo=UTC)
CHANNELS = """
[[sources]]
kind = "list"
path = "none.md"
[[channels]]
platform = "local"
channel = "papers"
"""


@asynccontextmanager
async def served(app: App) -> AsyncIterator[aiohttp.ClientSession]:
    address = await app.local.start()
    try:
        async with aiohttp.ClientSession(base_url=address) as session:
            yield session
    finally:
        await app.local.stop()


def figures(text: str) -> dict[str, float]:
    """The metrics by name and labels."""
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_metrics_are_of_this_moment(tmp_path: Path) -> None:
    clock = ManualClock(DUE - timedelta(hours=1))
    lag = 'rinko_digest_lag_seconds{place="local/-/papers"}'
    async with opened(tmp_path, CHANNELS, clock) as (app, _), served(app) as session:
        place, week = Place("local", "-", "papers"), app.services.week
        await app.services.ledger.finish(place, await week("2026-W09"), clock.now())
        assert figures(await (await session.get("/metrics")).text())[lag] == 0
        clock.time = DUE + timedelta(hours=2)
        assert figures(await (await session.get("/metrics")).text())[lag] == 7200
        await app.services.ledger.finish(place, await week("2026-W10"), clock.now())
        now = figures(await (await session.get("/metrics")).text())
        assert now[lag] == 0
        assert now["rinko_up"] == 1


async def test_a_channel_that_left_is_no_longer_told_of(posted: Path) -> None:
    async with opened(posted) as (app, _):
        first = await app.health.report()
        assert list(first["last_success"]) == ["local/-/papers"]  # type: ignore[call-overload]  # a mapping
    async with opened(posted, '[[channels]]\nplatform = "local"\nchannel = "other"') as (app, _):
        assert (await app.health.report())["last_success"] == {}


async def test_a_database_that_is_gone_is_said_to_be(posted: Path) -> None:
    async with opened(posted) as (app, _), served(app) as session:
        assert (await session.get("/healthz")).status == 200
        async with app.database.write() as connection:
            await connection.execute(text("DROP TABLE deliveries"))
        answer = await session.get("/healthz")
        assert answer.status == 503
        assert (await answer.json())["ok"] is False
        metrics = await session.get("/metrics")
        assert metrics.status == 200
        assert figures(await metrics.text())["rinko_up"] == 0


async def test_an_old_database_is_not_well(posted: Path) -> None:
    async with opened(posted) as (app, _):
        async with app.database.write() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        report = await app.health.report()
        assert report["ok"] is False
        assert "rinko db upgrade" in str(report["database"])


async def test_a_platform_that_is_away_for_long_is_not_well(posted: Path) -> None:
    async with opened(posted) as (app, clock):
        now = clock.now()
        states = [
            PlatformState("slack", ok=True, detail="connected", since=now),
            PlatformState("discord", ok=False, detail="the gateway is gone", since=now),
        ]
        health = replace(app.health, platforms=lambda: states, registry=CollectorRegistry())
        report = await health.report()
        assert report["ok"] is True, "connections are made anew often"
        assert report["platforms"] == {
            "slack": {"ok": True, "detail": "connected", "since": now.isoformat()},
            "discord": {"ok": False, "detail": "the gateway is gone", "since": now.isoformat()},
        }
        metrics = figures(generate_latest(health.registry).decode())
        assert metrics['rinko_platform_up{platform="slack"}'] == 1
        assert metrics['rinko_platform_up{platform="discord"}'] == 0
        clock.time += GRACE + timedelta(seconds=1)
        assert (await health.report())["ok"] is False


async def test_a_channel_that_waits_for_its_platform_is_told_of(posted: Path) -> None:
    channel = '[[channels]]\nplatform = "slack"\nchannel = "C0123"'
    async with opened(posted, channel) as (app, _):
        report = await app.health.report()
        assert report["ok"] is True
        assert report["waiting"] == ["slack C0123: slack is not set up"]
