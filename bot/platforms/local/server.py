"""The local channel's server: the page, its live events, acts, samples, health and metrics."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.platforms.conversation import CommandTable
from bot.platforms.local.acts import Acts
from bot.platforms.local.events import Watch
from bot.platforms.local.guard import add_headers, guard
from bot.platforms.local.messages import Messages
from bot.platforms.local.pages import ROOM, Pages
from bot.platforms.local.routes import Routes
from bot.platforms.local.views import Channel
from digest.errors import RinkoError, StoreError
from digest.phrases import Phrases
from digest.ports import Clock
from digest.posts import Block, BlockKind, Span

_SAMPLE_NAME = re.compile(r"[\w\-][\w.\-]{0,127}", re.ASCII)
_SAMPLE_TYPES = {".pdf": "application/pdf", ".html": "text/html"}
_SAMPLE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
)
_PRIVATE_KEPT = timedelta(days=1)
_FORM_OVERHEAD = 64 * 1024


async def _well() -> Mapping[str, object]:
    return {"ok": True}


class PortTaken(RinkoError):
    """The port of the local page is in use."""


@dataclass(frozen=True)
class Needs:
    """All that the local channel is made of."""

    messages: Messages
    clock: Clock
    commands: CommandTable
    phrases: Mapping[str, Phrases]
    """The locales by language; English is among them."""
    channels: Callable[[], Awaitable[Sequence[Channel]]]
    """The channels there are now, the one shown first first; never none."""
    samples: Path | None = None
    """The folder of the packaged sample documents."""
    health: Callable[[], Awaitable[Mapping[str, object]]] = _well
    """What `/healthz` says; it answers 503 where `ok` is not true."""
    metrics: CollectorRegistry = field(default_factory=CollectorRegistry)
    is_admin: bool = True
    """Whether whoever opens the page may do what admins may: it is their own machine."""
    upload_bytes: int = 30 * 1024 * 1024
    hosts: frozenset[str] = frozenset()
    """Further Host headers the page answers to, as `rinko.internal:8000` behind a forwarded port."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    poll_seconds: float = 1.0
    """How soon a message that another process posted appears."""
    heartbeat_seconds: float = 15.0


def build_app(needs: Needs, *, page: bool = True) -> web.Application:
    """The whole server as an aiohttp application; without the `page`, health and metrics alone."""
    app = web.Application(
        middlewares=[guard(needs.token, needs.hosts)],
        client_max_size=needs.upload_bytes + _FORM_OVERHEAD,
    )
    app.on_response_prepare.append(add_headers)
    app.router.add_get("/healthz", _health(needs))
    app.router.add_get("/metrics", _metrics(needs))
    if page:
        _add_page(app, needs)
    return app


def _add_page(app: web.Application, needs: Needs) -> None:
    """The channel, and what is done there."""
    pages = Pages(needs.messages, needs.phrases, needs.channels, needs.token, needs.upload_bytes)
    watch = Watch(needs.messages, needs.poll_seconds)
    acts = Acts(needs.messages, needs.clock, needs.commands)
    routes = Routes(pages, watch, acts, needs.commands, needs.is_admin, needs.heartbeat_seconds)
    app.middlewares.append(_answer_while_away(pages))
    app.add_routes(routes.table())
    app.router.add_static("/static", ROOM / "static")
    app.router.add_get("/sample/{name}", _sample(needs.samples))

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        await settle(needs)
        async with watch.running():
            yield

    async def shut(_: web.Application) -> None:
        await acts.close()
        await watch.close()

    app.cleanup_ctx.append(lifetime)
    app.on_shutdown.append(shut)


def _answer_while_away(pages: Pages) -> Middleware:
    """The middleware that says so where the database cannot be used: 503, and come again soon."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except StoreError:  # the log has it, from whatever looks at the database each minute
            language = pages.reader_language(request.headers.get("Accept-Language", ""))
            headers = {"Retry-After": "10"}
            if request.method != "GET":
                words = pages.words(language)("local.away")
                return web.json_response({"error": words}, status=503, headers=headers)
            html = pages.away(language)
            return web.Response(text=html, content_type="text/html", status=503, headers=headers)

    return answer


async def settle(needs: Needs) -> None:
    """Bring to an end what an earlier run left under way, and drop private replies a day old."""
    now = needs.clock.now()
    for kept in await needs.messages.growing():
        words = needs.phrases.get(kept.post.language) or needs.phrases["en"]
        note = Block(BlockKind.NOTE, (Span(words("local.interrupted")),))
        await needs.messages.update(kept.id, replace(kept.post, blocks=(*kept.post.blocks, note)), now)
    await drop_private(needs)


async def drop_private(needs: Needs) -> None:
    """Drop private replies a day old."""
    now = needs.clock.now()
    for kept in await needs.messages.private_before(now - _PRIVATE_KEPT):
        await needs.messages.delete(kept.id, now)


def _health(needs: Needs) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        state = dict(await needs.health())
        return web.json_response(state, status=200 if state.get("ok") is True else 503)

    return answer


def _metrics(needs: Needs) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        await needs.health()  # looks anew, so that the figures are those of now
        return web.Response(
            body=generate_latest(needs.metrics), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return answer


def sample_file(samples: Path | None, name: str) -> Path | None:
    """The sample document of that name, or None: plain names only, of files that are there."""
    if samples is None or not _SAMPLE_NAME.fullmatch(name):
        return None
    file = samples / name
    known = file.suffix in _SAMPLE_TYPES and file.is_file() and not file.is_symlink()
    return file if known else None


def _sample(samples: Path | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        file = sample_file(samples, request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        policy = _SAMPLE_POLICY if file.suffix == ".html" else "frame-ancestors 'none'"
        headers = {"Content-Type": _SAMPLE_TYPES[file.suffix], "Content-Security-Policy": policy}
        return web.FileResponse(file, headers=headers)

    return answer


def _reached_at(host: str) -> str:
    """Pure: by which address this machine reaches what listens on one of its own."""
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        return "127.0.0.1"
    return f"[{host}]" if address.version == 6 else host


class LocalServer:
    """The local channel; to other machines, where they reach it, it only tells how Rinko is."""

    def __init__(self, needs: Needs, port: int, host: str = "127.0.0.1", *, page: bool = True) -> None:
        self._needs = needs
        self._page = page
        self._port = port
        self._host = host
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Begin to listen; the address to open. Raises `PortTaken`. Port 0 takes any free one."""
        runner = web.AppRunner(build_app(self._needs, page=self._page), access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise PortTaken(
                f"Port {self._port} of {self._host} cannot be used ({error.strerror or error}).",
                hint="Set another one with RINKO_LOCAL__PORT, or stop the program that uses it.",
            ) from error
        self._runner = runner
        port = runner.addresses[0][1]
        return f"http://{_reached_at(self._host)}:{port}/"

    async def stop(self) -> None:
        """End what is under way, let every page go, and stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
