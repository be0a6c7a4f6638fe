"""The SDK's client and a bolt app, connected to the local Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.servers.slack.nouns import Workspace
from tests.servers.slack.server import SlackServer


def client(server: SlackServer, team: Workspace, retries: bool = False) -> AsyncWebClient:
    """The SDK's client for a workspace; `retries` leaves it the repeating that it does by default."""
    made = AsyncWebClient(token=team.token, base_url=server.api_url, timeout=10)
    if not retries:
        made.retry_handlers.clear()
    return made


@asynccontextmanager
async def connected(
    server: SlackServer, app: AsyncApp, ping_interval: float = 5
) -> AsyncIterator[AsyncSocketModeHandler]:
    """A bolt app over a Socket Mode connection of its own."""
    before = len(server.sockets.connections)
    handler = AsyncSocketModeHandler(app, server.app_token, ping_interval=ping_interval)
    await handler.connect_async()  # type: ignore[no-untyped-call] # bolt leaves it untyped
    try:
        await server.sockets.connected(before + 1)
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
