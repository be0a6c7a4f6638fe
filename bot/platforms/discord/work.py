"""What is under way on Discord: each event once, a bounded number, and an end for all at a stop."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass, field

import structlog

from bot.platforms.discord.replies import Replies, Work, end_quietly
from bot.traces import reference, traced
from digest.errors import RinkoError, StoreError
from digest.ports import Clock
from digest.stores import Events

_log = structlog.get_logger(__name__)

_MOST = 300
_MOST_EACH = 6
_REMEMBERED = 4_096
_ENDING_SECONDS = 3.0


@dataclass
class Once:
    """Knows events again: at once those that this process took up, from the store all others'."""

    events: Events
    clock: Clock
    _latest: OrderedDict[str, None] = field(default_factory=OrderedDict)

    async def first_time(self, kind: str, number: int) -> bool:
        """Whether an event comes for the first time; gateways tell events again when they resume.

        Where the store cannot be asked, what this process remembers decides: an answer given twice
        after a restart is better than none.
        """
        name = f"discord/{kind}/{number}"
        if name in self._latest:
            return False
        self._latest[name] = None
        if len(self._latest) > _REMEMBERED:
            self._latest.popitem(last=False)
        try:
            return await self.events.once(name, self.clock.now())
        except StoreError as error:
            _log.warning("event not recorded", error=str(error))
            return True


class UnderWay:
    """The acts that are being carried out."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._users: Counter[str] = Counter()
        self.closed = False

    def begin(self, work: Coroutine[None, None, None]) -> None:
        """Let something run by itself, so that the gateway is heard on."""
        if self.closed or len(self._tasks) >= _MOST:
            _log.warning("event passed over", under_way=len(self._tasks), stopping=self.closed)
            work.close()
            return
        with traced(anew=True):
            task = asyncio.create_task(work)
            task.add_done_callback(self._done)
        self._tasks.add(task)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("event not handled", exc_info=error)

    async def carry_out(self, replies: Replies, work: Work) -> None:
        """Do one act of a person to its end, whatever happens to it; one who does too much is told."""
        user = replies.setting.request.user
        has_room = self._users[user] < _MOST_EACH
        self._users[user] += 1
        try:
            if has_room:
                await work(replies)
            else:
                await end_quietly(replies, "chat.busy")
        except asyncio.CancelledError:
            await end_quietly(replies, "chat.interrupted")
            raise
        except RinkoError as error:
            _log.warning("act not answered", kind=error.kind, error=str(error))
            await end_quietly(replies, "commands.failed")
        except Exception:  # noqa: BLE001 - the last line of defence: a reader gets one line, the log the rest
            _log.exception("act crashed")
            await end_quietly(replies, "commands.broke", reference=reference())
        finally:
            self._users[user] -= 1
            self._users += Counter()  # keeps those alone who have something under way
            await replies.close()

    async def stop(self, seconds: float) -> None:
        """Take nothing more up, give what runs so many seconds, then let each answer say it was ended."""
        self.closed = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_ENDING_SECONDS)
