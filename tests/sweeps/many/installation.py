"""An installation of Rinko with many channels: its settings, its database, what its channels should show."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App, open_app
from bot.rendering.discord import DISCORD_LIMITS, mark_of
from bot.rendering.slack import SLACK_LIMITS
from config.settings import load_settings
from digest.models import Week
from digest.places import PartKey, Place, Subscription
from digest.store.engine import open_database
from digest.store.ledger import SqlLedger
from digest.weeks import latest_ended
from tests.sweeps.crash.verdict import Shown, Verdict, Wanted, judge
from tests.sweeps.many.fleet import Town
from tests.sweeps.many.town import Plan

_LIMITS = {"slack": SLACK_LIMITS, "discord": DISCORD_LIMITS}


@dataclass
class Installation:
    """One folder with its settings file."""

    folder: Path
    town: Town
    week: Week

    @property
    def settings(self) -> Path:
        """The file."""
        return self.folder / "rinko.toml"

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[App]:
        """Rinko within this process, to look at and to set things."""
        async with open_app(load_settings(self.settings)) as app:
            yield app

    async def subscribe(self, languages: Sequence[str]) -> None:
        """Let every channel of the town get the digest, in these languages by turns, due an hour ago."""
        at = datetime.now(UTC) - timedelta(hours=1)
        post_at = f"{at:%a %H:%M}".lower()
        async with self.opened() as app:
            for number, place in enumerate(self.town.places):
                language = languages[number % len(languages)]
                await app.services.channels.set(Subscription(place_of(place), language, post_at, "UTC"))

    async def build(self, languages: Sequence[str]) -> None:
        """Have the week written up before anybody posts it."""
        async with self.opened() as app:
            for language in languages:
                await app.services.posting.weekly.build(self.week, language)

    async def finished(self) -> int:
        """How many channels have the whole digest, as the ledger has it."""
        database = open_database(load_settings(self.settings).database_url)
        try:
            return len(await SqlLedger(database).finished_in({self.week}))
        finally:
            await database.close()

    async def judged(self) -> dict[str, Verdict]:
        """What is wrong in each channel, going by what stands on the servers."""
        shown = await self.town.tell("shown")
        found = {}
        async with self.opened() as app:
            channels = {str(one.place): one for one in await app.services.channels.all()}
            for name, stands in shown.items():
                wanted = await _wanted(app, self.week, channels[name].language, place_of(name).platform)
                texts = dict.fromkeys(wanted.names, "")
                found[name] = judge(wanted, _named(wanted, place_of(name), self.week, stands), texts)
        return found


def install(folder: Path, town: Town, plan: Plan, database: str, digest: str = "") -> Installation:
    """Write a settings file for a town; `digest` are further settings of digests."""
    where = f'[database]\nurl = "{database}"\n'
    sources = '[[sources]]\nkind = "arxiv"\nquery = "cat:cs.CL"\n'
    head = f'language = "en"\ndata_dir = "{folder / "data"}"\n'
    body = f"[digest]\npapers = {plan.papers}\n{digest}[fetch]\nallow_private = true\n"
    limits = "[limits]\nperson_hour = 0\nworkspace_hour = 0\n"
    text = f"{head}{where}{body}{limits}{town.settings}\n{sources}"
    (folder / "rinko.toml").write_text(text, encoding="utf-8")
    return Installation(folder, town, latest_ended(datetime.now(UTC)))


def place_of(name: str) -> Place:
    """The place of this name."""
    return Place(*name.split("/"))


async def _wanted(app: App, week: Week, language: str, platform: str) -> Wanted:
    issue = await app.services.library.issue(app.services.selection, week, language)
    assert issue
    assert issue.complete
    parts = app.services.posting.composer(language, "qa", _LIMITS[platform]).parts(issue)
    roots = [part.name for part in parts if part.under is None]
    return Wanted(tuple((root, tuple(part.name for part in parts if part.under == root)) for root in roots))


def _named(wanted: Wanted, place: Place, week: Week, stands: Sequence[dict[str, Any]]) -> list[Shown]:
    """Messages as the server has them, with the names of their parts in place of their marks."""
    names: dict[str, str] = {}
    for name in wanted.names:
        key = PartKey(place, week, name)
        names[str(key)] = names[" ".join(map(str, mark_of(key)))] = name

    def one(told: dict[str, Any]) -> Shown:
        thread = tuple(one(reply) for reply in told["thread"])
        return Shown(names.get(told["mark"], ""), "", told["address"], tuple(told["links"]), thread)

    return [one(told) for told in stands]
