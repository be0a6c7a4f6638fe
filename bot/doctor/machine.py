"""Looks at the machine: settings, clock, folder, database, port."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from bot.doctor.findings import Finding
from bot.queue_tables import queue_is_current
from config.settings import Settings
from digest.errors import RinkoError
from digest.ports import Clock
from digest.store.checking import of_revision
from digest.store.engine import needed_revision, revision
from digest.store.engine_checks import missing_file, open_as_it_is

_DRIFT_SECONDS = 30
"""More than this is no longer the time that an answer takes."""
_OLDEST_PLAUSIBLE = datetime(2026, 1, 1, tzinfo=UTC)

Tables = Literal["there", "to be made", "unusable"]
"""Whether the database can be asked; before the first start there is none."""


def settings_finding(settings: Settings) -> Finding:
    """Where papers come from."""
    if settings.is_sample:
        hint = 'For real papers write [[sources]] into rinko.toml; kind = "dair" is a good start.'
        return Finding("settings", True, "valid; papers come from the sample week", hint)
    return Finding("settings", True, f"valid; {len(settings.sources)} sources of papers")


def clock_finding() -> Finding:
    """Whether the clock can be right at all."""
    now = datetime.now(UTC)
    if now < _OLDEST_PLAUSIBLE:
        hint = "Set the clock; digests are posted by it."
        return Finding("clock", False, f"it says {now:%Y-%m-%d %H:%M} UTC", hint)
    return Finding("clock", True, f"{now:%Y-%m-%d %H:%M} UTC")


def clocks_finding(platform: str, date: str, clock: Clock) -> Finding:
    """Whether this clock agrees with the one of a platform, as the `Date` of its answer tells it."""
    about = f"clock and {platform}"
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return Finding(about, True, "its answers carry no time to compare with")
    ahead = (clock.now() - theirs).total_seconds()
    if abs(ahead) <= _DRIFT_SECONDS:
        return Finding(about, True, "they agree")
    words = f"this machine's clock is {abs(ahead):.0f} seconds {'ahead' if ahead > 0 else 'behind'}"
    return Finding(about, False, words, "Have the system set its clock by itself (NTP).")


def data_folder_finding(settings: Settings) -> Finding:
    """Whether data can be kept; the folder is not made."""
    folder = settings.data_dir
    if (why := _obstacle(folder)) is not None:
        hint = "Choose another data_dir, or change its owner or rights."
        return Finding("data folder", False, f"{folder}: {why}", hint)
    return Finding("data folder", True, f"{folder}" if folder.exists() else f"{folder}, not there yet")


def _obstacle(folder: Path) -> str | None:
    """Why nothing can be kept in a folder, which need not be there yet."""
    try:
        nearest = next(one for one in (folder, *folder.parents) if one.exists())
        if not nearest.is_dir():
            return f"{nearest} is no folder"
    except OSError as error:
        return error.strerror
    return None if os.access(nearest, os.W_OK | os.X_OK) else f"{nearest} cannot be written"


async def database_finding(settings: Settings) -> tuple[Finding, Tables]:
    """What the database is, and whether its tables can be used; nothing is made or brought up to date."""
    try:
        if (missing := missing_file(settings.database_url)) is not None:
            return _no_file(missing)
        database = open_as_it_is(settings.database_url)
        try:
            found = await revision(database)
            queue = found is None or await queue_is_current(database)
        finally:
            await database.close()
    except RinkoError as error:
        return Finding("database", False, error.message, error.hint), "unusable"
    engine = "PostgreSQL" if database.is_postgresql else "SQLite"
    if found is None:
        return Finding(
            "database", True, f"{engine}, new; its tables are made at the first start"
        ), "to be made"
    checked = of_revision(found, needed_revision())
    if not checked.ok:
        words = f"{engine}, revision {checked.detail}"
        return Finding("database", False, words, checked.hint), "unusable"
    if not queue:
        words = f"{engine}, revision {found}; the tables of the job queue are not up to date"
        return Finding("database", False, words, "Run `rinko db upgrade`; a start does it, too."), "unusable"
    return Finding("database", True, f"{engine}, revision {found}"), "there"


def _no_file(file: Path) -> tuple[Finding, Tables]:
    """Before the first start there is none; nor is there where its name was mistyped."""
    if (why := _obstacle(file.parent)) is not None:
        hint = "Correct data_dir or database.url, or change the rights."
        return Finding("database", False, f"{file} cannot be made: {why}", hint), "unusable"
    hint = "If there should be one already, correct data_dir or database.url."
    words = f"SQLite, new; the first start makes {file}"
    return Finding("database", True, words, hint), "to be made"


def port_finding(port: int) -> Finding:
    """Whether the local page can be shown."""
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
