"""An httpx transport that connects only to addresses it has checked after resolving them itself."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpcore
import httpx

from digest.errors import AddressRefused

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host name and port to the numeric addresses it stands for."""

_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")
_SOCKET_OPTION = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver. Raises `OSError` where it has no answer."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def is_public(address: str) -> bool:
    """Whether a numeric address, and any address wrapped inside it, is on the public internet."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_global(each) for each in _unwrapped(ip))


def _global(ip: IPv4Address | IPv6Address) -> bool:
    """Whether an address is assigned to one machine of the public internet."""
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _unwrapped(ip: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The addresses a connection to `ip` may end at: those inside mapped, NAT64, 6to4, Teredo."""
    if isinstance(ip, IPv4Address):
        return [ip]
    if ip.ipv4_mapped:
        return [ip.ipv4_mapped]
    if ip in _NAT64:
        return [IPv4Address(int(ip) & 0xFFFFFFFF)]
    if ip in _LOCAL_NAT64 or ip in _COMPATIBLE:
        return [IPv4Address("0.0.0.0")]  # noqa: S104 - stands for an address that is never public
    inner: list[IPv4Address | IPv6Address] = [ip]
    if ip.sixtofour:
        inner.append(ip.sixtofour)
    if ip.teredo:
        inner.extend(ip.teredo)
    return inner


def numeric(host: str) -> str | None:
    """The address a host written as a number stands for, also as `127.1`, octal or decimal."""
    try:
        return str(ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host)) if host[:1].isdigit() else None
    except (OSError, UnicodeError):
        return None


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections only to addresses that passed the check, whatever their name said."""

    def __init__(self, resolve: Resolve, may_reach: Callable[[str], bool], connect_seconds: float) -> None:
        self._resolve = resolve
        self._may_reach = may_reach
        self._connect_seconds = connect_seconds
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[_SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, and connect to the address that was checked and to no other."""
        seconds = min(timeout or self._connect_seconds, self._connect_seconds)
        failure: Exception | None = None
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        """The addresses of `host` that may be connected to. Raises `AddressRefused` for none."""
        number = numeric(host)
        try:
            found = [number] if number else await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} could not be resolved") from error
        allowed = [address for address in found if self._may_reach(address)]
        if found and not allowed:
            raise AddressRefused(f"{host} is not on the public internet, so it is not fetched.")
        return allowed

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks between its own attempts."""
        await asyncio.sleep(seconds)


class _Body(httpx.AsyncByteStream):
    """The body of a response, with httpcore's errors made httpx's."""

    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The chunks as they came over the wire."""
        try:
            async for chunk in self._stream:
                yield chunk
        except httpcore.TimeoutException as error:
            raise httpx.ReadTimeout(str(error)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise httpx.ReadError(str(error)) from error

    async def aclose(self) -> None:
        """Give the connection back."""
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()


class CheckedTransport(httpx.AsyncBaseTransport):
    """An httpcore pool over `CheckedBackend`; it knows no proxy and no environment."""

    def __init__(self, resolve: Resolve, may_reach: Callable[[str], bool], *, connect_seconds: float) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=20,
            max_keepalive_connections=5,
            keepalive_expiry=15,
            network_backend=CheckedBackend(resolve, may_reach, connect_seconds),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; redirects are for the caller to look at."""
        core = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            response = await self._pool.handle_async_request(core)
        except httpcore.TimeoutException as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise httpx.ConnectError(str(error)) from error
        stream = response.stream
        if not isinstance(stream, AsyncIterable):
            raise httpx.ReadError("the response has no body to read")
        return httpx.Response(response.status, headers=response.headers, stream=_Body(stream))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


@cache
def _tls() -> ssl.SSLContext:
    """Certificates are checked against the bundle that httpx trusts; reading it takes a while."""
    return httpx.create_ssl_context()
