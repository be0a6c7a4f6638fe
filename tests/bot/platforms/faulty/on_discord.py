"""The local Discord, and everything that goes wrong there."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from bot.platforms.discord.homes import PLATFORM
from bot.platforms.discord.login import logged_in
from bot.platforms.discord.outlet import DiscordOutlet
from bot.rendering.discord import mark_of
from digest.places import Part, PartKey, Place
from digest.store.platforms import SqlButtonValues
from tests.bot.platforms.discord.posting import seen
from tests.bot.platforms.discord.support import EVERYWHERE, unlimited
from tests.bot.platforms.faulty.town import Town
from tests.bot.support import TUESDAY, opened
from tests.clocks import ManualClock
from tests.contracts.stages.stage import SETTINGS, with_outlet
from tests.servers.discord import Call, Channel, DiscordServer, Guild, Message, User
from tests.servers.discord.components import walk


@dataclass
class DiscordTown(Town):
    """A server."""

    server: DiscordServer = field(kw_only=True)
    guild: Guild = field(kw_only=True)
    ann: User = field(kw_only=True)
    room: Channel = field(init=False)
    locks: bool = False
    """Whether somebody locks each thread as soon as it is there."""

    def new_channel(self) -> Place:
        self.room = self.server.text_channel(self.guild, f"papers-{len(self.server.world.channels)}")
        self.count, self.watching, self.locks = 0, None, False
        return Place(PLATFORM, str(self.guild.id), str(self.room.id))

    def admin(self) -> str:
        return str(self.ann.id)

    def told(self) -> list[str]:
        return [seen(one) for one in self.server.messages(self.server.dm(self.ann))]

    def messages(self) -> list[Message]:
        """All that stands in the channel and its threads."""
        rooms = [self.room, *self.server.threads(self.room)]
        return [one for room in rooms for one in self.server.messages(room)]

    def marks(self, parts: tuple[Part, ...]) -> Counter[str]:
        place = Place(PLATFORM, str(self.guild.id), str(self.room.id))
        names = {mark_of(PartKey(place, self.issue.week, part.name)): part.name for part in parts}
        found = [tuple(part.get("id", 0) for _, part in walk(one.components))[:2] for one in self.messages()]
        return Counter(names[mark] for mark in found if mark in names)

    def stored(self, call: Call) -> None:
        """What happens once something was stored: whoever watches is told of posts."""
        if not call.stored:
            return
        if self.here(call):
            message = self.server.world.messages[int(call.answer["id"])]
            self.posted(partial(self.server.delete, message))
        elif call.path.endswith("/threads") and self.locks:
            self.server.archive(self.server.threads(self.room)[-1], locked=True)

    def here(self, call: Call) -> bool:
        """Whether a call posts a message in the channel or a thread of it."""
        channel = self.server.world.channels.get(int(call.ids.get("channel", 0)))
        is_post = call.method == "POST" and call.path.endswith("/messages")
        return is_post and channel is not None and self.room in (channel, channel.parent)


@asynccontextmanager
async def discord_town(folder: Path) -> AsyncIterator[DiscordTown]:
    clock = ManualClock(TUESDAY)
    async with DiscordServer(clock=clock) as server, opened(folder, SETTINGS, clock) as (app, _):
        unlimited(server)
        guild = server.guild(bot_permissions=EVERYWHERE)
        with server.used_by_discord_py():
            async with logged_in(server.token, server.api_url) as discord:
                town = DiscordTown("en", clock, server=server, guild=guild, ann=server.member(guild, "ann"))
                outlet = DiscordOutlet(discord, clock, SqlButtonValues(app.database))
                town.schedule = replace(app.schedule, services=with_outlet(app.services, PLATFORM, outlet))
                week = await app.services.current_week()
                town.issue = await app.services.posting.weekly.build(week, town.language)
                server.after_store(town.stored)
                yield town
