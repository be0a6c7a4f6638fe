"""`rinko run`: posts what is due, shows the page, listens on every platform, and stops cleanly."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from datetime import timedelta

import structlog

from bot.app import App
from bot.roles import Role
from bot.schedule import WAKE
from bot.terminal import note, out, progress_shown
from bot.ticking import tick
from digest.errors import RinkoError

_log = structlog.get_logger()

_WATCH_EVERY = timedelta(minutes=1)
_FIRST_POST_SECONDS = 15.0
_PATIENCE_SECONDS = 2.0


async def keep_running(rinko: App, stop: asyncio.Event) -> None:
    """Run until `stop` is set. What is under way then finishes, or goes on at the next start."""
    posting: asyncio.Task[None] | None = None
    watching: asyncio.Task[None] | None = None
    try:
        # Platforms first: a page that is open already asks for channels as soon as it can.
        starts = [platform.start() for platform in rinko.platforms]
        *_, address = await asyncio.gather(*starts, rinko.local.start())
        gc.collect()
        gc.freeze()  # what lives as long as the process need not be looked through again and again
        stopping = asyncio.create_task(stop.wait())
        watching = asyncio.create_task(tick(_WATCH_EVERY, rinko.clock, rinko.health.watch))
        await rinko.schedule.begin(works=rinko.role.works)
        if rinko.database.is_postgresql:
            await rinko.jobs.put(WAKE, "")
        else:
            posting = await _post_at_once(rinko, stopping)
        await _greet(rinko, address, under_way=posting is not None and not posting.done())
        if posting is not None:
            await asyncio.wait({posting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if posting.done() and isinstance(error := posting.exception(), RinkoError):
                _log.error("not posted at the start", error=str(error))  # it is looked again every minute
            elif posting.done():
                posting.result()
        await stopping
    finally:
        if watching is not None:
            watching.cancel()
        await _stop(rinko, posting)


async def _post_at_once(rinko: App, stopping: asyncio.Task[bool]) -> asyncio.Task[None]:
    """Begin to post what is due, and show for a while how far it is."""
    with progress_shown() as progress:
        posting = asyncio.create_task(rinko.schedule.post_what_is_due(progress))
        await asyncio.wait(
            {posting, stopping}, timeout=_FIRST_POST_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
    return posting


async def _greet(rinko: App, address: str | None, *, under_way: bool) -> None:
    """Say what this process does, and what keeps it from anything."""
    if rinko.settings.is_sample:
        note("Showing the sample week: invented papers. Name your own sources in rinko.toml.")
    for one in await rinko.services.channels.unlocated():
        note(f"Nothing is posted to {one}. Run `rinko doctor`.")
    if under_way:
        note("The digest is still being prepared; it appears when it is done.")
    match rinko.role:
        case Role.ALL:
            out(f"Rinko is reading at {address}  (Ctrl-C stops)")
        case Role.GATEWAY:
            out(f"Rinko is listening, and shows its page at {address}  (Ctrl-C stops)")
            note("Digests are posted by workers: `rinko run --role worker`.")
        case Role.WORKER:
            out(f"Rinko is at work; how it is stands at {address}healthz  (Ctrl-C stops)")


async def _stop(rinko: App, posting: asyncio.Task[None] | None) -> None:
    """What is being sent is given a moment to arrive; then nobody is listened to any more."""
    if posting is not None:
        await asyncio.wait({posting}, timeout=_PATIENCE_SECONDS)
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
    with suppress(TimeoutError):
        await asyncio.wait_for(rinko.jobs.stop(), _PATIENCE_SECONDS)
    # After what was being sent through them; each lets the answers that are under way finish.
    await asyncio.gather(*(platform.stop() for platform in rinko.platforms))
    await rinko.local.stop()
