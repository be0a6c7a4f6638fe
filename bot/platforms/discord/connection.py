"""Keeps the gateway up: logs in, connects, and begins again whatever ends it, never in haste."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import discord
import structlog

from bot.platforms.conversation import PlatformState
from bot.platforms.discord.client import DiscordClient
from bot.platforms.discord.login import DiscordRefused, log_in
from bot.platforms.discord.requests import PLATFORM
from bot.platforms.discord.sessions import NoSessionsLeft
from digest.errors import RinkoError
from digest.ports import Clock

_log = structlog.get_logger(__name__)

_SHORTEST, _LONGEST = 1.0, 60.0
_UNTIL_CHANGED = 900.0
"""Seconds after which it is tried again where somebody must first change a setting at Discord.

10,000 refusals in ten minutes ban the address."""
_PORTAL = "at discord.com/developers, “Bot”"
_TOKEN = f"Discord does not take the token; {_PORTAL}: reset it and set it anew"
_CODES = {
    4004: _TOKEN,
    4011: "Discord wants more shards for so many servers; set more",
    4013: "this version of Discord's gateway knows other intents; bring Rinko up to date",
    4014: f"Discord refuses an intent; {_PORTAL}: switch on “Message Content Intent”",
}
"""What to do, by the code a gateway closed with (topics/opcodes-and-status-codes#gateway)."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a connection ended, and how long to wait where trying again soon is of no use."""

    detail: str
    wait: float | None = None


class Connection:
    """Runs a client until it is stopped."""

    def __init__(self, client: DiscordClient, token: str, clock: Clock) -> None:
        self._client = client
        self._token = token
        self._clock = clock
        self._state = PlatformState(PLATFORM, ok=False, detail="not started", since=clock.now())
        self._failures = 0
        self._away = False
        """Whether it was connected, and what it hears is told by the client."""
        self.logged_in = asyncio.Event()
        """Set once requests can be made."""
        self.tried = asyncio.Event()
        """Set once it was tried to log in."""

    @property
    def state(self) -> PlatformState:
        """Whether Discord is heard now."""
        if self._client.is_closed():
            self._turn(ok=False, detail="stopped")
        elif self._client.down and (self._state.ok or self._away):
            self._away = True
            self._turn(ok=False, detail=f"{self._gone()}; connecting again")
        elif not self._state.ok and self._hears:
            self._turn(ok=True, detail=self._connected())
        return self._state

    @property
    def _hears(self) -> bool:
        return self.logged_in.is_set() and self._client.is_ready() and not self._client.down

    def _gone(self) -> str:
        """What of the gateway is away; of several shards, which."""
        shards = self._client.shard_count or 1
        if shards == 1:
            return "the gateway is gone"
        down = sorted(self._client.down)
        numbers = ", ".join(map(str, down))
        return f"shard{'s' if len(down) > 1 else ''} {numbers} of {shards} (counted from 0) away"

    def _connected(self) -> str:
        """How it is connected; what it cannot hear is said."""
        if self._client.asked.message_content:
            return "connected"
        return "connected; “Message Content Intent” is off, so only mentions are heard in threads"

    def _turn(self, *, ok: bool, detail: str) -> None:
        if (ok, detail) != (self._state.ok, self._state.detail):
            since = self._state.since if ok == self._state.ok else self._clock.now()
            if self._state.ok != ok:
                _log.info("discord connected" if ok else "discord not heard any more", detail=detail)
            self._state = PlatformState(PLATFORM, ok, detail, since)

    def ready(self) -> None:
        """Note that a connection holds."""
        self._failures = 0

    async def run(self) -> None:
        """Log in and stay connected until cancelled."""
        self._turn(ok=False, detail="connecting")
        while True:
            try:
                await self._connect()
                trouble = _Trouble("the gateway closed; connecting again")
            except Exception as error:  # noqa: BLE001 - whatever ended the library's loop, it begins again
                trouble = self._trouble(error)
                _log.warning("discord is not connected", reason=trouble.detail, error=type(error).__name__)
            self.tried.set()
            self._client.down.add(0)
            self._away = False
            self._turn(ok=False, detail=trouble.detail)
            await self._client.hang_up()
            await self._clock.sleep(trouble.wait or self._backoff())

    async def _connect(self) -> None:
        if not self.logged_in.is_set():
            # What an attempt that failed left open; the library makes a session with each.
            await self._client.http.close()
            self._client.http.connector = discord.utils.MISSING
            await log_in(self._client, self._token)
            self.logged_in.set()
            self.tried.set()
        await self._client.sessions.look(self._client, self._client.shard_count or 1)
        await self._client.connect()

    def _trouble(self, error: Exception) -> _Trouble:
        if isinstance(error, discord.PrivilegedIntentsRequired):
            if self._client.asked.message_content:
                self._client.ask_for_words(False)
                return _Trouble("an intent was switched off; connecting without it")
            return _Trouble(_CODES[4014], _UNTIL_CHANGED)
        if isinstance(error, DiscordRefused):
            return _Trouble(_TOKEN, _UNTIL_CHANGED)
        if isinstance(error, discord.ConnectionClosed) and error.code in _CODES:
            return _Trouble(_CODES[error.code], _UNTIL_CHANGED)
        if isinstance(error, NoSessionsLeft):
            until = self._clock.now() + error.wait
            what = f"Discord lets no more sessions begin before {until:%Y-%m-%d %H:%M} UTC"
            return _Trouble(what, error.wait.total_seconds())
        if isinstance(error, RinkoError):
            return _Trouble(error.message)
        return _Trouble(f"the gateway failed ({type(error).__name__}); connecting again")

    def _backoff(self) -> float:
        """Seconds to wait, twice as long after each failure; not alike for all who lost it at once."""
        longest = min(_LONGEST, _SHORTEST * 2.0**self._failures)
        self._failures += 1
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret hangs on it
