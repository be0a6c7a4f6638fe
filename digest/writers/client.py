"""The `openai` client with what it lacks: a bound on what a server may send, and no redirects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

from digest.errors import ReplyBroken, SettingsError

OPENAI_URL = "https://api.openai.com/v1"
_CONNECT_SECONDS = 15.0
_BASE_BYTES = 1_000_000
_BYTES_PER_TOKEN = 2_000
"""A stream wraps each token in some hundred bytes; what comes compressed is refused altogether."""


def open_client(base_url: str | None, api_key: str, seconds: float, output_tokens: int) -> AsyncOpenAI:
    """A client for one server. Replies are read to a length that fits so many tokens.

    The key goes to this address alone: a redirect is an error and not followed. The package's own
    retries are off, as they wait by a clock of their own and are not counted.

    Raises `SettingsError` where the address is not one.
    """
    most = _BASE_BYTES + _BYTES_PER_TOKEN * output_tokens
    try:
        return AsyncOpenAI(
            api_key=api_key.strip() or "none",  # the package insists on one; local servers do not
            base_url=base_url or OPENAI_URL,
            timeout=Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
            max_retries=0,
            default_headers={"Accept-Encoding": "identity"},
            http_client=DefaultAsyncHttpxClient(
                follow_redirects=False, event_hooks={"response": [partial(_bound, most)]}
            ),
        )
    except httpx2.InvalidURL:
        raise SettingsError(
            "The address of the model's server is not one.", hint="Check llm.base_url."
        ) from None


async def _bound(most: int, response: httpx2.Response) -> None:
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise ReplyBroken("The model's server sent its reply compressed, which it was asked not to.")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream, most)


class _Bounded(httpx2.AsyncByteStream):
    """Lets so many bytes through and then raises `ReplyBroken`."""

    def __init__(self, inner: httpx2.AsyncByteStream, most: int) -> None:
        self._inner = inner
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            self._left -= len(piece)
            if self._left < 0:
                raise ReplyBroken("The model's server sent more than any reply is long.")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
