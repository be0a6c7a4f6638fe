"""`rinko db check`: the database looked over, and whether a channel waits for its digest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from bot.clock import SystemClock
from bot.doctor.findings import Finding
from bot.parts import channels_of
from bot.platforms.local.sql_messages import local_messages
from config.settings import Settings
from digest.due import schedule_fault
from digest.errors import RinkoError
from digest.models import SAMPLE_SELECTION, Week
from digest.places import Place, Subscription
from digest.ports import Clock
from digest.posts import Post
from digest.store.checked import Checked
from digest.store.checking import Checking
from digest.store.engine import Database
from digest.store.engine_checks import open_as_it_is
from digest.store.ledger import SqlLedger
from digest.store.others import SqlSubscriptions
from digest.weeks import due_week, parse_post_time

OVERDUE = timedelta(hours=1)
"""How long a digest may take after its time before it is overdue."""
_SET_ANEW = (
    "`/digest here tue 09:00 Asia/Tokyo` in that channel, with its own day, time and zone, sets it anew."
)

MESSAGES = (local_messages, local_messages.c.post, TypeAdapter(Post))
"""What stands on the page."""


async def check_database(settings: Settings, clock: Clock | None = None) -> list[Finding]:
    """Look the database over; nothing in it is changed."""
    clock = clock or SystemClock()
    try:
        database = open_as_it_is(settings.database_url)
    except RinkoError as error:
        return [Finding("database", False, error.message, error.hint)]
    try:
        checking = Checking(database, clock.now, (MESSAGES,))
        found = [_finding(one) async for one in checking.findings()]
        if any(one.about == "rows" for one in found):  # the tables are those of this version
            found += [finding async for finding in _channels(database, settings, clock.now())]
    except RinkoError as error:
        found = [*found, Finding("channels", False, error.message, error.hint)]
    finally:
        await database.close()
    return found


def _finding(one: Checked) -> Finding:
    return Finding(one.about, one.ok, one.detail, one.hint)


async def _channels(database: Database, settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    """Whether every channel's schedule can be read, and it has the digest that it should have by now."""
    chosen = await SqlSubscriptions(database).all()
    in_file = {(one.place.platform, one.place.channel): one for one in channels_of(settings)}
    others = [one for one in chosen if (one.place.platform, one.place.channel) not in in_file]
    channels = [*in_file.values(), *others]
    read = []
    for one in channels:
        if fault := schedule_fault(one):
            words = f"its schedule in `subscriptions` cannot be read: {fault.message}"
            yield Finding(f"channel {_place(one)}", False, words, _SET_ANEW)
        else:
            read.append(one)
    if settings.selection == SAMPLE_SELECTION:  # it asks for no schedule
        return
    dues = [(one, *due_week(now, parse_post_time(one.post_at), one.timezone)) for one in read]
    finished = await SqlLedger(database).finished_in({week for _, week, _ in dues})
    late = [
        (one, week, moment)
        for one, week, moment in dues
        if now - moment > OVERDUE and _is_wanted(one, moment) and not _has(one, week, finished)
    ]
    for one, week, moment in late:
        hint = f"`rinko digest post {week}` posts it, or says why it cannot; `/digest status` says more."
        words = f"{week} was due {moment:%Y-%m-%d %H:%M} UTC and is not posted"
        yield Finding(f"channel {_place(one)}", False, words, hint)
    if not late:
        yield Finding("channels", True, f"{len(read)}, none overdue")


def _place(one: Subscription) -> Place:
    """Where a channel is; the file need not say in which workspace, and nobody is asked here."""
    return replace(one.place, workspace=one.place.workspace or "-")


def _is_wanted(one: Subscription, moment: datetime) -> bool:
    return not one.paused and not one.approval and (one.since is None or moment >= one.since)


def _has(one: Subscription, week: Week, finished: Collection[tuple[Place, Week]]) -> bool:
    """Whether a channel has a week; the file may not say in which workspace the channel is."""
    named = (one.place.platform, one.place.channel, week)
    return any((place.platform, place.channel, done) == named for place, done in finished)
