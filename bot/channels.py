"""Which channels get the digest: those of the settings file, and those set in chat."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from digest.errors import RinkoError, SetInFile
from digest.places import Place, Subscription
from digest.ports import Clock, Outlet
from digest.stores import Subscriptions

LOOK_AGAIN = timedelta(seconds=30)
"""How soon a channel that could not be found is looked for again."""
_PATIENCE_SECONDS = 10.0
"""How long a platform may take to say where a channel is; whoever asks first waits for it."""
_AGAIN_SECONDS = 1.0
"""How long those after that wait: a platform that is away holds up no other."""
_AT_ONCE = 50
"""How many channels are looked for side by side."""

_Named = tuple[str, str]
"""A channel as the file names it: platform and id."""


@dataclass(frozen=True, slots=True)
class Unlocated:
    """A channel of the file whose workspace is not known, so that nothing is posted there yet."""

    platform: str
    channel: str
    language: str
    reason: str
    hint: str | None = None

    def __str__(self) -> str:
        """`slack C0123: …`."""
        return f"{self.platform} {self.channel}: {self.reason}"


@dataclass
class _Known:
    """What was found out so far about the channels of the file."""

    found: dict[_Named, Subscription] = field(default_factory=dict)
    """Those that are found, under their real places."""
    missing: dict[_Named, Unlocated] = field(default_factory=dict)
    not_before: datetime | None = None
    looking: asyncio.Task[None] | None = None
    looked: bool = False
    """Whether all were looked for once."""


@dataclass(frozen=True)
class Channels:
    """Both kinds as one. A channel that stands in the file is read-only in chat."""

    from_file: tuple[Subscription, ...]
    """Their workspace may be empty; it is asked for. Under a wrong one, posts would come twice."""
    stored: Subscriptions
    otherwise: Subscription
    """The channel that gets the digest as long as none is named anywhere."""
    outlets: Mapping[str, Outlet]
    clock: Clock
    _known: _Known = field(default_factory=_Known, init=False, repr=False, compare=False)

    async def all(self) -> tuple[Subscription, ...]:
        """Every channel once, under its real place; the file wins.

        Channels of the file that cannot be found now are left out, and told of by `unlocated`.
        """
        fixed = {subscription.place: subscription for subscription in await self._located()}
        chosen = {one.place: one for one in await self.stored.all() if not self._in_file(one.place)}
        if not self.from_file and not chosen:
            return (self.otherwise,)
        return tuple(sorted((chosen | fixed).values(), key=_by_place))

    async def own(self) -> frozenset[_Named]:
        """Platform and id of the channels that whoever runs Rinko set; no platform is asked."""
        chosen = await self.stored.all()
        names = {_named(one) for one in self.from_file}
        if not (self.from_file or chosen) or any(one.place == self.otherwise.place for one in chosen):
            names.add(_named(self.otherwise))
        return frozenset(names)

    async def unlocated(self) -> tuple[Unlocated, ...]:
        """Channels of the file that get nothing, each with the reason."""
        await self._located()
        return tuple(self._known.missing.values())

    async def waits(self, place: Place) -> bool:
        """Whether the file names this channel, and nothing is posted to it."""
        named = (place.platform, place.channel)
        return any((one.platform, one.channel) == named for one in await self.unlocated())

    async def get(self, place: Place) -> Subscription | None:
        """How a channel is subscribed, if it is; only its own platform is asked, where one has to be."""
        name = place.platform, place.channel
        if (one := self._of_file.get(name)) is not None:
            if name not in self._known.found and not self._just_missed(name):
                await self._locate(one)
            found = self._known.found.get(name)
            return found if found is not None and found.place == place else None
        chosen = await self.stored.get(place)
        if chosen is None and place == self.otherwise.place:
            return next((one for one in await self.all() if one.place == place), None)
        return chosen

    async def set(self, subscription: Subscription) -> None:
        """Subscribe a channel from chat. Raises `SetInFile` where the file has it."""
        if self._in_file(subscription.place):
            raise SetInFile(hint="Edit that file to change it.")
        await self.stored.set(subscription)

    async def drop(self, place: Place) -> None:
        """Unsubscribe a channel from chat. Raises `SetInFile` where the file has it.

        The channel that gets the digest where none is named stays, paused.
        """
        if self._in_file(place):
            raise SetInFile(hint="Edit that file to change it.")
        await self.stored.drop(place)
        if await self.get(place) is not None:
            await self.stored.set(replace(self.otherwise, paused=True))

    async def overlaps(self) -> tuple[Place, ...]:
        """Channels that stand in the file and were set in chat as well."""
        return tuple(one.place for one in await self.stored.all() if self._in_file(one.place))

    def _in_file(self, place: Place) -> bool:
        """Whether the file names a channel; ids of channels are unique on a platform."""
        return (place.platform, place.channel) in self._of_file

    @cached_property
    def _of_file(self) -> Mapping[_Named, Subscription]:
        return {_named(one): one for one in self.from_file}

    async def _located(self) -> list[Subscription]:
        """The channels of the file that are found, under their real places."""
        known = self._known
        if len(known.found) < len(self._of_file):
            patience = _AGAIN_SECONDS if known.looked else _PATIENCE_SECONDS
            if not self._looked_just_now():
                known.not_before = self.clock.now() + LOOK_AGAIN
                known.looking = known.looking or asyncio.create_task(self._look())
            if known.looking is not None:
                await asyncio.wait({known.looking}, timeout=patience)
        return list(known.found.values())

    def _looked_just_now(self) -> bool:
        """Whether it is too early to look again; the clock may have been set back since."""
        until, now = self._known.not_before, self.clock.now()
        return until is not None and now < until <= now + LOOK_AGAIN

    def _just_missed(self, name: _Named) -> bool:
        """Whether a channel was looked for a moment ago, and not found."""
        return name in self._known.missing and self._looked_just_now()

    async def _look(self) -> None:
        """Look for all that was not found yet."""
        wanted = [one for name, one in self._of_file.items() if name not in self._known.found]
        room = asyncio.Semaphore(_AT_ONCE)

        async def locate(one: Subscription) -> None:
            async with room:
                await self._locate(one)

        try:
            await asyncio.gather(*map(locate, wanted))
        finally:
            self._known.looking, self._known.looked = None, True

    async def _locate(self, one: Subscription) -> None:
        """Find out where a channel is, or why that cannot be told."""
        name = platform, channel = _named(one)
        claimed = one.place.workspace

        def missing(reason: str, hint: str | None = None) -> None:
            self._known.missing[name] = Unlocated(platform, channel, one.language, reason, hint)

        outlet = self.outlets.get(platform)
        if outlet is None:
            hint = f"Set the tokens of [{platform}]; the README says where they are."
            missing(f"{platform} is not set up", hint)
            return
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                place = await outlet.locate(channel)
        except RinkoError as error:
            missing(error.message, error.hint)
        except TimeoutError:
            missing(f"{platform} does not answer")
        else:
            if claimed in ("", place.workspace):
                self._known.found[name] = replace(one, place=place)
                self._known.missing.pop(name, None)
                return
            reason = f"it is in workspace {place.workspace}, not {claimed}"
            hint = "Correct the workspace in rinko.toml, or leave it out."
            missing(reason, hint)


def _named(subscription: Subscription) -> _Named:
    return subscription.place.platform, subscription.place.channel


def _by_place(subscription: Subscription) -> tuple[str, str, str]:
    place = subscription.place
    return place.platform, place.workspace, place.channel
