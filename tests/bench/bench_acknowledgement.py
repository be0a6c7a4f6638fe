"""Measures how soon people are told that they were heard: fifty questions at once while a digest is built.

Rinko runs in a process of its own, as `rinko run` starts it; the platform's time is not its time.
"""

from __future__ import annotations

import asyncio
import math
import os
import statistics
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bot.platforms.discord.support import EVERYWHERE, unlimited
from tests.bot.support import TIDE, opened, settings_in
from tests.servers.discord import DiscordServer
from tests.servers.slack import SlackServer

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

AT_ONCE = 50
MOST_ROUNDS = 6
IDLE = 30
"""Questions that are asked one by one, when nothing else is to be done."""
MOST_SECONDS = 0.25
"""Above idle, of 99 in 100."""
_PATIENCE = 120.0
_QUESTIONS = (
    "パラメータはいくつですか。",
    "What data was it trained on?",
    "How large is the mean error?",
    "評価には何を使いましたか。",
)


@dataclass
class Town:
    """A platform with a channel that gets the digest, and many people who ask."""

    settings: str
    ask: Callable[[int, str], Callable[[], float | None]]
    """Lets somebody ask a question; what it gives tells the seconds until it was acknowledged."""
    wait: Callable[[Callable[[], object]], Awaitable[None]]
    """Waits until something holds."""
    heard: Callable[[], object]
    """Whether Rinko is connected and knows its commands."""
    messages: Callable[[], int]
    """How many messages stand in the channel."""
    answers: Callable[[], int]
    """How many questions were answered."""
    finished: Callable[[], object]
    """Whether the digest stands there, its header with all links."""

    async def round(self, count: int, number: int) -> list[float]:
        """Let so many people ask at once, and wait until all of them were acknowledged."""
        words = [f"{_QUESTIONS[one % len(_QUESTIONS)]} ({number}.{one})" for one in range(count)]
        asked = [self.ask(one % AT_ONCE, words[one]) for one in range(count)]
        await self.wait(lambda: all(each() is not None for each in asked))
        return [seconds for each in asked if (seconds := each()) is not None]

    async def answered(self, count: int) -> None:
        """Wait until so many questions were answered."""
        await self.wait(lambda: self.answers() >= count)


@asynccontextmanager
async def slack_town() -> AsyncIterator[Town]:
    async with SlackServer() as server:
        server.limits.enforced = False
        team = server.workspace()
        people = [team.person(f"p{number}") for number in range(AT_ONCE)]
        papers = team.channel("papers", *people)

        def ask(who: int, words: str) -> Callable[[], float | None]:
            sent = server.slash(people[who], papers, "/ask", f"{TIDE} {words}")
            return lambda: sent.seconds

        yield Town(
            f'[slack]\nbot_token = "{team.token}"\napp_token = "{server.app_token}"\n'
            f'api_url = "{server.api_url}"\n[[channels]]\nplatform = "slack"\nchannel = "{papers.id}"\n',
            ask,
            lambda holds: server.until(holds, within=_PATIENCE),
            lambda: server.sockets.connections,
            lambda: len(papers.messages),
            lambda: sum(1 for each in server.state.ephemerals if each.blocks and _has_buttons(each.blocks)),
            lambda: server.calls("chat.update"),
        )


def _has_buttons(blocks: Sequence[dict[str, object]]) -> bool:
    return any(block["type"] == "actions" for block in blocks)


@asynccontextmanager
async def discord_town() -> AsyncIterator[Town]:
    async with DiscordServer(document=None) as server:  # holding requests against it takes time
        unlimited(server)
        guild = server.guild(bot_permissions=EVERYWHERE)
        papers = server.text_channel(guild, "papers")
        people = [server.member(guild, f"p{number}", locale="ja") for number in range(AT_ONCE)]

        def ask(who: int, words: str) -> Callable[[], float | None]:
            asked = server.slash(people[who], papers, "ask", paper=TIDE, question=words)
            return lambda: asked.took

        def answered() -> int:
            return sum(
                any("rk:helpful:" in str(message.components) for message in server.replies(one))
                for one in server.world.interactions.values()
            )

        yield Town(
            f'[discord]\ntoken = "{server.token}"\napi_url = "{server.api_url}"\n'
            f'gateway_url = "{server.gateway_url}"\n'
            f'[[channels]]\nplatform = "discord"\nchannel = "{papers.id}"\n',
            ask,
            lambda holds: server.until(holds, seconds=_PATIENCE),
            lambda: server.world.commands.get(None) and server.gateway.sessions,
            lambda: len(server.messages(papers)),
            answered,
            lambda: any(message.edits for message in server.messages(papers)),
        )


TOWNS = {"Slack": slack_town, "Discord": discord_town}


@asynccontextmanager
async def running(folder: Path, settings: str) -> AsyncIterator[None]:
    """`rinko run` where the week is yet to be built, and of its papers only the one asked about was read."""
    async with opened(folder, "[digest]\npapers = 1\n") as (app, _):
        await app.services.posting.weekly.build(await app.services.current_week(), "en")
    settings_in(folder, f"[limits]\nperson_hour = 0\nworkspace_hour = 0\n{settings}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RINKO_")}
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("rinko"),
        "run",
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
        assert process.returncode is None
    finally:
        process.terminate()
        await process.wait()


def p99(seconds: Sequence[float]) -> float:
    """What 99 in 100 stay within."""
    return sorted(seconds)[math.ceil(0.99 * len(seconds)) - 1]


def report(name: str, seconds: Sequence[float]) -> None:
    """Print what acknowledgements took."""
    times = statistics.median(seconds), p99(seconds), max(seconds)
    shown = "".join(f"{1000 * each:9.0f}" for each in times)
    sys.stdout.write(f"{name:46}{len(seconds):8}{shown}\n")


@pytest.mark.parametrize("name", TOWNS)
async def test_acknowledgement(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with TOWNS[name]() as town, running(tmp_path, town.settings):
        await town.wait(town.heard)
        busy: list[float] = []
        rounds = 0
        while rounds < MOST_ROUNDS and not town.finished():
            assert rounds or not town.messages(), "the first are asked while the digest is built"
            busy += await town.round(AT_ONCE, rounds)
            rounds += 1
            await town.answered(AT_ONCE * rounds)
        await town.wait(town.finished)
        idle: list[float] = []
        for number in range(IDLE):
            idle += await town.round(1, 100 + number)
            await town.answered(len(busy) + len(idle))
    with capfd.disabled():
        sys.stdout.write(f"\nacknowledged on {name:30}{'count':>8}   median      p99  longest (ms)\n")
        report("one by one, nothing else to do", idle)
        report(f"{AT_ONCE} at once while a digest is built", busy)
    assert p99(busy) - statistics.median(idle) <= MOST_SECONDS
