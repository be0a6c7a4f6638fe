"""The SDK's client as Rinko uses it: what it repeats by itself, for how long it waits, how fast it asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient

CALL_SECONDS = 15
"""Longest that one try of a call may take."""
_LONGEST_WAIT = 20
"""Most seconds of a `Retry-After` that are waited out within a call; the caller is told of longer ones."""
_WHILE_MARKED = 5
"""The same where others wait for whoever makes the call."""
_patience: ContextVar[int] = ContextVar("patience", default=_LONGEST_WAIT)
_REPEATABLE = {
    "auth.test", "chat.delete", "chat.update", "conversations.history", "conversations.info",
    "conversations.open", "conversations.replies", "users.info",
}  # fmt: skip
"""Methods that come to the same when they are carried out twice. What posts is none of them: the
connection may be lost after the message was stored, and a second call would post it again."""


@contextmanager
def impatient() -> Iterator[None]:
    """Around a call that posts a part, for which it is marked: what takes longer is waited for outside."""
    before = _patience.set(_WHILE_MARKED)
    try:
        yield
    finally:
        _patience.reset(before)


def slack_client(token: str, base_url: str) -> AsyncWebClient:
    """A client that obeys rate limits and repeats no call that posts.

    A caller with less time than twice 20 seconds of waiting and three tries of 15 ends the call earlier.
    """
    handlers = [_RateLimited(max_retry_count=2), _Disconnected(max_retry_count=1)]
    return AsyncWebClient(token=token, base_url=base_url, timeout=CALL_SECONDS, retry_handlers=handlers)


class _RateLimited(AsyncRateLimitErrorRetryHandler):
    """Waits as long as Slack asks for, where that is not too long."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        limited = await super()._can_retry_async(state=state, request=request, response=response, error=error)
        return limited and response is not None and retry_after(response.headers) <= _patience.get()


class _Disconnected(AsyncConnectionErrorRetryHandler):
    """Repeats a call whose connection was lost, where twice is once."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        method = urlsplit(request.url).path.rpartition("/")[2]
        return method in _REPEATABLE and await super()._can_retry_async(
            state=state, request=request, response=response, error=error
        )


def retry_after(headers: object) -> int:
    """The seconds that an answer asks to wait, 1 where it names none."""
    items = headers.items() if hasattr(headers, "items") else ()
    for name, value in items:
        if str(name).lower() == "retry-after":
            first = str(value[0] if isinstance(value, list) else value)
            return int(first) if first.isdecimal() else 1
    return 1
