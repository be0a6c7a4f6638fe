"""Who may do what, and the record of what admins did."""

from __future__ import annotations

from dataclasses import dataclass

from bot.platforms.conversation import Request
from digest.accounts import JournalEntry
from digest.errors import NotAllowed
from digest.models import Week
from digest.ports import Clock
from digest.stores import Journal


@dataclass(frozen=True)
class Access:
    """Checks admins each time anew, and writes down what they do."""

    journal: Journal
    clock: Clock

    def check(self, request: Request) -> None:
        """Raise `NotAllowed` for anyone but an admin."""
        if not request.is_admin:
            raise NotAllowed

    async def admin(self, request: Request, act: str, detail: str, week: Week | None = None) -> None:
        """Let an admin pass, and record the act. Raises `NotAllowed` for anyone else."""
        self.check(request)
        await self.journal.record(
            JournalEntry(self.clock.now(), str(request.place), request.user, act, detail, week=week)
        )
