"""The manifest makes an app that Slack takes, with what Rinko uses and no more."""

from __future__ import annotations

from typing import Any

import yaml

from bot.app import App
from bot.commands import Commands
from bot.doctor.slack import SCOPES
from config.settings import SLACK_MANIFEST

NEEDED_FOR = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "tokens_revoked": set(),
}
"""The events that Rinko listens to, with the scopes that each asks for.

https://docs.slack.dev/reference/events
"""


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(SLACK_MANIFEST.read_text(encoding="utf-8"))
    return found


def test_scopes_and_events_go_together() -> None:
    settings, scopes = manifest()["settings"], set(manifest()["oauth_config"]["scopes"]["bot"])
    assert scopes == set(SCOPES)
    assert set(settings["event_subscriptions"]["bot_events"]) == set(NEEDED_FOR)
    assert set.union(*NEEDED_FOR.values()) <= scopes
    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"]["is_enabled"] is True
    assert settings["token_rotation_enabled"] is False, "such tokens end after twelve hours"
    assert "request_url" not in str(manifest()), "nothing of ours is open to the web"


def test_every_text_is_as_short_as_slack_wants_it() -> None:
    """https://docs.slack.dev/reference/app-manifest."""
    about, features = manifest()["display_information"], manifest()["features"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4_000
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert len(features["slash_commands"]) <= 50
    for command in features["slash_commands"]:
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2_000
        assert len(command["usage_hint"]) <= 1_000
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["callback_id"]) <= 255
        assert len(shortcut["description"]) <= 150


async def test_every_command_is_offered(app: App) -> None:
    offered = {command["command"] for command in manifest()["features"]["slash_commands"]}
    assert offered == {row.name.split()[0] for row in Commands(app.services).rows}
