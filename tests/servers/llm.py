"""A local server with OpenAI's chat completions, which says what a script tells it to.

    async with ScriptedModel(lambda asked: Says('{"gist": "Lamps learn."}')) as model:
        server = ModelServer(MODEL, base_url=model.url)
        ...
        assert model.asked[0].messages[-1]["content"].startswith("…")

A script is called with each request (`Asked`) and returns what happens, at once or awaited; or it
is a sequence of what happens, one for each request in turn, after which the server refuses. What
happens is `Says`, `Fails`, `Refuses`, `Stalls`, `Breaks` or `Garbage`; a plain `str` is `Says`.

Requests are checked as the real API checks them, before the script sees them: one that it would
not take is answered with its error. `refuses` makes the server one that lacks something.
Cached tokens are counted as OpenAI does: whole blocks of 128 from the start of the prompt, from
1,024 on; a JSON schema stands before all messages there, so another schema is another prompt.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from types import TracebackType
from typing import Any

from aiohttp import web

from digest.tokens import estimate
from tests.servers.llm_replies import Replying
from tests.servers.llm_rules import Refusal, check_request
from tests.servers.llm_script import (
    MODEL,
    WORDINGS,
    Asked,
    Breaks,
    Fails,
    Garbage,
    Happening,
    Refuses,
    Says,
    Script,
    Stalls,
)

__all__ = [
    "MODEL", "WORDINGS", "Asked", "Breaks", "Fails", "Garbage", "Happening", "Refuses", "Says", "Script",
    "ScriptedModel", "Stalls",
]  # fmt: skip


_BLOCK = 512
"""Characters of a block of the prompt cache: about 128 tokens."""
_LEAST_CACHED = 1024


class ScriptedModel:
    """The server: what it was asked stands in `asked`, what that took in the counts beside it.

    `seconds_per_call` is how long each reply takes, for benchmarks. `remember` bounds how many
    requests are kept, for long runs; the counts go on.
    """

    def __init__(
        self,
        script: Script = ("{}",),
        *,
        refuses: Sequence[str] = (),
        wordings: Mapping[str, str] = WORDINGS,
        refusal_status: int = 400,
        context_tokens: int | None = None,
        models: tuple[str, ...] = (MODEL,),
        lists_models: bool = True,
        key: str | None = None,
        caches: bool = True,
        seconds_per_call: float = 0.0,
        remember: int | None = None,
    ) -> None:
        self.script = script
        self.refuses = refuses
        self.wordings = {**WORDINGS, **wordings}
        self.refusal_status = refusal_status
        self.context_tokens = context_tokens
        self.models = models
        self.lists_models = lists_models
        self.key = key
        self.caches = caches
        self.seconds_per_call = seconds_per_call
        self.asked: deque[Asked] = deque(maxlen=remember)
        """Requests that the script saw; those that were refused before are in `refused`."""
        self.refused: list[Refusal] = []
        self.calls = 0
        """Replies begun, whatever came of them."""
        self.input_tokens = 0
        self.cached_tokens = 0
        self.output_tokens = 0
        self.under_way = 0
        self.most_at_once = 0
        self.hung_up = 0
        """Clients that left before their reply was whole."""
        self.url = ""
        self.idle = asyncio.Event()
        """Set as long as no request is under way."""
        self.idle.set()
        self._stopping = asyncio.Event()
        self._cache = _PromptCache()
        self._runner: web.AppRunner | None = None

    @property
    def uncached_tokens(self) -> int:
        """Input tokens that were not in the cache."""
        return self.input_tokens - self.cached_tokens

    async def start(self) -> None:
        """Listen on a free port of the loopback."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._completions)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        """Stop listening; what stalls ends."""
        assert self._runner
        self._stopping.set()
        await self._runner.cleanup()

    async def __aenter__(self) -> ScriptedModel:
        await self.start()
        return self

    async def __aexit__(self, _: type[BaseException] | None, __: object, ___: TracebackType | None) -> None:
        await self.stop()

    # ------------------------------------------------------------------------ requests

    async def _models(self, request: web.Request) -> web.Response:
        try:
            self._check_key(request)
        except Refusal as refusal:
            return web.json_response(refusal.document(), status=refusal.status)
        if not self.lists_models:
            raise web.HTTPNotFound
        listed = [{"id": name, "object": "model", "created": 0, "owned_by": "tests"} for name in self.models]
        return web.json_response({"object": "list", "data": listed})

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        self.under_way += 1
        self.idle.clear()
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            return await self._replied(request)
        except asyncio.CancelledError:
            self.hung_up += 1
            raise
        except ConnectionError:
            self.hung_up += 1
            return web.Response()  # nobody is there to read it
        except Refusal as refusal:
            self.refused.append(refusal)
            return web.json_response(refusal.document(), status=refusal.status)
        finally:
            self.under_way -= 1
            if not self.under_way:
                self.idle.set()

    async def _replied(self, request: web.Request) -> web.StreamResponse:
        self._check_key(request)
        asked, prompt = self._understood(await request.json(), dict(request.headers))
        self.asked.append(asked)
        self.calls += 1
        happening = await self._happening(asked)
        if self.seconds_per_call:
            await asyncio.sleep(self.seconds_per_call)
        reply = await Replying(self, request, asked, self._stopping).make(happening)
        if self.caches:
            self._cache.keep(prompt)
        return reply

    async def _happening(self, asked: Asked) -> Happening:
        if not callable(self.script):
            if asked.number >= len(self.script):
                raise Refusal(400, f"The script has nothing for request {asked.number}.")
            return self.script[asked.number]
        happening = self.script(asked)
        return await happening if inspect.isawaitable(happening) else happening

    def _check_key(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.key is not None and given != self.key:
            raise Refusal(401, f"Incorrect API key provided: {given}.", "invalid_api_key")

    def _understood(self, body: object, headers: Mapping[str, str]) -> tuple[Asked, str]:
        """The request with what it takes, and its whole prompt. Raises `Refusal`."""
        whole = check_request(body, self.models)
        self._check_quirks(whole)
        form = whole.get("response_format") or {}
        prompt = json.dumps(form["json_schema"]) if form.get("type") == "json_schema" else ""
        prompt += "".join(f"<{one['role']}>{one['content']}" for one in whole["messages"])
        tokens = estimate(prompt)
        cap = whole.get("max_completion_tokens") or whole.get("max_tokens") or 0
        if self.context_tokens is not None and tokens + cap > self.context_tokens:
            text = self.wordings["context"].format(most=self.context_tokens, asked=tokens)
            raise Refusal(400, text, "context_length_exceeded" if text == WORDINGS["context"] else None)
        return Asked(self.calls, whole, headers, tokens, self._cache.known(prompt)), prompt

    def _check_quirks(self, body: Mapping[str, Any]) -> None:
        form = body.get("response_format") or {}
        for name in self.refuses:
            if name in body or name == form.get("type"):
                raise Refusal(self.refusal_status, self.wordings[name])


class _PromptCache:
    """Which beginnings of prompts a provider has read before."""

    def __init__(self) -> None:
        self._blocks: set[bytes] = set()

    def known(self, prompt: str) -> int:
        """The tokens at the beginning of the prompt that were read before."""
        end = 0
        for block in self._hashes(prompt):
            if block not in self._blocks:
                break
            end += _BLOCK
        tokens = estimate(prompt[:end])
        return tokens if tokens >= _LEAST_CACHED else 0

    def keep(self, prompt: str) -> None:
        """Remember a prompt that was read."""
        self._blocks.update(self._hashes(prompt))

    @staticmethod
    def _hashes(prompt: str) -> Iterator[bytes]:
        """Each whole block, hashed together with all before it."""
        so_far = blake2b(digest_size=16)
        for start in range(0, len(prompt) - _BLOCK + 1, _BLOCK):
            so_far.update(prompt[start : start + _BLOCK].encode("utf-8", "replace"))
            yield so_far.digest()
