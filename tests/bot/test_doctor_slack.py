"""What `rinko doctor` finds at Slack, and that each trouble says what to click."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.doctor.findings import Finding
from bot.doctor.slack import slack_findings
from bot.platforms.conversation import Option
from config.sections import SlackSettings
from tests.clocks import ManualClock
from tests.servers.slack import SlackServer, Workspace


@dataclass(frozen=True)
class Row:
    name: str
    phrase: str = "ask"
    admin: bool = False
    options: tuple[Option, ...] = ()


ROWS = (Row("/ask"), Row("/digest here"), Row("/digest post"))


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as server:
        yield server


@pytest.fixture
def team(server: SlackServer) -> Workspace:
    return server.workspace()


async def found(
    server: SlackServer, bot_token: str, app_token: str = "", clock: ManualClock | None = None
) -> dict[str, Finding]:
    settings = SlackSettings.model_validate(
        {
            "bot_token": bot_token,
            "app_token": app_token or server.app_token,
            "api_url": server.api_url,
            "admins": [],
        }
    )
    clock = clock or ManualClock(datetime.now(UTC))
    findings = [finding async for finding in slack_findings(settings, ROWS, clock)]
    for finding in findings:
        assert finding.ok or finding.hint, finding
        assert bot_token not in json.dumps(finding.document()), "no token is shown"
        assert app_token == "" or app_token not in json.dumps(finding.document())
    return {finding.about: finding for finding in findings}


async def test_all_is_well(server: SlackServer, team: Workspace) -> None:
    findings = await found(server, team.token)
    assert all(finding.ok for finding in findings.values())
    assert team.id in findings["slack bot token"].detail
    assert list(findings) == [
        "slack bot token",
        "slack scopes",
        "clock and slack",
        "slack app token",
        "slack commands",
    ]


async def test_each_scope_that_is_not_granted_is_named(server: SlackServer, team: Workspace) -> None:
    team.scopes -= {"files:read", "im:write"}
    findings = await found(server, team.token)
    wrong = {about for about, finding in findings.items() if not finding.ok}
    assert wrong == {"slack scope files:read", "slack scope im:write"}
    assert "add files:read" in (findings["slack scope files:read"].hint or "")
    assert "PDF" in findings["slack scope files:read"].detail


async def test_tokens_that_slack_does_not_take(server: SlackServer, team: Workspace) -> None:
    unknown = await found(server, "xoxb-unknown-secret")
    assert list(unknown) == ["slack bot token"]
    assert "OAuth & Permissions" in (unknown["slack bot token"].hint or "")
    app = await found(server, team.token, "xapp-unknown-secret")
    assert not app["slack app token"].ok
    assert "Basic Information" in (app["slack app token"].hint or "")
    team.installed = False
    gone = await found(server, team.token)
    assert "install it again" in (gone["slack bot token"].hint or "")


async def test_a_slack_that_fails_or_is_away_is_no_crash(server: SlackServer, team: Workspace) -> None:
    server.faults.status("auth.test", 503)
    assert not (await found(server, team.token))["slack bot token"].ok
    server.faults.lose_answer("auth.test")
    assert "does not answer" in (await found(server, team.token))["slack"].detail


async def test_a_clock_that_is_wrong_is_told(server: SlackServer, team: Workspace) -> None:
    late = ManualClock(datetime.now(UTC) - timedelta(minutes=5))
    finding = (await found(server, team.token, clock=late))["clock and slack"]
    assert not finding.ok
    assert "behind" in finding.detail


async def test_a_command_that_the_manifest_lacks_is_told(server: SlackServer, team: Workspace) -> None:
    settings = {
        "bot_token": team.token,
        "app_token": server.app_token,
        "api_url": server.api_url,
        "admins": [],
    }
    rows = (*ROWS, Row("/fresh"))
    clock = ManualClock(datetime.now(UTC))
    found = [one async for one in slack_findings(SlackSettings.model_validate(settings), rows, clock)]
    assert "/fresh" in found[-1].detail
    assert not found[-1].ok
