"""What `rinko doctor` finds at Discord, and that each trouble says what to click."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.doctor.discord import discord_findings
from bot.doctor.findings import Finding
from bot.platforms.conversation import Option
from bot.platforms.discord.commands import register, registered
from bot.platforms.discord.login import logged_in
from config.sections import DiscordSettings
from digest.phrases import Phrases
from tests.clocks import ManualClock
from tests.servers.discord import DiscordServer, Intent, Refuse, on


@dataclass(frozen=True)
class Row:
    name: str
    phrase: str
    admin: bool = False
    options: tuple[Option, ...] = ()


ROWS = (Row("/ask", "ask"), Row("/papers", "papers"))


@dataclass
class Looking:
    """Looks at one server with the words of the locales."""

    server: DiscordServer
    phrases: Mapping[str, Phrases]

    async def __call__(
        self, token: str = "", clock: ManualClock | None = None, *, all_messages: bool = False
    ) -> dict[str, Finding]:
        settings = DiscordSettings.model_validate(
            {
                "token": token or self.server.token,
                "api_url": self.server.api_url,
                "gateway_url": "",
                "admin_role": "",
                "shards": 1,
            }
        )
        clock = clock or ManualClock(datetime.now(UTC))
        looked = discord_findings(settings, ROWS, self.phrases, clock, all_messages=all_messages)
        findings = [finding async for finding in looked]
        for finding in findings:
            assert finding.ok or finding.hint, finding
            assert settings.token.get_secret_value() not in json.dumps(finding.document()), (
                "no token is shown"
            )
        return {finding.about: finding for finding in findings}


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server


@pytest.fixture
def look(server: DiscordServer, phrases: Mapping[str, Phrases]) -> Looking:
    return Looking(server, phrases)


async def test_commands_that_are_registered_are_known(server: DiscordServer, look: Looking) -> None:
    server.guild()
    first = await look()
    assert all(finding.ok for finding in first.values())
    assert "none are registered yet" in first["discord commands"].detail
    async with logged_in(server.token, server.api_url) as client:
        await register(client, registered(ROWS, look.phrases, hidden=True))
    assert (await look())["discord commands"].detail == "/ask, /papers are registered"
    async with logged_in(server.token, server.api_url) as client:
        await register(client, registered(ROWS[:1], look.phrases, hidden=True))
    assert "others are registered" in (await look())["discord commands"].detail


async def test_a_token_that_discord_does_not_take(look: Looking) -> None:
    findings = await look("wrong-secret")
    assert list(findings) == ["discord token"]
    assert "reset the token" in (findings["discord token"].hint or "")


async def test_what_must_be_switched_and_who_must_invite(server: DiscordServer, look: Looking) -> None:
    findings = await look(all_messages=True)
    wrong = {about for about, finding in findings.items() if not finding.ok}
    assert wrong == {"discord intents", "discord servers"}
    assert "Message Content Intent" in (findings["discord intents"].hint or "")
    assert "rinko invite" in (findings["discord servers"].hint or "")
    server.guild()
    server.world.privileged = Intent.MESSAGE_CONTENT
    assert all(finding.ok for finding in (await look(all_messages=True)).values())


async def test_the_clock_is_compared_and_a_failure_is_no_crash(server: DiscordServer, look: Looking) -> None:
    fast = ManualClock(datetime.now(UTC) + timedelta(minutes=5))
    assert "ahead" in (await look(clock=fast))["clock and discord"].detail
    server.fail(on("GET", "/applications/*/commands"), Refuse(403), times=None)
    assert not (await look())["discord"].ok
