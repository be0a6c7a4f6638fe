"""What a process of a run does: it posts as `rinko digest post` and the timer do, by the run's time."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

from bot.app import open_app
from config.settings import load_settings
from digest.errors import RinkoError
from digest.weeks import parse_week
from tests.sweeps.crash.timeline import Timeline, in_time


@dataclass(frozen=True)
class Order:
    """What a process is to post, and by which time."""

    settings: str
    timeline: str
    week: str
    verify: bool
    """As the command does, which looks for every message again; the timer does not."""
    log: str


def post(order: Order) -> int:
    """Post a week to every channel of a settings file; 0 where all went well."""
    timeline = Timeline(Path(order.timeline))
    try:
        return int(in_time(timeline, _post(order, timeline)))
    except Exception:  # noqa: BLE001 - whatever it is, the run's story must tell it
        traceback.print_exc()
        return 3


async def _post(order: Order, timeline: Timeline) -> int:
    failed = 0
    async with open_app(load_settings(Path(order.settings)), timeline) as app:
        for channel in await app.services.channels.all():
            try:
                done = await app.services.posting.post(
                    parse_week(order.week), channel, verify=order.verify, actor="command line"
                )
                print(f"{channel.place}: {done}", file=sys.stderr)
            except RinkoError as error:
                print(f"{channel.place}: {error.kind}: {error}", file=sys.stderr)
                failed = 1
        for missing in await app.services.channels.unlocated():
            print(f"not located: {missing}", file=sys.stderr)
            failed = 1
    return failed
