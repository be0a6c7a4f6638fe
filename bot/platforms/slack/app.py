"""Slack as a platform: starts and stops listening, and says whether it is connected."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.conversation import CommandTable, PlatformState
from bot.platforms.slack.acts import Acts, Services
from bot.platforms.slack.calls import REMOVED
from bot.platforms.slack.history import Us
from bot.platforms.slack.listeners import Listeners
from bot.platforms.slack.outlet import PLATFORM, SlackOutlet
from bot.platforms.slack.people import People
from bot.platforms.slack.sockets import Heard, Sockets
from digest.errors import PlaceUnavailable, StoreError
from digest.phrases import Phrases
from digest.places import Place, Subscription
from digest.ports import Clock
from digest.stores import Events, Workspaces

_log = structlog.get_logger(__name__)

_STOP_SECONDS = 3.0
"""How long what is under way may take to finish when the bot is stopped."""


class SlackPlatform:
    """Rinko in one Slack workspace, over Socket Mode."""

    def __init__(
        self,
        client: AsyncWebClient,
        app_token: str,
        commands: CommandTable,
        outlet: SlackOutlet,
        events: Events,
        workspaces: Workspaces,
        channels: Callable[[Place], Awaitable[Subscription | None]],
        phrases: Mapping[str, Phrases],
        clock: Clock,
        admins: Collection[str] = (),
        upload_bytes: int = 30 * 1024 * 1024,
        *,
        ping_seconds: float = 10.0,
        quiet_seconds: float = 600.0,
    ) -> None:
        """`channels` says how a place is subscribed; `admins` are users who may what admins may.

        The connection is pinged every `ping_seconds`, and renewed where nothing came for `quiet_seconds`.
        """
        self._outlet = outlet
        people = People(client, clock, phrases, frozenset(admins))
        self._services = Services(
            client, commands, outlet, people, events, workspaces, channels, phrases, clock, upload_bytes
        )
        self._sockets = Sockets(
            client, app_token, clock, ping_seconds=ping_seconds, quiet_seconds=quiet_seconds
        )
        self._acts: Acts | None = None
        self._running: asyncio.Task[None] | None = None
        self._refused_since: datetime | None = None

    async def start(self) -> None:
        """Begin to connect; `state` says when that is done.

        Slack being down or a wrong token is no error here: it is tried again and again.
        """
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    async def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """Hear no more, and let what is under way finish, or after so long end it with a line."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
        await self._sockets.close()
        if self._acts is not None:
            await self._acts.tasks.close(seconds)

    def state(self) -> PlatformState:
        """Whether Slack is connected and takes the token, and since when."""
        state, refused = self._sockets.state(), self._outlet.calls.refused
        if state.ok and refused:  # the connection has a token of its own
            self._refused_since = self._refused_since or self._services.clock.now()
            state = replace(state, ok=False, detail=refused, since=self._refused_since)
        else:
            self._refused_since = None
        died = self._running is not None and self._running.done()
        return replace(state, ok=False, detail="stopped by a fault") if died else state

    async def _run(self) -> None:
        while True:
            try:
                await self._sockets.run(self._prepare)
            except Exception:  # noqa: BLE001 - whatever happens, the bot goes on listening
                _log.exception("slack supervision failed")
                await self._services.clock.sleep(1)

    async def _prepare(self) -> Heard:
        """Find out whose token it is, and listen for that workspace."""
        services = self._services
        try:
            us = await self._outlet.us()
        except PlaceUnavailable as error:
            if error.values.get("reason") in REMOVED:
                await self._note_gone()
            raise
        await services.workspaces.come_back(PLATFORM, us.team)
        self._acts = Acts(us, services)
        app = bolt_app(services.client, us)
        Listeners(self._acts).listen(app)

        async def heard(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            await send_async_response(client, request, await run_async_bolt_app(app, request), 0.0)

        return heard

    async def _note_gone(self) -> None:
        """Record that Rinko was removed while it was not running: its one workspace."""
        services = self._services
        try:
            for team in await services.workspaces.known(PLATFORM):
                await services.workspaces.leave(PLATFORM, team, services.clock.now())
        except StoreError as error:
            _log.error("a workspace that was left is not recorded", error=str(error))


def bolt_app(client: AsyncWebClient, us: Us) -> AsyncApp:
    """A bolt app that hears one workspace, and acknowledges whatever comes from another without a look."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=us.team, bot_user_id=us.user, bot_id=us.bot, bot_token=client.token
        )

    async def ours(context: AsyncBoltContext, next_: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        if context.team_id == us.team:
            await next_()
            return None
        _log.warning("slack sent something of another workspace")
        return BoltResponse(status=200, body="")

    return AsyncApp(
        name=PLATFORM,
        # Without a token bolt asks `authorize`, instead of Slack with each of the first events.
        client=AsyncWebClient(base_url=client.base_url),
        authorize=authorize,
        before_authorize=ours,
        request_verification_enabled=False,  # nothing comes by HTTP
        attaching_conversation_kwargs_enabled=False,
    )
