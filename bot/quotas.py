"""How many questions a person, and a workspace, may ask in an hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from digest.errors import QuotaReached
from digest.ports import Clock
from digest.stores import Exchanges

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Quotas:
    """Counts questions by the hour of the clock, so that everyone can be told when it begins anew.

    A question that fails does not count, nor one that is answered from store.
    """

    exchanges: Exchanges
    clock: Clock
    person_hour: int = 0
    """Most questions of one person in an hour; 0 for any number."""
    workspace_hour: int = 0
    """Most questions of all people of a workspace in an hour; 0 for any number."""
    _under_way: Counter[str] = field(default_factory=Counter, init=False, repr=False, compare=False)
    """Questions that are being answered: they are stored, and so counted there, only at their end."""

    @asynccontextmanager
    async def question(self, asker: str) -> AsyncIterator[None]:
        """Let one question through while it is answered. Raises `QuotaReached` with when it may come."""
        workspace = asker.rpartition("/")[0] + "/"
        whose = [("person_hour", asker, self.person_hour), ("workspace_hour", workspace, self.workspace_hour)]
        before = {who: self._under_way[who] for _, who, _ in whose}
        self._under_way.update(before.keys())
        try:
            for name, who, most in whose:
                await self._check(name, who, most, before[who])
            yield
        finally:
            self._under_way.subtract(before.keys())
            for who in before:
                if not self._under_way[who]:
                    del self._under_way[who]

    async def _check(self, name: str, who: str, most: int, before: int) -> None:
        """Refuse what comes after the last that is let through, those that came before it counted."""
        if not most:
            return
        since = self.clock.now().replace(minute=0, second=0, microsecond=0)
        if await self.exchanges.count(who, since) + before >= most:
            values = {"ceiling": name, "until": f"{since + _HOUR:%Y-%m-%d %H:%M} UTC", "most": str(most)}
            raise QuotaReached(f"{most} questions were asked in this hour.", values=values)
