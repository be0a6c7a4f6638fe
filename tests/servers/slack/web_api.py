"""The HTTP side: Web API methods, response URLs and private files, with their limits, log and faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.slack import posting
from tests.servers.slack.blocks import check_message_blocks
from tests.servers.slack.desk import Desk, Method
from tests.servers.slack.faults import Call, Dropped, Faults, HttpFailure
from tests.servers.slack.limits import TIER_3, Limits
from tests.servers.slack.methods import METHODS
from tests.servers.slack.nouns import Json, Message, Workspace
from tests.servers.slack.sockets import Sockets
from tests.servers.slack.state import SlackError, State

_LOGIN = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in to your workspace</body></html>"

Work = Callable[[], web.Response]


@dataclass(eq=False)
class WebApi:
    """Answers requests. `log` holds each of them, with its time and what came of it."""

    state: State
    limits: Limits
    faults: Faults
    sockets: Sockets
    url: str = ""
    log: list[Call] = field(default_factory=list)

    def routes(self, app: web.Application) -> None:
        """What is answered where."""
        app.router.add_route("*", "/api/{method}", self._method)
        app.router.add_post("/response/{name}", self._response_url)
        app.router.add_get("/files-pri/{rest:.+}", self._file)

    # ------------------------------------------------------------------- one request

    async def _method(self, request: web.Request) -> web.StreamResponse:
        call = await self._call(request, request.match_info["method"])
        return await self._answer(request, call, lambda: self._run(call))

    async def _call(self, request: web.Request, method: str) -> Call:
        args: Json = dict(request.query)
        if request.can_read_body:
            if request.content_type == "application/json":
                args |= json.loads(await request.text() or "{}")
            else:
                args |= dict(await request.post())
        call = Call(method, request.method, args, self.state.clock.now(), dict(request.headers))
        call.token = request.headers.get("Authorization", "").removeprefix("Bearer ") or args.pop("token", "")
        call.team = next((team for team in self.state.workspaces.values() if team.token == call.token), None)
        self.log.append(call)
        return call

    async def _answer(self, request: web.Request, call: Call, work: Work) -> web.StreamResponse:
        """Do the work and answer, with what was ordered to go wrong; a hook may take its time."""
        try:
            await self.faults.meet("before_store", call)
            response = _carried_out(call, work)
            await self.faults.meet("after_store", call)
        except SlackError as error:
            response = _refused(call, error)
        except HttpFailure as failure:
            response = _failed(call, failure)
        except Dropped:
            _cut(request)
            return web.Response()
        call.status = response.status
        if call.team:
            response.headers["x-oauth-scopes"] = ",".join(sorted(call.team.scopes))
        with suppress(ConnectionResetError):  # whoever asked may be gone
            await response.prepare(request)
            await response.write_eof()
        self.state.changed()
        await self.faults.meet("after_answer", call)
        return response

    def _run(self, call: Call) -> web.Response:
        """A method of the Web API; SlackError and HttpFailure as they come."""
        if call.method == "apps.connections.open":
            return self._told(call, self._open(call))
        team = self._team(call)
        method = METHODS.get(call.method)
        if method is None:
            raise SlackError("unknown_method", req_method=call.method)
        self._limit(team.id, call.method, method.per_minute)
        return self._told(call, self._carry_out(call, team, method))

    def _carry_out(self, call: Call, team: Workspace, method: Method) -> Json:
        desk = Desk(call, self.state, self.limits, team)
        if method.scopes:
            desk.need(*method.scopes)
        if missing := [name for name in method.required if call.args.get(name) in (None, "")]:
            if "channel" in missing:
                raise SlackError("channel_not_found")
            raise SlackError("invalid_arguments", [f"missing required field: {name}" for name in missing])
        return method.run(desk)

    def _team(self, call: Call) -> Workspace:
        if call.team is None:
            if call.token == self.state.app_token:
                raise SlackError("not_allowed_token_type")
            raise SlackError("invalid_auth" if call.token else "not_authed")
        if not call.team.installed:
            raise SlackError("account_inactive")
        return call.team

    def _limit(self, team: str, method: str, per_minute: int) -> None:
        if wait := self.limits.wait(team, method, per_minute):
            raise HttpFailure(429, wait)

    def _open(self, call: Call) -> Json:
        if call.token != self.state.app_token:
            raise SlackError("not_allowed_token_type" if call.team else "invalid_auth")
        self._limit(self.state.app_id, call.method, TIER_3)
        link = self.url.replace("http", "ws", 1) + "/link/"
        return {"url": f"{link}?ticket={self.sockets.ticket()}&app_id={self.state.app_id}"}

    def _told(self, call: Call, answer: Json) -> web.Response:
        call.answer = {"ok": True, **answer}
        return web.json_response(call.answer)

    # ------------------------------------------------------------------ response URLs

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        call = await self._call(request, "response_url")
        return await self._answer(request, call, lambda: self._respond(call, request.match_info["name"]))

    def _respond(self, call: Call, name: str) -> web.Response:
        url = self.state.response_urls.get(name)
        if url is None or self.state.older(url.at, self.limits.response_url_seconds):
            return _plain(call, 404, "expired_url")
        if url.uses >= self.limits.response_url_uses:
            return _plain(call, 404, "used_url")
        url.uses += 1
        original = url.message
        if original and not self.state.holds(original):
            return _plain(call, 404, "message_not_found")
        if call.args.get("delete_original"):
            if original:
                posting.remove(self.state, original)
            return _plain(call, 200, "ok")
        try:
            blocks = check_message_blocks(call.args["blocks"]) if call.args.get("blocks") else None
        except SlackError as error:
            return _plain(call, 400, error.error)
        text = str(call.args.get("text") or "")
        if not (text or blocks):
            return _plain(call, 400, "no_text")
        if call.args.get("replace_original") and original:
            posting.change(self.state, original, text=text, blocks=blocks or [])
        else:
            # Where no message was acted on, as with a command, there is none to replace: bolt-python #1268.
            self.respond(url.channel.team, name, call.args, text, blocks)
        return _plain(call, 200, "ok")

    def respond(
        self, team: Workspace, name: str, args: Json, text: str, blocks: list[Json] | None
    ) -> Message:
        """The message that answers an interaction: for the person alone, unless it says `in_channel`."""
        url = self.state.response_urls[name]
        for_all = args.get("response_type") == "in_channel"
        return posting.post(
            self.state,
            url.channel,
            team.bot_user,
            text,
            blocks=blocks,
            thread=args.get("thread_ts"),
            metadata=posting.checked_metadata(args.get("metadata")),
            only_for=None if for_all else url.user,
            given=args,
        )

    # ------------------------------------------------------------------------- files

    async def _file(self, request: web.Request) -> web.StreamResponse:
        call = await self._call(request, "files.download")
        return await self._answer(request, call, lambda: self._download(call, request.path))

    def _download(self, call: Call, path: str) -> web.Response:
        """The file for the workspace's own bot; for anyone else the sign-in page, with status 200."""
        path = path.replace("/files-pri/download/", "/files-pri/")
        file = next((each for each in self.state.files.values() if each.url == self.url + path), None)
        if file is None:
            return _plain(call, 404, "file_not_found")
        if call.team is not file.user.team or "files:read" not in call.team.scopes or not call.team.installed:
            call.error = "login_page"
            return web.Response(text=_LOGIN, content_type="text/html")
        return web.Response(body=file.data, content_type=file.mimetype)


def _carried_out(call: Call, work: Work) -> web.Response:
    """The answer of what was asked; a refusal is one, too."""
    try:
        return work()
    except SlackError as error:
        return _refused(call, error)


def _refused(call: Call, error: SlackError) -> web.Response:
    call.error = error.error
    call.answer = {"ok": False, "error": error.error, **error.more}
    return web.json_response(call.answer)


def _failed(call: Call, failure: HttpFailure) -> web.Response:
    headers = {"Retry-After": str(failure.retry_after)} if failure.retry_after else None
    call.error = "ratelimited" if failure.status == 429 else "internal_error"
    if failure.page is not None:
        return web.Response(status=failure.status, text=failure.page, content_type="text/html")
    answer: Any = {"ok": False, "error": call.error}
    return web.json_response(answer, status=failure.status, headers=headers)


def _plain(call: Call, status: int, text: str) -> web.Response:
    call.error = None if status == 200 else text
    return web.Response(status=status, text=text)


def _cut(request: web.Request) -> None:
    if request.transport:
        request.transport.abort()
