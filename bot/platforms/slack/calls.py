"""Calls of Slack's Web API at the pace it allows, and what its answers mean to Rinko."""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import aiohttp
from aiolimiter import AsyncLimiter
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.platforms.slack.client import impatient, retry_after
from digest.errors import DeliveryError, EditRefused, NotFound, PlaceUnavailable, RinkoError, ThreadLocked

Method = Callable[..., Awaitable[AsyncSlackResponse]]

_POSTS = {"chat_postMessage", "chat_postEphemeral", "chat_startStream"}
_SECOND_TIER, _THIRD_TIER = 20, 50
_A_MINUTE = {
    "chat_startStream": _SECOND_TIER,
    "chat_stopStream": _SECOND_TIER,
    "chat_update": _THIRD_TIER,
    "chat_delete": _THIRD_TIER,
    "conversations_history": _THIRD_TIER,
    "conversations_replies": _THIRD_TIER,
    "conversations_info": _THIRD_TIER,
    "conversations_open": _THIRD_TIER,
}
"""How often Slack lets a workspace's bot call a method: https://docs.slack.dev/apis/web-api/rate-limits."""
_READS = {"conversations_history", "conversations_replies", "conversations_info"}
"""In the background these wait for as long as Slack asks: nothing is marked as being sent meanwhile."""
_LONGEST_WAIT = 300
"""Most seconds that they wait at a time."""
_LONGEST_IN_LINE = 20.0
_GONE = {"message_not_found", "thread_not_found", "cant_update_message", "cant_delete_message"}
"""The last two are said of what stands in place of a deleted message that has replies."""
_INVITE = "Type /invite @Rinko in the channel."
_REINSTALL = "`rinko doctor` names the scopes that are missing; add them and reinstall the app."
TOKEN_FAULTS = {"invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive"}
"""What Slack says of a token that it does not take."""
REMOVED = {"token_revoked", "account_inactive"}
"""What it says of one whose app was removed from the workspace."""
_UNAVAILABLE = {
    "channel_not_found": ("Slack knows no such channel, or it is private and Rinko is not in it.", _INVITE),
    "not_in_channel": ("Rinko is not in the channel.", _INVITE),
    "is_archived": ("The channel is archived.", "Unarchive it, or subscribe another."),
    "is_inactive": ("The channel is archived.", "Unarchive it, or subscribe another."),
    "restricted_action": ("Rinko may not post in the channel.", "Its settings say who may."),
    "restricted_action_read_only_channel": ("The channel is read-only.", "Its settings say who may post."),
    "restricted_action_non_threadable_channel": ("The channel takes no replies.", "Subscribe another."),
    "restricted_action_thread_only_channel": ("The channel takes replies only.", "Subscribe another."),
    "user_not_in_channel": ("The person is not in the channel.", None),
    "user_not_found": ("There is no such person in the workspace.", None),
    "missing_scope": ("The app lacks a permission.", _REINSTALL),
    "not_allowed_token_type": ("The token is of the wrong kind.", "Run `rinko doctor`."),
    "invalid_auth": ("Slack does not take the bot's token.", "Run `rinko doctor`."),
    "not_authed": ("Slack does not take the bot's token.", "Run `rinko doctor`."),
    "token_expired": ("The bot's token has expired.", "Run `rinko doctor`."),
    "token_revoked": ("The app was removed from the workspace.", "Install it again."),
    "account_inactive": ("The app was removed from the workspace.", "Install it again."),
    "team_access_not_granted": ("The app is not installed in the workspace.", "Install it there."),
}


class SlowDown(DeliveryError):
    """Slack asks to go slower, and did not do what it was asked."""

    def __init__(self, seconds: int) -> None:
        """Keep how long it asks to wait."""
        self.seconds = seconds
        super().__init__(hint=f"Try again in {seconds} seconds.")


class SlackCalls:
    """Calls methods of the SDK's client; an outlet and its streams share one, and so their pace."""

    def __init__(self, post_seconds: float = 1.0, minute: float = 60.0) -> None:
        """`post_seconds` lie between two messages in a channel, as Slack allows about one a second.

        `minute` is how many seconds the limits by method are for.
        """
        self.refused = ""
        """Why Slack takes the token no more, in its own word; empty as long as it does."""
        self._minute = minute
        self._posts: defaultdict[str, AsyncLimiter] = defaultdict(lambda: AsyncLimiter(1, post_seconds))
        self._methods: dict[str, AsyncLimiter] = {}
        self._lines: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Held by the one call of the background whose turn is next, of all that want the same method."""
        self._free_at: defaultdict[str, float] = defaultdict(float)
        """Until when Slack refuses a method, as a time of the loop."""

    def free(self, method: Method) -> bool:
        """Whether a method may be called at once."""
        return self._limiter(method.__name__).has_capacity()

    async def call(
        self, method: Method, *, channel: str = "", background: bool = False, **arguments: Any
    ) -> AsyncSlackResponse:
        """Call a method when its turn has come; what nobody waits for does so in the `background`.

        Of that, one call at a time stands in the line of all others, so that an answer never waits for
        the digests of hundreds of channels, and they for no more than the answers that are under way.
        Raises `NotFound` for a message that is gone, `PlaceUnavailable` where the bot may not, and
        `DeliveryError` for all else, also where it is not known whether it was carried out.
        """
        if channel:
            arguments["channel"] = channel
        name = method.__name__
        if name in _POSTS:
            await self._posts[channel].acquire()
        if not background:
            if name in _A_MINUTE:
                await self._limiter(name).acquire()
            return await self._called(method, arguments)
        while True:
            await self._background_turn(name)
            try:
                with impatient():
                    return await self._called(method, arguments)
            except SlowDown as error:
                # Other processes call with the same token, and there is one limit for all.
                free_at = asyncio.get_running_loop().time() + error.seconds * self._minute / 60
                self._free_at[name] = max(free_at, self._free_at[name])
                if name not in _READS or error.seconds > _LONGEST_WAIT:
                    raise

    async def _background_turn(self, name: str) -> None:
        """Wait in line; whoever changes a message, for which others wait, is told when it is long."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None if name in _READS else _LONGEST_IN_LINE), self._lines[name]:
                await asyncio.sleep(max(0.0, self._free_at[name] - loop.time()))
                await self._limiter(name).acquire()
        except TimeoutError:
            raise SlowDown(max(1, math.ceil(self._free_at[name] - loop.time()))) from None

    async def _called(self, method: Method, arguments: dict[str, Any]) -> AsyncSlackResponse:
        try:
            answer = await method(**arguments)
        except SlackApiError as error:
            if reason_of(error) in TOKEN_FAULTS:
                self.refused = reason_of(error)
            _refused(error)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DeliveryError(f"Slack did not answer ({type(error).__name__}).") from None
        self.refused = ""
        return answer

    def _limiter(self, name: str) -> AsyncLimiter:
        """A quarter of what a minute allows at once, and the rest over the minute: never more in any one."""
        if name not in self._methods:
            allowed = _A_MINUTE[name]
            at_once = allowed // 4
            self._methods[name] = AsyncLimiter(at_once, at_once / (allowed - at_once) * self._minute)
        return self._methods[name]


def reason_of(error: SlackApiError) -> str:
    """Slack's word for what went wrong, empty where its answer was none."""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def fault_of(error: Exception) -> str:
    """What went wrong, in a word that holds no secret: Slack's own, or else the kind of fault."""
    if isinstance(error, SlackApiError):
        return reason_of(error) or f"status {getattr(error.response, 'status_code', 0)}"
    if isinstance(error, RinkoError):
        return error.values.get("reason") or error.kind
    return type(error).__name__


def _refused(error: SlackApiError) -> NoReturn:
    """Raise what an answer means. The answer itself stays out of the error: it may repeat the call."""
    reason, status = reason_of(error), getattr(error.response, "status_code", 0)
    if status == 429 or reason in {"ratelimited", "rate_limited"}:
        raise SlowDown(retry_after(getattr(error.response, "headers", {}))) from None
    if reason in _GONE:
        raise NotFound("The message is gone.") from None
    if reason == "restricted_action_thread_locked":
        raise ThreadLocked(hint="Unlock it.", values={"reason": reason}) from None
    if reason == "edit_window_closed":
        raise EditRefused("The workspace lets messages be edited for a time only.") from None
    if reason in _UNAVAILABLE:
        message, hint = _UNAVAILABLE[reason]
        raise PlaceUnavailable(message, hint=hint, values={"reason": reason}) from None
    raise DeliveryError(f"Slack did not take it ({reason or f'status {status}'}).") from None
