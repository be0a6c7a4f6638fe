"""Fetches addresses politely, within bounds, and never from a private network unless allowed."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Protocol
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx
import stamina

from digest.errors import (
    AddressRefused,
    FetchError,
    NotThere,
    TooLarge,
    TooSlow,
    TryLater,
    Unreachable,
)
from digest.ports import Clock, Fetched
from digest.reading.transport import CheckedTransport, Resolve, is_public, system_resolve

_REDIRECTS = {301, 302, 303, 307, 308}
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The bounds on one fetch; times are seconds.

    `ports` are the only ones connected to, unless `allow_private` is on. A server that asks to
    wait longer than `longest_wait` is not waited for. `host_requests` run at once to one host, and as
    many more of those that somebody waits for; all begin at least `host_interval` apart.
    """

    user_agent: str
    max_bytes: int = 50_000_000
    total_seconds: float = 90.0
    redirects: int = 5
    allow_private: bool = False
    ports: frozenset[int] = frozenset({80, 443})
    connect_seconds: float = 10.0
    attempts: int = 3
    longest_wait: float = 20.0
    host_requests: int = 2
    host_interval: float = 1.0


class _ServerFault(FetchError):
    """The server failed, which may pass."""


class _Host:
    """What politeness towards one host has to remember."""

    def __init__(self, requests: int, now: datetime) -> None:
        self.places = {background: asyncio.Semaphore(requests) for background in (True, False)}
        self.line = asyncio.Lock()
        """Held by the one fetch of the background whose turn is next: no other takes a moment yet."""
        self.users = 0
        self.next_at = now

    def start(self, now: datetime, interval: float) -> float:
        """Take the next moment a request may begin at; the seconds until then."""
        moment = max(now, self.next_at)
        self.next_at = moment + timedelta(seconds=interval)
        return (moment - now).total_seconds()


@dataclass(frozen=True, slots=True)
class _Errand:
    """What one `get` is bound by, wherever redirects lead it."""

    cap: int
    deadline: asyncio.Timeout
    background: bool


class SafeWeb:
    """`Web` over the network, for addresses that anyone may have given."""

    def __init__(
        self,
        limits: FetchLimits,
        clock: Clock,
        resolve: Resolve = system_resolve,
        may_reach: Callable[[str], bool] = is_public,
    ) -> None:
        """`resolve` asks for a name's addresses; `may_reach` judges each before it is connected to."""
        self._limits = limits
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._client = httpx.AsyncClient(
            transport=CheckedTransport(
                resolve,
                (lambda _: True) if limits.allow_private else may_reach,
                connect_seconds=limits.connect_seconds,
            ),
            headers={
                "User-Agent": limits.user_agent,
                "Accept": "application/pdf, text/html, application/xhtml+xml, */*;q=0.8",
                "Accept-Encoding": "gzip, deflate",
            },
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(limits.total_seconds),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> SafeWeb:
        """Nothing is opened before the first fetch."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def get(self, url: str, *, max_bytes: int | None = None, background: bool = False) -> Fetched:
        """Fetch an address; raises a `FetchError` as `digest.ports.Web.get` says.

        What somebody waits for does not stand in a host's line with what is in the `background`.
        """
        cap = self._limits.max_bytes if max_bytes is None else max_bytes
        try:
            async with asyncio.timeout(self._limits.total_seconds) as deadline:
                errand = _Errand(cap, deadline, background)
                async for attempt in stamina.retry_context(
                    on=self._retry, attempts=self._limits.attempts, timeout=None, wait_initial=0.5, wait_max=5
                ):
                    with attempt:
                        return await self._follow(url, errand)
        except TimeoutError:
            raise TooSlow(f"{shown(url)} took longer than {self._limits.total_seconds:g} seconds.") from None
        except TryLater:
            raise
        raise Unreachable(f"{shown(url)} did not answer.")

    def _retry(self, error: Exception) -> bool | float:
        """Whether to try again after an error, or after how many seconds."""
        if isinstance(error, TryLater):
            wait = error.after
            return True if wait is None else (wait if wait <= self._limits.longest_wait else False)
        return isinstance(error, Unreachable | _ServerFault)

    async def _follow(self, url: str, errand: _Errand) -> Fetched:
        """Fetch, going where redirects lead, each of them checked like the first address."""
        for _ in range(self._limits.redirects + 1):
            url = self._checked(url)
            answer = await self._once(url, errand)
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise FetchError(f"{shown(url)} was reached over more than {self._limits.redirects} redirects.")

    def _checked(self, url: str) -> str:
        """The address without its fragment. Raises `AddressRefused` for one not to be asked."""
        try:
            parts = urlsplit(url.strip())
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            raise AddressRefused("That is not a web address.") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise AddressRefused("Only http and https addresses are fetched.")
        if parts.username is not None or parts.password is not None:
            raise AddressRefused("An address with a user name or password in it is not fetched.")
        if not self._limits.allow_private and port not in self._limits.ports:
            raise AddressRefused(f"Port {port} is not one that web pages are fetched from.")
        return urlunsplit(parts._replace(fragment=""))

    async def _once(self, url: str, errand: _Errand) -> Fetched | str:
        """One request: what it gave, or the address it redirects to."""
        async with self._turn(urlsplit(url).hostname or "", errand) as host:
            try:
                async with self._client.stream("GET", url) as response:
                    if response.status_code in _REDIRECTS and "location" in response.headers:
                        return _joined(url, response.headers["location"])
                    self._refuse_status(url, response, host)
                    body = await _body(response, errand.cap, shown(url))
            except (httpx.InvalidURL, httpx.UnsupportedProtocol):
                raise AddressRefused("That is not a web address.") from None
            except httpx.HTTPError as error:
                raise Unreachable(f"{shown(url)} did not answer ({type(error).__name__}).") from None
        return Fetched(url, response.headers.get("content-type", ""), body)

    @asynccontextmanager
    async def _turn(self, name: str, errand: _Errand) -> AsyncIterator[_Host]:
        """Wait for a turn with a host; the wait is not held against the time limit."""
        host, deadline = self._host(name), errand.deadline
        host.users += 1
        began = asyncio.get_running_loop().time()
        end = deadline.when()
        deadline.reschedule(None)
        try:
            async with host.places[errand.background]:
                async with host.line if errand.background else nullcontext():
                    if wait := host.start(self._clock.now(), self._limits.host_interval):
                        await self._clock.sleep(wait)
                now = asyncio.get_running_loop().time()
                deadline.reschedule(None if end is None else end + now - began)
                yield host
        finally:
            host.users -= 1

    def _host(self, name: str) -> _Host:
        """What is remembered of a host; those at rest are forgotten when there are many."""
        now = self._clock.now()
        if len(self._hosts) > 500:
            self._hosts = {k: h for k, h in self._hosts.items() if h.users or h.next_at > now}
        return self._hosts.setdefault(name, _Host(self._limits.host_requests, now))

    def _refuse_status(self, url: str, response: httpx.Response, host: _Host) -> None:
        """Raise what a status other than success means."""
        status = response.status_code
        if status in {429, 503}:
            after = retry_after(response.headers.get("retry-after"), self._clock.now())
            if after:
                pause = min(after, self._limits.longest_wait)
                host.next_at = max(host.next_at, self._clock.now() + timedelta(seconds=pause))
            raise TryLater(f"{shown(url)} asks to be tried later ({status}).", after=after)
        if status in {404, 410}:
            raise NotThere(f"There is nothing at {shown(url)} ({status}).")
        if status >= 500:
            raise _ServerFault(f"{shown(url)} failed to answer ({status}).")
        if not 200 <= status < 300:
            raise FetchError(f"{shown(url)} answered with status {status}.")


@dataclass(frozen=True, slots=True)
class BackgroundWeb:
    """The same web for what nobody waits for, such as a digest."""

    web: SafeWeb

    async def get(self, url: str, *, max_bytes: int | None = None) -> Fetched:
        """Fetch an address, behind what somebody waits for; raises as `SafeWeb.get`."""
        return await self.web.get(url, max_bytes=max_bytes, background=True)


def shown(url: str) -> str:
    """An address as it may be shown: no user, password, query or fragment, which can be secret."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "The address"
    return f"{parts.scheme}://{host}{port}{parts.path}"[:200]


def _joined(url: str, location: str) -> str:
    """Where a redirect leads. Raises `AddressRefused` where it is no address."""
    try:
        return urljoin(url, location)
    except ValueError:
        raise AddressRefused(f"{shown(url)} redirects to what is not a web address.") from None


def retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks to wait; None where it says nothing usable."""
    if value is None:
        return None
    if re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class _Inflater(Protocol):
    """A decompressor that gives no more at once than it is asked for."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What it has not looked at yet."""
        ...

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        """Decompress, giving at most `max_length` bytes."""
        ...


async def _body(response: httpx.Response, cap: int, name: str) -> bytes:
    """The decompressed body. Raises `TooLarge` as soon as it passes `cap`, however it was packed."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if encoding not in {"identity", "gzip", "x-gzip", "deflate"}:
        raise FetchError(f"{name} sent a compression that was not asked for.")
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > cap:
        raise TooLarge(f"{name} is larger than {cap:,} bytes.")
    inflater: _Inflater | None = None
    found = bytearray()
    async for chunk in response.aiter_raw():
        if encoding != "identity" and inflater is None:
            inflater = _inflater(encoding, chunk)
        try:
            for piece in _inflated(inflater, chunk):
                found += piece
                if len(found) > cap:
                    raise TooLarge(f"{name} is larger than {cap:,} bytes.")
        except zlib.error:
            raise FetchError(f"{name} sent damaged data.") from None
    return bytes(found)


def _inflater(encoding: str, first: bytes) -> _Inflater:
    """A decompressor for an encoding; servers send `deflate` both with and without a header."""
    if encoding == "deflate" and (first[0] & 0x0F) != 8:
        return zlib.decompressobj(-zlib.MAX_WBITS)
    return zlib.decompressobj(zlib.MAX_WBITS | 32)


def _inflated(inflater: _Inflater | None, chunk: bytes) -> Iterator[bytes]:
    """A chunk decompressed, in pieces of bounded size."""
    if inflater is None:
        yield chunk
        return
    while chunk:
        yield inflater.decompress(chunk, _PIECE)
        chunk = inflater.unconsumed_tail
