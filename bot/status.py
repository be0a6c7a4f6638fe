"""`/digest status`: the schedule, what was posted last, and what went wrong, in one panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from bot.platforms.conversation import Replies, Request
from bot.services import Services
from digest.accounts import JournalEntry
from digest.layout import fact, heading, item, note, text, title
from digest.models import SAMPLE_SELECTION, SourceReport
from digest.phrases import Phrases
from digest.places import PartState, Subscription
from digest.posts import Block, Post, Span
from digest.weeks import next_posting, parse_post_time, zone

_LOG_LINES = 8


@dataclass(frozen=True)
class StatusPanel:
    """Shows an admin how one channel is doing."""

    services: Services

    async def show(self, _: str, request: Request, replies: Replies) -> None:
        """`/digest status`."""
        self.services.access.check(request)
        say = self.services.say(request.language)
        channel = await self.services.channels.get(request.place)
        blocks: list[Block] = [title(say("status.heading"))]
        if channel is None:
            blocks.append(text(say("status.not_subscribed")))
        else:
            blocks += await self._schedule(channel, say)
        names = [source.name for source in self.services.posting.weekly.sources]
        blocks.append(fact(say, "status.sources", Span(say("list.separator").join(names))))
        writer = self.services.writer
        blocks.append(fact(say, "status.writer", Span(say(f"writers.{writer.name}", model=writer.model))))
        blocks += await self._costs(request.language, say)
        reports = await self._latest_reports(request.language)
        blocks += [note(say("digest.source_failed", name=one.name)) for one in reports if not one.ok]
        blocks += await self._log(channel, request, say)
        await replies.stream(only_for_asker=True).finish(Post(request.language, tuple(blocks)))

    async def _schedule(self, channel: Subscription, say: Phrases) -> list[Block]:
        blocks = [
            fact(say, "status.channel", Span(channel.place.channel)),
            fact(say, "status.schedule", Span(post_time_in_words(channel, say))),
            fact(say, "status.next", Span(self._next(channel, say))),
            fact(say, "status.last", Span(await self._last(channel, say))),
        ]
        return [*blocks, note(say("status.set_in_file"))] if channel.from_file else blocks

    def _next(self, channel: Subscription, say: Phrases) -> str:
        if self.services.selection == SAMPLE_SELECTION:
            return say("status.next_sample")
        now, post_time = self.services.clock.now(), parse_post_time(channel.post_at)
        week, moment = next_posting(now, post_time, channel.timezone)
        local = moment.astimezone(zone(channel.timezone))
        return say("status.next_value", week=week, date=say.date(local.date()), time=f"{local:%H:%M}")

    async def _last(self, channel: Subscription, say: Phrases) -> str:
        for week in await self.services.library.weeks(self.services.selection):
            rows = await self.services.ledger.rows(channel.place, week)
            sent = sum(row.state is PartState.SENT for row in rows)
            if sent:
                return say("status.last_value", week=week, count=sent)
        return say("status.last_none")

    async def _costs(self, language: str, say: Phrases) -> list[Block]:
        """What calls took today, this week, and for the latest digest; nothing where none were made."""
        costs = self.services.costs
        lines = [(f"status.cost_{name}", spent, share) for name, spent, share in await costs.by_period()]
        issue = await self.services.archive.latest(language)
        if issue is not None:
            lines.append(("status.cost_issue", await costs.of_issue(issue), None))
        blocks = []
        for label, spent, share in lines:
            if spent.calls:
                words = spent.words(say)
                if share is not None:
                    words = say("status.cost_ceiling", spent=words, share=round(100 * share))
                blocks.append(fact(say, label, Span(words)))
        return blocks

    async def _latest_reports(self, language: str) -> tuple[SourceReport, ...]:
        issue = await self.services.archive.latest(language)
        return issue.sources if issue else ()

    async def _log(self, channel: Subscription | None, request: Request, say: Phrases) -> list[Block]:
        entries = await self.services.journal.latest(str(request.place), _LOG_LINES)
        timezone = zone(channel.timezone if channel else "UTC")
        lines = [item(Span(_log_line(entry, timezone, say))) for entry in entries]
        return [heading(say("status.log")), *lines] if lines else []


def post_time_in_words(channel: Subscription, say: Phrases) -> str:
    """When a channel gets the digest, as the language says it."""
    post_time = parse_post_time(channel.post_at)
    weekday = say.list("date.weekdays_long")[post_time.day]
    return say(
        "status.schedule_value", weekday=weekday, time=f"{post_time.at:%H:%M}", timezone=channel.timezone
    )


def _log_line(entry: JournalEntry, timezone: tzinfo, say: Phrases) -> str:
    """One line of the log: when, what, which week, and for a failure that it failed and why."""
    at = entry.at.astimezone(timezone)
    act = say(f"acts.{entry.act}") if say.has(f"acts.{entry.act}") else entry.act
    what = " ".join(piece for piece in (act, str(entry.week or "")) if piece)
    if entry.failed:
        reason = _reason(entry.detail, say)
        what = say("status.failed", what=what, reason=reason)
    return say("status.log_line", date=say.date(at.date()), time=f"{at:%H:%M}", what=what)


def _reason(detail: str, say: Phrases) -> str:
    """Why something failed: the short reason of that kind of error, or the kind itself."""
    kind = detail.partition(":")[0]
    return say(f"reasons.{kind}") if say.has(f"reasons.{kind}") else kind
