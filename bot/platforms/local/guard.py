"""Keeps every other website out: Host, Origin and token checks, and the headers of each answer."""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

TOKEN_HEADER = "X-Rinko-Token"  # noqa: S105 - a header's name
_OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
_FOR_ALL = frozenset({"/healthz", "/metrics"})
"""What may be asked for from other machines, too."""
NOT_HERE = "The page is shown on Rinko's own machine only; from elsewhere, ask for /healthz or /metrics.\n"
_SESSION = re.compile(r"[0-9a-f]{32}")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request says of where it comes from; None where it says nothing."""

    method: str
    host: str | None
    origin: str | None
    site: str | None
    """`Sec-Fetch-Site`."""
    mode: str | None
    """`Sec-Fetch-Mode`."""
    token: str | None


def own_hosts(port: int, extra: frozenset[str] = frozenset()) -> frozenset[str]:
    """Pure: the Host headers that name this page, for the port it listens on."""
    named = {f"{name}:{port}" for name in _OWN_NAMES}
    if port == 80:
        named.update(_OWN_NAMES)
    return frozenset(named) | extra


def objection(caller: Caller, hosts: frozenset[str], token: str) -> str | None:
    """Pure: why a request is refused, or None. A website on another origin passes none of these.

    A foreign name that was made to resolve here fails by its Host, a foreign page by its
    Origin or `Sec-Fetch-Site` (following a link to the page is no act), and an act of any
    other program by the token, which only the page was given.
    """
    if (caller.host or "").lower() not in hosts:
        return "host"
    if caller.origin is not None and caller.origin.lower().removeprefix("http://") not in hosts:
        return "origin"
    if caller.method in {"GET", "HEAD"}:
        foreign = caller.site in {"cross-site", "same-site"}
        return "origin" if foreign and caller.mode != "navigate" else None
    if caller.method != "POST" or caller.origin is None:
        return "origin"
    given = (caller.token or "").encode()
    return None if secrets.compare_digest(given, token.encode()) else "token"


def from_here(peer: str | None) -> bool:
    """Pure: whether a connection comes from this very machine, by the address of its other end."""
    try:
        address = ipaddress.ip_address((peer or "").partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def guard(token: str, extra: frozenset[str]) -> Middleware:
    """The middleware that refuses what `objection` objects to, before any handler runs.

    Who asks from another machine is told how Rinko is, by whatever name it is called there, and no more.
    """

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
        if not from_here(request.remote):
            if request.path not in _FOR_ALL or request.method not in {"GET", "HEAD"}:
                return web.Response(text=NOT_HERE, status=403)
            return await handler(request)
        headers = request.headers
        caller = Caller(
            request.method,
            headers.get("Host"),
            headers.get("Origin"),
            headers.get("Sec-Fetch-Site"),
            headers.get("Sec-Fetch-Mode"),
            headers.get(TOKEN_HEADER),
        )
        reason = objection(caller, own_hosts(port, extra), token)
        if reason is not None:
            return web.json_response({"refused": reason}, status=403)
        return await handler(request)

    return refuse


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Give every answer its protective headers, where the handler set none of its own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def cookie_name(request: web.Request) -> str:
    """Cookies know no ports: each Rinko on this machine has one of its own."""
    port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
    return f"rinko-{port}"


def session_of(request: web.Request) -> str | None:
    """The browser session a request belongs to, None for a new one."""
    value = request.cookies.get(cookie_name(request), "")
    return value if _SESSION.fullmatch(value) else None


def new_session() -> str:
    """A name for a new browser session, which nobody can guess."""
    return secrets.token_hex(16)


def remember(request: web.Request, response: web.StreamResponse, session: str) -> None:
    """Have the browser keep its session until it is closed."""
    response.set_cookie(cookie_name(request), session, httponly=True, samesite="Strict", path="/")
