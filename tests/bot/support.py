"""The real bot with the sample week in a folder of its own, and someone who talks to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.app import App, open_app
from bot.commands import Commands
from bot.platforms.conversation import Request, Upload
from bot.platforms.local.messages import Kept
from bot.platforms.local.outlet import local_place
from bot.platforms.local.sql_messages import SqlMessages
from config.settings import Settings, load_settings
from digest.places import Message, Place
from digest.ports import Stream
from digest.posts import Button, Post
from tests.clocks import ManualClock
from tests.databases import with_tables

TUESDAY = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
"""Half an hour after the sample's channel is due in Tokyo."""
WEEK = "2026-W10"
TIDE = "sample:tide-lm.pdf"


def settings_in(folder: Path, extra: str = "") -> Settings:
    """The settings of an installation whose data are in a folder; `extra` goes into its file."""
    file = folder / "rinko.toml"
    file.write_text(f'data_dir = "{folder / "data"}"\n{extra}\n[local]\nport = 0\n', encoding="utf-8")
    return load_settings(file)


@asynccontextmanager
async def opened(
    folder: Path, extra: str = "", clock: ManualClock | None = None
) -> AsyncIterator[tuple[App, ManualClock]]:
    """The bot over the data of a folder."""
    clock = clock or ManualClock(TUESDAY)
    if not (file := folder / "data" / "rinko.db").exists():
        with_tables(file)
    async with open_app(settings_in(folder, extra), clock) as app:
        yield app, clock


@dataclass
class _Heard:
    """A real stream, and all that it showed."""

    stream: Stream
    private: bool
    shown: list[Post] = field(default_factory=list)
    finished: bool = False

    async def show(self, post: Post) -> None:
        self.shown.append(post)
        await self.stream.show(post)

    async def finish(self, post: Post) -> Message:
        self.shown.append(post)
        self.finished = True
        return await self.stream.finish(post)


@dataclass
class Talk:
    """What came back for one act: real messages of the local channel, kept to be looked at."""

    app: App
    request: Request
    streams: list[_Heard] = field(default_factory=list)

    def stream(self, *, only_for_asker: bool) -> _Heard:
        outlet = self.app.services.posting.outlet(self.request.place.platform)
        only_for = self.request.user if only_for_asker else None
        self.streams.append(
            _Heard(outlet.stream(self.request.place, self.request.thread, only_for), only_for_asker)
        )
        return self.streams[-1]

    @property
    def last(self) -> Post:
        return self.streams[-1].shown[-1]

    @property
    def text(self) -> str:
        """All that stands there in the end."""
        return "\n".join(stream.shown[-1].text for stream in self.streams)

    @property
    def private(self) -> bool:
        return all(stream.private for stream in self.streams)

    def button(self, action: str, number: int = -1) -> Button:
        return [button for button in self.last.buttons if button.action == action][number]

    @property
    def buttons(self) -> list[Button]:
        """All buttons that stand there in the end."""
        return [button for stream in self.streams for button in stream.shown[-1].buttons]

    def ended(self) -> bool:
        return bool(self.streams) and all(stream.finished for stream in self.streams)


@dataclass
class Person:
    """Someone in a channel."""

    app: App
    name: str = "ann"
    is_admin: bool = True
    language: str = "en"
    place: Place = field(default_factory=lambda: local_place("papers"))

    def request(
        self, thread: str | None = None, paper: str | None = None, upload: Upload | None = None
    ) -> Request:
        return Request(
            self.place, thread, self.name, self.language, self.is_admin, paper_key=paper, upload=upload
        )

    async def says(
        self,
        line: str,
        thread: str | None = None,
        paper: str | None = None,
        upload: Upload | None = None,
        commands: Commands | None = None,
    ) -> Talk:
        talk = Talk(self.app, self.request(thread, paper, upload))
        await (commands or Commands(self.app.services)).run(line, talk.request, talk)
        return talk

    async def presses(self, button: Button) -> Talk:
        talk = Talk(self.app, self.request())
        await Commands(self.app.services).press(button.action, button.value, talk.request, talk)
        return talk

    async def fills(self, button: Button, **fields: str) -> Talk:
        """Press a button as platforms do: its form first, if it has one, and then what was filled in."""
        talk, commands = Talk(self.app, self.request()), Commands(self.app.services)
        form = await commands.form(button.action, button.value, talk.request)
        if form is None:
            await commands.press(button.action, button.value, talk.request, talk)
            return talk
        assert set(fields) <= {one.name for one in form.fields}
        await commands.submit(button.action, button.value, fields, talk.request, talk)
        return talk

    async def completes(self, line: str) -> list[str]:
        found = await Commands(self.app.services).completions(line, self.request())
        return [one.insert for one in found]


async def channel_messages(app: App, channel: str = "papers") -> tuple[Kept, ...]:
    """What everyone sees in a channel, outside threads."""
    return await SqlMessages(app.database).channel(channel, "nobody", 1000)


def make_posted(folder: Path) -> None:
    """Build the sample week in both languages and post it, as `rinko digest post` does."""

    async def work() -> None:
        async with opened(folder) as (app, _):
            (channel,) = await app.services.channels.all()
            week = await app.services.current_week()
            await app.services.posting.post(week, channel)
            await app.services.posting.weekly.build(week, "en")

    asyncio.run(work())
