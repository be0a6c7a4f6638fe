"""`rinko invite`: the links by which Rinko comes to a Discord server and a Slack workspace."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import discord

from bot.platforms.discord.login import logged_in
from config.settings import SLACK_MANIFEST, Settings

SCOPES = ("bot", "applications.commands")
"""https://discord.com/developers/docs/topics/oauth2#shared-resources-oauth2-scopes"""
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    create_public_threads=True,
    send_messages_in_threads=True,
    read_message_history=True,
)
"""What Rinko does and nothing else: it posts, opens threads, answers there, and finds its own posts."""
_NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_yaml="
"""https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests"""


async def invitations(settings: Settings) -> dict[str, Any]:
    """What to open, by platform; Discord's is None without a token, as the link names its application.

    Raises `DiscordRefused` or `DiscordAway`.
    """
    slack = {"url": slack_link(), "manifest": str(SLACK_MANIFEST)}
    if not settings.discord.is_set:
        return {"discord": None, "slack": slack}
    token = settings.discord.token.get_secret_value()
    async with logged_in(token, settings.discord.api_url) as client:
        application = client.application
        assert application is not None  # noqa: S101 - whoever is logged in has one
    return {
        "discord": {
            "url": discord_link(application.id),
            "application": application.name,
            "scopes": list(SCOPES),
            "permissions": [name for name, granted in PERMISSIONS if granted],
        },
        "slack": slack,
    }


def discord_link(application: int) -> str:
    """Where an admin of a server adds the bot to it."""
    return discord.utils.oauth_url(application, permissions=PERMISSIONS, scopes=SCOPES)


def slack_link() -> str:
    """Where a Slack app is made as the manifest says."""
    lines = SLACK_MANIFEST.read_text(encoding="utf-8").splitlines(keepends=True)
    return _NEW_APP + quote("".join(line for line in lines if not line.startswith("#")), safe="")
