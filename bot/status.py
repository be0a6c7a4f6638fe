"""`/digest status`: the schedule, what was posted last, what went wrong, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.agenda import Agenda
from bot.edits import papers_in_words
from bot.panels import posts_of, tell, tell_line
from bot.platforms.conversation import APPROVE_ON_PANEL, Replies, Request
from bot.posting import NOTICE, UNTIL
from bot.services import Services
from bot.targets import value_of
from bot.words import (
    error_words,
    failure_kind,
    lacking_blocks,
    moment_words,
    post_time_in_words,
    todo_words,
)
from digest.accounts import JournalEntry
from digest.due import schedule_fault
from digest.editions import approved, fingerprint
from digest.layout import fact, heading, item, note, text, title
from digest.models import SAMPLE_SELECTION, Issue, SourceReport, Week
from digest.phrases import Phrases
from digest.places import Overlay, PartState, Subscription
from digest.posts import Block, Button, Span
from digest.weeks import zone

_LOG_LINES = 8
_EDITS = ("drop_paper", "drop_answer", "write_again", "correct")


@dataclass(frozen=True, slots=True)
class _Current:
    """The digest that a channel shows or is about to get, where it was made already."""

    issue: Issue
    overlay: Overlay
    content: str


@dataclass(frozen=True)
class StatusPanel:
    """Shows an admin how one channel is doing."""

    services: Services

    async def show(self, _: str, request: Request, replies: Replies) -> None:
        """`/digest status`."""
        self.services.access.check(request)
        say = self.services.say(request.language)
        channel = await self.services.channels.get(request.place)
        if channel is not None and (fault := schedule_fault(channel)):
            await tell_line(replies, request, say("status.unread", reason=error_words(fault, say)))
            return
        current = await self._current(channel) if channel else None
        blocks: list[Block] = [title(say("status.heading"))]
        if channel is None:
            waits = await self.services.channels.waits(request.place)
            blocks.append(text(say("status.waiting" if waits else "status.not_subscribed")))
        else:
            blocks += await self._schedule(channel, say)
            blocks += self._approval(channel, current, say)
        names = [source.name for source in self.services.posting.weekly.sources]
        blocks.append(fact(say, "status.sources", Span(say("list.separator").join(names))))
        writer = self.services.writer
        blocks.append(fact(say, "status.writer", Span(say(f"writers.{writer.name}", model=writer.model))))
        blocks += await self._costs(request.language, say)
        reports = await self._latest_reports(request.language)
        blocks += [note(say("digest.source_failed", name=one.name)) for one in reports if not one.ok]
        blocks += _papers(current, say)
        blocks += await self._log(channel, request, say)
        limits = self.services.posting.outlet(request.place.platform).limits
        buttons = _buttons(channel, current, say)
        more = note(say("status.buttons"))
        await tell(replies, posts_of(request.language, blocks, buttons, limits, more))

    async def _current(self, channel: Subscription) -> _Current | None:
        services = self.services
        week = await services.current_week(channel.timezone)
        issue = await services.library.issue(services.selection, week, channel.language)
        if issue is None or not issue.complete:
            return None
        overlay = await services.overlays.get(channel.place, week)
        return _Current(issue, overlay, fingerprint(await services.posting.parts(issue, channel)))

    async def _schedule(self, channel: Subscription, say: Phrases) -> list[Block]:
        blocks = [
            fact(say, "status.channel", Span(await self.services.name(channel))),
            fact(say, "status.schedule", Span(post_time_in_words(channel, say))),
            fact(say, "status.next", Span(await self._next(channel, say))),
            fact(say, "status.last", Span(await self._last(channel, say))),
        ]
        lacking = await self.services.posting.outlet(channel.place.platform).lacking(channel.place)
        blocks += lacking_blocks(lacking, say)
        if self.services.deserted():
            blocks.append(note(say("status.deserted")))
        return [*blocks, note(say("status.set_in_file"))] if channel.from_file else blocks

    def _approval(self, channel: Subscription, current: _Current | None, say: Phrases) -> list[Block]:
        """Whether the digest waits for an admin."""
        if not channel.approval:
            return []
        state = "approval_open"
        if current is not None:
            done = approved(current.overlay, current.content)
            state = "approval_given" if done else "approval_waits"
        week: object = current.issue.week if current else ""
        return [fact(say, "status.approval", Span(say(f"status.{state}", week=week)))]

    async def _next(self, channel: Subscription, say: Phrases) -> str:
        if channel.paused:
            return say("status.next_paused")
        if self.services.selection == SAMPLE_SELECTION:
            return say("status.next_sample")
        coming = await Agenda(self.services).coming(channel)
        at = moment_words(coming.moment, channel.timezone, say)
        if not coming.is_due:
            return say("status.next_value", week=coming.week, **at)
        if coming.again_at is None:
            name = "status.next_approval" if channel.approval else "status.next_due"
            return say(name, week=coming.week, **at)
        again = coming.again_at.astimezone(zone(channel.timezone))
        return say("status.next_again", week=coming.week, again=f"{again:%H:%M}", **at)

    async def _last(self, channel: Subscription, say: Phrases) -> str:
        for week in await self.services.library.weeks(self.services.selection):
            rows = await self.services.ledger.rows(channel.place, week)
            sent = sum(row.state is PartState.SENT and row.key.name != NOTICE for row in rows)
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
        """The latest lines, and for the last thing that went wrong what to do."""
        entries = await self.services.journal.latest(str(request.place), _LOG_LINES)
        timezone = zone(channel.timezone if channel else "UTC")
        lines: list[Block] = [item(Span(_log_line(entry, timezone, say))) for entry in entries]
        failed = next((entry for entry in entries if entry.failed), None)
        if failed is not None:
            lines.append(note(say("status.todo", todo=todo_words(failure_kind(failed), say))))
        return [heading(say("status.log")), *lines] if lines else []


def _papers(current: _Current | None, say: Phrases) -> list[Block]:
    if current is None:
        return []
    lines = papers_in_words(current.issue, current.overlay, say)
    return [heading(say("status.papers", week=current.issue.week)), *(item(Span(line)) for line in lines)]


def _buttons(channel: Subscription | None, current: _Current | None, say: Phrases) -> list[Button]:
    """What can be done: to the digest that was made, and to the subscription."""
    buttons: list[Button] = []
    if channel is None:
        return buttons
    if current is not None:
        buttons += _deciding(channel, current, say)
        week = current.issue.week
        buttons += [Button(say(f"buttons.{act}"), act, value_of(week)) for act in _EDITS]
    if not channel.from_file:
        act = "resume" if channel.paused else "pause"
        buttons.append(Button(say(f"buttons.{act}"), act, ""))
    return buttons


def _deciding(channel: Subscription, current: _Current, say: Phrases) -> list[Button]:
    """Approve, where exactly this was seen in a preview; else the preview that has to come first."""
    if not channel.approval or approved(current.overlay, current.content):
        return []
    week: Week = current.issue.week
    if current.overlay.seen == current.content:
        value = f"{week} {current.content}"
        return [Button(say("buttons.approve", week=week), APPROVE_ON_PANEL, value)]
    return [Button(say("buttons.preview"), "preview", value_of(week))]


def _log_line(entry: JournalEntry, timezone: tzinfo, say: Phrases) -> str:
    """One line of the log: when, what, which week, and for a failure that it failed and why."""
    at = entry.at.astimezone(timezone)
    act = say(f"acts.{entry.act}") if say.has(f"acts.{entry.act}") else entry.act
    what = " ".join(piece for piece in (act, str(entry.week or "")) if piece)
    if (until := _until(entry)) is not None:
        what = say("status.until", what=what, time=f"{until.astimezone(timezone):%H:%M}")
    if entry.failed:
        kind = failure_kind(entry)
        reason = say(f"reasons.{kind}") if say.has(f"reasons.{kind}") else kind
        what = say("status.failed", what=what, reason=reason)
    return say("status.log_line", date=say.date(at.date()), time=f"{at:%H:%M}", what=what)


def _until(entry: JournalEntry) -> datetime | None:
    """When a wait that the log tells of ends."""
    if not entry.detail.startswith(UNTIL):
        return None
    try:
        return datetime.fromisoformat(entry.detail.removeprefix(UNTIL))
    except ValueError:
        return None
