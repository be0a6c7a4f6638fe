"""From a week to messages in a channel: building, laying out and delivering in one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog

from bot.editions import Editions
from bot.figures import Figures
from digest.accounts import JournalEntry
from digest.compose import HEADER, Composer, paper_of
from digest.delivery import (
    ASIDE,
    AUDIT_AFTER,
    UNFINISHED,
    Delivered,
    Delivery,
    everything,
    nothing,
)
from digest.editions import approved, fingerprint
from digest.errors import LacksRights, NotApproved, PlaceUnavailable, RinkoError, TurnLost
from digest.models import Issue, Week
from digest.phrases import Phrases, Taxonomy
from digest.places import Layout, Overlay, Part, Place, Subscription
from digest.plan import hangs_under
from digest.ports import Clock, Outlet, Progress, silent
from digest.posts import Limits, Post
from digest.stores import Journal
from digest.weekly import Weekly

UNLIMITED = Limits(characters=10**9, blocks=10**6, block_characters=10**9, buttons=10, button_label=10**4)
"""What a document may hold."""
UNTIL = "until "
"""How the journal says when a wait ends, followed by that time."""
NOTICE = "notice"
"""The part that says why there is no digest yet; it gives way to the digest."""
Announcement = Literal["late", "empty", "missed"]
_log = structlog.get_logger()
_ONCE_IN = timedelta(minutes=55)
_ANNOUNCED = {"late": "digest.late", "empty": "digest.empty", "missed": "digest.missed"}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What of a digest is to be posted, and how; without more, what is missing."""

    week: Week
    again: bool = False
    verify: bool = False
    fresh: Callable[[str], bool] = nothing
    within: Callable[[str], bool] = everything
    paper: str | None = None


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
    editions: Editions
    figures: Figures = field(default_factory=Figures)

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
        edition, _ = await self.editions.delivered(issue, channel.place)
        return self._composer(channel).parts(edition)

    async def post(
        self,
        week: Week,
        channel: Subscription,
        progress: Progress = silent,
        *,
        again: bool = False,
        verify: bool = False,
        fresh: bool = False,
        only: str | None = None,
        actor: str = "rinko",
    ) -> Delivered:
        """Build the week where it is not built yet, and make the channel show it.

        `again` asks the sources anew; `verify` posts anew what somebody deleted; `fresh` posts all
        anew; `only` is the key of the one paper that all of this is about. What went wrong is written to
        the journal before it is raised, but for `NotApproved` and `TurnLost`: those are no fault.
        """
        entry = JournalEntry(self.clock.now(), str(channel.place), actor, "post", "", week=week)
        anew = _of_paper(only) if fresh else nothing
        wish = _Wish(week, again, verify, anew, _with_header(only), only)
        return await self._noted(entry, channel, wish, progress)

    async def audit(self, place: Place, week: Week, channel: Subscription | None) -> None:
        """Look once more for copies that came late; what is kept of them shows what is wanted then.

        A digest of which something was taken away, and that nobody finished, is finished. Only then is
        nothing of it in doubt any more.
        """
        begun = self.clock.now()
        names = await self.delivery.audit(self.outlet(place.platform), place, week)
        if names and channel is not None:
            entry = JournalEntry(begun, str(place), "rinko", "post", "", week=week)
            within = {*names, HEADER}  # which links to the cards
            moved = _Wish(week, within=lambda name: name in within or hangs_under(name) in names)
            await self._noted(entry, channel, _Wish(week) if UNFINISHED in names else moved, silent)
        await self.delivery.ledger.settle(place, week, begun - AUDIT_AFTER)

    async def _noted(
        self, entry: JournalEntry, channel: Subscription, wish: _Wish, progress: Progress
    ) -> Delivered:
        """Post, and write down what came of it."""
        try:
            done = await self._deliver(entry, channel, wish, progress)
        except (NotApproved, TurnLost):
            raise
        except RinkoError as error:
            named = await self._named(channel.place, error)
            await self._note_failure(entry, named)
            raise named from error
        seconds = (self.clock.now() - entry.at).total_seconds()
        self.figures.post_seconds.observe(seconds)
        self._tell(entry, "digest posted", **asdict(done), seconds=round(seconds, 3))
        if done.changed:
            detail = f"sent {done.sent}, edited {done.edited}, adopted {done.adopted}"
            await self.journal.record(replace(entry, at=self.clock.now(), act="posted", detail=detail))
        return done

    async def _deliver(
        self, entry: JournalEntry, channel: Subscription, wish: _Wish, progress: Progress
    ) -> Delivered:
        week = wish.week
        if not channel.approval:
            self._tell(entry, "digest begun")
            await self.check_rights(channel.place)
        with self.figures.build_seconds.time():
            issue = await self._issue(channel, wish, progress)
        edition, overlay = await self.editions.delivered(issue, channel.place)
        parts = self._composer(channel).parts(edition)
        if channel.approval:
            # What waits is looked at often: the platform is asked only once it may be posted.
            if not approved(overlay, fingerprint(parts)):
                what = f"{week} is not approved for {channel.place}."
                raise NotApproved(what, values={"week": str(week)})
            self._tell(entry, "digest begun")
            await self.check_rights(channel.place)
        done = await self.delivery.deliver(
            self.outlet(channel.place.platform),
            channel.place,
            week,
            parts,
            self._gone(channel, overlay),
            progress,
            verify=wish.verify,
            fresh=wish.fresh,
            within=wish.within,
            waiting=lambda until: self._note_wait(entry, until),
        )
        await self.delivery.ledger.finish(channel.place, week, self.clock.now())
        return done

    async def _named(self, place: Place, error: RinkoError) -> RinkoError:
        """The rights that are lacking, where that is why a place was not available on the way."""
        if type(error) is not PlaceUnavailable:
            return error
        try:
            await self.check_rights(place)
        except LacksRights as lacking:
            return lacking
        except RinkoError:
            return error
        return error

    async def _note_failure(self, entry: JournalEntry, error: RinkoError) -> None:
        """Write down what went wrong; what is tried every few minutes, and fails alike, once an hour."""
        noted = replace(entry, at=self.clock.now(), detail=f"{error.kind}: {error}", failed=True)
        for last in await self.journal.latest(entry.place, 1):
            alike = replace(last, at=noted.at, reference=noted.reference) == noted
            if alike and noted.at - last.at < _ONCE_IN:
                return
        await self.journal.record(noted)

    def _tell(self, entry: JournalEntry, what: str, **known: float) -> None:
        """Tell the log how far a digest has come."""
        _log.info(what, place=entry.place, week=str(entry.week), **known)

    async def _note_wait(self, entry: JournalEntry, until: datetime) -> None:
        """Record that the platform lets the rest wait, so that the status tells it meanwhile."""
        detail = f"{UNTIL}{until.isoformat(timespec='seconds')}"
        await self.journal.record(replace(entry, at=self.clock.now(), act="wait", detail=detail))

    async def _issue(self, channel: Subscription, wish: _Wish, progress: Progress) -> Issue:
        if wish.again and wish.paper is not None:
            return await self.weekly.renew(wish.week, channel.language, wish.paper)
        return await self.weekly.build(wish.week, channel.language, progress, again=wish.again)

    async def announce(
        self, week: Week, channel: Subscription, what: Announcement, names: str | None = None
    ) -> None:
        """Say in a channel once that there is no digest, and why, where none has begun to appear.

        `names` are several weeks of which it is said at once, with the last of them.

        The message is a part as any other: what comes later stands in its place.
        """
        rows = await self.delivery.ledger.rows(channel.place, week)
        if any(row.key.name != NOTICE for row in rows):
            return
        part = Part(NOTICE, self._composer(channel).remark(_ANNOUNCED[what], week=names or week))
        outlet = self.outlet(channel.place.platform)
        gone = self._gone(channel, Overlay())
        await self.delivery.deliver(outlet, channel.place, week, [part], gone)

    async def check_rights(self, place: Place) -> None:
        """Raise `LacksRights` where the bot lacks a right that delivery to a place needs."""
        lacking = await self.outlet(place.platform).lacking(place)
        if lacking:
            names = ",".join(lacking)
            raise LacksRights(f"Rinko lacks rights in {place}: {names}.", values={"rights": names})

    def _composer(self, channel: Subscription) -> Composer:
        limits = self.outlet(channel.place.platform).limits
        composer = self.composer(channel.language, channel.layout, limits)
        return replace(composer, follow_ups=None if limits.threads_ask else channel.follow_ups)

    def _gone(self, channel: Subscription, overlay: Overlay) -> Callable[[str], Post]:
        """The note that takes the place of a part that is no longer wanted, by why it is not."""
        composer = self._composer(channel)

        def note(name: str) -> Post:
            if name == NOTICE:
                return composer.remark("digest.came")
            if name.startswith(ASIDE):
                return composer.remark("digest.newer")
            if paper_of(name) in overlay.dropped_papers:
                return composer.remark("digest.withdrawn")
            return composer.remark("digest.retired")

        return note


def _of_paper(key: str | None) -> Callable[[str], bool]:
    """Whether a part belongs to a paper, or for None any part."""
    return everything if key is None else lambda name: paper_of(name) == key


def _with_header(key: str | None) -> Callable[[str], bool]:
    """The same with the header, which links to the paper's card."""
    return everything if key is None else lambda name: name == HEADER or paper_of(name) == key
