"""Lets something happen to a digest at one point, starts Rinko again until it is done, and looks."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tests.bot.support import TUESDAY
from tests.sweeps.crash.case import Case, Clean, Result
from tests.sweeps.crash.child import Order
from tests.sweeps.crash.faults import Fault, Kind, Point
from tests.sweeps.crash.ground import Answer, Cut, Ground, Met
from tests.sweeps.crash.nursery import Child, Nursery
from tests.sweeps.crash.on_discord import OnDiscord
from tests.sweeps.crash.on_slack import OnSlack
from tests.sweeps.crash.prepared import Prepared
from tests.sweeps.crash.timeline import Timeline
from tests.sweeps.crash.verdict import Shown, Verdict, judge, texts_of

GROUNDS: dict[str, Callable[[], Ground]] = {
    "slack": OnSlack,
    "discord": OnDiscord,
    "forum": lambda: OnDiscord(forum=True),
}
_SPEED, _CLEAN_SPEED = 12.0, 4.0
"""How fast time goes for Rinko, which would be waiting most of it.

The faster, the sooner a machine that is busy with other things looks like a platform that does not answer.
"""
_MOST_STARTS = 15
_PATIENCE = 100.0
"""Real seconds after which a process hangs."""
_PAUSES = (2.0, *(60.0, 600.0) * 3)
"""Seconds until Rinko is started again: at once, beyond all leases, and when Discord forgot nonces too."""
_STEP, _STEP_TAKES = 5.0, 0.03
"""While a call gets no answer, how far time jumps, and in how many real seconds."""
_STATUS = {Kind.LIMIT: 429, Kind.FAIL: 500, Kind.AWAY: 503}
_RETRY_AFTER = 3
_RECOVERY_CALLS = 15
"""Within how many calls of a recovery it is killed again."""


class Starts(Protocol):
    """What processes are started by."""

    async def start(self, order: Order) -> Child:
        """Start a process."""


@dataclass
class Run:
    """One run, on a ground of its own."""

    prepared: Prepared
    nursery: Starts
    ground: Ground
    folder: Path
    chance: random.Random
    begins: datetime = TUESDAY
    speed: float = _SPEED
    _fault: Fault | None = None
    _call: int = 0
    _first: Child | None = None
    _met: asyncio.Event = field(default_factory=asyncio.Event)
    _met_name: str = ""
    _again: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody did a call of the same name as the one that was met."""
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _called: asyncio.Event = field(default_factory=asyncio.Event)
    """A call came."""
    _kill_at: tuple[int, Point] | None = None
    _newest: Child | None = None
    _starts: int = 0
    _hung: bool = False
    _story: list[str] = field(default_factory=list)

    # ------------------------------------------------------------------ what happens to calls

    async def meet(self, met: Met) -> None:
        """Called by the ground for each call at each point."""
        self._called.set()
        if (met.name, met.point) == (self._met_name, Point.AFTER) and met.number > self._call:
            self._again.set()
        if self._kill_at and met.number >= self._kill_at[0] and met.point is self._kill_at[1]:
            self._kill_at = None
            assert self._newest
            self._newest.signal(signal.SIGKILL)
            self._tell(f"killed again {met.point} {met.name} {met.number}")
            if met.point is Point.BEFORE:
                raise Cut
        if self._fault and (met.number, met.point) == (self._call, self._fault.point):
            self._met_name = met.name
            self._met.set()
            self.ground.lag()
            self._tell(f"{self._fault} at {met.name} {met.number}")
            await self._happen(self._fault)

    async def _happen(self, fault: Fault) -> None:
        assert self._first
        match fault.kind:
            case Kind.KILL:
                self._first.signal(signal.SIGKILL)
                if fault.point is Point.BEFORE:
                    raise Cut
            case Kind.STOP:
                self._first.signal(signal.SIGSTOP)
            case Kind.LIMIT | Kind.FAIL | Kind.AWAY:
                raise Answer(_STATUS[fault.kind], _RETRY_AFTER)
            case Kind.DROP:
                raise Cut
            case Kind.TIMEOUT:
                await self._over.wait()
                raise Cut
            case Kind.LATE:
                await self._again.wait()  # which the end sets, too
                if self._over.is_set():
                    raise Cut
                self._tell("carried out late")

    # -------------------------------------------------------------------------- processes

    async def _start(self, settings: Path, *, verify: bool) -> Child:
        self._starts += 1
        log = self.folder / f"{self._starts}.log"
        self._tell(f"start {self._starts}{' as the command' if verify else ''}")
        order = Order(str(settings), str(self.folder / "time"), str(self.prepared.week), verify, str(log))
        self._newest = await self.nursery.start(order)
        return self._newest

    async def _end(self, child: Child) -> int:
        try:
            code = await asyncio.wait_for(asyncio.shield(child.ended), _PATIENCE)
        except TimeoutError:
            child.signal(signal.SIGKILL)
            code = await child.ended
            self._hung = True
            self._tell("hung")
        self._tell(f"ended with {code}")
        return code

    async def _jump_while_it_waits(self, child: Child, timeline: Timeline) -> None:
        """Let time jump on until a process whose call gets no answer goes on without one."""
        calls = len(self.ground.calls())
        while len(self.ground.calls()) == calls and not child.ended.done():
            await asyncio.sleep(_STEP_TAKES)
            timeline.advance(seconds=_STEP)

    # --------------------------------------------------------------------------- one run

    async def clean(self) -> Clean:
        """Post once, and let nothing happen."""
        _, settings = await self._open()
        try:
            code = await self._end(await self._start(settings, verify=True))
            shown = self._shown()
            wanted = self.prepared.wanted[self.ground.place.platform]
            verdict = judge(wanted, shown, texts_of(shown))
            assert (code, verdict) == (0, Verdict()), f"{verdict}\n{self.story()}"
            return Clean(self.ground.calls(), texts_of(shown))
        finally:
            await self.ground.stop()

    async def run(self, case: Case, clean: Clean) -> Result:
        """Let it happen, recover, and look at what stands there."""
        began = time.perf_counter()
        self._fault, self._call = case.fault, case.call
        timeline, settings = await self._open()
        try:
            self._first = first = await self._start(settings, verify=True)
            await self._happened(first, timeline)
            finished = await self._recover(first, settings, timeline)
            return self._judged(case, clean, finished, began)
        finally:
            await self._close()

    async def taken_up(self, case: Case, clean: Clean) -> Result:
        """Let it happen, start Rinko again at once, and look when that is done."""
        began = time.perf_counter()
        self._fault, self._call = case.fault, case.call
        timeline, settings = await self._open()
        try:
            self._first = first = await self._start(settings, verify=True)
            await self._happened(first, timeline)
            finished = await self._end(await self._start(settings, verify=True)) == 0
            return self._judged(case, clean, finished, began)
        finally:
            await self._close()

    def _judged(self, case: Case, clean: Clean, finished: bool, began: float) -> Result:
        self._let_go()
        wanted = self.prepared.wanted[self.ground.place.platform]
        verdict = judge(wanted, self._shown(), clean.texts)
        passing = sum(self.ground.made(wanted, self.prepared.week).values()) - len(wanted.names)
        seconds = time.perf_counter() - began
        finished = finished and not self._hung
        return Result(case, self._met_name, verdict, finished, passing, self._starts, seconds, self.story())

    async def _close(self) -> None:
        self._let_go()
        for child in (self._first, self._newest):
            if child:
                child.signal(signal.SIGKILL)
        await self.ground.stop()
        shutil.rmtree(self.folder)

    async def _open(self) -> tuple[Timeline, Path]:
        self.folder.mkdir()
        timeline = Timeline.make(self.folder / "time", self.begins, self.speed)
        await self.ground.start(timeline, self.meet)
        return timeline, self.prepared.installed(self.folder, self.ground.place, self.ground.settings())

    async def _happened(self, first: Child, timeline: Timeline) -> None:
        """Wait until it happened, and what it led to in this process."""
        assert self._fault
        met = asyncio.create_task(self._met.wait())
        await asyncio.wait({met, first.ended}, return_when=asyncio.FIRST_COMPLETED, timeout=_PATIENCE)
        met.cancel()
        if self._fault.kind is Kind.STOP and not first.ended.done():
            return
        if self._fault.kind in (Kind.TIMEOUT, Kind.LATE):
            await self._jump_while_it_waits(first, timeline)
        await self._end(first)

    async def _recover(self, first: Child, settings: Path, timeline: Timeline) -> bool:
        """Start again, be killed again, and start until Rinko has twice found all to be done."""
        stopped = not first.ended.done()
        kills = self.chance.choice((1, 1, 2))
        verify = self.chance.random() < 0.5
        done = 0
        while self._starts < _MOST_STARTS:
            timeline.advance(seconds=self.chance.choice(_PAUSES))
            if kills and not (stopped or done):
                kills -= 1
                number = len(self.ground.calls()) + self.chance.randint(1, _RECOVERY_CALLS)
                self._kill_at = (number, self.chance.choice(list(Point)))
            child = await self._start(settings, verify=verify and not done)
            if stopped:
                await self._go_on(first, child)
                stopped = False
            done = done + 1 if await self._end(child) == 0 else 0
            self._kill_at = None
            if done == 2:
                return True
        return False

    async def _go_on(self, first: Child, other: Child) -> None:
        """Let the process that was stopped go on: while another is at work, or when it is done."""
        if self.chance.random() < 0.5:
            number = len(self.ground.calls()) + self.chance.randint(1, _RECOVERY_CALLS)
            while len(self.ground.calls()) < number and not other.ended.done():
                self._called.clear()
                called = asyncio.create_task(self._called.wait())
                await asyncio.wait({called, other.ended}, return_when=asyncio.FIRST_COMPLETED)
                called.cancel()
        else:
            await self._end(other)
        first.signal(signal.SIGCONT)
        self._tell("the first goes on")
        await self._end(first)

    def _let_go(self) -> None:
        """Let calls that hang come to an end."""
        self._over.set()
        self._again.set()

    # ------------------------------------------------------------------------- its story

    def _shown(self) -> list[Shown]:
        wanted = self.prepared.wanted[self.ground.place.platform]
        return self.ground.shown(wanted, self.prepared.week)

    def _tell(self, what: str) -> None:
        self._story.append(f"{len(self.ground.calls()):4} calls: {what}")

    def story(self) -> str:
        """What happened, what was asked of the server, and what the processes said."""
        said = [
            f"-- {log.name}\n{log.read_text(encoding='utf-8')}" for log in sorted(self.folder.glob("*.log"))
        ]
        calls = [f"{number:4} {call}" for number, call in enumerate(self.ground.calls(), 1)]
        return "\n".join([*self._story, *calls, *said])


def new_run(prepared: Prepared, nursery: Nursery, case: Case, folder: Path) -> Run:
    """A run on a ground of its own, in a folder that is made."""
    return Run(prepared, nursery, GROUNDS[case.ground](), folder, random.Random(str(case)))


def clean_run(prepared: Prepared, nursery: Nursery, ground: str, folder: Path) -> Run:
    """The same for a run in which nothing happens."""
    return Run(prepared, nursery, GROUNDS[ground](), folder, random.Random(ground), speed=_CLEAN_SPEED)
