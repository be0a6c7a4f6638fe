"""The local Discord, with the real library between it and Rinko."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.platforms.conversation import CommandRow
from bot.platforms.discord.client import make_client
from bot.platforms.discord.outlet import DiscordOutlet
from bot.platforms.discord.platform import DiscordPlatform, Services
from digest.places import Place
from digest.store.platforms import SqlButtonValues, SqlEvents, SqlWorkspaces
from tests.bot.platforms.discord.posting import texts
from tests.bot.platforms.discord.support import EVERYWHERE, READY, unlimited
from tests.bot.rendering.discord_reader import read
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
from tests.servers.discord import Can, Channel, DiscordServer, Flag, Guild, Interaction, Message, User
from tests.servers.discord.components import BUTTON, walk

PLATFORM = "discord"
_SAID = (0, 19, 20, 23)
"""Types of messages that somebody wrote; others say that a thread was made, and the like."""


_TOLD_BY = {"time": ":", "timezone": "/"}
"""What a word has that goes into a field, of fields that take any word."""


def filled(row: CommandRow, words: str) -> dict[str, str]:
    """The options of a command as somebody fills them in who would else type these words."""
    options: dict[str, str] = {}
    if row.name == "/ask":
        name, _, question = words.partition(" ")
        if words[:1] in "「“" and words:
            name, _, question = words[1:].partition("」" if words[0] == "「" else "”")
        options = {"paper": name, "question": question.strip()}
        return {name: value for name, value in options.items() if value}
    if len(row.options) == 1:
        return {row.options[0].name: words} if words else {}
    rest = words.split()
    for option in row.options:
        for word in list(rest):
            named, _, value = word.rpartition("=")
            fits = word in option.choices if option.choices and not option.keyed else not option.keyed
            fits = fits or _TOLD_BY.get(option.name, " ") in word
            if (option.keyed and named == option.name) or (fits and not named and option.name not in options):
                options[option.name] = value
                rest.remove(word)
                break
            if not option.choices and not option.keyed:
                break
    assert not rest, f"{rest} fit no option of {row.name}"
    return options


@dataclass
class DiscordStage(Stage):
    """A server with text channels."""

    server: DiscordServer = field(kw_only=True)
    users: Mapping[str, User] = field(kw_only=True)
    rooms: Mapping[str, Channel] = field(kw_only=True)
    guild: Guild = field(kw_only=True)
    _opened: dict[str, Interaction] = field(default_factory=dict)

    def _type(self, who: Person, line: str, room: str, under: Seen | None) -> object:
        row = next(one for one in self.table.rows if f"{line} ".startswith(f"{one.name} "))
        words = line.removeprefix(row.name).strip()
        options = {"question": words} if under else filled(row, words)
        channel = self._thread(who, under) if under else self.rooms[room]
        # A server's own settings may show a command to anyone, so that each can be tried.
        self.server.slash(self.users[who.id], channel, row.name.removeprefix("/"), force=True, **options)
        return None

    def _thread(self, who: Person, under: Seen) -> Channel:
        message = self.server.world.messages[int(under.id)]
        return message.thread or self.server.start_thread(
            self.users[who.id], message.channel, "…", under=message
        )

    def _write(self, who: Person, words: str, under: Seen) -> object:
        self.server.say(self.users[who.id], self._thread(who, under), words, mentions_bot=True)
        return None

    def _tell(self, who: Person, words: str, after: Seen | None) -> object:
        user = self.users[who.id]
        self.server.say(user, self.server.dm(user), words)
        return None

    def _pressed(self, who: Person, on: Seen, label: str) -> Interaction:
        message = self.server.world.messages[int(on.id)]
        (name,) = [each["custom_id"] for each in _buttons(message) if each["label"] == label]
        return self.server.press(self.users[who.id], message, name)

    def _press(self, who: Person, on: Seen, label: str) -> object:
        self._pressed(who, on, label)
        return None

    async def opens(self, who: Person, on: Seen, label: str) -> None:
        interaction = self._pressed(who, on, label)
        await self.server.until(lambda: interaction.modal)
        self._opened[who.id] = interaction

    def _submit(self, who: Person, filled: Mapping[str, str]) -> object:
        self.server.submit_modal(self.users[who.id], self._opened.pop(who.id), **filled)
        return None

    async def completes(self, who: Person, words: str) -> list[str]:
        typing = self.server.autocomplete(self.users[who.id], self.rooms[ROOM], "ask", "paper", words)
        await self.server.answered(typing)
        return [str(one["value"]) for one in typing.choices or []]

    def twice(self) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def doubled() -> AsyncIterator[None]:
            before = self.server.gateway.twice
            told = {"INTERACTION_CREATE", "MESSAGE_CREATE"}
            self.server.gateway.twice = lambda event, _: event in told
            try:
                yield
            finally:
                self.server.gateway.twice = before

        return doubled()

    def demote(self, who: Person) -> AbstractAsyncContextManager[None]:
        @asynccontextmanager
        async def demoted() -> AsyncIterator[None]:
            member = self.guild.members[int(who.id)]
            roles, member.roles = member.roles, []
            try:
                yield
            finally:
                member.roles = roles

        return demoted()

    async def sees(self, who: Person) -> list[Seen]:
        user = self.users[who.id]
        seen: list[Seen] = []
        for name, room in self.rooms.items():
            seen += self._in(name, room, user, None)
            for thread in self.server.threads(room):
                seen += self._in(name, thread, user, str(thread.id))
        return seen + self._in("direct", self.server.dm(user), user, None)

    def _in(self, room: str, channel: Channel, user: User, under: str | None) -> list[Seen]:
        return [
            self._seen(one, room, under)
            for one in self.server.messages(channel, seen_by=user)
            if one.type in _SAID and not one.flags & Flag.LOADING
        ]

    def _seen(self, message: Message, room: str, under: str | None) -> Seen:
        body = read("\n".join(texts(message.components)) or message.content)
        return Seen(
            str(message.id),
            room,
            under,
            body.text,
            tuple(each["label"] for each in _buttons(message)),
            tuple(url for _, url in body.links),
            private=message.ephemeral_for is not None or room == "direct",
            by_rinko=message.author is self.server.bot,
            silent=message.silent,
        )

    def place(self, room: str = ROOM) -> Place:
        return Place(PLATFORM, str(self.guild.id), str(self.rooms[room].id))

    def address(self, message: Seen) -> str:
        channel = message.under or self.rooms[message.room].id
        return f"https://discord.com/channels/{self.guild.id}/{channel}/{message.id}"

    def called(self) -> list[str]:
        every = self.server.world.messages.values()
        return [str(one.pinged) for one in every if one.pinged and one.author is self.server.bot]


def _buttons(message: Message) -> list[dict[str, Any]]:
    return [each for _, each in walk(message.components) if each["type"] == BUTTON and "custom_id" in each]


@asynccontextmanager
async def discord_stage(folder: Path) -> AsyncIterator[Stage]:
    """A server without Discord's rate limits."""
    clock = a_clock()
    async with DiscordServer(clock=clock) as server, rinko(folder, clock) as app:
        unlimited(server)
        guild = server.guild(bot_permissions=EVERYWHERE)
        rooms = {name: server.text_channel(guild, name) for name in (ROOM, OTHER_ROOM)}
        users = [
            server.member(guild, "ann", locale="ja", permissions=Can.MANAGE_GUILD),
            server.member(guild, "hana", locale="ja"),
            server.member(guild, "mori", locale="en-US"),
        ]
        with server.used_by_discord_py():
            client = make_client(ready_seconds=READY, identify_seconds=0.0)
            values = SqlButtonValues(app.database)
            outlet = DiscordOutlet(client, clock, values)
            services = with_outlet(app.services, PLATFORM, outlet)
            table = WatchedTable(services)
            platform = DiscordPlatform(
                server.token,
                client,
                Services(
                    outlet,
                    table,
                    SqlEvents(app.database),
                    SqlWorkspaces(app.database),
                    values,
                    services.channels.get,
                    services.phrases,
                    clock,
                ),
                api_url=server.api_url,
                gateway_url=server.gateway_url,
            )
            stage = DiscordStage(
                PLATFORM,
                services,
                table,
                clock,
                server=server,
                users={str(one.id): one for one in users},
                rooms=rooms,
                guild=guild,
            )
            stage.admin, stage.reader, stage.stranger = (
                Person(one.name, str(one.id), one.locale.partition("-")[0]) for one in users
            )
            await platform.start()
            await server.until(lambda: server.world.commands.get(None) and platform.state().ok)
            try:
                yield stage
            finally:
                await platform.stop()
