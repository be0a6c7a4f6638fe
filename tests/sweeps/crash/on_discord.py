"""A text channel or a forum on the local Discord."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from bot.rendering.discord import mark_of
from digest.models import Week
from digest.places import PartKey, Place
from tests.servers.discord import Call, Can, Channel, DiscordServer, Dropped, Failed, Message, Refuse
from tests.servers.discord.components import walk
from tests.servers.discord.faults import Hook
from tests.sweeps.crash.faults import Point
from tests.sweeps.crash.ground import Answer, Cut, Meet, Met
from tests.sweeps.crash.timeline import Timeline
from tests.sweeps.crash.verdict import Shown, Wanted

_ADDRESS = re.compile(r"https://discord\.com/channels/[0-9/]+")
_THREAD_STARTER = 21
"""The type of the message that stands for the card at the head of its thread."""
_HISTORY_LAG = 2.0
"""Seconds that a new message stays out of histories."""


class OnDiscord:
    """`Ground` of a server with one channel. Its pace is left to other tests: it counts in real time."""

    def __init__(self, *, forum: bool = False) -> None:
        self._forum = forum

    async def start(self, timeline: Timeline, meet: Meet) -> None:
        """Listen."""
        server = self._server = DiscordServer(clock=timeline, document=None)
        server.behaviour.rates = dict.fromkeys(server.behaviour.rates, (10_000, 1.0))
        server.behaviour.global_rate = (10_000, 1.0)
        guild = server.guild(bot_permissions=Can.MANAGE_THREADS)
        self._channel = server.forum(guild) if self._forum else server.text_channel(guild)
        self.place = Place("discord", str(guild.id), str(self._channel.id))
        server.before_store(self._at(Point.BEFORE, meet))
        server.after_store(self._at(Point.AFTER, meet))
        server.after_answer(self._at(Point.ANSWERED, meet))
        await server.start()

    async def stop(self) -> None:
        """Listen no more."""
        await self._server.stop()
        self._server.check()

    def lag(self) -> None:
        """Keep new messages out of histories for a while."""
        self._server.behaviour.history_lag = _HISTORY_LAG

    def _at(self, point: Point, meet: Meet) -> Hook:
        async def do(call: Call) -> None:
            try:
                await meet(Met(call.number, f"{call.method} {call.route}", point))
            except Cut:
                raise Dropped from None
            except Answer as answer:
                raise Failed(Refuse(answer.status, answer.retry_after)) from None

        return do

    def settings(self) -> str:
        """What a settings file says of it."""
        return f'[discord]\ntoken = "{self._server.token}"\napi_url = "{self._server.api_url}"\n'

    def calls(self) -> list[str]:
        """Every call so far."""
        return [f"{call.method} {call.path} {call.status}" for call in self._server.calls]

    def shown(self, wanted: Wanted, week: Week) -> list[Shown]:
        """What stands in the channel and in its threads."""
        names = self._names(wanted, week)
        if self._forum:
            posts = [(post, self._said(post)) for post in self._server.threads(self._channel)]
            return [self._one(all_[0], names, all_[1:], post) for post, all_ in posts if all_]
        return [
            self._one(root, names, self._said(root.thread) if root.thread else (), self._channel)
            for root in self._said(self._channel)
        ]

    def _said(self, channel: Channel) -> list[Message]:
        """What stands in a channel or thread, without what Discord itself says of the thread."""
        return [one for one in self._server.messages(channel) if one.type != _THREAD_STARTER]

    def made(self, wanted: Wanted, week: Week) -> Mapping[str, int]:
        """How many messages each part ever had."""
        names = self._names(wanted, week)
        return Counter(
            names[mark] for one in self._server.world.messages.values() if (mark := _mark(one)) in names
        )

    def _names(self, wanted: Wanted, week: Week) -> dict[tuple[int, ...], str]:
        """The parts by the marks that their messages carry."""
        return {mark_of(PartKey(self.place, week, name)): name for name in wanted.names}

    def _one(
        self,
        message: Message,
        names: Mapping[tuple[int, ...], str],
        thread: Sequence[Message],
        where: Channel,
    ) -> Shown:
        address = f"https://discord.com/channels/{self.place.workspace}/{where.id}/{message.id}"
        return Shown(
            names.get(_mark(message), ""),
            _ADDRESS.sub("…", message.text),
            address,
            tuple(_ADDRESS.findall(message.text)),
            tuple(self._one(one, names, (), one.channel) for one in thread),
        )


def _mark(message: Message) -> tuple[int, ...]:
    """The ids of the first two components, which are the mark of a part."""
    return tuple(component.get("id", 0) for _, component in walk(message.components))[:2]
