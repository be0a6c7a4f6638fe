"""A local web server that answers well and badly, for fetching to be tried on."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebServer:
    """Serves what a test puts into `pages`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: Counter[str] = Counter()
        self.headers: list[Mapping[str, str]] = []
        self.url = ""
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port of the loopback."""
        app = web.Application()
        app.router.add_get("/{rest:.*}", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """Stop listening."""
        assert self._runner
        await self._runner.cleanup()

    def give(self, path: str, body: bytes | str, content_type: str = "text/html", **headers: str) -> str:
        """Answer a path with this; the address of it."""
        data = body.encode() if isinstance(body, str) else body

        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=data, headers={"Content-Type": content_type, **headers})

        self.pages[path] = answer
        return self.url + path

    def fail(self, path: str, *statuses: int, **headers: str) -> str:
        """Answer a path with each status in turn, the last one for ever; 200 says `ok`."""
        left = list(statuses)

        async def answer(_: web.Request) -> web.Response:
            status = left.pop(0) if len(left) > 1 else left[0]
            return web.Response(status=status, text="ok", headers=headers if status != 200 else None)

        self.pages[path] = answer
        return self.url + path

    def redirect(self, path: str, target: str) -> str:
        """Redirect a path."""
        return self.fail(path, 302, Location=target)

    def bomb(self, path: str, megabytes: int) -> str:
        """Answer with zeros that gzip packs a thousandfold."""
        packed = gzip.compress(bytes(megabytes * 1_000_000))
        return self.give(path, packed, **{"Content-Encoding": "gzip"})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] += 1
        self.headers.append(dict(request.headers))
        answer = self.pages.get(request.path)
        return await answer(request) if answer else web.Response(status=404, text="nothing")
