"""Rinko's commands on a platform: what people do there, and what each of them sees."""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.app import App
from bot.commands import Command, Commands
from bot.platforms.conversation import Replies, Request
from bot.services import Services
from digest.phrases import Phrases
from digest.places import Place
from digest.ports import Outlet
from digest.posts import Block, BlockKind, Button, Post, Span
from tests.bot.support import TUESDAY, opened
from tests.clocks import ManualClock

ROOM, OTHER_ROOM = "circle", "reading"
"""The channels of a stage."""
SECRET = "the secret of a crash"
_PATIENCE = 30.0
_STILL_AT_IT = re.compile("…$", re.MULTILINE)


@dataclass(frozen=True)
class Person:
    """Someone in both channels; `id` is how the platform names them."""

    name: str
    id: str
    language: str


@dataclass(frozen=True)
class Seen:
    """A message as one person sees it now."""

    id: str
    room: str
    """`circle`, `reading`, or `direct` for the direct messages with Rinko."""
    under: str | None
    """The message in whose thread it stands."""
    text: str
    buttons: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    private: bool = False
    """Whether nobody else sees it."""
    by_rinko: bool = True
    silent: bool | None = None
    """Whether it came without a notification; None where a platform has no such thing."""

    def says(self, *words: str) -> bool:
        """Whether all of this stands there, however its lines are broken."""
        text = squashed(self.text)
        return all(squashed(each) in text for each in words)

    def button(self, label: str) -> str:
        """The button whose label holds this."""
        (found,) = [each for each in self.buttons if label in each]
        return found


def squashed(text: str) -> str:
    """A text without its white space."""
    return re.sub(r"\s+", "", text)


@dataclass(frozen=True)
class Heard:
    """What came of an act: messages of Rinko's that are new, or were changed, for who did it."""

    private: tuple[Seen, ...]
    public: tuple[Seen, ...]

    @property
    def only(self) -> Seen:
        """The one message that came."""
        (found,) = (*self.private, *self.public)
        return found

    @property
    def last(self) -> Seen:
        """The last that came for this person alone."""
        return self.private[-1]

    @property
    def buttons(self) -> tuple[str, ...]:
        """All buttons that came for this person alone."""
        return tuple(label for one in self.private for label in one.buttons)

    def one(self, words: str) -> Seen:
        """The one message for this person alone that says this."""
        (found,) = [one for one in self.private if one.says(words)]
        return found

    def with_button(self, label: str) -> Seen:
        """The one message for this person alone with such a button."""
        (found,) = [one for one in self.private if any(label in each for each in one.buttons)]
        return found


class WatchedTable(Commands):
    """The table of commands with one more row, which crashes; it tells when an act is over."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.over = 0
        """How many acts were carried out."""
        self._moved = asyncio.Condition()

        async def crash(words: str, request: Request, replies: Replies) -> None:
            if words:
                block = Block(BlockKind.TEXT, (Span(f"{words}…"),))
                await replies.stream(only_for_asker=True).show(Post(request.language, (block,)))
            raise RuntimeError(SECRET)

        self.rows = (*self.rows, Command("/crash", "ask", crash, options=self.rows[1].options))

    async def until(self, over: int) -> None:
        """Wait until so many acts were carried out."""
        async with asyncio.timeout(_PATIENCE), self._moved:
            await self._moved.wait_for(lambda: self.over >= over)

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            async with self._moved:
                self.over += 1
                self._moved.notify_all()

    async def run(self, line: str, request: Request, replies: Replies) -> None:
        async with self._counted():
            await super().run(line, request, replies)

    async def submit(
        self, action: str, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        async with self._counted():  # `press` comes this way, too
            await super().submit(action, value, filled, request, replies)

    async def ask(self, question: str, request: Request, replies: Replies) -> None:
        async with self._counted():
            await super().ask(question, request, replies)


@dataclass
class Stage(ABC):
    """A platform with two channels, an admin, a reader and a stranger, and all of Rinko."""

    name: str
    services: Services
    table: WatchedTable
    clock: ManualClock
    admin: Person = field(init=False)
    reader: Person = field(init=False)
    stranger: Person = field(init=False)

    def say(self, who: Person) -> Phrases:
        """The words that somebody is answered in."""
        return self.services.say(who.language)

    # ------------------------------------------------------------- what people do

    async def types(self, who: Person, line: str, *, room: str = ROOM, under: Seen | None = None) -> Heard:
        """Type a command, in a channel or in a thread there."""
        return await self._act(who, lambda: self._type(who, line, room, under))

    async def writes(self, who: Person, words: str, under: Seen) -> Heard:
        """Write to Rinko in the thread of a message."""
        return await self._act(who, lambda: self._write(who, words, under))

    async def tells(self, who: Person, words: str, after: Seen | None = None) -> Heard:
        """Write to Rinko alone; `after` is a message there that it goes on from."""
        return await self._act(who, lambda: self._tell(who, words, after))

    async def presses(self, who: Person, on: Seen, label: str) -> Heard:
        """Press a button that acts at once."""
        return await self._act(who, lambda: self._press(who, on, label))

    async def fills(self, who: Person, on: Seen, label: str, **filled: str) -> Heard:
        """Press a button that opens a form, fill that in and send it."""
        await self.opens(who, on, label)
        return await self.sends(who, **filled)

    async def sends(self, who: Person, **filled: str) -> Heard:
        """Send the form that is open."""
        return await self._act(who, lambda: self._submit(who, filled))

    async def _act(self, who: Person, act: Callable[[], object]) -> Heard:
        """Do something, wait until Rinko is done with it, and see what is new."""
        before, wanted = await self.sees(who), self.table.over + 1
        doing = act()
        if asyncio.iscoroutine(doing):
            await doing
        await self.table.until(wanted)
        return heard(before, await self.sees(who))

    @abstractmethod
    def _type(self, who: Person, line: str, room: str, under: Seen | None) -> object: ...

    @abstractmethod
    def _write(self, who: Person, words: str, under: Seen) -> object: ...

    @abstractmethod
    def _tell(self, who: Person, words: str, after: Seen | None) -> object: ...

    @abstractmethod
    def _press(self, who: Person, on: Seen, label: str) -> object: ...

    @abstractmethod
    async def opens(self, who: Person, on: Seen, label: str) -> None:
        """Press a button and wait for its form."""

    @abstractmethod
    def _submit(self, who: Person, filled: Mapping[str, str]) -> object: ...

    @abstractmethod
    async def completes(self, who: Person, words: str) -> list[str]:
        """The papers that are offered while somebody types one after `/ask`."""

    @abstractmethod
    def twice(self) -> AbstractAsyncContextManager[None]:
        """Everything that people do meanwhile is told to Rinko twice."""

    @abstractmethod
    def demote(self, who: Person) -> AbstractAsyncContextManager[None]:
        """Meanwhile somebody is an admin no more."""

    # ---------------------------------------------------------- what there is to see

    @abstractmethod
    async def sees(self, who: Person) -> list[Seen]:
        """All that somebody sees now: in both channels, their threads and the direct messages."""

    @abstractmethod
    def place(self, room: str = ROOM) -> Place:
        """A channel as Rinko names it."""

    @abstractmethod
    def address(self, message: Seen) -> str:
        """Where a link to a message leads."""

    @abstractmethod
    def called(self) -> list[str]:
        """Whom messages of Rinko's called by name, by group or by channel."""

    async def channel(self, room: str = ROOM) -> list[Seen]:
        """What stands in a channel for everyone, outside threads."""
        seen = await self.sees(self.reader)
        return [one for one in seen if one.room == room and one.under is None and not one.private]

    async def thread(self, card: Seen) -> list[Seen]:
        """What stands in a thread for everyone."""
        return [one for one in await self.sees(self.reader) if one.under == card.id and not one.private]

    async def again(self, message: Seen, who: Person | None = None) -> Seen:
        """A message as it stands now."""
        (found,) = [one for one in await self.sees(who or self.reader) if one.id == message.id]
        return found

    # --------------------------------------------------------------------- by hand

    async def shows(self, *buttons: Button, room: str = ROOM) -> list[Seen]:
        """Messages for everyone with these buttons, as from an earlier version or from somebody's trick."""
        outlet = self.services.posting.outlet(self.name)
        most, ids = outlet.limits.buttons, []
        for at in range(0, max(len(buttons), 1), most):
            block = Block(BlockKind.TEXT, (Span("…"),))
            post = Post("ja", (block,), tuple(buttons[at : at + most]))
            ids.append((await outlet.stream(self.place(room), None, None).finish(post)).id)
        return [one for one in await self.sees(self.reader) if one.id in ids]


def heard(before: Sequence[Seen], after: Sequence[Seen]) -> Heard:
    """What is new of Rinko's, or was changed; that it was heard is left out where it stays above."""
    known = set(before)
    new = [one for one in after if one.by_rinko and one not in known]
    private = [one for one in new if one.private]
    while len(private) > 1 and not private[0].buttons and _STILL_AT_IT.search(private[0].text):
        del private[0]
    return Heard(tuple(private), tuple(one for one in new if not one.private))


def with_outlet(services: Services, platform: str, outlet: Outlet) -> Services:
    """The services with one more platform to post to."""
    outlets = {**services.posting.outlets, platform: outlet}
    return replace(
        services,
        posting=replace(services.posting, outlets=outlets),
        notices=replace(services.notices, outlets=outlets),
        channels=replace(services.channels, outlets=outlets),
    )


def a_clock() -> ManualClock:
    """The time when the sample week is due."""
    return ManualClock(TUESDAY)


SETTINGS = "[digest]\npapers = 3\n"
"""A week of few papers: what is tried is the same with many."""


@asynccontextmanager
async def rinko(folder: Path, clock: ManualClock | None = None) -> AsyncIterator[App]:
    """Rinko over the data of a folder, on no platform yet; the clock is the platform's, too."""
    async with opened(folder, SETTINGS, clock) as (app, _):
        yield app
