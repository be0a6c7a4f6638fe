"""Discord's limit on all requests of a bot, which its library only learns of by being refused."""

from __future__ import annotations

import asyncio
from collections import deque
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp

MOST = 45
"""Requests in a second. Discord takes 50 (topics/rate-limits#global-rate-limit)."""
_LEAST = 5.0
_EXEMPT = ("/interactions/", "/webhooks/")
"""Answers to people do not count, and wait for nothing."""


class GlobalPace:
    """Lets so many requests through in any second; the others wait their turn.

    The library tries five times, all requests that wait at the same moment, and gives up: hundreds of
    channels that begin together would fail each other. Processes with one token do not know of each
    other, so each that is refused goes slower, and faster again by one request a second.
    """

    def __init__(self, most: float = MOST, seconds: float = 1.0) -> None:
        """`most` requests in any span of so many seconds."""
        self._most = most
        self._seconds = seconds
        self._allowed = most
        """As of the last refusal."""
        self._refused_at = 0.0
        self._begun: deque[float] = deque()
        self._line = asyncio.Lock()

    def trace(self) -> aiohttp.TraceConfig:
        """What a session is made with to keep the pace."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._starts)
        trace.on_request_end.append(self._ended)
        return trace

    async def turn(self) -> None:
        """Wait until one more request may be made."""
        loop = asyncio.get_running_loop()
        async with self._line:
            now = loop.time()
            while self._begun and self._begun[0] <= now - self._seconds:
                self._begun.popleft()
            over = len(self._begun) - int(self.allowed(now))
            if over >= 0:
                await asyncio.sleep(self._begun[over] + self._seconds - now)
            self._begun.append(loop.time())

    def allowed(self, now: float) -> float:
        """How many requests may begin in a span, as of a time of the loop."""
        return min(self._most, self._allowed + (now - self._refused_at) / self._seconds)

    def refused(self) -> None:
        """Go slower; several refusals within a span are one."""
        now = asyncio.get_running_loop().time()
        if now - self._refused_at >= self._seconds:
            self._allowed = max(_LEAST, self.allowed(now) * 0.7)
            self._refused_at = now

    async def _starts(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, started: aiohttp.TraceRequestStartParams
    ) -> None:
        if not any(one in started.url.path for one in _EXEMPT):
            await self.turn()

    async def _ended(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        response = ended.response
        if response.status == HTTPStatus.TOO_MANY_REQUESTS and response.headers.get("X-RateLimit-Global"):
            self.refused()
