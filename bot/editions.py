"""What one channel gets of an issue: its overlay, with the trends of what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from digest.editions import basis, corrected, edition
from digest.models import Issue
from digest.places import Overlay, Place
from digest.stores import Overlays
from digest.weekly import Weekly


@dataclass(frozen=True)
class Editions:
    """Applies overlays to issues."""

    overlays: Overlays
    weekly: Weekly

    async def delivered(self, issue: Issue, place: Place) -> tuple[Issue, Overlay]:
        """What is posted to a channel; the trends are made anew where papers or answers were dropped."""
        overlay = await self.overlays.get(place, issue.week)
        left = edition(issue, overlay)
        made_of = basis(left)
        if made_of == basis(issue) or overlay.overview_of == made_of:
            return left, overlay
        overview = await self.weekly.overview(issue.week, left.entries, issue.language)

        def keep(before: Overlay) -> Overlay:
            return replace(before, overview=overview, overview_of=made_of)

        overlay = await self.overlays.change(place, issue.week, keep)
        return edition(issue, overlay), overlay

    async def shown(self, issue: Issue, place: Place) -> Issue:
        """What readers of a channel are shown of an issue elsewhere; nothing is made anew for it."""
        return edition(issue, await self.overlays.get(place, issue.week))

    async def corrected(self, issue: Issue, counts: Callable[[Place], bool]) -> Issue:
        """The whole issue with the corrections of the channels that count, and with nothing left out."""
        overlays = await self.overlays.of_week(issue.week)
        return corrected(issue, [overlay for place, overlay in overlays.items() if counts(place)])
