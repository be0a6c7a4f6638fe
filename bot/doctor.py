"""`rinko doctor`: what works, and what to do about what does not."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bot.app import App, open_app
from config.settings import Settings
from digest.errors import CeilingReached, NotYetListed, RinkoError, SourceError, WriterError
from digest.ports import Source
from digest.store.engine import is_current, open_database, revision

_OLDEST_PLAUSIBLE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `hint` says what to do where it is not right."""

    about: str
    ok: bool
    detail: str
    hint: str | None = None

    def line(self) -> str:
        """The finding as one or two lines."""
        line = f"{'✓' if self.ok else '✗'} {self.about}: {self.detail}"
        return f"{line}\n    → {self.hint}" if self.hint else line

    def document(self) -> dict[str, Any]:
        """The finding as plain values."""
        return asdict(self)


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything Rinko rests on; the database is made or brought up to date."""
    findings = [_settings(settings), _clock(), await asyncio.to_thread(_data_folder, settings)]
    findings.append(await _database(settings))
    if not findings[-1].ok:
        return findings
    try:
        async with open_app(settings) as app:
            findings += [finding async for finding in _parts(app)]
    except RinkoError as error:
        findings.append(Finding("rinko", False, error.message, error.hint))
    return findings


def _settings(settings: Settings) -> Finding:
    if settings.is_sample:
        hint = 'For real papers write [[sources]] into rinko.toml; kind = "dair" is a good start.'
        return Finding("settings", True, "valid; papers come from the sample week", hint)
    return Finding("settings", True, f"valid; {len(settings.sources)} sources of papers")


def _clock() -> Finding:
    now = datetime.now(UTC)
    if now < _OLDEST_PLAUSIBLE:
        hint = "Set the clock; digests are posted by it."
        return Finding("clock", False, f"it says {now:%Y-%m-%d %H:%M} UTC", hint)
    return Finding("clock", True, f"{now:%Y-%m-%d %H:%M} UTC")


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Finding("data folder", False, f"{folder}: {error.strerror}", "Choose another data_dir.")
    if not os.access(folder, os.W_OK):
        return Finding("data folder", False, f"{folder} cannot be written", "Change its owner or rights.")
    return Finding("data folder", True, str(folder))


async def _database(settings: Settings) -> Finding:
    try:
        database = open_database(settings.database_url)
        try:
            found = await revision(database)
            current = await is_current(database)
        finally:
            await database.close()
    except RinkoError as error:
        return Finding("database", False, error.message, error.hint)
    if found is None:
        return Finding("database", True, "new; its tables are made at the first start")
    if not current:
        return Finding("database", True, f"revision {found}, which is now brought up to date")
    return Finding("database", True, f"revision {found}")


async def _parts(app: App) -> AsyncIterator[Finding]:
    for source in app.services.posting.weekly.sources:
        yield await _source(source, app)
    channels = await app.services.channels.all()
    if channels:
        yield Finding("channels", True, ", ".join(str(one.place) for one in channels))
    else:
        yield Finding("channels", False, "no channel gets the digest", "Add [[channels]] to rinko.toml.")
    for place in await app.services.channels.overlaps():
        hint = "The file wins; take it out of the file to change it in chat."
        yield Finding("channels", False, f"{place} is set in rinko.toml and in chat", hint)
    yield await asyncio.to_thread(_port, app.settings.local.port)
    yield await _model(app)


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


def _port(port: int) -> Finding:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            hint = "Set RINKO_LOCAL__PORT to one above 1023."
            return Finding("local page", False, f"port {port} may not be used", hint)
        except OSError:
            hint = "If that is not Rinko itself, set RINKO_LOCAL__PORT to another one."
            return Finding("local page", True, f"port {port} is in use", hint)
    if not port:
        return Finding("local page", True, "any free port; `rinko run` says which")
    return Finding("local page", True, f"port {port} is free")
