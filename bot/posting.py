"""From a week to messages in a channel: building, laying out and delivering in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from digest.accounts import JournalEntry
from digest.compose import Composer
from digest.delivery import Delivered, Delivery, retired_post
from digest.errors import PlaceUnavailable, RinkoError
from digest.models import Issue, Week
from digest.phrases import Phrases, Taxonomy
from digest.places import Layout, Part, Subscription
from digest.ports import Clock, Outlet, Progress, silent
from digest.posts import Limits
from digest.stores import Journal
from digest.weekly import Weekly

UNLIMITED = Limits(characters=10**9, blocks=10**6, block_characters=10**9, buttons=10, button_label=10**4)
"""What a document may hold."""


@dataclass(frozen=True)
class Posting:
    """Posts a week to a subscribed channel; doing it twice is doing it once."""

    weekly: Weekly
    delivery: Delivery
    outlets: Mapping[str, Outlet]
    phrases: Mapping[str, Phrases]
    taxonomy: Taxonomy
    journal: Journal
    clock: Clock

    def composer(self, language: str, layout: Layout, limits: Limits) -> Composer:
        """The layout of one channel."""
        return Composer(self.phrases[language], self.taxonomy, layout, limits)

    def document_composer(self, language: str, layout: Layout) -> Composer:
        """The layout of a document: nothing has to fit a message, and threads are part of it."""
        return Composer(self.phrases[language], self.taxonomy, layout, UNLIMITED, in_document=True)

    def outlet(self, platform: str) -> Outlet:
        """The outlet of a platform. Raises `PlaceUnavailable` where it is not set up."""
        if platform not in self.outlets:
            raise PlaceUnavailable(f"The platform {platform} is not set up.", hint="Run `rinko doctor`.")
        return self.outlets[platform]

    async def parts(self, issue: Issue, channel: Subscription) -> tuple[Part, ...]:
        """What a channel gets of an issue."""
        limits = self.outlet(channel.place.platform).limits
        return self.composer(channel.language, channel.layout, limits).parts(issue)

    async def post(
        self,
        week: Week,
        channel: Subscription,
        progress: Progress = silent,
        *,
        again: bool = False,
        verify: bool = False,
        actor: str = "rinko",
    ) -> Delivered:
        """Build the week where it is not built yet, and make the channel show it.

        `again` asks the sources anew; `verify` posts anew what somebody deleted. What went
        wrong is written to the journal before it is raised.
        """
        entry = JournalEntry(self.clock.now(), str(channel.place), actor, "post", "", week=week)
        try:
            outlet = self.outlet(channel.place.platform)
            issue = await self.weekly.build(week, channel.language, progress, again=again)
            parts = await self.parts(issue, channel)
            say = self.phrases[channel.language]
            done = await self.delivery.deliver(
                outlet,
                channel.place,
                week,
                parts,
                lambda: retired_post(channel.language, say("digest.retired")),
                progress,
                verify=verify,
            )
            await self.delivery.ledger.finish(channel.place, week, self.clock.now())
        except RinkoError as error:
            detail = f"{error.kind}: {error}"
            await self.journal.record(replace(entry, at=self.clock.now(), detail=detail, failed=True))
            raise
        if done.changed:
            detail = f"sent {done.sent}, edited {done.edited}, adopted {done.adopted}"
            await self.journal.record(replace(entry, at=self.clock.now(), detail=detail))
        return done
