"""What commands work with, put together once by `bot/app.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.access import Access
from bot.channels import Channels
from bot.costs import Costs
from bot.figures import Figures
from bot.notices import Notices
from bot.posting import Posting
from bot.quotas import Quotas
from digest.archive import Archive
from digest.asking import Asking
from digest.models import SAMPLE_SELECTION, Extent, Issue, Paper, Week
from digest.phrases import Phrases
from digest.places import Subscription
from digest.ports import Clock, Writer
from digest.readings import Readings
from digest.stores import Exchanges, Feedback, Journal, Ledger, Library, Overlays
from digest.weeks import latest_ended, parse_week


@dataclass(frozen=True)
class Services:
    """The use cases and stores behind the table of commands."""

    posting: Posting
    asking: Asking
    archive: Archive
    readings: Readings
    library: Library
    ledger: Ledger
    exchanges: Exchanges
    feedback: Feedback
    overlays: Overlays
    journal: Journal
    notices: Notices
    quotas: Quotas
    channels: Channels
    costs: Costs
    access: Access
    figures: Figures
    clock: Clock
    writer: Writer
    phrases: Mapping[str, Phrases]
    selection: str
    grace: timedelta
    """A digest missed for longer than this is not posted late."""
    model_host: str | None
    """Where the model's server is that questions and papers are sent to; None where there is none."""
    deserted: Callable[[], bool]
    """Whether no process posts what is due."""

    def say(self, language: str) -> Phrases:
        """The words in a language, in English where Rinko does not speak it."""
        return self.phrases.get(language) or self.phrases["en"]

    async def name(self, channel: Subscription) -> str:
        """What people call a channel; its id where its platform is not set up."""
        outlet = self.posting.outlets.get(channel.place.platform)
        return await outlet.name(channel.place) if outlet else channel.place.channel

    async def current_week(self, timezone: str = "UTC") -> Week:
        """The week to post now: the latest that has ended, or the only one of the sample."""
        if self.selection != SAMPLE_SELECTION:
            return latest_ended(self.clock.now(), timezone)
        listings = await self.posting.weekly.sources[0].listings(None)
        return listings[0].week

    async def week(self, words: str, timezone: str = "UTC") -> Week:
        """The week someone named, the current one where they named none. Raises `WrongUse`."""
        return parse_week(words) if words else await self.current_week(timezone)

    async def corrected(self, issue: Issue) -> Issue:
        """An issue for exports and the site: with what the installation's own channels corrected."""
        own = await self.channels.own()
        return await self.posting.editions.corrected(
            issue, lambda place: (place.platform, place.channel) in own
        )

    async def rests_on_abstract(self, paper: Paper) -> bool:
        """Whether a paper that was asked about could not be read beyond its abstract."""
        document = await self.library.document(paper)
        return document is None or document.coverage.extent is Extent.ABSTRACT
