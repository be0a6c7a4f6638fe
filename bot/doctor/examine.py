"""Looks at everything that Rinko rests on, one thing after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bot.app import App, open_app
from bot.commands import Commands
from bot.doctor.channels import channel_findings
from bot.doctor.discord import DISCORD, discord_findings
from bot.doctor.findings import Finding
from bot.doctor.machine import (
    clock_finding,
    data_folder_finding,
    database_finding,
    port_finding,
    settings_finding,
)
from bot.doctor.slack import slack_findings
from bot.doctor.workers import workers_finding
from config.settings import Settings
from digest.errors import CeilingReached, NotYetListed, RinkoError, SourceError, WriterError
from digest.ports import Source


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything Rinko rests on; the database is made or brought up to date."""
    findings = [settings_finding(settings), clock_finding()]
    findings.append(await asyncio.to_thread(data_folder_finding, settings))
    findings.append(await database_finding(settings))
    if not findings[-1].ok:
        return findings
    try:
        async with open_app(settings) as app:
            findings += [finding async for finding in _parts(app)]
    except RinkoError as error:
        findings.append(Finding("rinko", False, error.message, error.hint))
    return findings


async def _parts(app: App) -> AsyncIterator[Finding]:
    if app.database.is_postgresql:
        yield await workers_finding(app.database, app.clock)
    for source in app.services.posting.weekly.sources:
        yield await _source(source, app)
    async for finding in _platforms(app):
        yield finding
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
