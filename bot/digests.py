"""`/digest`: what admins do with the weekly digest, on every platform alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.platforms.conversation import Replies, Request
from bot.services import Services
from bot.status import post_time_in_words
from digest.choose import why
from digest.errors import NotSubscribed, NotUnderstood
from digest.layout import dropped_words, heading, item, note, reason_words, text, title
from digest.models import Entry, Extent, Issue, Week
from digest.phrases import Phrases
from digest.places import Subscription
from digest.ports import Progress, Step, Stream
from digest.posts import Block, Post, Span
from digest.weeks import next_posting, parse_post_time, zone

T = TypeVar("T")


@dataclass(frozen=True)
class Digests:
    """The acts behind `/digest`."""

    services: Services

    async def here(self, words: str, request: Request, replies: Replies) -> None:
        """`/digest here [DAY TIME] [ZONE] [ja|en] [qa|bilingual]`: post to this channel weekly."""
        chosen = self._chosen(words, request)
        await self.services.access.admin(request, "here", words)
        channels = self.services.channels
        say = self.services.say(request.language)
        known = await channels.get(request.place)
        since = known.since if known else self.services.clock.now()
        await channels.set(replace(chosen, since=since))
        post_time = parse_post_time(chosen.post_at)
        week, moment = next_posting(self.services.clock.now(), post_time, chosen.timezone)
        local = moment.astimezone(zone(chosen.timezone))
        words = say(
            "here.subscribed",
            schedule=post_time_in_words(chosen, say),
            date=say.date(local.date()),
            time=f"{local:%H:%M}",
            week=week,
        )
        current = await self.services.current_week(chosen.timezone)
        blocks = (text(words), note(say("here.last_week", week=current)))
        await replies.stream(only_for_asker=True).finish(Post(request.language, blocks))

    def _chosen(self, words: str, request: Request) -> Subscription:
        """What the words of `/digest here` ask for. Raises `NotUnderstood` for a word it does not know."""
        chosen = Subscription(request.place, request.language, "tue 09:00", "Asia/Tokyo")
        rest = words.split()
        while rest:
            word = rest.pop(0)
            if word.casefold() in self.services.phrases:
                chosen = replace(chosen, language=word.casefold())
            elif word.casefold() in {"qa", "bilingual"}:
                chosen = replace(chosen, layout="bilingual" if word.casefold() == "bilingual" else "qa")
            elif "/" in word or word == "UTC":
                zone(word)
                chosen = replace(chosen, timezone=word)
            elif rest and ":" in rest[0]:
                chosen = replace(chosen, post_at=str(parse_post_time(f"{word} {rest.pop(0)}")))
            else:
                raise NotUnderstood(f"“{word}” was not understood.", values={"text": word})
        return chosen

    async def preview(self, words: str, request: Request, replies: Replies) -> None:
        """`/digest preview [WEEK]`: the whole digest for the admin alone, with what was left out."""
        channel = await self._channel(request)
        week = await self.services.week(words, channel.timezone)
        await self.services.access.admin(request, "preview", words, week)
        stream = replies.stream(only_for_asker=True)
        issue = await self._with_progress(
            stream,
            request,
            week,
            lambda progress: self.services.posting.weekly.build(week, channel.language, progress),
        )
        parts = await self.services.posting.parts(issue, channel)
        say = self.services.say(request.language)
        opening = (title(say("post.preview_heading", week=week)), *self._left_out(issue, say))
        await stream.finish(Post(request.language, opening))
        for part in parts:
            post = replace(part.post, buttons=(), notify=False)
            await replies.stream(only_for_asker=True).finish(post)

    def _left_out(self, issue: Issue, say: Phrases) -> Iterator[Block]:
        """Answers that failed a check, and papers that were not read in full."""
        dropped = [(entry, one) for entry in issue.entries if entry.writing for one in entry.writing.dropped]
        if dropped:
            yield heading(say("post.preview_dropped"))
        for entry, one in dropped:
            yield item(
                Span(
                    say(
                        "post.preview_dropped_line",
                        title=entry.paper.title,
                        question=one.question,
                        reason=dropped_words(say, one),
                    )
                )
            )
        stood_in = [(one.paper.title, one.writing.stood_in) for one in issue.entries if one.writing]
        if any(reason for _, reason in stood_in):
            yield heading(say("post.preview_stood_in"))
        for name, reason in stood_in:
            if reason:
                words = say("post.preview_stood_in_line", title=name, reason=reason_words(say, reason))
                yield item(Span(words))
        unread: list[Entry] = [one for one in issue.entries if one.coverage.extent is not Extent.FULL]
        if unread:
            yield heading(say("post.preview_unread"))
        for entry in unread:
            yield item(Span(entry.paper.title))
        if issue.left_out:
            yield heading(say("post.preview_left_out"))
        for left in issue.left_out:
            name, values = why(left.reason)
            reason = say(f"choice.{name}", values=say("list.separator").join(values))
            yield item(Span(left.title), Span(reason))

    async def post(self, words: str, request: Request, replies: Replies) -> None:
        """`/digest post [WEEK]`: post to this channel; a digest that stands there already stays."""
        await self._post(words, request, replies, again=False)

    async def repost(self, words: str, request: Request, replies: Replies) -> None:
        """`/digest repost [WEEK]`: ask the sources anew and bring the posted digest up to date."""
        await self._post(words, request, replies, again=True)

    async def _post(self, words: str, request: Request, replies: Replies, *, again: bool) -> None:
        channel = await self._channel(request)
        week = await self.services.week(words, channel.timezone)
        await self.services.access.admin(request, "repost" if again else "post", words, week)
        stream = replies.stream(only_for_asker=True)
        done = await self._with_progress(
            stream,
            request,
            week,
            lambda progress: self.services.posting.post(
                week, channel, progress, again=again, verify=True, actor=request.user
            ),
        )
        say = self.services.say(request.language)
        words = say("post.unchanged", week=week)
        if done.changed:
            words = say("post.done", week=week, sent=done.sent, edited=done.edited)
        await stream.finish(Post(request.language, (text(words),)))

    async def _with_progress(
        self, stream: Stream, request: Request, week: Week, work: Callable[[Progress], Awaitable[T]]
    ) -> T:
        """Do long work and show how far it is. Showing never holds the work up."""
        say = self.services.say(request.language)
        opening = text(say("post.working", week=week))
        news = asyncio.Event()
        steps: list[Step] = []

        def progress(step: Step) -> None:
            steps.append(step)
            news.set()

        async def show() -> None:
            while True:
                await news.wait()
                news.clear()
                step = steps[-1]
                values = {"done": step.done, "total": step.total, "subject": step.subject}
                blocks = (opening, note(say(f"post.step_{step.name}", **values)))
                await stream.show(Post(request.language, blocks))

        await stream.show(Post(request.language, (opening,)))
        showing = asyncio.create_task(show())
        try:
            return await work(progress)
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _channel(self, request: Request) -> Subscription:
        """How this channel is subscribed. Raises `NotSubscribed` where it is not."""
        channel = await self.services.channels.get(request.place)
        if channel is None:
            raise NotSubscribed(hint="Start with /digest here.")
        return channel
