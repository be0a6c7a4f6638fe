"""Looks at everything that Rinko rests on, one thing after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.app import App, open_app
from bot.commands import Commands
from bot.doctor.channels import channel_findings
from bot.doctor.discord import DISCORD, discord_findings
from bot.doctor.findings import Finding
from bot.doctor.machine import (
    Tables,
    clock_finding,
    data_folder_finding,
    database_finding,
    port_finding,
    settings_finding,
)
from bot.doctor.slack import slack_findings
from bot.doctor.workers import workers_finding
from config.sections import DatabaseSettings
from config.settings import Settings
from digest.errors import CeilingReached, NotYetListed, RinkoError, SourceError, WriterError
from digest.ports import Source


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything Rinko rests on; in the database, nothing is made or brought up to date."""
    findings = [settings_finding(settings), clock_finding()]
    findings.append(await asyncio.to_thread(data_folder_finding, settings))
    finding, tables = await database_finding(settings)
    findings.append(finding)
    try:
        with _looked_at_with(settings, tables) as looking:
            async with open_app(looking) as app:
                findings += [finding async for finding in _parts(app, tables)]
    except RinkoError as error:
        findings.append(Finding("rinko", False, error.message, error.hint))
    except OSError as error:
        findings.append(Finding("rinko", False, f"{error.filename or 'A file'}: {error.strerror}"))
    return findings


@contextmanager
def _looked_at_with(settings: Settings, tables: Tables) -> Iterator[Settings]:
    """The settings; with an empty database, thrown away at the end, where theirs cannot be asked.

    To open Rinko over theirs would make it or bring it up to date.
    """
    if tables == "there":
        yield settings
        return
    with TemporaryDirectory(prefix="rinko-doctor-") as folder:
        database = DatabaseSettings(url=f"sqlite+aiosqlite:///{Path(folder) / 'rinko.db'}")
        yield settings.model_copy(update={"database": database})


async def _parts(app: App, tables: Tables) -> AsyncIterator[Finding]:
    if app.database.is_postgresql:
        yield await workers_finding(app.database, app.clock)
    for source in app.services.posting.weekly.sources:
        yield await _source(source, app)
    async for finding in _platforms(app):
        yield finding
    if tables != "unusable":  # which channels were set in chat, and what they have, only it knows
        async for finding in channel_findings(app.services):
            yield finding
    yield await asyncio.to_thread(port_finding, app.settings.local.port)
    yield await _model(app)


async def _platforms(app: App) -> AsyncIterator[Finding]:
    """What Slack and Discord say, where their tokens are set."""
    settings, services = app.settings, app.services
    rows = Commands(services).rows
    if settings.slack.is_set:
        async for finding in slack_findings(settings.slack, rows, app.clock):
            yield finding
    if settings.discord.is_set:
        subscribed = await services.channels.all()
        every = any(one.follow_ups == "all" for one in subscribed if one.place.platform == DISCORD)
        async for finding in discord_findings(
            settings.discord, rows, services.phrases, app.clock, all_messages=every
        ):
            yield finding


async def _model(app: App) -> Finding:
    if app.chat is None:
        hint = "To have papers written up by a model, set [llm] in rinko.toml."
        return Finding("model", True, "none; the papers' own sentences are shown", hint)
    name = app.chat.server.model
    try:
        await app.chat.check()
    except (WriterError, CeilingReached) as error:
        return Finding("model", False, f"{name}: {error.message}", error.hint or "Check [llm] in rinko.toml.")
    return Finding("model", True, f"{name} answers")


async def _source(source: Source, app: App) -> Finding:
    week = await app.services.current_week()
    try:
        listings = await source.listings(week)
    except NotYetListed as error:
        return Finding(source.name, True, error.message)
    except SourceError as error:
        return Finding(source.name, False, error.message, error.hint or "Check its address in rinko.toml.")
    count = sum(len(listing.candidates) for listing in listings)
    return Finding(source.name, True, f"{count} papers for {week}")
