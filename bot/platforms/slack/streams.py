"""Messages on Slack that grow, or that come at once for one person."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.slack.calls import SlackCalls
from bot.rendering.slack import MOST_EDITED_TEXT_BYTES, blocks_of, text_of
from digest.places import Message, Place
from digest.posts import Post


class EphemeralStream:
    """A message that one person sees. Slack cannot change it later, so it comes when it is finished."""

    def __init__(
        self, client: AsyncWebClient, calls: SlackCalls, place: Place, thread: str | None, user: str
    ) -> None:
        self._client = client
        self._calls = calls
        self._place = place
        self._thread = thread
        self._user = user

    async def show(self, post: Post) -> None:
        """Nothing: a message for each state would stay, one below the other."""

    async def finish(self, post: Post) -> Message:
        """Show this. Raises `PlaceUnavailable` where the person is not in the channel."""
        answer = await self._calls.call(
            self._client.chat_postEphemeral,
            channel=self._place.channel,
            user=self._user,
            thread_ts=self._thread,
            blocks=blocks_of(post),
            text=text_of(post, MOST_EDITED_TEXT_BYTES),
        )
        return Message(str(answer["message_ts"]), self._place, self._thread)
