"""`/digest preview` and approval: a digest before others see it, with all that was left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.panels import posts_of, tell, tell_line, watched
from bot.platforms.conversation import Replies, Request
from bot.services import Services
from bot.targets import built, subscribed, value_of
from bot.words import moment_words
from digest.choose import why
from digest.compose import display_title, paper_of, short_title
from digest.editions import approve, approved, edition, fingerprint
from digest.errors import ChangedSince
from digest.layout import clip, dropped_words, heading, item, note, reason_words, text, title
from digest.models import Extent, Issue, Week
from digest.phrases import Phrases
from digest.places import Overlay, Part, Subscription
from digest.ports import Progress
from digest.posts import Block, Button, Post, Span
from digest.weeks import parse_post_time, parse_week, posting_moment

PAPER_ACTS = ("drop_paper", "drop_answer", "write_again", "correct")
"""The buttons under each paper of a preview."""
_SHORT_TITLE = 30


@dataclass(frozen=True)
class Previews:
    """Shows a digest to an admin alone, and takes their word that it may be posted."""

    services: Services

    async def show(self, words: str, request: Request, replies: Replies) -> None:
        """`/digest preview [WEEK]`: what was left out and why, then all messages, then Approve."""
        services = self.services
        channel = await subscribed(services, request)
        week = await services.week(words, channel.timezone)
        await services.access.admin(request, "preview", words, week)
        say = services.say(request.language)
        stream = replies.stream(only_for_asker=True)

        async def build(progress: Progress) -> Issue:
            return await services.posting.weekly.build(week, channel.language, progress)

        issue = await watched(stream, say, say("post.working", week=week), build)
        parts = await services.posting.parts(issue, channel)
        seen = fingerprint(parts)
        overlay = await services.overlays.change(
            channel.place, week, lambda before: replace(before, seen=seen)
        )
        opening = (title(say("post.preview_heading", week=week)), *left_out(issue, overlay, say))
        limits = services.posting.outlet(request.place.platform).limits
        buttons = self._put_back(issue, overlay, say)
        await tell(
            replies,
            posts_of(request.language, opening, buttons, limits, note(say("status.buttons"))),
            stream,
        )
        await tell(replies, [self._part(part, issue, say) for part in parts])
        await tell(replies, [self._closing(channel, week, overlay, seen, request)])

    def _part(self, part: Part, issue: Issue, say: Phrases) -> Post:
        """A message as it will be, with what can be done about its paper in place of its own button."""
        buttons: tuple[Button, ...] = ()
        if part.under is None and (key := paper_of(part.name)) is not None:
            name = next(
                clip(short_title(display_title(one)), _SHORT_TITLE)
                for one in issue.entries
                if one.paper.key == key
            )
            buttons = tuple(
                Button(
                    say("buttons.of", act=say(f"buttons.{act}"), title=name),
                    act,
                    value_of(issue.week, key),
                )
                for act in PAPER_ACTS
            )
        return replace(part.post, buttons=buttons, notify=False)

    def _put_back(self, issue: Issue, overlay: Overlay, say: Phrases) -> list[Button]:
        """Buttons for papers of which something is left out in this channel."""
        changed = {*overlay.dropped_papers, *(key for key, _ in overlay.dropped_answers)}
        return [
            Button(
                say(
                    "buttons.of",
                    act=say("buttons.put_back"),
                    title=clip(short_title(display_title(entry)), _SHORT_TITLE),
                ),
                "put_back",
                value_of(issue.week, entry.paper.key),
            )
            for entry in issue.entries
            if entry.paper.key in changed
        ]

    def _closing(
        self, channel: Subscription, week: Week, overlay: Overlay, seen: str, request: Request
    ) -> Post:
        """What happens to what was seen, and the button that decides it."""
        say = self.services.say(request.language)
        if not channel.approval:
            button = Button(say("buttons.post", week=week), "post", value_of(week))
            return Post(request.language, (text(say("approval.off")),), (button,))
        if approved(overlay, seen):
            return Post(request.language, (text(say("approval.done", week=week)),))
        button = Button(say("buttons.approve", week=week), "approve", f"{week} {seen}")
        return Post(request.language, (text(say("approval.wanted", week=week)),), (button,))

    async def approve(self, value: str, request: Request, replies: Replies) -> None:
        """Approve exactly what was seen. Raises `ChangedSince` where it is no longer the same."""
        services = self.services
        words, _, seen = value.partition(" ")
        week = parse_week(words)
        channel = await subscribed(services, request)
        issue = await built(services, week, channel)
        await services.access.admin(request, "approve", seen, week)
        if fingerprint(await services.posting.parts(issue, channel)) != seen:
            raise ChangedSince(values={"week": str(week)})
        now = services.clock.now()
        await services.overlays.change(
            channel.place, week, lambda before: approve(before, seen, request.user, now)
        )
        await services.ledger.take_up(channel.place)
        say = services.say(request.language)
        await tell_line(replies, request, await self._what_comes(channel, week, now, say))

    async def _what_comes(self, channel: Subscription, week: Week, now: datetime, say: Phrases) -> str:
        """When what was approved is posted."""
        if await self.services.ledger.finished(channel.place, week):
            return say("approval.posted_before", week=week)
        moment = posting_moment(week, parse_post_time(channel.post_at), channel.timezone)
        if moment > now and not channel.paused:
            return say("approval.given", week=week, **moment_words(moment, channel.timezone, say))
        return say("approval.given_late", week=week)


def left_out(issue: Issue, overlay: Overlay, say: Phrases) -> Iterator[Block]:
    """What readers will not see, and why: by the channel's admins, by a check, for want of room."""
    yield from _dropped_here(issue, overlay, say)
    shown = edition(issue, overlay)
    dropped = [(entry, one) for entry in shown.entries if entry.writing for one in entry.writing.dropped]
    if dropped:
        yield heading(say("post.preview_dropped"))
    for entry, one in dropped:
        reason, name = dropped_words(say, one), entry.paper.title
        words = say("post.preview_dropped_line", title=name, question=one.question, reason=reason)
        yield item(Span(words))
    stood_in = [(one.paper.title, one.writing.stood_in) for one in shown.entries if one.writing]
    if any(reason for _, reason in stood_in):
        yield heading(say("post.preview_stood_in"))
    for name, kind in stood_in:
        if kind:
            words = say("post.preview_stood_in_line", title=name, reason=reason_words(say, kind))
            yield item(Span(words))
    unread = [one for one in shown.entries if one.coverage.extent is not Extent.FULL]
    if unread:
        yield heading(say("post.preview_unread"))
    for entry in unread:
        yield item(Span(entry.paper.title))
    if issue.left_out:
        yield heading(say("post.preview_left_out"))
    for left in issue.left_out:
        reason_name, values = why(left.reason)
        reason = say(f"choice.{reason_name}", values=say("list.separator").join(values))
        yield item(Span(left.title), Span(reason))


def _dropped_here(issue: Issue, overlay: Overlay, say: Phrases) -> Iterator[Block]:
    titles = {entry.paper.key: display_title(entry) for entry in issue.entries}
    papers = [titles[key] for key in overlay.dropped_papers if key in titles]
    answers = [(titles[key], question) for key, question in overlay.dropped_answers if key in titles]
    if papers or answers:
        yield heading(say("post.preview_dropped_here"))
    for name in papers:
        yield item(Span(name))
    for name, question in answers:
        yield item(Span(say("post.preview_stood_in_line", title=name, reason=question)))
