"""Calls something again and again, whatever becomes of the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from digest.ports import Clock

_log = structlog.get_logger()

_LOOK_SECONDS = 60.0
"""How often a longer interval is looked at, so that one that passed asleep is noticed."""


async def tick(
    interval: timedelta,
    clock: Clock,
    call: Callable[[], Awaitable[None]],
    look_seconds: float = _LOOK_SECONDS,
) -> None:
    """Call `call` after each interval, until cancelled; an error of it is logged and ends nothing.

    An interval has passed once the time awake or the clock says so, whichever does first. The clock
    alone would stand still after it was set back, and the time awake does so while a machine sleeps:
    asyncio waits by CLOCK_MONOTONIC, which leaves that out (`man 2 clock_gettime`).
    """
    loop, seconds = asyncio.get_running_loop(), interval.total_seconds()
    while True:
        awake_since, since = loop.time(), clock.now()
        left = seconds
        while left > 0 and clock.now() - since < interval:
            await asyncio.sleep(min(left, look_seconds))
            left = awake_since + seconds - loop.time()
        try:
            await call()
        except Exception as error:  # noqa: BLE001 - a database that is away must not end the timer
            _log.error("not put", error=str(error))
