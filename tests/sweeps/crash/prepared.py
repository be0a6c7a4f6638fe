"""What all runs begin with: a week that is written up, and a folder of a run's own with it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from bot.app import open_app
from bot.rendering.discord import DISCORD_LIMITS
from bot.rendering.slack import SLACK_LIMITS
from config.settings import load_settings
from digest.models import Entry, Week
from digest.places import Place
from digest.weeks import parse_week
from tests.bot.support import WEEK
from tests.sweeps.crash.verdict import Wanted

_PAPERS = 2
_REPEATED = 4
"""How often the first paper's questions are asked, so that its thread takes several messages."""
_LIMITS = {"slack": SLACK_LIMITS, "discord": DISCORD_LIMITS}


@dataclass(frozen=True)
class Prepared:
    """A database in which the week is written up, and what a channel of each platform gets of it."""

    folder: Path
    week: Week
    wanted: dict[str, Wanted]
    """By platform."""

    def installed(self, folder: Path, place: Place, more: str) -> Path:
        """The settings file of an installation of its own, which posts to one place."""
        shutil.copytree(self.folder / "data", folder / "data")
        channel = (
            f'platform = "{place.platform}"\nworkspace = "{place.workspace}"\nchannel = "{place.channel}"\n'
        )
        return _settings(folder, f"{more}\n[[channels]]\n{channel}")


async def prepare(folder: Path) -> Prepared:
    """Write the week up once, for all runs."""
    wanted = {}
    async with open_app(load_settings(_settings(folder, ""))) as app:
        posting = app.services.posting
        built = await posting.weekly.build(parse_week(WEEK), "ja")
        issue = replace(built, entries=(_talkative(built.entries[0]), *built.entries[1:]))
        await app.services.library.keep_issue(issue)
        for platform, limits in _LIMITS.items():
            parts = posting.composer("ja", "qa", limits).parts(issue)
            roots = [part.name for part in parts if part.under is None]
            threads = {root: tuple(part.name for part in parts if part.under == root) for root in roots}
            wanted[platform] = Wanted(tuple(threads.items()))
    return Prepared(folder, parse_week(WEEK), wanted)


def _talkative(entry: Entry) -> Entry:
    assert entry.writing
    asked = [
        replace(one, question=f"{time}: {one.question}")
        for time in range(1, _REPEATED + 1)
        for one in entry.writing.qa
    ]
    return replace(entry, writing=replace(entry.writing, qa=tuple(asked)))


def _settings(folder: Path, more: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "rinko.toml"
    digest = f"[digest]\npapers = {_PAPERS}\n"
    file.write_text(f'data_dir = "{folder / "data"}"\n{digest}{more}', encoding="utf-8")
    return file
