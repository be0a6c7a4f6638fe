"""A gateway and a worker on one database: each does its own part, and says which."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from bot.app import App, open_app
from bot.cli import app as cli
from bot.roles import Role
from bot.running import keep_running
from tests.bot.support import Person, channel_messages, opened, settings_in


@asynccontextmanager
async def running(folder: Path, url: str, role: Role) -> AsyncIterator[App]:
    folder.mkdir()  # noqa: ASYNC240 - once
    settings = settings_in(folder, f'[database]\nurl = "{url}"\n[digest]\npapers = 1')
    async with open_app(settings, role=role) as app:
        stop = asyncio.Event()
        run = asyncio.create_task(keep_running(app, stop))
        try:
            yield app
        finally:
            stop.set()
            await run


async def _address(capsys: pytest.CaptureFixture[str], words: str) -> str:
    """Where a process says that it can be asked."""
    said = ""
    async with asyncio.timeout(30):
        while words not in said:
            await asyncio.sleep(0.02)
            said += capsys.readouterr().out
    return next(word.removesuffix("healthz") for word in said.split() if word.startswith("http"))


async def test_a_gateway_shows_what_a_worker_posts(
    tmp_path: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path / "gateway", postgres_url, Role.GATEWAY) as gateway:
        page = await _address(capsys, "listening")
        assert not await channel_messages(gateway)
        async with running(tmp_path / "worker", postgres_url, Role.WORKER) as worker:
            other = await _address(capsys, "at work")
            assert worker.platforms == ()
            async with asyncio.timeout(60), aiohttp.ClientSession() as browser:
                (channel,) = await worker.services.channels.all()
                week = await worker.services.current_week()
                while await worker.services.ledger.finished(channel.place, week) is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                async with browser.get(page) as shown:
                    assert "TideLM" in await shown.text()
                async with browser.get(other) as nothing:
                    assert nothing.status == 404
                async with browser.get(f"{other}healthz") as told:
                    assert (await told.json())["jobs"]["ok"] is True


async def test_the_status_tells_where_nobody_posts(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, _):
        assert "no process" not in (await Person(app).says("/digest status")).text
        alone = replace(app, services=replace(app.services, deserted=lambda: True))
        assert "no process for it is running" in (await Person(alone).says("/digest status")).text


@pytest.mark.parametrize("role", ["gateway", "worker"])
def test_sqlite_is_for_one_process(role: str, tmp_path: Path) -> None:
    file = tmp_path / "rinko.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n', encoding="utf-8")
    result = CliRunner().invoke(cli, ["run", "--role", role, "--config", str(file)])
    assert result.exit_code == 2
    assert f"A {role} alone needs a database that other processes share" in result.output
    assert "RINKO_DATABASE__URL" in result.output
