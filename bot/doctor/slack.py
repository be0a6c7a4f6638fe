"""Looks at Slack: both tokens, each scope, and whether clocks agree."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.doctor.findings import Finding
from bot.doctor.machine import clocks_finding
from bot.platforms.conversation import CommandRow
from config.sections import SlackSettings
from config.settings import SLACK_MANIFEST
from digest.ports import Clock

SCOPES: Mapping[str, str] = {
    "app_mentions:read": "to hear a question that mentions it",
    "assistant:write": "to show that it is at work",
    "channels:history": "to find its own posts in public channels, and to hear follow-ups there",
    "channels:read": "to see which public channels it is in",
    "chat:write": "to post",
    "commands": "to offer /ask, /papers and /digest",
    "files:read": "to read a PDF that somebody attached",
    "groups:history": "to find its own posts in private channels, and to hear follow-ups there",
    "groups:read": "to see which private channels it is in",
    "im:history": "to hear questions in direct messages",
    "im:read": "to see its direct messages",
    "im:write": "to write to admins directly",
    "users:read": "to know who is an admin, and people's languages",
}
"""What the bot's token must allow, and what for; the manifest asks for the same."""

_APPS = "At api.slack.com/apps, open the app"
_REINSTALL = "then click “Reinstall to Workspace” and set the token that it shows"
_COMMAND = re.compile(r"^\s*- command: (/\w+)", re.MULTILINE)
_SECONDS = 10
_DEAD = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}


async def slack_findings(
    settings: SlackSettings, rows: Sequence[CommandRow], clock: Clock
) -> AsyncIterator[Finding]:
    """What Slack says of the tokens; nothing more where it does not take the first."""
    token = settings.bot_token.get_secret_value()
    client = AsyncWebClient(token, settings.api_url, timeout=_SECONDS, retry_handlers=[])
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        yield _refused("slack bot token", "OAuth & Permissions", error)
        return
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        yield _unreachable(settings, error)
        return
    yield Finding("slack bot token", True, f"{answer['user']} in {answer['team']} ({answer['team_id']})")
    headers = _headers(answer)
    for finding in _scopes(headers.get("x-oauth-scopes", "")):
        yield finding
    yield clocks_finding("slack", headers.get("date", ""), clock)
    yield await _app_token(client, settings)
    yield _commands(rows)


async def _app_token(client: AsyncWebClient, settings: SlackSettings) -> Finding:
    """Whether Socket Mode, which events and commands come through, can be opened."""
    try:
        await client.apps_connections_open(app_token=settings.app_token.get_secret_value())
    except SlackApiError as error:
        return _refused("slack app token", "Basic Information", error)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return _unreachable(settings, error)
    return Finding("slack app token", True, "Socket Mode can be opened")


def _commands(rows: Sequence[CommandRow]) -> Finding:
    """Whether the manifest offers every command; which ones an app has, Slack tells nobody."""
    wanted = {row.name.split()[0] for row in rows}
    offered = set(_COMMAND.findall(SLACK_MANIFEST.read_text(encoding="utf-8")))
    if missing := wanted - offered:
        hint = f"Add them to {SLACK_MANIFEST} and to the app."
        return Finding("slack commands", False, f"the manifest lacks {', '.join(sorted(missing))}", hint)
    hint = f"If Slack knows one of them not: {_APPS}, “App Manifest”, and paste {SLACK_MANIFEST}."
    return Finding("slack commands", True, f"the manifest offers {', '.join(sorted(wanted))}", hint)


def _headers(answer: AsyncSlackResponse) -> dict[str, str]:
    headers: Mapping[str, Any] = answer.headers
    return {name.lower(): str(value) for name, value in headers.items()}


def _scopes(granted: str) -> list[Finding]:
    """One finding where all is granted, one for each scope that is not."""
    missing = sorted(set(SCOPES) - {scope.strip() for scope in granted.split(",")})
    if not missing:
        return [Finding("slack scopes", True, f"all {len(SCOPES)} are granted")]
    return [
        Finding(
            f"slack scope {scope}",
            False,
            f"not granted; Rinko needs it {SCOPES[scope]}",
            f"{_APPS}, “OAuth & Permissions”, “Bot Token Scopes”: add {scope}, {_REINSTALL}.",
        )
        for scope in missing
    ]


def _refused(about: str, page: str, error: SlackApiError) -> Finding:
    """What Slack's answer means; https://docs.slack.dev/reference/methods/auth.test lists them."""
    reason = str(error.response.get("error") or "no reason given")
    hint = f"{_APPS}, “{page}”: copy the token again."
    if reason in {"account_inactive", "token_revoked"}:
        hint = f"The app was removed from the workspace. {_APPS}, “Install App”: install it again."
    elif reason == "missing_scope":
        hint = f"{_APPS}, “{page}”, “App-Level Tokens”: make one with the scope connections:write."
    elif reason == "not_allowed_token_type":
        hint = "It is a token of another kind: xoxb-… is the bot token, xapp-… the app token."
    elif reason not in _DEAD:
        hint = f"Slack's word for it is {reason}; try again, and look at status.slack.com."
    return Finding(about, False, f"Slack does not take it ({reason})", hint)


def _unreachable(settings: SlackSettings, error: Exception) -> Finding:
    detail = f"{settings.api_url} does not answer ({type(error).__name__})"
    return Finding("slack", False, detail, "Check the connection, and [slack] api_url in rinko.toml.")
