"""Which channels get the digest: those of the settings file, and those set in chat."""

from __future__ import annotations

from dataclasses import dataclass

from digest.errors import SetInFile
from digest.places import Place, Subscription
from digest.stores import Subscriptions


@dataclass(frozen=True)
class Channels:
    """Both kinds as one. A channel that stands in the file is read-only in chat."""

    from_file: tuple[Subscription, ...]
    stored: Subscriptions
    otherwise: Subscription
    """The channel that gets the digest as long as none is named anywhere."""

    async def all(self) -> tuple[Subscription, ...]:
        """Every channel once; the file wins."""
        fixed = {subscription.place: subscription for subscription in self.from_file}
        chosen = {subscription.place: subscription for subscription in await self.stored.all()}
        together = sorted((chosen | fixed).values(), key=lambda one: one.place)
        return tuple(together) or (self.otherwise,)

    async def get(self, place: Place) -> Subscription | None:
        """How a channel is subscribed, if it is."""
        return next((one for one in await self.all() if one.place == place), None)

    async def set(self, subscription: Subscription) -> None:
        """Subscribe a channel from chat. Raises `SetInFile` where the file has it."""
        if any(one.place == subscription.place for one in self.from_file):
            raise SetInFile(hint="Edit that file to change it.")
        await self.stored.set(subscription)

    async def overlaps(self) -> tuple[Place, ...]:
        """Channels that stand in the file and were set in chat as well."""
        fixed = {subscription.place for subscription in self.from_file}
        return tuple(one.place for one in await self.stored.all() if one.place in fixed)
