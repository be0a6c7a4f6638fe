"""What `/healthz` and `/metrics` say: of this moment, and of every channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import event, text, update
from structlog.testing import capture_logs

from bot.app import App
from bot.health import GRACE
from bot.platforms.conversation import PlatformState
from digest.accounts import JournalEntry, Usage
from digest.places import Place
from digest.store.tables import deliveries, parts, subscriptions
from tests.bot.support import TIDE, Person, opened
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


def statements(app: App) -> list[str]:
    """What the database is asked from now on."""
    asked: list[str] = []

    def ask(_c: object, _k: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(app.database.engine.sync_engine, "before_cursor_execute", ask)
    return asked


async def test_a_thousand_channels_take_as_many_queries_as_one(tmp_path: Path) -> None:
    clock = ManualClock(DUE + timedelta(hours=2))
    async with opened(tmp_path, CHANNELS, clock) as (app, _):
        asked = statements(app)
        await app.health.look()
        one = len(asked)
        async with app.database.write() as connection:
            rows = [
                {"channel": f"C{n}", "week": week, "finished_at": clock.now()}
                for n in range(1000)
                for week in ("2026-W09", "2026-W10")
            ]
            where = {"platform": "slack", "workspace": "T1"}
            await connection.execute(deliveries.insert(), [{**row, **where} for row in rows])
            settings = {"language": "ja", "post_at": "tue 09:00", "timezone": "UTC", "layout": "qa"}
            more = {"approval": False, "follow_ups": "mentions", "paused": False}
            channels = [{**where, **settings, **more, "channel": f"C{n}"} for n in range(1000)]
            await connection.execute(subscriptions.insert(), channels)
        asked.clear()
        look = await app.health.look()
        assert len(look.lag) == 1001
        assert len(asked) == one


async def test_costs_failures_and_messages_left_are_told_from_the_database(posted: Path) -> None:
    async with opened(posted) as (app, clock):
        spending, journal = app.services.costs.spending, app.services.journal
        now, place = clock.now(), "local/-/papers"
        for number, at in enumerate((now, now - timedelta(days=1), now - timedelta(days=9))):
            usage = Usage(f"u{number}", "answer", "m", at, 100, 10, cost=0.5, settled=True)
            await spending.reserve(usage, [])
        for at in (now, now - timedelta(hours=1), now - timedelta(days=2)):
            await journal.record(JournalEntry(at, place, "rinko", "post", "TooSlow: x: y", failed=True))
        async with app.database.write() as connection:
            left = {"state": "sending", "lease_until": now - timedelta(seconds=1)}
            await connection.execute(update(parts).where(parts.c.name == "header").values(**left))
        await app.health.report()
        metrics = figures(generate_latest(app.health.registry).decode())
        assert metrics['rinko_model_tokens{kind="input",period="day",purpose="answer"}'] == 100
        assert metrics['rinko_model_tokens{kind="input",period="week",purpose="answer"}'] == 200
        assert metrics['rinko_model_cost{period="week",purpose="answer"}'] == 1.0
        assert metrics['rinko_model_ceiling{period="day",unit="tokens"}'] == 3_000_000
        assert metrics[f'rinko_failures_last_day{{kind="TooSlow",place="{place}"}}'] == 2
        assert metrics[f'rinko_failures_total{{kind="TooSlow",place="{place}"}}'] == 3
        assert metrics['rinko_messages_left{platform="local"}'] == 1


async def test_what_this_process_did_is_counted(posted: Path) -> None:
    channel = '[[channels]]\nplatform = "local"\nchannel = "other"\nlanguage = "en"'
    async with opened(posted, channel) as (app, _):
        person = Person(app)
        await person.says(f"/ask {TIDE} How many parameters does it have?")
        await person.says(f"/ask {TIDE} Who won the world cup of 1954?")
        (subscribed,) = await app.services.channels.all()
        done = await app.services.posting.post(await app.services.current_week(), subscribed)
        metrics = figures(generate_latest(app.health.registry).decode())
        assert metrics['rinko_questions_total{outcome="answered"}'] == 1
        assert metrics['rinko_questions_total{outcome="declined"}'] == 1
        assert metrics["rinko_answer_seconds_count"] == 2
        assert metrics['rinko_messages_total{act="posted",platform="local"}'] == done.sent
        assert metrics["rinko_digest_post_seconds_count"] == 1


async def test_every_figure_says_whose_it_is(posted: Path) -> None:
    async with opened(posted) as (app, _):
        await app.health.report()
        text = generate_latest(app.health.registry).decode()
        helps = [line for line in text.splitlines() if line.startswith("# HELP") and "_created" not in line]
        assert len(helps) > 15
        assert [line for line in helps if "process" not in line] == []


async def test_a_database_that_takes_no_writes_is_not_well_and_recovers(posted: Path) -> None:
    async with opened(posted) as (app, _):
        with capture_logs() as logged:
            async with app.database.read() as connection:
                await connection.execute(text("PRAGMA query_only = ON"))
            report = await app.health.report()
            assert report["ok"] is False
            assert "cannot be written" in str(report["database"])
            assert report["last_success"], "it can be read still"
            await app.health.watch()
            async with app.database.read() as connection:
                await connection.execute(text("PRAGMA query_only = OFF"))
            assert (await app.health.report())["ok"] is True
        told = [line["event"] for line in logged]
        assert told == ["database cannot be used", "database can be used again"], "once each"
