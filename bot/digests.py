"""`/digest post` and `repost`: what admins bring into their channel, on every platform alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.panels import watched
from bot.platforms.conversation import Replies, Request
from bot.services import Services
from bot.targets import built, pick_paper, subscribed, week_and_rest
from digest.delivery import Delivered
from digest.layout import text
from digest.models import Week
from digest.places import Subscription
from digest.ports import Progress
from digest.posts import Post

FRESH = "fresh"

_Work = Callable[[Progress], Awaitable[Delivered]]


@dataclass(frozen=True)
class Digests:
    """Posts when an admin says so."""

    services: Services

    async def post(self, words: str, request: Request, replies: Replies) -> None:
        """`/digest post [WEEK]`: post to this channel; a digest that stands there already stays."""
        channel = await subscribed(self.services, request)
        week = await self.services.week(words, channel.timezone)
        await self.services.access.admin(request, "post", words, week)

        async def work(progress: Progress) -> Delivered:
            return await self.services.posting.post(week, channel, progress, verify=True, actor=request.user)

        await self._show(week, work, request, replies)

    async def repost(self, words: str, request: Request, replies: Replies) -> None:
        """`/digest repost [WEEK] [PAPER] [fresh]`: bring what was posted up to date, in place.

        The sources are asked anew; where one paper is named, only that paper is looked at again.
        `fresh` posts new messages instead.
        """
        channel = await subscribed(self.services, request)
        said, rest = week_and_rest(words)
        fresh = FRESH in rest.casefold().split()
        rest = " ".join(word for word in rest.split() if word.casefold() != FRESH)
        week = await self.services.week(said, channel.timezone)
        await self.services.access.admin(request, "repost", words, week)
        only = await self._paper(rest, week, channel)

        async def work(progress: Progress) -> Delivered:
            return await self.services.posting.post(
                week,
                channel,
                progress,
                again=True,
                verify=not fresh,
                fresh=fresh,
                only=only,
                actor=request.user,
            )

        await self._show(week, work, request, replies)

    async def _paper(self, words: str, week: Week, channel: Subscription) -> str | None:
        """The key of the one paper to post again; None for all, as where nothing was posted yet."""
        if not words:
            return None
        issue = await built(self.services, week, channel)
        key = pick_paper(issue.entries, words).paper.key
        return key if await self.services.ledger.finished(channel.place, week) else None

    async def _show(self, week: Week, work: _Work, request: Request, replies: Replies) -> None:
        say = self.services.say(request.language)
        stream = replies.stream(only_for_asker=True)
        done = await watched(stream, say, say("post.working", week=week), work)
        words = say("post.unchanged", week=week)
        if done.changed:
            words = say("post.done", week=week, sent=done.sent, edited=done.edited)
        blocks = [text(words)]
        if done.left:
            blocks.append(text(say("post.left", count=done.left)))
        await stream.finish(Post(request.language, tuple(blocks)))
