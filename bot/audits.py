"""Looks at channels again in which one more copy of a message may have appeared since it was given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

import structlog

from bot.services import Services
from digest.delivery import AUDIT_AFTER
from digest.errors import PlaceUnavailable, RinkoError, TurnLost
from digest.models import Week
from digest.places import PartKey, Place

_log = structlog.get_logger()


@dataclass(frozen=True)
class Audits:
    """The last look at a digest of which something was in doubt; the ledger says where one is due."""

    services: Services

    async def due(self) -> tuple[str, ...]:
        """The arguments of the jobs to be put now, one for each week in a channel."""
        return tuple(_argument(place, week) for place, week in await self._doubted())

    async def run(self, argument: str) -> None:
        """What such a job does; where the platform does not answer, it is due again after a while."""
        for place, week in await self._doubted():
            if _argument(place, week) == argument:
                await self._audit(place, week)

    async def _doubted(self) -> tuple[tuple[Place, Week], ...]:
        return await self.services.ledger.doubted(self.services.clock.now() - AUDIT_AFTER)

    async def _audit(self, place: Place, week: Week) -> None:
        ledger, clock = self.services.ledger, self.services.clock
        channels = [one for one in await self.services.channels.all() if one.place == place]
        try:
            await self.services.posting.audit(place, week, next(iter(channels), None))
        except TurnLost:
            return
        except RinkoError as error:
            if (isinstance(error, PlaceUnavailable) and not channels) or await self._is_old(place, week):
                # Nothing can be seen or done there, or could for days.
                await ledger.settle(place, week, clock.now())
                _log.error("audit given up", place=str(place), week=str(week), error=str(error))
                return
            for name in await ledger.doubts(place, week):
                await ledger.doubt(PartKey(place, week, name), clock.now())
            _log.warning("not audited yet", place=str(place), week=str(week), error=str(error))

    async def _is_old(self, place: Place, week: Week) -> bool:
        """Whether the last part was posted longer ago than a digest is tried for."""
        rows = await self.services.ledger.rows(place, week)
        usual = datetime.combine(week.plus(2).start, time(), UTC)
        last = max((row.lease_until for row in rows), default=usual)
        return self.services.clock.now() - last > self.services.grace


def _argument(place: Place, week: Week) -> str:
    return f"{place} {week}"
