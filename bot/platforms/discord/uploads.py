"""Files that people attach on Discord."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.platforms.conversation import Upload

_PDF_WITHIN = 1_024
_NAME_CHARACTERS = 200
_MEGABYTE = 1024 * 1024

Fetch = Callable[[str], Awaitable[bytes]]
"""Fetches a file by its address on Discord. Raises what discord.py and aiohttp raise."""


class NotTaken(Exception):
    """A file that cannot be read; `phrase` and `values` say why."""

    def __init__(self, phrase: str, **values: object) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.values = values


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as Discord tells of it."""

    filename: str
    size: int
    """In bytes."""
    url: str
    content_type: str = ""


def of_option(data: Mapping[str, Any], number: str | None) -> Attached | None:
    """Pure: the file that an option of a command names."""
    found = data.get("resolved", {}).get("attachments", {}).get(number)
    if found is None:
        return None
    return Attached(found["filename"], int(found["size"]), found["url"], found.get("content_type") or "")


def of_message(attachments: Iterable[discord.Attachment]) -> Attached | None:
    """Pure: the first of a message's files that says it is a PDF; pictures and such are none of ours."""
    for one in attachments:
        kind = one.content_type or ""
        if "pdf" in kind or one.filename.casefold().endswith(".pdf"):
            return Attached(one.filename, one.size, one.url, kind)
    return None


async def bring(file: Attached, fetch: Fetch, most_bytes: int) -> Upload:
    """Fetch an attached file. Raises `NotTaken` where it is too large, not to be had, or no PDF."""
    if file.size > most_bytes:
        raise NotTaken("chat.too_large", megabytes=most_bytes // _MEGABYTE)
    try:
        data = await fetch(file.url)
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise NotTaken("chat.file_failed") from error
    if b"%PDF-" not in data[:_PDF_WITHIN]:
        raise NotTaken("chat.not_pdf")
    return Upload(file.filename[-_NAME_CHARACTERS:], data)
