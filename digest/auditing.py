"""Makes sure that of every part one message stands, and that the ledger has that one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from digest.errors import HistoryTooLong
from digest.models import Week
from digest.places import Message, Part, PartKey, PartRow, PartState, Place
from digest.plan import UNKNOWN, Adopt, Forget, hangs_under, remedy, suspects
from digest.ports import Clock, Outlet
from digest.stores import Ledger

ASIDE = "aside/"
"""How the name of a part begins that a newer message took the place of."""
AUDIT_AFTER = timedelta(minutes=10)
"""How long after a call whose end nobody knows its message may still appear: longer than any platform
or proxy holds a request that its sender gave up, and than Discord remembers a nonce."""
UNFINISHED = "unfinished"
"""A doubt of no part: parts were taken away, and what is to stand in their place may not be there yet."""
_CLOCKS_DIFFER = timedelta(hours=1)
_CLOCK_WAS_WRONG = timedelta(days=8)
"""How far off the clock may have been by which a message was posted, for it still to be found."""
_LATER_PARTS = timedelta(days=1)
"""How long after the last try messages of a digest are looked for."""


@dataclass(frozen=True, slots=True)
class Target:
    """One week in one place, and the outlet that shows it there."""

    outlet: Outlet
    place: Place
    week: Week

    def key(self, name: str) -> PartKey:
        """The key of a part."""
        return PartKey(self.place, self.week, name)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What is known at the start of an audit."""

    target: Target
    rows: dict[str, PartRow]
    roots: Mapping[str, str | None]
    """By the name of each part there is, may be or should be: what it hangs under."""
    wanted: Collection[str]
    doubts: Mapping[str, datetime]
    restore: bool

    def under(self, root: str | None) -> list[str]:
        """The names that hang under a root, or that stand in the channel itself."""
        return [name for name, its in self.roots.items() if its == root]


@dataclass(frozen=True)
class Auditor:
    """Looks at what stands in a place.

    A digest in which all went well costs one call: Slack gives 200 messages of a channel's history in
    one and Discord 100, and both tell with them how many stand in each thread. A forum costs two calls
    and one more a post. A thread is read only where something in it is in doubt, or where another number
    of messages stands there than was posted; people's replies are such messages, too.
    """

    ledger: Ledger
    clock: Clock
    holder: str

    async def audit(
        self,
        target: Target,
        parts: Sequence[Part],
        *,
        restore: bool,
        thorough: Callable[[str], bool] | None = None,
    ) -> None:
        """Take away all copies but one, and let the ledger name that one.

        Of two copies the one that people replied to stays, else the older one. With `restore` the record
        of what is gone is dropped, so that it is posted anew; else what people took away stays away.
        Parts whose names are `thorough` alone are looked for where that is given: in their threads in any
        case, and they are adopted where they stand though the ledger knows nothing of it. Raises
        `DeliveryError` where the place cannot be read. What was doubted stays so: whoever had this done
        settles it, once what was dropped here stands again.
        """
        known = await self.ledger.doubts(target.place, target.week)
        doubts = {name: at for name, at in known.items() if name != UNFINISHED}
        rows = await self._rows(target)
        if not rows and not doubts:
            return  # nothing was ever posted
        wanted = {part.name for part in parts}
        roots = {name: hangs_under(name) for name in (*rows, *doubts) if not name.startswith(ASIDE)}
        roots |= {part.name: part.under for part in parts if thorough or part.name in rows}
        if thorough:
            roots = {name: root for name, root in roots.items() if thorough(name)}
        scene = _Scene(target, rows, roots, wanted, doubts, restore)
        seen = await self._examine(scene, None)
        scene.rows.update(await self._rows(target))
        every = {name for name in seen if scene.under(name)}
        for root in sorted(every if thorough else every & suspects(scene.rows, seen, doubts)):
            await self._examine(scene, root)

    async def look(self, target: Target, row: PartRow, under: Message | None) -> tuple[Message, ...]:
        """The copies of a part that may or may not have been posted; that is doubted from now on."""
        await self.ledger.doubt(row.key, self.clock.now())
        rows = await self._rows(target)
        found = await self._find_somewhere(target, row.key.name, under, rows)
        return await self._counted(target, found)

    async def adopt(self, target: Target, action: Adopt) -> None:
        """Let the ledger name the message that is kept, and take the others away."""
        key, kept = target.key(action.name), action.message
        rows = await self._rows(target)
        row = rows.get(action.name)
        for double in action.doubles:
            await self._take_away(target, action.name, double)
        if kept is None or (row is not None and row.message is not None and row.message.id == kept.id):
            return
        if row is None:
            await self._record(target, key, kept)
            return
        # What stands or stood in the thread of the message that gives way is to be posted under this one.
        for other in rows.values():
            if (
                other.message is not None
                and row.message is not None
                and other.message.thread == row.message.id
            ):
                await self.ledger.forget(other.key)
        await self.ledger.mark_sent(key, UNKNOWN, _lasting(kept))

    async def drop(self, target: Target, row: PartRow) -> None:
        """Drop the record of a part that is gone, and take away what was left behind under it.

        A thread in which people wrote stays as it is: it says what they spoke of. The digest is unfinished
        until it was posted anew.
        """
        await self.ledger.doubt(target.key(UNFINISHED), self.clock.now())
        if hangs_under(row.key.name) is None and row.message is not None:
            await self._clear_thread(target, row.key.name, row.message)
        await self.ledger.forget(row.key)

    async def make_room(self, target: Target, fresh: Callable[[str], bool]) -> None:
        """Make room for new messages of the parts whose names are `fresh`, those in threads first.

        The digest is unfinished until they are posted.
        """
        await self.ledger.doubt(target.key(UNFINISHED), self.clock.now())
        rows = await self._rows(target)
        sent = [row for name, row in rows.items() if row.state is PartState.SENT and fresh(name)]
        for row in sorted(sent, key=lambda row: row.message is None or row.message.thread is None):
            name = row.key.name
            if row.message is None or name.startswith(ASIDE):
                continue
            root = rows.get(hangs_under(name) or "")
            for copy in await self.copies(target, row, root.message if root else None):
                if copy.replies:
                    await self._put_aside(target, name, copy)
                else:
                    await target.outlet.remove(copy)
            await self.ledger.forget(row.key)

    async def _put_aside(self, target: Target, name: str, copy: Message) -> None:
        """Record a message that people replied to as a part of its own that is not wanted.

        So it gets a note, even if this process ends before.
        """
        await self._record(target, target.key(f"{ASIDE}{name}/{copy.id}"), copy)

    async def copies(self, target: Target, row: PartRow, under: Message | None) -> tuple[Message, ...]:
        """The copies of a part with their replies, without those that were put aside."""
        found = await self._find_somewhere(target, row.key.name, under, await self._rows(target))
        return tuple([await _with_replies(target, copy) for copy in found])

    async def recheck(self, target: Target, name: str, under: Message | None) -> None:
        """Of one part leave one copy, at once: two processes may have posted it."""
        rows = await self._rows(target)
        found = await self._find(target, [name], under, rows)
        action = remedy(name, rows.get(name), await self._counted(target, found[name]), wanted=False)
        if name in rows and isinstance(action, Adopt):
            await self.adopt(target, action)

    # ---------------------------------------------------------------------- one thread

    async def _examine(self, scene: _Scene, root: str | None) -> dict[str, Message]:
        """Settle the parts of the channel, or of one thread; by name, the messages that are kept."""
        names = scene.under(root)
        under = scene.rows[root].message if root is not None else None
        if not names or (root is not None and under is None):
            return {}
        looked_for = names if root is not None else list(scene.roots)
        found = await self._find_for_sure(scene, names, looked_for, under)
        if root is None:
            await self._remove_misplaced(scene, found)
        kept: dict[str, Message] = {}
        for name in names:
            copies = await self._counted(scene.target, found[name])
            row = scene.rows.get(name)
            action = remedy(name, row, copies, name in scene.wanted)
            if isinstance(action, Adopt):
                await self.adopt(scene.target, action)
            elif isinstance(action, Forget) and scene.restore and row is not None:
                await self.drop(scene.target, row)
                continue
            chosen = action.message if isinstance(action, Adopt) else next(iter(copies), None)
            if chosen is not None:
                kept[name] = chosen
        return kept

    async def _remove_misplaced(self, scene: _Scene, found: Mapping[str, Sequence[Message]]) -> None:
        """Take away what was meant for a thread and stands in the channel, as the thread was gone."""
        for name, copies in found.items():
            row = scene.rows.get(name)
            kept = row.message.id if row is not None and row.message is not None else None
            for copy in copies:
                if scene.roots[name] is not None and copy.thread is None and copy.id != kept:
                    await scene.target.outlet.remove(copy)

    async def _find_for_sure(
        self, scene: _Scene, names: Sequence[str], looked_for: Sequence[str], under: Message | None
    ) -> Mapping[str, tuple[Message, ...]]:
        """What is found of parts: once more where one of `names` is missing that may not be seen yet.

        Then also where it would stand if the clock was wrong by which it was posted.
        """
        found = await self._find(scene.target, looked_for, under, scene.rows, scene.doubts)
        posted = [name for name in names if name in scene.rows and scene.rows[name].message is not None]
        if all(found[name] for name in posted):
            return found
        await self.clock.sleep(scene.target.outlet.limits.lag_seconds)
        return await self._find_widely(scene.target, looked_for, under, scene.rows, scene.doubts)

    async def _find_somewhere(
        self, target: Target, name: str, under: Message | None, rows: Mapping[str, PartRow]
    ) -> tuple[Message, ...]:
        """The copies of one part, be it that a wrong clock says when it was posted."""
        found = (await self._find(target, [name], under, rows))[name]
        return found or (await self._find_widely(target, [name], under, rows))[name]

    async def _find_widely(
        self,
        target: Target,
        names: Sequence[str],
        under: Message | None,
        rows: Mapping[str, PartRow],
        doubts: Mapping[str, datetime] = MappingProxyType({}),
    ) -> Mapping[str, tuple[Message, ...]]:
        """What is found when no clock is trusted; in a channel too busy for that, when they are."""
        try:
            return await self._find(target, names, under, rows, doubts, margin=_CLOCK_WAS_WRONG)
        except HistoryTooLong:
            return await self._find(target, names, under, rows, doubts)

    async def _find(
        self,
        target: Target,
        names: Sequence[str],
        under: Message | None,
        rows: Mapping[str, PartRow],
        doubts: Mapping[str, datetime] = MappingProxyType({}),
        *,
        margin: timedelta = _CLOCKS_DIFFER,
    ) -> Mapping[str, tuple[Message, ...]]:
        """By name, the copies without those that were put aside: they still carry the part's mark."""
        aside = {one.message.id for name, one in rows.items() if name.startswith(ASIDE) and one.message}
        begun = {name: row.lease_until - target.outlet.limits.lease for name, row in rows.items()}
        tried = [times[name] for times in (begun, doubts) for name in names if name in times]
        since, until = self._when(tried or [*begun.values(), *doubts.values()], margin)
        found = await target.outlet.find([target.key(name) for name in names], under, since, until)
        return {
            name: tuple(copy for copy in found[target.key(name)] if copy.id not in aside) for name in names
        }

    def _when(self, tried: Sequence[datetime], margin: timedelta) -> tuple[datetime, datetime | None]:
        """Between which times messages came that were tried at these, as far as clocks agree."""
        until = max(tried) + max(_LATER_PARTS, margin)
        return min(tried) - margin, until if until < self.clock.now() else None

    async def _counted(self, target: Target, copies: Sequence[Message]) -> tuple[Message, ...]:
        """Copies with their replies, where there is something to choose between."""
        if len(copies) < 2:
            return tuple(copies)
        return tuple([await _with_replies(target, copy) for copy in copies])

    async def _take_away(self, target: Target, name: str, copy: Message) -> None:
        """Delete a copy with what hangs under it; one that people replied to gets a note instead."""
        if copy.replies:
            await self._put_aside(target, name, copy)
            return
        if hangs_under(name) is None:
            await self._clear_thread(target, name, copy)
        await target.outlet.remove(copy)

    async def _clear_thread(self, target: Target, root: str, message: Message) -> None:
        """Delete our parts in the thread of a message that goes, unless people wrote there."""
        rows = await self._rows(target)
        names = [name for name in rows if hangs_under(name) == root]
        if not names or message.in_thread == 0 or await target.outlet.replies(message):
            return
        for copies in (await self._find(target, names, message, rows)).values():
            for copy in copies:
                await target.outlet.remove(copy)

    async def _record(self, target: Target, key: PartKey, message: Message) -> None:
        lease = self.clock.now() + target.outlet.limits.lease
        await self.ledger.mark_sending(PartRow(key, PartState.SENDING, UNKNOWN, lease, self.holder))
        # Also where a process that ended had begun to: in this place, nobody else is at work.
        await self.ledger.mark_sent(key, UNKNOWN, _lasting(message))

    async def _rows(self, target: Target) -> dict[str, PartRow]:
        return {row.key.name: row for row in await self.ledger.rows(target.place, target.week)}


async def _with_replies(target: Target, copy: Message) -> Message:
    """A copy with the replies of people counted; none are asked for where nothing stands under it."""
    if copy.thread is not None or copy.in_thread == 0:
        return copy
    return replace(copy, replies=await target.outlet.replies(copy))


def _lasting(message: Message) -> Message:
    """What of a message is still true tomorrow."""
    return replace(message, replies=0, in_thread=None)
