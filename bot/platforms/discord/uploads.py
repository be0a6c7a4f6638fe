"""Files that people attach on Discord."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.platforms.conversation import Upload

_PDF_WITHIN = 1_024
_NAME_CHARACTERS = 200
_MEGABYTE = 1024 * 1024


class NotTaken(Exception):
    """A file that cannot be read; `phrase` and `values` say why."""

    def __init__(self, phrase: str, **values: object) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.values = values


def paper_among(attached: Sequence[discord.Attachment]) -> discord.Attachment | None:
    """Pure: the first of a message's files that says it is a PDF; pictures and such are none of ours."""
    return next((one for one in attached if _says_pdf(one)), None)


def _says_pdf(one: discord.Attachment) -> bool:
    return "pdf" in (one.content_type or "") or one.filename.casefold().endswith(".pdf")


async def bring(attachment: discord.Attachment, most_bytes: int) -> Upload:
    """Fetch an attached file from Discord. Raises `NotTaken` where it is too large or no PDF."""
    if attachment.size > most_bytes:
        raise NotTaken("chat.too_large", megabytes=most_bytes // _MEGABYTE)
    try:
        data = await attachment.read()
    except (discord.DiscordException, OSError) as error:
        raise NotTaken("chat.file_failed") from error
    if b"%PDF-" not in data[:_PDF_WITHIN]:
        raise NotTaken("chat.not_pdf")
    return Upload(attachment.filename[-_NAME_CHARACTERS:], data)
