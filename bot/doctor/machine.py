"""Looks at the machine: settings, clock, folder, database, port."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.doctor.findings import Finding
from config.settings import Settings
from digest.errors import RinkoError
from digest.ports import Clock
from digest.store.engine import is_current, open_database, revision

_DRIFT_SECONDS = 30
"""More than this is no longer the time that an answer takes."""
_OLDEST_PLAUSIBLE = datetime(2026, 1, 1, tzinfo=UTC)


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
    """Whether data can be kept."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Finding("data folder", False, f"{folder}: {error.strerror}", "Choose another data_dir.")
    if not os.access(folder, os.W_OK):
        return Finding("data folder", False, f"{folder} cannot be written", "Change its owner or rights.")
    return Finding("data folder", True, str(folder))


async def database_finding(settings: Settings) -> Finding:
    """Whether the database opens, and which revision it has."""
    try:
        database = open_database(settings.database_url)
        try:
            found = await revision(database)
            current = await is_current(database)
        finally:
            await database.close()
    except RinkoError as error:
        return Finding("database", False, error.message, error.hint)
    engine = "PostgreSQL" if database.is_postgresql else "SQLite"
    if found is None:
        return Finding("database", True, f"{engine}, new; its tables are made at the first start")
    if not current:
        return Finding("database", True, f"{engine}, revision {found}, which is now brought up to date")
    return Finding("database", True, f"{engine}, revision {found}")


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
