"""Fetches what a source needs, and says so in the source's terms when that fails."""

from __future__ import annotations

from digest.errors import FetchError, SourceError
from digest.ports import Web

MAX_BYTES = 8 * 1024 * 1024


async def fetch(web: Web, url: str, name: str) -> bytes:
    """The bytes at an address; raises `SourceError` naming the source and what went wrong."""
    try:
        return (await web.get(url, max_bytes=MAX_BYTES)).body
    except FetchError as error:
        message = error.message if url in error.message else f"{error.message} ({url})"
        raise SourceError(f"{name}: {message}", hint=error.hint) from error
