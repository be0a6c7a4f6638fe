"""Calls a model behind the chat-completions API, which OpenAI and many other servers speak."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

import stamina
import structlog

from digest.errors import ModelRefused, ModelUnreachable, ReplyBroken
from digest.ports import Clock
from digest.writers.attempts import Attempts
from digest.writers.calls import Call, ModelServer, Reply, Turn
from digest.writers.client import open_client
from digest.writers.dialects import Dialect, Learned
from digest.writers.faults import RAISED, NotTaken, Passing, cleaned, fault_of
from digest.writers.metering import Meter
from digest.writers.wire import at

__all__ = ["Call", "Chat", "ModelServer", "Reply", "Turn"]

_log = structlog.get_logger()
_LONGEST_WAIT = 120.0
_LONGEST_BACKOFF = 30.0
_CHECK_SECONDS = 20.0
_CHECK_TOKENS = 1_000
"""Room for a model that thinks before it says anything."""
_NAMED = 5

T = TypeVar("T")
Once = Callable[[Call, Dialect, int], Awaitable[T]]


class Chat:
    """Asks one model, retrying what may pass, within the ceilings that its meter guards.

    To be closed with `aclose`. What a server was found not to take is remembered for as long as
    this lives. Errors never hold a server's words: those are in the log, cleaned.
    """

    def __init__(self, server: ModelServer, meter: Meter, clock: Clock) -> None:
        """Open no connection yet. Raises `SettingsError` where the address is not one."""
        self.server = server
        self._clock = clock
        self._client = open_client(server.base_url, server.api_key, server.seconds, server.output_tokens)
        # Taken here, as the package loads this part of itself when it is first asked for.
        self._attempts = Attempts(self._client.chat.completions, server, meter, clock)
        # Some servers pass silently over the newer name, and OpenAI's newer models refuse the older.
        self._learned = Learned("max_tokens" if server.base_url else "max_completion_tokens")
        self._rooms = {asked: asyncio.Semaphore(server.at_once) for asked in (True, False)}
        self._chance = random.Random()  # noqa: S311 - spreads waits, and keeps no secret

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def complete(self, call: Call) -> Reply:
        """The whole reply, without thoughts and code fences around it.

        Raises `ModelUnreachable`, `ModelRefused`, `TooLongForModel`, `ReplyBroken` where what came
        is no reply at all, and `CeilingReached`.
        """
        async with self._rooms[call.asker is not None]:
            return await self._retried(call, self._attempts.whole)

    async def stream(self, call: Call) -> AsyncGenerator[str, None]:
        """The reply in pieces, without what is around it; ends where the reply is whole.

        Raises as `complete`; and `ReplyBroken` at the end where the reply was cut off or broke.
        Who stops before the end must close it (`contextlib.aclosing`), for the call to end too.
        """
        async with self._rooms[call.asker is not None]:
            begun = await self._retried(call, self._attempts.begun)
            try:
                async with begun.open:
                    yield begun.first
                    async for piece in begun.rest:
                        yield piece
            except Passing as fault:
                raise ReplyBroken(f"In the middle of a reply the model's server {fault}.") from None

    # --------------------------------------------------------------------------- check

    async def check(self) -> None:
        """See whether calls would work: the server answers, takes the key, and knows the model.

        Asks for the list of models; where there is none, or the model is not on it, with a call of
        few tokens. Raises `ModelUnreachable` or `ModelRefused`, which say what to do, and
        `CeilingReached`.
        """
        listed, model = await self._listed(), self.server.model
        if model in listed or f"{model}:latest" in listed:
            return
        turns = (Turn("user", "Reply with the word OK."),)
        tokens = min(_CHECK_TOKENS, self.server.output_tokens)
        try:
            await self._spoken(Call("check", turns, {}, "", output_tokens=tokens), self._attempts.whole, 1)
        except ReplyBroken:
            return  # the model is there, whatever it says
        except Passing as fault:
            raise ModelUnreachable(f"The model's server {fault}.", hint=fault.hint) from None
        except ModelRefused as error:
            names = ", ".join(cleaned(name, self.server.api_key) for name in listed[:_NAMED])
            hint = f"{error.hint or ''} It lists: {names}." if names else error.hint
            raise ModelRefused(error.message, hint=hint) from None

    async def _listed(self) -> list[str]:
        """The models that the server lists, none where it has no list."""
        seconds = min(self.server.seconds, _CHECK_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                page = await self._client.models.list()
        except RAISED as error:
            failure = fault_of(error, self.server.model, seconds, self._clock.now()).failure
            if isinstance(failure, Passing):
                raise ModelUnreachable(f"The model's server {failure}.", hint=failure.hint) from None
            return []
        data = at(page, "data")
        ids = [at(one, "id") for one in data] if isinstance(data, list) else []
        return [name for name in ids if isinstance(name, str)]

    # ------------------------------------------------------------------------- retries

    async def _retried(self, call: Call, once: Once[T]) -> T:
        """The outcome of the first attempt that has one."""
        pause = 0.0
        try:
            # All waiting is done by the clock, so that stamina is told to wait for nothing.
            async for attempt in stamina.retry_context(
                on=lambda error: 0.0 if isinstance(error, Passing) else False,
                attempts=self.server.attempts,
                timeout=None,
            ):
                with attempt:
                    if pause:
                        await self._clock.sleep(pause)
                    try:
                        return await self._spoken(call, once, attempt.num)
                    except Passing as fault:
                        pause = self._pause(fault, attempt.num)
                        raise
        except Passing as fault:
            tried = f"it was tried {self.server.attempts} times"
            raise ModelUnreachable(f"The model's server {fault}; {tried}.", hint=fault.hint) from None
        raise ModelUnreachable

    def _pause(self, fault: Passing, attempt: int) -> float:
        """The seconds to wait: those that the server named, else doubling, and never quite the same."""
        if fault.wait is None:
            return min(2.0 ** (attempt - 1), _LONGEST_BACKOFF) * self._chance.uniform(0.5, 1.0)
        if fault.wait > _LONGEST_WAIT:
            raise ModelUnreachable(
                f"The model's server {fault} and asks to be left alone for {fault.wait:.0f} seconds.",
                hint="Try again after that time.",
            ) from None
        return fault.wait + self._chance.uniform(0.0, 0.5)

    async def _spoken(self, call: Call, once: Once[T], attempt: int) -> T:
        """One attempt, put anew as long as the server only minds how it is put."""
        while True:
            dialect = self._learned.dialect
            try:
                return await once(call, dialect, attempt)
            except NotTaken as fault:
                given_up = self._learned.learn(dialect, fault.complaint)
                if given_up is None:
                    raise fault.refusal from None
                _log.info("the model's server does not take all that was asked", given_up=given_up)
