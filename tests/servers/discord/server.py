"""The server as tests hold it: it is set up, used by people, looked at, and made unkind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import yarl
from aiohttp import web

from tests.clocks import RunningClock
from tests.servers.discord import openapi
from tests.servers.discord.faults import Call, Fault, Hook, When
from tests.servers.discord.gateway import Gateway
from tests.servers.discord.people import People
from tests.servers.discord.rates import TooMany
from tests.servers.discord.rest import PREFIX, Rest
from tests.servers.discord.setting import Setting
from tests.servers.discord.state import (
    Channel,
    Flag,
    Intent,
    Interaction,
    Message,
    User,
)
from tests.servers.discord.world import Behaviour, Clock, World

TOKEN = "bot-token"
_LOOK_AGAIN = 0.02
"""Seconds after which a condition is asked anew though nothing happened on the server."""


class DiscordServer(People, Setting):
    """A Discord of its own. The package's description shows how it is used."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        behaviour: Behaviour | None = None,
        privileged: Intent = Intent(0),  # noqa: B008 - a constant
        document: Path | Literal["beside"] | None = "beside",
        check_answers: bool = False,
        port: int = 0,
    ) -> None:
        """Make a server that listens once it is entered.

        Args:
            clock: what times but rate limits go by; by default the real time, to be advanced at will.
            behaviour: how kind it is.
            privileged: the privileged intents that are switched on for the application.
            document: Discord's OpenAPI document, by default the one beside the project if it is there.
            check_answers: hold this server's own answers against the document, too.
            port: where to listen, by default a free port.
        """
        self.clock = clock or RunningClock()
        self._news = asyncio.Event()
        self.gateway = Gateway()
        bot = User(100_000_000_000 << 22, "Rinko", bot=True)
        self.world = World(
            self.clock, behaviour or Behaviour(), self.gateway, bot, TOKEN, "Rinko", privileged
        )
        self.world.users[bot.id] = bot
        found = openapi.beside_project() if document == "beside" else document
        self.rest = Rest(self.world, openapi.load(found) if found else None, check_answers=check_answers)
        self.gateway.world = self.world
        self.gateway.changed = self.rest.changed = self._news.set
        self._port = port
        self._runner: web.AppRunner | None = None

    # --------------------------------------------------------------- listening, and where

    async def start(self, more: Iterable[web.RouteDef] = ()) -> None:
        """Listen on the loopback, with `more` routes of one's own."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_routes(more)
        app.router.add_get("/gw/", self.gateway.handle)
        app.router.add_get("/attachments/{channel}/{file}/{name}", self.rest.file)
        app.router.add_route("*", PREFIX + "/{rest:.*}", self.rest.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.world.public_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        assert self._runner
        self.gateway.drop(1001)
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if error is None:
            self.check()

    def check(self) -> None:
        """Fail where a request was against Discord's document, or the server itself went wrong."""
        faults = [*self.rest.crashes, *self.rest.violations]
        assert not faults, "\n".join(faults)

    def take_violations(self) -> list[str]:
        """What was against the document so far, which is then forgotten: for tests that mean it."""
        taken, self.rest.violations = self.rest.violations, []
        return taken

    @property
    def api_url(self) -> str:
        return self.world.public_url + PREFIX

    @property
    def gateway_url(self) -> str:
        return self.world.public_url.replace("http", "ws", 1) + "/gw/"

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def bot(self) -> User:
        return self.world.bot

    @property
    def behaviour(self) -> Behaviour:
        return self.world.behaviour

    @contextmanager
    def used_by_discord_py(self) -> Iterator[None]:
        """Point the library of this process here, and back afterwards."""
        from discord.gateway import DiscordWebSocket
        from discord.http import Route

        before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = self.api_url, yarl.URL(self.gateway_url)
        try:
            yield
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before

    # -------------------------------------------------------------------------- unkindness

    def before_store(self, hook: Hook) -> None:
        """Call this (it may be `async`) for each request just before it is carried out.

        What it raises, `Dropped` or `Failed`, takes the place of the answer; so with `after_store`.
        """
        self.rest.before_store.append(hook)

    def after_store(self, hook: Hook) -> None:
        """Call this for each request just after it was carried out or refused, before its answer."""
        self.rest.after_store.append(hook)

    def after_answer(self, hook: Hook) -> None:
        """Call this for each request once its answer has been sent."""
        self.rest.after_answer.append(hook)

    def fail(self, when: When, fault: Fault, *, times: int | None = 1, after: int = 0) -> None:
        """Let a fault happen to requests; see `faults`."""
        self.rest.faults.add(when, fault, times=times, after=after)

    def limit_threads(self, seconds: float = 300.0, *, after: int = 0) -> None:
        """Let `after` more threads be made, and then none for so many seconds, with a shared 429."""
        self.world.threads_limited = (after, seconds)

    # ------------------------------------------------------------------------ looking at it

    @property
    def calls(self) -> list[Call]:
        """Every request so far."""
        return self.rest.calls

    def asked(self, when: When) -> list[Call]:
        """The requests that fit, as `server.asked(on("POST", "/channels/*/messages"))`."""
        return [call for call in self.rest.calls if when(call)]

    @property
    def too_many(self) -> list[TooMany]:
        """Every answer of 429 so far."""
        return self.rest.rates.refusals

    @property
    def avoidable(self) -> list[TooMany]:
        """The 429 that a client could have kept clear of: neither shared ones nor faults."""
        return self.rest.rates.avoidable

    def messages(self, channel: Channel, *, seen_by: User | None = None) -> list[Message]:
        """What stands in a channel, oldest first; hidden messages only for who sees them."""
        found = self.world.in_channel(channel)
        return [message for message in found if message.ephemeral_for in (None, seen_by)]

    def threads(self, channel: Channel) -> list[Channel]:
        """The threads of a channel, oldest first."""
        return [c for c in self.world.channels.values() if c.parent is channel and not c.deleted]

    def replies(self, interaction: Interaction) -> list[Message]:
        """What stands in answer to an interaction, hidden messages too; not while it only "thinks"."""
        own = interaction.original if interaction.original is not interaction.source else None
        every = [message for message in (own, *interaction.followups) if message]
        return [m for m in every if not m.deleted and not m.flags & Flag.LOADING]

    async def until(self, holds: Callable[[], object], *, seconds: float = 10.0) -> None:
        """Wait until something holds, be it here or in a client of this process."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                calls = "\n".join(f"  {call.status} {call}" for call in self.calls[-12:])
                raise AssertionError(f"this did not come about; the last calls were\n{calls}")
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _LOOK_AGAIN)

    async def answered(self, interaction: Interaction, *, seconds: float = 10.0) -> Interaction:
        """Wait until an interaction is acknowledged."""
        await self.until(lambda: interaction.answer is not None, seconds=seconds)
        return interaction

    async def replied(self, interaction: Interaction, *, seconds: float = 10.0) -> Message:
        """Wait for the first message that answers an interaction."""
        await self.until(lambda: self.replies(interaction), seconds=seconds)
        return self.replies(interaction)[0]

    async def connected(self, sessions: int = 1) -> None:
        """Wait until so many sessions are connected."""
        await self.until(lambda: len([s for s in self.gateway.sessions.values() if s.connection]) >= sessions)
