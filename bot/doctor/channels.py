"""Looks at every channel that gets the digest: whether it is there, and whether Rinko may post."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.agenda import Agenda
from bot.doctor.findings import Finding
from bot.services import Services
from digest.due import schedule_fault
from digest.errors import RinkoError
from digest.models import SAMPLE_SELECTION
from digest.places import Subscription
from digest.weeks import zone

_LISTED = 10
"""How many channels are named; `rinko doctor` is read on a screen."""


async def channel_findings(services: Services) -> AsyncIterator[Finding]:
    """A finding for all channels together, and one for each that something is wrong with."""
    subscribed = await services.channels.all()
    missing = await services.channels.unlocated()
    if subscribed:
        listed = [f"{one.place}{await _next(one, services)}" for one in subscribed[:_LISTED]]
        more = [f"{len(subscribed) - _LISTED} more"] if len(subscribed) > _LISTED else []
        yield Finding("channels", True, ", ".join((*listed, *more)))
    elif not missing:
        yield Finding("channels", False, "no channel gets the digest", "Add [[channels]] to rinko.toml.")
    for one in missing:
        hint = one.hint or "Try again when it answers; nothing is posted there until then."
        yield Finding("channels", False, str(one), hint)
    for place in await services.channels.overlaps():
        hint = "The file wins; take it out of the file to change it in chat."
        yield Finding("channels", False, f"{place} is set in rinko.toml and in chat", hint)
    for channel in subscribed:
        if fault := schedule_fault(channel):
            hint = "`/digest here` in it sets its day, time and zone anew."
            yield Finding(f"channel {channel.place}", False, fault.message, hint)
        async for finding in _rights(channel, services):
            yield finding


async def _next(channel: Subscription, services: Services) -> str:
    """What comes next in a channel and when, in parentheses; nothing where there is no schedule."""
    if channel.paused:
        return " (paused)"
    if services.selection == SAMPLE_SELECTION:
        return ""
    if schedule_fault(channel):
        return ""  # a finding of its own tells
    coming = await Agenda(services).coming(channel)
    at = coming.moment.astimezone(zone(channel.timezone))
    state = "due since" if coming.is_due else "at"
    return f" ({coming.week} {state} {at:%Y-%m-%d %H:%M} {channel.timezone})"


async def _rights(channel: Subscription, services: Services) -> AsyncIterator[Finding]:
    """One finding for each right that is lacking in a channel."""
    about, say = f"channel {channel.place}", services.say("en")
    try:
        lacking = await services.posting.outlet(channel.place.platform).lacking(channel.place)
    except RinkoError as error:
        yield Finding(about, False, error.message, error.hint or "Try again when the platform answers.")
        return
    for right in lacking:
        phrase = say(f"rights.{right}") if say.has(f"rights.{right}") else right
        needed, _, todo = phrase.partition(" (")
        todo = todo.removesuffix(")") or "`/digest here` in it says more"
        yield Finding(about, False, f"Rinko needs {needed}", f"{todo[0].upper()}{todo[1:]}.")
