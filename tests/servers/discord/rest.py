"""The HTTP side: each request is read, limited, checked, made to fail where a test wants it, and answered."""

from __future__ import annotations

import inspect
import json
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import BodyPartReader, web

from tests.servers.discord import errors, routes_guilds, routes_interactions, routes_messages, routes_threads
from tests.servers.discord.faults import (
    Call,
    Drop,
    Dropped,
    Failed,
    Fault,
    Faults,
    Hook,
    Lose,
    Refuse,
    Stall,
)
from tests.servers.discord.limits import check_sizes
from tests.servers.discord.openapi import Document
from tests.servers.discord.rates import Rates, TooMany, too_many_body, too_many_headers
from tests.servers.discord.routes import Answer, Route, find
from tests.servers.discord.state import Upload
from tests.servers.discord.world import World

ROUTES = (*routes_messages.ROUTES, *routes_threads.ROUTES, *routes_interactions.ROUTES, *routes_guilds.ROUTES)
PREFIX = "/api/v10"
_FORUM_POST = "/components/schemas/CreateForumThreadRequest"


class Rest:
    """Answers requests; what was asked stands in `calls`, what was against the document in `violations`."""

    def __init__(self, world: World, document: Document | None, *, check_answers: bool) -> None:
        self.world = world
        self.rates = Rates(world.behaviour)
        self.faults = Faults()
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.crashes: list[str] = []
        self.before_store: list[Hook] = []
        self.after_store: list[Hook] = []
        self.after_answer: list[Hook] = []
        self.changed: Callable[[], None] = lambda: None
        self._document = document
        self._check_answers = check_answers

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        call = self._noted(request)
        try:
            response = await self._respond(call, request)
        except Dropped:
            self.changed()
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        call.status = response.status
        call.took = time.monotonic() - call.at
        self.changed()
        with suppress(ConnectionResetError):  # whoever asked may be gone
            await response.prepare(request)
            await response.write_eof()
        await _run(self.after_answer, call)
        return response

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Give a stored file, as Discord's other server does."""
        found = self.world.files.get(int(request.match_info["file"]))
        if found is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=found.upload.body, headers={"Content-Type": found.upload.content_type})

    def _noted(self, request: web.Request) -> Call:
        path = request.rel_url.raw_path.removeprefix(PREFIX)
        call = Call(len(self.calls) + 1, request.method, path, self.world.clock.now(), time.monotonic())
        call.query = dict(request.query)
        call.authorization = request.headers.get("Authorization")
        self.calls.append(call)
        return call

    async def _respond(self, call: Call, request: web.Request) -> web.Response:
        if self.rates.banned:
            return web.Response(status=429, text="<html>error code: 1015</html>", content_type="text/html")
        found = find(ROUTES, call.method, call.path)
        headers: dict[str, str] = {}
        scope: str | None = None
        try:
            route = self._allowed(call, found)
            major = route.major(call.ids)
            refusal = self.rates.passes(str(call), route.bucket, major, counts=not route.interaction)
            headers = self.rates.headers(route.bucket, major)
            refusal = refusal or self._threads_limited(route, call)
            if refusal:
                scope = refusal.scope
                return self._too_many(call, refusal, headers)
            await self._read(call, request)
            return await self._carry_out(call, route, headers)
        except errors.Refused as refused:
            return self._answered(call, Answer(refused.body, refused.status), headers, scope)

    def _allowed(self, call: Call, found: tuple[Route, dict[str, str]] | None) -> Route:
        if found is None:
            self.violations.append(f"{call}: this server has no such route")
            raise errors.Refused(404, 0, "404: Not Found")
        route, call.ids = found
        call.route = route.path
        if not route.open and call.authorization != f"Bot {self.world.token}":
            raise errors.unauthorized()
        return route

    async def _read(self, call: Call, request: web.Request) -> None:
        """Read the body, be it JSON or a form with files."""
        raw = 0
        if request.content_type == "multipart/form-data":
            async for part in await request.multipart():
                assert isinstance(part, BodyPartReader)
                body = bytes(await part.read())
                raw += len(body)
                if part.name == "payload_json":
                    call.json = json.loads(body)
                elif part.name and part.name.startswith("files["):
                    kind = part.headers.get("Content-Type", "application/octet-stream")
                    call.files[int(part.name[6:-1])] = Upload(part.filename or "unknown", body, kind)
        elif request.can_read_body:
            body = await request.read()
            raw = len(body)
            try:
                call.json = json.loads(body) if body else None
            except ValueError:
                raise errors.Refused(400, 50109, "The request body contains invalid JSON.") from None
        call.has_body = call.json is not None
        check_sizes(call.files.values(), raw, self.world.behaviour)
        if call.json is None:
            call.json = {}

    def _threads_limited(self, route: Route, call: Call) -> TooMany | None:
        """The limit over all new threads of a server, which nothing announces."""
        if route.bucket != "thread":
            return None
        world, now = self.world, self.world.now()
        if now >= world.threads_free_at and world.threads_limited:
            left, seconds = world.threads_limited
            if left:
                world.threads_limited = (left - 1, seconds)
            else:
                world.threads_limited, world.threads_free_at = None, now + seconds
        if now < world.threads_free_at:
            return self.rates.refuse(str(call), "shared", world.threads_free_at - now)
        return None

    def _too_many(self, call: Call, refusal: TooMany, headers: dict[str, str]) -> web.Response:
        more = headers | too_many_headers(refusal)
        return self._answered(call, Answer(too_many_body(refusal), 429), more, refusal.scope)

    async def _carry_out(self, call: Call, route: Route, headers: dict[str, str]) -> web.Response:
        fault = self.faults.take(call)
        if isinstance(fault, Drop):
            raise Dropped
        if isinstance(fault, Refuse):
            return self._refused(call, fault, headers)
        if isinstance(fault, Stall) and not fault.stored:
            await fault.until.wait()
        self._check(call)
        try:
            await _run(self.before_store, call)
            answer = self._handled(call, route)
            call.stored, call.answer = answer.status < 400, answer.body
            self.changed()
            await _run(self.after_store, call)
        except Failed as failed:
            return self._refused(call, failed.fault, headers)
        return await self._after(call, answer, fault, headers)

    async def _after(
        self, call: Call, answer: Answer, fault: Fault | None, headers: dict[str, str]
    ) -> web.Response:
        if isinstance(fault, Stall) and fault.stored:
            await fault.until.wait()
        if isinstance(fault, Lose):
            if fault.status is None:
                raise Dropped
            return self._refused(call, Refuse(fault.status), headers)
        return self._answered(call, answer, headers, None)

    def _refused(self, call: Call, fault: Refuse, headers: dict[str, str]) -> web.Response:
        if fault.status == 429:
            return self._too_many(call, self.rates.refuse(str(call), fault.scope, fault.retry_after), headers)
        body = {"message": f"{fault.status}: error", "code": 0}
        return self._answered(call, Answer(body, fault.status), headers, None)

    def _check(self, call: Call) -> None:
        """Hold a request against Discord's document."""
        if self._document is None:
            return
        fault = self._document.request_fault(
            call.method, call.route, call.query, call.json, has_body=call.has_body
        )
        if not fault and call.method == "POST" and call.route.endswith("/threads") and "message" in call.json:
            fault = self._document.fault(_FORUM_POST, call.json)
        if fault:
            self.violations.append(f"{call}: {fault}")
            raise errors.Refused(400, 50035, "Invalid Form Body", {"_document": fault})

    def _handled(self, call: Call, route: Route) -> Answer:
        try:
            return route.handler(self.world, call)
        except errors.Refused as refused:
            return Answer(refused.body, refused.status)
        except Exception as error:
            self.crashes.append("".join(traceback.format_exception(error)))
            raise errors.Refused(500, 0, "500: Internal Server Error") from error

    def _answered(
        self, call: Call, answer: Answer, headers: dict[str, str], scope: str | None
    ) -> web.Response:
        self.rates.note_answer(answer.status, scope)
        call.answer = answer.body
        if self._check_answers and self._document and answer.status < 300:
            fault = self._document.answer_fault(call.method, call.route, answer.status, answer.body)
            if fault:
                self.crashes.append(f"the answer to {call} is not as Discord's: {fault}")
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        # the type must stand alone: discord.py takes "application/json; charset=utf-8" for text
        whole = {**headers, "Content-Type": "application/json"}
        return web.Response(status=answer.status, body=_packed(answer.body), headers=whole)


def _packed(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


async def _run(hooks: list[Hook], call: Call) -> None:
    for hook in list(hooks):
        done = hook(call)
        if inspect.isawaitable(done):
            await done
