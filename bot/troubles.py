"""What is said when a digest does not come: in the channel once, and to its admins what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.notices import Matter
from bot.posting import Announcement
from bot.services import Services
from bot.words import error_words, moment_words, todo_words
from digest.due import moment_of
from digest.errors import NotApproved, NothingListed, NotYetListed, RinkoError
from digest.models import Week
from digest.places import Subscription

_log = structlog.get_logger()


@dataclass(frozen=True)
class Troubles:
    """Makes sure that no week goes by in silence. Each matter is told once, however often it is tried."""

    services: Services

    async def not_posted(self, channel: Subscription, week: Week, error: RinkoError) -> None:
        """A digest that is due could not be posted, or waits for something."""
        if isinstance(error, NotApproved):
            await self._remind(channel, week)
            return
        if isinstance(error, (NotYetListed, NothingListed)):
            late = isinstance(error, NotYetListed)
            await self._announce(channel, week, "late" if late else "empty")
        await self._tell_failure(channel, week, error)

    async def _remind(self, channel: Subscription, week: Week) -> None:
        say = self.services.say(channel.language)
        heading = say("notice.approval", week=week)
        line = say("notice.approval_line", channel=await self.services.name(channel))
        await self._tell(
            channel, Matter("remind", f"approve {week}", heading, (line,), say("notice.approval_todo"), week)
        )

    async def _tell_failure(self, channel: Subscription, week: Week, error: RinkoError) -> None:
        say = self.services.say(channel.language)
        heading = say("notice.failed", week=week)
        lines = (say("notice.channel", channel=await self.services.name(channel)), error_words(error, say))
        name = " ".join(("failed", str(week), error.kind, error.values.get("rights", ""))).rstrip()
        todo = todo_words(error.kind, say)
        await self._tell(channel, Matter("post", name, heading, lines, todo, week, recorded=True))

    async def incomplete(self, channel: Subscription, week: Week, left: int) -> None:
        """A digest was posted, but for messages that people or the platform do not let stand."""
        say = self.services.say(channel.language)
        heading = say("notice.incomplete", week=week)
        lines = (
            say("notice.channel", channel=await self.services.name(channel)),
            say("notice.incomplete_line", count=left),
        )
        todo = say("notice.incomplete_todo", week=week)
        await self._tell(channel, Matter("left", f"left {week}", heading, lines, todo, week, str(left)))

    async def gone_by(self, channel: Subscription, weeks: Sequence[Week]) -> None:
        """Weeks that can no longer be posted by themselves, each told once, several in one message."""
        first_time = self.services.notices.first_time
        new = [week for week in weeks if await first_time(f"gone {channel.place} {week}")]
        skipped = [week for week in new if channel.approval and not await self._approved(channel, week)]
        missed = [week for week in new if week not in skipped]
        if skipped:
            await self._tell_skipped(channel, skipped)
        if missed:
            await self._tell_missed(channel, missed)

    async def _approved(self, channel: Subscription, week: Week) -> bool:
        return (await self.services.overlays.get(channel.place, week)).approval is not None

    async def _tell_missed(self, channel: Subscription, weeks: Sequence[Week]) -> None:
        say = self.services.say(channel.language)
        names = say("list.separator").join(map(str, weeks))
        line = say("notice.channel", channel=await self.services.name(channel))
        todo = say("notice.missed_todo", week=weeks[-1])
        heading = say("notice.missed", week=names)
        await self._tell(
            channel, Matter("missed", f"missed {weeks[-1]}", heading, (line,), todo, weeks[-1], detail=names)
        )
        await self._announce(channel, weeks[-1], "missed", names)

    async def _tell_skipped(self, channel: Subscription, weeks: Sequence[Week]) -> None:
        """Weeks that nobody approved before the next one was due."""
        say = self.services.say(channel.language)
        names = say("list.separator").join(map(str, weeks))
        at = moment_words(moment_of(channel, weeks[-1]), channel.timezone, say)
        line = say("notice.skipped_line", channel=await self.services.name(channel), **at)
        todo = say("notice.missed_todo", week=weeks[-1])
        heading = say("notice.skipped", week=names)
        await self._tell(
            channel, Matter("skip", f"skipped {weeks[-1]}", heading, (line,), todo, weeks[-1], detail=names)
        )

    async def _announce(
        self, channel: Subscription, week: Week, what: Announcement, names: str | None = None
    ) -> None:
        """Say it in the channel, unless admins approve what is posted there: then it is for them alone."""
        if channel.approval:
            return
        try:
            await self.services.posting.announce(week, channel, what, names)
        except RinkoError as error:
            _log.warning("not announced", place=str(channel.place), what=what, error=str(error))

    async def _tell(self, channel: Subscription, matter: Matter) -> bool:
        try:
            return await self.services.notices.tell(channel, matter)
        except RinkoError as error:
            _log.warning("admins not told", place=str(channel.place), what=matter.name, error=str(error))
            return False
