"""The local Slack, and everything that goes wrong there."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from bot.platforms.slack.calls import SlackCalls
from bot.platforms.slack.outlet import PLATFORM, SlackOutlet
from digest.places import Part, Place
from tests.bot.platforms.faulty.town import Town
from tests.bot.support import TUESDAY, opened
from tests.clocks import ManualClock
from tests.contracts.stages.stage import SETTINGS, with_outlet
from tests.servers.slack import Channel, SlackServer, User, Workspace, posting, shown
from tests.servers.slack.apps import client
from tests.servers.slack.faults import Call, HttpFailure

POST = "chat.postMessage"


@dataclass
class SlackTown(Town):
    """A workspace."""

    server: SlackServer = field(kw_only=True)
    team: Workspace = field(kw_only=True)
    ann: User = field(kw_only=True)
    room: Channel = field(init=False)

    def new_channel(self) -> Place:
        self.room = self.team.channel(f"papers-{len(self.server.state.channels)}", self.ann)
        self.count, self.watching = 0, None
        return Place(PLATFORM, self.team.id, self.room.id)

    def admin(self) -> str:
        return self.ann.id

    def told(self) -> list[str]:
        return [shown(one) for one in self.server.messages(self.server.state.im(self.ann)) if one.from_bot]

    def marks(self, parts: tuple[Part, ...]) -> Counter[str]:
        marks = ((one.metadata or {}).get("event_payload", {}) for one in self.room.messages.values())
        return Counter(mark["mark"].rpartition(" ")[2] for mark in marks if mark)

    def stored(self, call: Call) -> None:
        """What happens once something was stored: whoever watches is told of posts."""
        message = self.room.messages.get((call.answer or {}).get("ts"))
        if self.in_room()(call) and message is not None:
            self.posted(partial(posting.remove, self.server.state, message))

    def in_room(self, method: str = POST) -> Callable[[Call], bool]:
        """Calls of a method that are about the channel."""
        here = self.room.id
        return lambda call: call.method == method and call.args.get("channel") == here

    def once(self, number: int, method: str = POST) -> Callable[[Call], bool]:
        """The call of that number, from 1, from now on."""
        met, here = 0, self.in_room(method)

        def meets(call: Call) -> bool:
            nonlocal met
            met += here(call)
            return met == number and here(call)

        return meets

    def answer_with_a_page(self, number: int) -> None:
        """In place of the answer to a post that was stored comes a proxy's page."""

        def do(_: Call) -> None:
            raise HttpFailure(200, page="<html>Sign in to this network</html>")

        self.server.faults.at("after_store", self.once(number), do)

    def fail_once_stored(self, number: int, status: int) -> None:
        def do(_: Call) -> None:
            raise HttpFailure(status)

        self.server.faults.at("after_store", self.once(number), do)


@asynccontextmanager
async def slack_town(folder: Path) -> AsyncIterator[SlackTown]:
    clock = ManualClock(TUESDAY)
    async with SlackServer(clock) as server, opened(folder, SETTINGS, clock) as (app, _):
        server.limits.enforced = False
        team = server.workspace()
        town = SlackTown("ja", clock, server=server, team=team, ann=team.person("ann", admin=True))
        outlet = SlackOutlet(client(server, team), clock, SlackCalls(0.001, 0.1))
        town.schedule = replace(app.schedule, services=with_outlet(app.services, PLATFORM, outlet))
        week = await app.services.current_week()
        town.issue = await app.services.posting.weekly.build(week, town.language)
        server.faults.at("after_store", lambda _: True, town.stored, times=None)
        yield town
