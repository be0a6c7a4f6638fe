"""One request to a model's server: bounded in time and length, metered, its faults told in our terms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from openai.resources.chat import AsyncCompletions

from digest.errors import ModelRefused, ReplyBroken, WriterError
from digest.ports import Clock
from digest.writers.calls import Call, ModelServer, Reply, Request, request
from digest.writers.dialects import Dialect
from digest.writers.faults import (
    RAISED,
    Failure,
    Fault,
    NotTaken,
    Passing,
    cleaned,
    error_fault,
    fault_of,
    no_reply,
)
from digest.writers.metering import Meter, Tally
from digest.writers.unwrapping import Unwrapper, unwrapped
from digest.writers.wire import Part, part

_log = structlog.get_logger()
_CHARACTERS = 16
"""Characters of one token at most, for cutting off a server that does not keep to its limit."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Begun:
    """A reply whose first piece is there; `open` is to be entered, and ends the request."""

    open: AsyncExitStack
    first: str
    rest: AsyncIterator[str]


@dataclass(frozen=True)
class Attempts:
    """Makes single requests. All that it raises is a `Failure`, or `CeilingReached`."""

    completions: AsyncCompletions
    server: ModelServer
    meter: Meter
    clock: Clock

    async def whole(self, call: Call, dialect: Dialect, number: int) -> Reply:
        """A whole reply."""
        asked = request(self.server, call, dialect, stream=False)
        async with self._around(call, asked, number) as tally:
            async with asyncio.timeout(self.server.seconds):
                document: Any = await self.completions.create(**asked.body)
            said = self._understood(part(document, "message"), tally)
            if not said.known:
                raise no_reply()
            _check_length(len(said.text) + len(said.thoughts), asked)
            reply = Reply(unwrapped(said.text), said.finish == "length")
            if not reply.text and not reply.cut_off:
                raise ReplyBroken("The model's reply was empty.")
            return reply

    async def begun(self, call: Call, dialect: Dialect, number: int) -> Begun:
        """A reply in pieces, as soon as it has begun.

        It raises as this does while it goes on, and `ReplyBroken` at its end where it was cut off.
        """
        asked = request(self.server, call, dialect, stream=True)
        async with AsyncExitStack() as stack:
            tally = await stack.enter_async_context(self._around(call, asked, number))
            pieces = await stack.enter_async_context(aclosing(self._pieces(asked, tally)))
            first = await anext(pieces)
            return Begun(stack.pop_all(), first, pieces)

    async def _pieces(self, asked: Request, tally: Tally) -> AsyncGenerator[str, None]:
        """The reply without what is around it, never an empty piece; at least one, or it raises."""
        unwrapper, finish, given = Unwrapper(), None, False
        async with aclosing(self._parts(asked, tally)) as parts:
            async for said in parts:
                finish = said.finish or finish
                if piece := unwrapper.feed(said.text):
                    given = True
                    yield piece
        if piece := unwrapper.finish():
            given = True
            yield piece
        if finish is None:
            raise Passing("broke off", "Look at its log.")
        if finish == "length":
            raise ReplyBroken(f"The model's reply was cut off after {asked.output_tokens} tokens.")
        if not given:
            raise ReplyBroken("The model's reply was empty.")

    async def _parts(self, asked: Request, tally: Tally) -> AsyncGenerator[Part, None]:
        """What the server sends of a reply, counted, until it ends or the time is over."""
        patience, finish, length = _Patience(self.server.seconds), None, 0
        chunks: Any = await patience(self.completions.create(**asked.body))
        async with chunks:
            while True:
                try:
                    document = await patience(anext(chunks))
                except StopAsyncIteration:
                    return
                except RAISED:
                    if finish is None:
                        raise
                    return  # the reply is whole; only what it took was still to come
                said = self._understood(part(document, "delta"), tally)
                finish, length = said.finish or finish, length + len(said.text) + len(said.thoughts)
                _check_length(length, asked)
                yield said

    def _understood(self, said: Part, tally: Tally) -> Part:
        """What came, counted; raises where it is an error, or the model does not want to reply."""
        tally.took(said.tokens)
        if said.error is not None:
            raise self._failed(error_fault(said.error, self.server.model), tally)
        if said.text or said.thoughts or not said.known:
            tally.received(said.thoughts + said.text)
        if said.refused:
            raise ModelRefused(
                "The model refused to reply.", hint="A filter of its provider may have stopped it."
            )
        return said

    @asynccontextmanager
    async def _around(self, call: Call, asked: Request, number: int) -> AsyncIterator[Tally]:
        """Around one request: metered, with a line in the log when it has ended."""
        began, tally, ended = self.clock.now(), None, "stopped"
        try:
            async with self.meter.call(
                call.purpose, asked.texts, asked.output_tokens, call.asker, call.subject
            ) as tally:
                try:
                    yield tally
                except RAISED as error:
                    fault = fault_of(error, self.server.model, self.server.seconds, self.clock.now())
                    raise self._failed(fault, tally) from None
            ended = "done"
        except (Passing, NotTaken, WriterError) as failure:
            ended = type(failure).__name__
            raise
        finally:
            if tally is not None:
                self._record(call, tally, number, ended, (self.clock.now() - began).total_seconds())

    def _failed(self, fault: Fault, tally: Tally) -> Failure:
        """The failure to raise, once it is known what it means for what the call took."""
        if not fault.reached:
            tally.never_made()
        elif fault.answered:
            tally.received("")
        if fault.detail:
            detail = cleaned(fault.detail, self.server.api_key.strip())
            _log.warning("the model's server sent an error", detail=detail)
        return fault.failure

    def _record(self, call: Call, tally: Tally, number: int, ended: str, seconds: float) -> None:
        """One line for one request, without a word of what was said."""
        usage = tally.usage
        _log.info(
            "model asked",
            purpose=call.purpose,
            subject=call.subject,
            attempt=number,
            ended=ended,
            seconds=round(seconds, 3),
            input_tokens=usage.input_tokens,
            cached_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens,
            settled=usage.settled,
            estimated=usage.estimated,
        )


class _Patience:
    """So many seconds of waiting for a server; what others take between the waits is not counted."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    async def __call__(self, awaited: Awaitable[T]) -> T:
        """Wait for one thing. Raises TimeoutError when there is no patience left."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._left):
                return await awaited
        finally:
            self._left -= loop.time() - began


def _check_length(characters: int, asked: Request) -> None:
    """Raises `ReplyBroken` for more than the tokens that were asked for can hold."""
    if characters > asked.output_tokens * _CHARACTERS:
        raise ReplyBroken("The model's server sent more than it was asked for.")
