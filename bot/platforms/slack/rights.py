"""What keeps the bot from posting in a channel, found out without posting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.slack.calls import TOKEN_FAULTS, SlackCalls
from digest.errors import PlaceUnavailable


async def lacking_in(client: AsyncWebClient, calls: SlackCalls, channel: str) -> tuple[str, ...]:
    """Names of `rights.*`, what keeps it from the others first. Raises `DeliveryError` without an answer."""
    try:
        info = await calls.call(client.conversations_info, channel=channel, background=True)
    except PlaceUnavailable as error:
        return (_name(error, "slack_read"),)
    told = info["channel"]
    if told.get("is_archived"):
        return ("slack_archived",)
    if not (told.get("is_member") or told.get("is_im")):
        return ("slack_member",)
    found = []
    granted = _scopes(info.headers)
    if granted and "chat:write" not in granted:
        found.append("slack_write")
    if told.get("is_read_only") or told.get("is_thread_only"):
        found.append("slack_allowed")
    if _history_scope(told) not in granted:  # hundreds of channels share fifty such calls a minute
        try:
            await calls.call(client.conversations_history, channel=channel, background=True, limit=1)
        except PlaceUnavailable as error:
            found.append(_name(error, "slack_history"))
    return tuple(found)


def _history_scope(told: Mapping[str, Any]) -> str:
    """What reading the history of a channel that the bot is in asks for."""
    if told.get("is_im"):
        return "im:history"
    return "groups:history" if told.get("is_private") or told.get("is_group") else "channels:history"


def _name(error: PlaceUnavailable, scope: str) -> str:
    """The right behind a refusal; `scope` is the one that a missing scope stands for."""
    reason = error.values.get("reason")
    if reason in TOKEN_FAULTS:
        return "slack_token"
    return {"missing_scope": scope, "not_in_channel": "slack_member"}.get(reason or "", "see")


def _scopes(headers: Mapping[str, str]) -> set[str]:
    """What the token allows, as every answer says; empty where this one does not."""
    said = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    return {scope.strip() for scope in said.split(",") if scope.strip()}
