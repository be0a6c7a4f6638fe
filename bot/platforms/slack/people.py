"""Who somebody is in the workspace: their client's language, and whether they are an admin."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.slack.calls import fault_of
from digest.phrases import Phrases
from digest.ports import Clock

_log = structlog.get_logger(__name__)

ADMIN_FOR = timedelta(seconds=30)
"""How long somebody counts as an admin after Slack said so."""
_LANGUAGE_FOR = timedelta(minutes=10)
_MOST_KEPT = 5_000
_WITHIN_SECONDS = 1.5
"""How long Slack is waited for: a button's dialog must be open three seconds after it was pressed."""


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack last said of somebody."""

    language: str | None
    """Their client's language, None where Rinko does not speak it."""
    is_admin: bool
    at: datetime
    name: str = ""
    """What they are called in the workspace, empty where Slack did not say."""
    timezone: str = ""
    """Where their client is, as `Asia/Tokyo`."""


class People:
    """Asks Slack about people, and remembers it for a short while."""

    def __init__(
        self,
        client: AsyncWebClient,
        clock: Clock,
        phrases: Mapping[str, Phrases],
        admins: frozenset[str],
    ) -> None:
        self._client = client
        self._clock = clock
        self._phrases = phrases
        self._admins = admins
        self._known: dict[str, Person] = {}

    async def get(self, user: str, team: str) -> Person:
        """Somebody, as Slack says now, or said seconds ago.

        Where Slack does not say, they are an admin only if the settings name them.
        """
        now = self._clock.now()
        known = self._known.get(user)
        if known is not None and now - known.at < ADMIN_FOR:
            return known
        try:
            async with asyncio.timeout(_WITHIN_SECONDS):
                told = (await self._client.users_info(user=user, include_locale=True))["user"]
        except (SlackClientError, aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError is one
            _log.warning("slack did not say who somebody is", reason=fault_of(error))
            kept = known.language if known is not None and now - known.at < _LANGUAGE_FOR else None
            return Person(kept, user in self._admins, now, known.name if known is not None else "")
        # An admin of another workspace, in a channel shared with it, is none here.
        here = told.get("team_id") == team and not told.get("deleted")
        is_admin = here and bool(told.get("is_admin") or told.get("is_owner"))
        language = str(told.get("locale") or "").partition("-")[0].casefold()
        profile = told.get("profile") or {}
        person = Person(
            language if language in self._phrases else None,
            is_admin or user in self._admins,
            now,
            str(profile.get("display_name") or told.get("real_name") or told.get("name") or ""),
            str(told.get("tz") or ""),
        )
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[user] = person
        return person
