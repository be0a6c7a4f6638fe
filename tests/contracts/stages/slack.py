"""The local Slack, with the real libraries between it and Rinko."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.platforms.slack.app import SlackPlatform
from bot.platforms.slack.calls import SlackCalls
from bot.platforms.slack.outlet import PLATFORM, SlackOutlet
from digest.places import Place
from digest.store.platforms import SqlEvents, SqlWorkspaces
from tests.contracts.stages.stage import (
    OTHER_ROOM,
    ROOM,
    Person,
    Seen,
    Stage,
    WatchedTable,
    a_clock,
    rinko,
    with_outlet,
)
from tests.servers.slack import Channel, Delivery, Message, SlackServer, User, View, shown
from tests.servers.slack.apps import client
from tests.servers.slack.blocks import controls

_LINK = re.compile(r"<(https?://[^|>]+)")


@dataclass
class SlackStage(Stage):
    """A workspace."""

    server: SlackServer = field(kw_only=True)
    users: Mapping[str, User] = field(kw_only=True)
    rooms: Mapping[str, Channel] = field(kw_only=True)
    _doubled: bool = False

    def _sent(self, delivery: Delivery) -> None:
        if self._doubled:
            self.server.sockets.repeat(delivery)

    def _type(self, who: Person, line: str, room: str, under: Seen | None) -> object:
        assert under is None, "there are no commands in threads"
        command, _, words = line.partition(" ")
        self._sent(self.server.slash(self.users[who.id], self.rooms[room], command, words))
        return None

    def _write(self, who: Person, words: str, under: Seen) -> object:
        user = self.users[who.id]
        self.server.say(user, self.rooms[under.room], f"<@{user.team.bot_user}> {words}", thread=under.id)
        return None

    def _tell(self, who: Person, words: str, after: Seen | None) -> object:
        return self.server.dm(self.users[who.id], words, thread=after.under if after else None) and None

    def _message(self, who: Person, seen: Seen) -> Message:
        user = self.users[who.id]
        mine = [*self.server.ephemerals(user), *self.server.state.im(user).messages.values()]
        every = [*mine, *(one for room in self.rooms.values() for one in room.messages.values())]
        return next(one for one in every if one.ts == seen.id)

    def _press(self, who: Person, on: Seen, label: str) -> object:
        message = self._message(who, on)
        (name,) = [each["action_id"] for each in _buttons(message) if each["text"]["text"] == label]
        self._sent(self.server.press(self.users[who.id], message, name))
        return None

    def _views(self, who: Person) -> list[View]:
        return [view for view in self.server.views if view.user.id == who.id]

    async def opens(self, who: Person, on: Seen, label: str) -> None:
        before = self._views(who)
        self._press(who, on, label)
        await self.server.until(lambda: [view for view in self._views(who) if view not in before])

    def _submit(self, who: Person, filled: Mapping[str, str]) -> object:
        self._sent(self.server.submit(self._views(who)[-1], filled))
        return None

    async def completes(self, who: Person, words: str) -> list[str]:
        raise NotImplementedError("nothing is offered while a command is typed")

    def twice(self) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def doubled() -> AsyncIterator[None]:
            self._doubled = self.server.sockets.twice = True
            try:
                yield
                await self.server.sockets.settled()
            finally:
                self._doubled = self.server.sockets.twice = False

        return doubled()

    def demote(self, who: Person) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def demoted() -> AsyncIterator[None]:
            user = self.users[who.id]
            user.admin = False
            self.clock.advance(minutes=1)
            try:
                yield
            finally:
                user.admin = True
                self.clock.advance(minutes=1)

        return demoted()

    async def sees(self, who: Person) -> list[Seen]:
        user = self.users[who.id]
        alone = self.server.ephemerals(user)
        seen = [self._seen(one, name) for name, room in self.rooms.items() for one in room.messages.values()]
        seen += [self._seen(one, _name(self.rooms, one)) for one in alone]
        return seen + [self._seen(one, "direct") for one in self.server.state.im(user).messages.values()]

    def _seen(self, message: Message, room: str) -> Seen:
        buttons = _buttons(message)
        body = [block for block in message.blocks if block["type"] != "actions"]
        return Seen(
            message.ts,
            room,
            message.thread_ts if message.is_reply else None,
            shown(replace(message, blocks=body)),
            tuple(each["text"]["text"] for each in buttons),
            tuple(_links(body)),
            private=message.only_for is not None or room == "direct",
            by_rinko=message.from_bot,
        )

    def place(self, room: str = ROOM) -> Place:
        channel = self.rooms[room]
        return Place(PLATFORM, channel.team.id, channel.id)

    def address(self, message: Seen) -> str:
        channel = self.rooms[message.room]
        return f"https://{channel.team.domain}.slack.com/archives/{channel.id}/p{message.id.replace('.', '')}"

    def called(self) -> list[str]:
        return [str(who) for who in self.server.pinged().items()]


def _name(rooms: Mapping[str, Channel], message: Message) -> str:
    return next((name for name, room in rooms.items() if room is message.channel), "direct")


def _buttons(message: Message) -> list[dict[str, Any]]:
    return [each for block in message.blocks for each in controls(block) if each["type"] == "button"]


def _links(node: object) -> Iterator[str]:
    """All addresses in blocks, those in markup too."""
    if isinstance(node, list):
        for each in node:
            yield from _links(each)
    elif isinstance(node, dict):
        if node.get("type") == "link":
            yield str(node["url"])
        for each in node.values():
            yield from _links(each)
    elif isinstance(node, str):
        yield from _LINK.findall(node)


@asynccontextmanager
async def slack_stage(folder: Path) -> AsyncIterator[Stage]:
    """A workspace without Slack's pace, as a digest takes a second a message with it."""
    clock = a_clock()
    async with SlackServer(clock) as server, rinko(folder, clock) as app:
        server.limits.enforced = False
        team = server.workspace()
        users = [team.person("ann", admin=True), team.person("hana"), team.person("mori", locale="en-US")]
        rooms = {name: team.channel(name, *users) for name in (ROOM, OTHER_ROOM)}
        slack = client(server, team)
        outlet = SlackOutlet(slack, clock, SlackCalls(post_seconds=0.001, minute=0.1))
        services = with_outlet(app.services, PLATFORM, outlet)
        table = WatchedTable(services)
        platform = SlackPlatform(
            slack,
            server.app_token,
            table,
            outlet,
            SqlEvents(app.database),
            SqlWorkspaces(app.database),
            services.channels.get,
            services.phrases,
            clock,
        )
        stage = SlackStage(
            PLATFORM, services, table, clock, server=server, users={one.id: one for one in users}, rooms=rooms
        )
        stage.admin, stage.reader, stage.stranger = (
            Person(one.name, one.id, one.locale.partition("-")[0]) for one in users
        )
        await platform.start()
        await server.sockets.connected()
        try:
            yield stage
        finally:
            await platform.stop()
