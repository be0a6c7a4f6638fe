"""Discord as a platform: starts, listens, says how it is, and stops in seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import discord
import structlog

from bot.platforms.conversation import CommandTable, PlatformState
from bot.platforms.discord.client import DiscordClient
from bot.platforms.discord.commands import register, registered
from bot.platforms.discord.connection import Connection
from bot.platforms.discord.custom_ids import CustomIds
from bot.platforms.discord.interactions import Interactions
from bot.platforms.discord.login import use_addresses
from bot.platforms.discord.messages import Messages
from bot.platforms.discord.requests import DIRECT, PLATFORM, Channels, Requests
from bot.platforms.discord.work import Once, UnderWay
from digest.errors import StoreError
from digest.phrases import Phrases
from digest.ports import Clock, Outlet
from digest.stores import ButtonValues, Events, Workspaces

_log = structlog.get_logger(__name__)

_MEGABYTE = 1024 * 1024
_LOGIN_SECONDS = 15.0
_LAST_SECONDS = 5.0
_REGISTER_AGAIN = 300.0
DISCORD_API = "https://discord.com/api/v10"


@dataclass(frozen=True)
class Services:
    """All that listening and answering on Discord needs."""

    outlet: Outlet
    """Shows posts through the same client."""
    commands: CommandTable
    events: Events
    workspaces: Workspaces
    """Told of servers that are left and joined."""
    button_values: ButtonValues
    channels: Channels
    """How a channel is subscribed."""
    phrases: Mapping[str, Phrases]
    """By language, English among them."""
    clock: Clock
    admin_role: str = ""
    """The name or id of a role whose people are admins beside those who may manage the server."""
    upload_bytes: int = 25 * _MEGABYTE
    """The largest file that is read."""


class DiscordPlatform:
    """Listens on Discord and lets the table of commands answer.

    The client is made once by `make_client` and shared with the outlet; it stays the same however
    often its gateway fails.
    """

    def __init__(
        self,
        token: str,
        client: DiscordClient,
        services: Services,
        *,
        api_url: str = DISCORD_API,
        gateway_url: str = "",
    ) -> None:
        """Put it together; nothing is sent before `start`. An empty `gateway_url` is the usual one."""
        self._client, self._services = client, services
        self._addresses = (api_url, gateway_url)
        self._connection = Connection(client, token, services.clock)
        self._under_way = UnderWay()
        self._tasks: set[asyncio.Task[None]] = set()
        requests = Requests(services.channels, services.phrases, services.admin_role)
        once = Once(services.events, services.clock)
        self._interactions = Interactions(
            services.commands,
            requests,
            services.outlet,
            CustomIds(services.button_values, services.clock),
            once,
            self._under_way,
            services.clock,
            services.upload_bytes,
        )
        self._messages = Messages(
            client,
            lambda: client.asked.message_content,
            services.commands,
            requests,
            services.outlet,
            once,
            self._under_way,
            services.clock,
            services.upload_bytes,
        )

    async def start(self) -> None:
        """Begin to listen; returns once it was tried to log in, which goes on where it failed."""
        use_addresses(*self._addresses)
        self._client.listener = self
        self._begin(self._connection.run())
        self._begin(self._register())
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOGIN_SECONDS):
                await self._connection.tried.wait()

    async def stop(self, seconds: float = _LAST_SECONDS) -> None:
        """Listen no more; what is under way has so many seconds, and then says that it was ended."""
        self._client.listener = None
        await self._under_way.stop(seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self._client.leave()

    def state(self) -> PlatformState:
        """Whether Discord is heard now, and if not, what to do."""
        return self._connection.state

    # ------------------------------------------------------------ told by the client

    def heard_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command, a button or a form."""
        self._under_way.begin(self._interactions.handle(interaction))

    def heard_message(self, message: discord.Message) -> None:
        """Somebody wrote a message."""
        self._under_way.begin(self._messages.handle(message))

    def joined(self, guild: discord.Guild) -> None:
        """Rinko was let into a server."""
        self._begin(self._note_here([guild.id]))

    def removed(self, guild: discord.Guild) -> None:
        """Rinko was taken out of a server."""
        self._begin(self._note_left(guild.id))

    def connected(self) -> None:
        """All servers are told: it may have come back to one, or left one, while nobody listened."""
        self._connection.ready()
        guilds = [guild.id for guild in self._client.guilds]
        self._begin(self._note_here(guilds))
        self._begin(self._note_gone({str(guild) for guild in guilds}))

    # ------------------------------------------------------------------ bookkeeping

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note_here(self, guilds: list[int]) -> None:
        try:
            for guild in guilds:
                await self._services.workspaces.come_back(PLATFORM, str(guild))
        except StoreError as error:
            _log.error("servers not recorded", error=str(error))

    async def _note_gone(self, here: Collection[str]) -> None:
        """Record that Rinko is no longer in servers that are known from before."""
        try:
            for workspace in await self._services.workspaces.known(PLATFORM):
                if workspace not in here and not workspace.startswith(DIRECT):
                    await self._services.workspaces.leave(PLATFORM, workspace, self._services.clock.now())
        except StoreError as error:
            _log.error("servers that were left are not recorded", error=str(error))

    async def _note_left(self, guild: int) -> None:
        try:
            await self._services.workspaces.leave(PLATFORM, str(guild), self._services.clock.now())
        except StoreError as error:
            _log.error("a server that was left is not recorded", error=str(error))

    async def _register(self) -> None:
        """Register the commands once logged in; where that fails, again in a while."""
        await self._connection.logged_in.wait()
        services = self._services
        wanted = registered(services.commands.rows, services.phrases, hidden=not services.admin_role)
        while True:
            try:
                changed = await register(self._client, wanted)
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                _log.warning("commands not registered", error=str(error))
                await self._services.clock.sleep(_REGISTER_AGAIN)
            else:
                _log.info("commands registered", changed=changed)
                return
