"""Measures how long a digest takes to be posted, against the best that a platform's limits allow."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import App
from bot.clock import SystemClock
from bot.platforms.slack.client import slack_client
from bot.platforms.slack.outlet import SlackOutlet
from digest.models import Issue
from digest.places import Part, Place
from digest.ports import Outlet
from digest.weeks import parse_week
from tests.bot.platforms.discord.posting import room
from tests.bot.support import WEEK, opened
from tests.servers.slack import SlackServer

pytestmark = [pytest.mark.bench, pytest.mark.timeout(120)]

MOST = 1.15
"""Times the best that the limits allow."""


@dataclass(frozen=True)
class Digest:
    """The sample week: a header, ten cards, and their questions and answers."""

    app: App
    issue: Issue

    def parts(self, outlet: Outlet) -> tuple[Part, ...]:
        """Its messages on a platform."""
        composer = self.app.services.posting.composer("ja", "qa", outlet.limits)
        return composer.parts(self.issue)

    async def post(self, outlet: Outlet, place: Place) -> float:
        """Post it, header last edited; the seconds that took."""
        parts = self.parts(outlet)
        delivery = self.app.services.posting.delivery
        began = time.perf_counter()
        done = await delivery.deliver(outlet, place, self.issue.week, parts, lambda _: parts[0].post)
        seconds = time.perf_counter() - began
        assert (done.sent, done.edited) == (len(parts), 1)
        return seconds


@pytest.fixture
async def digest(tmp_path: Path) -> AsyncIterator[Digest]:
    async with opened(tmp_path) as (app, _):
        issue = await app.services.posting.weekly.build(parse_week(WEEK), "ja")
        assert len(issue.entries) == 10
        yield Digest(app, issue)


def report(platform: str, messages: int, seconds: float, best: float) -> None:
    """Print what posting took; fail where that is too long."""
    sys.stdout.write(
        f"\n{platform}: {messages} messages in {seconds:.2f} s, where its limits allow {best:.2f} s"
        f" at best: {seconds / best:.3f} times that (at most {MOST})\n"
    )
    assert seconds <= MOST * best


async def test_slack(digest: Digest, capfd: pytest.CaptureFixture[str]) -> None:
    async with SlackServer() as server:
        team = server.workspace()
        papers = team.channel("papers", team.person("mori", admin=True))
        outlet = SlackOutlet(slack_client(team.token, server.api_url), SystemClock())
        parts = digest.parts(outlet)
        seconds = await digest.post(outlet, Place("slack", team.id, papers.id))
        limited, limits = server.limited, server.limits
        assert len(papers.messages) == len(parts)
    best = (len(parts) - limits.post_burst) / limits.posts_per_second
    with capfd.disabled():
        report("Slack", len(parts), seconds, best)
    assert limited == 0


def waits(requests: int, rate: tuple[int, float]) -> float:
    """Seconds that lie between the first and the last of so many requests: windows of (requests, seconds)."""
    most, seconds = rate
    return (requests - 1) // most * seconds


@pytest.mark.parametrize("forum", [False, True])
async def test_discord(digest: Digest, capfd: pytest.CaptureFixture[str], forum: bool) -> None:
    async with room(forum=forum, limited=True) as here:
        parts = digest.parts(here.outlet)
        seconds = await digest.post(here.outlet, here.place)
        refused, rates = here.server.rest.rates.refusals, here.server.behaviour.rates
        threads = here.server.threads(here.channel)
    outside = sum(part.under is None for part in parts)
    assert len(threads) == outside - (not forum)  # in a forum the header is a post of its own
    best = waits(outside, rates["thread" if forum else "post"])
    with capfd.disabled():
        report(f"Discord, {'forum' if forum else 'text'}", len(parts), seconds, best)
    assert refused == []
