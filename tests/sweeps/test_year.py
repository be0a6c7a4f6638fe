"""Each channel and week exactly once, or told why not, over a year with everything that can go wrong."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from tests.sweeps.year.year import ON_TIME, Year

pytestmark = [pytest.mark.sweep, pytest.mark.timeout(3600)]
SEEDS = [int(one) for one in os.environ.get("YEAR_SEEDS", "1 2 3").split()]


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))


async def judged(year: Year) -> list[str]:
    """What is wrong, in words; figures are counted on the way. Times are the true ones."""
    wrong = []
    for channel in year.channels:
        headers, told = await year.headers(channel), await year.told(channel)
        weeks = [week for week, _ in headers]
        wrong += [f"{channel.name} {week} {n} times" for week, n in Counter(weeks).items() if n > 1]
        own = [week for week in weeks if week not in channel.by_hand]
        if own != sorted(own):
            wrong.append(f"{channel.name} out of order: {' '.join(map(str, own))}")
        at = dict(headers)
        for week, moment in channel.promised.items():
            if week not in at:
                year.figures["told why not" if str(week) in told else "silent"] += 1
                if str(week) not in told:
                    wrong.append(f"{channel.name} {week} of {moment:%m-%d %H:%M} went by in silence")
                continue
            delay = at[week] - max(moment, year.lists[week])
            if week in channel.by_hand:
                continue
            calm = year.weather.calm(moment, moment + ON_TIME) and year.lists[week] <= moment
            year.figures["on time" if delay <= ON_TIME else "late"] += 1
            if calm and delay > ON_TIME:
                wrong.append(f"{channel.name} {week} late by {delay} without any trouble")
            if delay < timedelta(seconds=-16) and year.weather.calm(at[week], at[week] + ON_TIME):
                wrong.append(f"{channel.name} {week} early by {-delay}")
        year.figures["posted"] += len(weeks)
        year.figures["promised"] += len(channel.promised)
        year.figures["doubled"] += sum(n - 1 for n in Counter(weeks).values())
    return wrong


def say(year: Year, capfd: pytest.CaptureFixture[str]) -> None:
    with capfd.disabled():
        figures = ", ".join(f"{name} {count}" for name, count in sorted(year.figures.items()))
        print(f"\nyear with seed {year.seed}, {len(year.channels)} channels, {year.weeks} weeks: {figures}")


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_year(tmp_path: Path, seed: int, capfd: pytest.CaptureFixture[str]) -> None:
    year = Year(tmp_path, seed)
    try:
        await year.run()
        wrong = await judged(year)
    finally:
        await year.close()
    say(year, capfd)
    stories = "\n".join(f"{one.name}: {line}" for one in year.channels for line in one.story)
    assert wrong == [], f"{chr(10).join(wrong)}\n{stories}"
