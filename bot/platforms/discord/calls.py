"""What Discord refuses, as our own errors: what happened, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import aiohttp
import discord

from bot.platforms.answers import understood
from digest.errors import DeliveryError, PlaceUnavailable, Postponed, ThreadGone, ThreadLocked
from digest.ports import Clock

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, MISSING_ACCESS, MISSING_PERMISSIONS = 10003, 10008, 50001, 50013
CANNOT_MESSAGE_USER, THREAD_ARCHIVED, THREAD_EXISTS, THREAD_LOCKED = 50007, 50083, 160004, 160005
TOO_MANY_THREADS, TOO_MANY_NEWS_THREADS = 160006, 160007
"""Codes of refusals (https://discord.com/developers/docs/topics/opcodes-and-status-codes#json)."""

_HINTS = {
    UNKNOWN_CHANNEL: "The channel or thread was deleted. Name another with /digest here.",
    UNKNOWN_MESSAGE: "The message was deleted. /digest repost posts it anew.",
    MISSING_ACCESS: "Let Rinko see the channel: its settings, “Permissions”, add Rinko, “View Channel”.",
    MISSING_PERMISSIONS: "`rinko doctor` and /digest here say which permission is missing.",
    CANNOT_MESSAGE_USER: "This person takes no direct messages from members of the server.",
    THREAD_LOCKED: "The thread is locked. Unlock it, or give Rinko “Manage Threads”.",
}


@contextmanager
def calls(clock: Clock) -> Iterator[None]:
    """Raise what Discord answers as `Postponed`, `PlaceUnavailable` or `DeliveryError`.

    Only the codes of a refusal are repeated, never what was sent.
    """
    try:
        with understood("Discord"):
            yield
    except discord.RateLimited as error:
        until = clock.now() + timedelta(seconds=error.retry_after)
        raise Postponed(until, "Discord takes no more of this for now.") from None
    except (discord.Forbidden, discord.NotFound) as error:
        if error.code == THREAD_LOCKED:
            raise ThreadLocked(hint=_HINTS[THREAD_LOCKED]) from None
        raise PlaceUnavailable(
            f"Discord refused: {error.status}, code {error.code}.", hint=_HINTS.get(error.code)
        ) from None
    except discord.HTTPException as error:
        if error.code in (TOO_MANY_THREADS, TOO_MANY_NEWS_THREADS):
            raise ThreadLocked("The server has as many open threads as Discord allows.") from None
        raise DeliveryError(f"Discord refused: {error.status}, code {error.code}.") from None
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise DeliveryError(f"Discord did not answer ({type(error).__name__}).") from None


@contextmanager
def under_one(under: bool = True) -> Iterator[None]:
    """Within `calls`, around what goes to the thread of a message: `ThreadGone` without either."""
    try:
        yield
    except discord.NotFound as error:
        if under and error.code in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
            raise ThreadGone from None
        raise
