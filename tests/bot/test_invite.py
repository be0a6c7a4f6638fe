"""`rinko invite`: links with the scopes and permissions that are needed, and no more."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.invite import invitations, slack_link
from bot.platforms.discord.login import DiscordAway, DiscordRefused
from config.settings import SLACK_MANIFEST
from tests.bot.support import settings_in
from tests.servers.discord import Can, DiscordServer

NEEDED = (
    Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.CREATE_PUBLIC_THREADS
    | Can.SEND_MESSAGES_IN_THREADS
    | Can.READ_MESSAGE_HISTORY
)


def with_discord(api_url: str, token: str) -> str:
    return f'[discord]\ntoken = "{token}"\napi_url = "{api_url}"\n'


async def test_the_link_names_the_application_and_what_it_may_do(tmp_path: Path) -> None:
    async with DiscordServer() as server:
        found = await invitations(settings_in(tmp_path, with_discord(server.api_url, server.token)))
        asked = parse_qs(urlsplit(found["discord"]["url"]).query)
        assert asked["client_id"] == [str(server.bot.id)]
        assert asked["scope"] == ["bot applications.commands"]
        assert int(asked["permissions"][0]) == NEEDED
        assert server.token not in json.dumps(found)
        with pytest.raises(DiscordRefused) as refused:
            await invitations(settings_in(tmp_path, with_discord(server.api_url, "wrong-secret")))
        assert "wrong-secret" not in str(refused.value)
    with pytest.raises(DiscordAway):
        await invitations(settings_in(tmp_path, with_discord(server.api_url, server.token)))


def test_the_slack_link_holds_the_whole_manifest() -> None:
    (held,) = parse_qs(urlsplit(slack_link()).query)["manifest_yaml"]
    assert yaml.safe_load(held) == yaml.safe_load(SLACK_MANIFEST.read_text(encoding="utf-8"))


def test_without_a_token_slack_alone_is_told(tmp_path: Path) -> None:
    settings_in(tmp_path)
    said = CliRunner().invoke(app, ["invite", "--json", "--config", str(tmp_path / "rinko.toml")])
    assert said.exit_code == 0
    found = json.loads(said.stdout)
    assert found["discord"] is None
    assert found["slack"]["url"].startswith("https://api.slack.com/apps?new_app=1&manifest_yaml=")
    assert asyncio.run(invitations(settings_in(tmp_path))) == found
