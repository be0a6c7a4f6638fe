"""Files that people attach on Slack."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.conversation import Upload
from bot.platforms.slack.payloads import Json

_log = structlog.get_logger(__name__)

_PDF_WITHIN = 1_024
_NAME_CHARACTERS = 200
_MEGABYTE = 1024 * 1024
_SECONDS = 60.0
_CHUNK = 64 * 1024


class NotTaken(Exception):
    """A file that cannot be read; `phrase` and `values` say why."""

    def __init__(self, phrase: str, **values: object) -> None:
        super().__init__(phrase)
        self.phrase = phrase
        self.values = values


async def bring(client: AsyncWebClient, file: Json, most_bytes: int) -> Upload:
    """Fetch an attached file with the bot's token. Raises `NotTaken`, which says why it was not."""
    too_large = NotTaken("chat.too_large", megabytes=most_bytes // _MEGABYTE)
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    if int(file.get("size") or 0) > most_bytes:
        raise too_large
    if file.get("is_external") or not _is_slacks(url, client.base_url):
        raise NotTaken("chat.file_failed")  # the token goes to Slack and to nobody else
    try:
        data = await _fetch(client, url, most_bytes)
    except (aiohttp.ClientError, OSError) as error:
        raise NotTaken("chat.file_failed") from error
    if data is None:
        raise too_large
    if b"%PDF-" not in data[:_PDF_WITHIN]:
        raise NotTaken("chat.not_pdf")
    return Upload(str(file.get("name") or "paper.pdf")[-_NAME_CHARACTERS:], data)


def _is_slacks(url: str, api: str) -> bool:
    """Whether an address is on the same Slack as the API, as files.slack.com is."""
    ours = (urlsplit(api).hostname or "").removeprefix("www.")
    parts, scheme = urlsplit(url), urlsplit(api).scheme
    host = parts.hostname or ""
    return bool(ours) and parts.scheme == scheme and (host == ours or host.endswith(f".{ours}"))


async def _fetch(client: AsyncWebClient, url: str, most_bytes: int) -> bytes | None:
    """The bytes, None where they are more than allowed."""
    headers = {"Authorization": f"Bearer {client.token}"}
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout, trust_env=client.trust_env_in_session) as session,
        session.get(url, headers=headers, proxy=client.proxy, ssl=client.ssl or True) as answer,
    ):
        # Without `files:read`, or with another workspace's token, Slack answers 200 and its sign-in page.
        if answer.status != 200 or answer.content_type == "text/html":
            _log.warning("slack gave no file; is files:read granted?", status=answer.status)
            raise NotTaken("chat.file_failed")
        data = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            data += chunk
            if len(data) > most_bytes:
                return None
        return bytes(data)
