"""How the local model replies: whole or in pieces, and broken in every way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from digest.tokens import estimate
from tests.servers.llm_rules import Refusal
from tests.servers.llm_script import Asked, Breaks, Fails, Garbage, Happening, Refuses, Says, Stalls


class Counts(Protocol):
    """What calls took, all together."""

    input_tokens: int
    cached_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Replying:
    """One reply to one request."""

    counts: Counts
    request: web.Request
    asked: Asked
    stopping: asyncio.Event

    async def make(self, happening: Happening) -> web.StreamResponse:
        """Do what is to happen."""
        if isinstance(happening, str):
            happening = Says(happening)
        if isinstance(happening, Fails):
            refusal = Refusal(happening.status, happening.message, happening.code)
            document = json.dumps(refusal.document()).encode()
            return web.Response(
                body=document if happening.body is None else happening.body,
                status=happening.status,
                headers=happening.headers,
                content_type="application/json",
            )
        if isinstance(happening, Garbage):
            return web.Response(body=happening.data, content_type=happening.content_type)
        self.counts.input_tokens += self.asked.input_tokens
        self.counts.cached_tokens += self.asked.cached_tokens
        if isinstance(happening, Says) and happening.wait:
            await happening.wait.wait()
        return await (self._stream(happening) if self.asked.stream else self._whole(happening))

    # --------------------------------------------------------------------------- whole

    async def _whole(self, happening: Says | Refuses | Stalls | Breaks) -> web.StreamResponse:
        if isinstance(happening, Stalls):
            await self.stopping.wait()
            raise ConnectionResetError
        if isinstance(happening, Breaks):
            if happening.error is not None:
                return web.json_response({"error": happening.error}, status=500)
            return await self._half(json.dumps(self._document(Says(happening.text))).encode())
        return web.json_response(self._document(happening))

    def _document(self, happening: Says | Refuses) -> dict[str, Any]:
        text, finish = self._said(happening)
        message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
        if isinstance(happening, Refuses) and not happening.filtered:
            message["refusal"] = text
        else:
            message["content"] = text
        if isinstance(happening, Says) and happening.thoughts:
            message["reasoning_content"] = happening.thoughts
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        document = {**self._head("chat.completion"), "choices": [choice]}
        if usage := self._usage(happening, text):
            document["usage"] = usage
        return document

    async def _half(self, data: bytes) -> web.StreamResponse:
        """Half of what was announced, and then no connection."""
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = len(data)
        await response.prepare(self.request)
        await response.write(data[: len(data) // 2])
        return self._hang_up(response)

    def _hang_up(self, response: web.StreamResponse) -> web.StreamResponse:
        if self.request.transport:
            self.request.transport.abort()
        return response

    # -------------------------------------------------------------------------- stream

    async def _stream(self, happening: Says | Refuses | Stalls | Breaks) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(self.request)
        sent = 0
        async for delta in self._deltas(happening):
            if isinstance(happening, Stalls | Breaks) and sent > happening.after:
                break
            await self._send(response, delta)
            sent += 1
        if isinstance(happening, Stalls):
            await self.stopping.wait()
            return self._hang_up(response)
        if isinstance(happening, Breaks):
            if happening.error is None:
                return self._hang_up(response)
            await response.write(f"data: {json.dumps({'error': happening.error})}\n\n".encode())
            return response
        await self._finish(response, happening)
        return response

    async def _deltas(self, happening: Says | Refuses | Stalls | Breaks) -> AsyncIterator[dict[str, str]]:
        """What the pieces of a stream hold: first the role, as everywhere, then the text."""
        yield {"role": "assistant", "content": ""}
        if isinstance(happening, Refuses):
            yield {"content" if happening.filtered else "refusal": happening.text}
            return
        says = happening if isinstance(happening, Says) else Says(happening.text)
        if says.thoughts:
            yield {"reasoning_content": says.thoughts}
        text, _ = self._capped(says)
        for start in range(0, len(text), says.piece):
            if says.drip:
                await asyncio.sleep(says.drip)
            yield {"content": text[start : start + says.piece]}

    async def _send(
        self, response: web.StreamResponse, delta: Mapping[str, str], finish: str | None = None
    ) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        document = {**self._head("chat.completion.chunk"), "choices": [choice]}
        await response.write(f"data: {json.dumps(document)}\n\n".encode())

    async def _finish(self, response: web.StreamResponse, happening: Says | Refuses) -> None:
        text, finish = self._said(happening)
        if finish is None:
            return
        await self._send(response, {}, finish)
        usage = self._usage(happening, text)
        if usage and (self.asked.body.get("stream_options") or {}).get("include_usage"):
            document = {**self._head("chat.completion.chunk"), "choices": [], "usage": usage}
            await response.write(f"data: {json.dumps(document)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")

    # ---------------------------------------------------------------------------- both

    def _head(self, kind: str) -> dict[str, Any]:
        number = f"chatcmpl-{self.asked.number}"
        return {"id": number, "object": kind, "created": 1700000000, "model": self.asked.body["model"]}

    def _said(self, happening: Says | Refuses) -> tuple[str, str | None]:
        """The text, and why it ends there."""
        if isinstance(happening, Says):
            return self._capped(happening)
        return happening.text, "content_filter" if happening.filtered else "stop"

    def _capped(self, says: Says) -> tuple[str, str | None]:
        """The text as far as the cap of tokens lets it go."""
        cap = self.asked.output_cap
        if cap is None or estimate(says.text) <= cap:
            return says.text, says.finish
        low, high = 0, len(says.text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if estimate(says.text[:middle]) <= cap else (low, middle - 1)
        return says.text[:low], "length"

    def _usage(self, happening: Says | Refuses, text: str) -> Mapping[str, Any] | None:
        """What the call took, as the server says it; its own count goes up by the truth."""
        thoughts = happening.thoughts if isinstance(happening, Says) else ""
        output = estimate(text) + estimate(thoughts)
        self.counts.output_tokens += output
        if isinstance(happening, Says) and happening.usage != "counted":
            return happening.usage
        return {
            "prompt_tokens": self.asked.input_tokens,
            "completion_tokens": output,
            "total_tokens": self.asked.input_tokens + output,
            "prompt_tokens_details": {"cached_tokens": self.asked.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": estimate(thoughts)},
        }
