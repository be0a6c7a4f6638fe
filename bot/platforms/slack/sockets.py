"""Keeps one Socket Mode connection to Slack open: notices when it is dead or deaf, and opens another.

The SDK's client reconnects by closing before it opens, without backing off. Here each connection is a client
of its own that only says when it is over; the next one is open before the last is closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.conversation import PlatformState
from bot.platforms.slack.calls import fault_of
from digest.errors import DeliveryError
from digest.ports import Clock

_log = structlog.get_logger(__name__)

_QUIET_SDK = logging.getLogger(f"{__name__}.sdk")
"""The SDK's own words, which would hold the one-time address of a connection."""
_QUIET_SDK.addHandler(logging.NullHandler())
_QUIET_SDK.propagate = False

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_LONG = timedelta(seconds=30)
"""A connection that held so long was a good one."""
_OPEN_SECONDS = 10.0
_LEAVE_SECONDS = 3.0
"""How long a connection that was replaced may still acknowledge what came over it."""
_CLOSE_SECONDS = 2.0

Heard = Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]


class _Connection(SocketModeClient):
    """One connection. Whatever makes the SDK want another one only sets `over`."""

    def __init__(self, app_token: str, web_client: AsyncWebClient, ping_seconds: float, heard: Heard) -> None:
        super().__init__(
            app_token=app_token, web_client=web_client, logger=_QUIET_SDK, ping_interval=ping_seconds
        )
        self.over = asyncio.Event()
        self.alive = asyncio.Event()
        """Set whenever something came over it."""
        self._heard = heard
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.on_message_listeners.append(self._note)
        self.socket_mode_request_listeners.append(self._listen)

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002 - the SDK's name
        """Called by the SDK when the connection is closed, silent, or asked to be renewed."""
        self.over.set()

    async def _note(self, _: aiohttp.WSMessage) -> None:
        self.alive.set()

    async def _listen(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self._under_way += 1
        self._idle.clear()
        try:
            await self._heard(client, request)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def leave(self) -> None:
        """Close it once what came over it is acknowledged; a dead one is not waited for."""
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            _log.info("slack connection closed with something unacknowledged")
        self.closed = True
        for task in (self.message_processor, self.message_receiver, self.current_session_monitor):
            if task is not None:
                task.cancel()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self.disconnect()  # type: ignore[no-untyped-call] # the SDK leaves it untyped
        except (aiohttp.ClientError, OSError):
            pass  # as it was dead already
        await self.aiohttp_client_session.close()


class Sockets:
    """Supervises the connection: it is always opened again, at most a minute after it could be."""

    def __init__(
        self,
        client: AsyncWebClient,
        app_token: str,
        clock: Clock,
        *,
        ping_seconds: float,
        quiet_seconds: float,
    ) -> None:
        self._client = client
        self._app_token = app_token
        self._clock = clock
        self._ping_seconds = ping_seconds
        self._quiet_seconds = quiet_seconds
        self._leaving: set[asyncio.Task[None]] = set()
        self._current: _Connection | None = None
        self._told = PlatformState("slack", ok=False, detail="connecting", since=clock.now())

    def state(self) -> PlatformState:
        """Whether there is a connection, and since when."""
        return self._told

    async def run(self, prepare: Callable[[], Awaitable[Heard]]) -> None:
        """Connect and stay connected until cancelled. `prepare` looks whose token it is, before all else."""
        pause, heard = _FIRST_PAUSE, None
        while True:
            try:
                heard = heard or await prepare()
                connection = await self._open(heard)
            except (DeliveryError, SlackClientError, aiohttp.ClientError, OSError) as error:
                self._tell(ok=False, detail=fault_of(error))
                _log.warning("slack not connected", fault=fault_of(error), again_in=pause)
                await self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            self._replace(connection)
            opened = self._clock.now()
            await self._until_over(connection)
            if self._clock.now() - opened > _LONG:
                pause = _FIRST_PAUSE
            else:  # no race against a network that cuts every connection
                await self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def close(self) -> None:
        """Close what is open."""
        if self._current is not None:
            self._retire(self._current)
            self._current = None
        self._tell(ok=False, detail="stopped")
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _open(self, heard: Heard) -> _Connection:
        """A new connection that Slack has greeted. Raises what went wrong."""
        connection = _Connection(self._app_token, self._client, self._ping_seconds, heard)
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                connection.wss_uri = await connection.issue_new_wss_url()
                await connection.connect()  # type: ignore[no-untyped-call] # as above
                await connection.alive.wait()  # the greeting
        except BaseException:
            self._retire(connection)
            raise
        return connection

    def _replace(self, connection: _Connection) -> None:
        before, self._current = self._current, connection
        if before is not None:
            self._retire(before)
        self._tell(ok=True, detail="connected")

    def _retire(self, connection: _Connection) -> None:
        task = asyncio.create_task(connection.leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _until_over(self, connection: _Connection) -> None:
        """Wait until the connection has to be replaced.

        One that is deaf may still answer pings, so one over which nothing came for long is replaced as well.
        """
        while not connection.over.is_set():
            connection.alive.clear()
            news = [asyncio.create_task(each.wait()) for each in (connection.over, connection.alive)]
            try:
                came, _ = await asyncio.wait(
                    news, timeout=self._quiet_seconds, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                for task in news:
                    task.cancel()
            if not came:
                _log.info("slack connection renewed after silence")
                return
        session = connection.current_session
        if connection.stale or session is None or session.closed:
            self._tell(ok=False, detail="connection lost")

    def _tell(self, *, ok: bool, detail: str) -> None:
        since: datetime = self._told.since if self._told.ok == ok else self._clock.now()
        if self._told.ok != ok:
            _log.info("slack connected" if ok else "slack not heard any more", detail=detail)
        self._told = PlatformState("slack", ok, detail, since)
