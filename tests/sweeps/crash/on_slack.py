"""A channel on the local Slack."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from digest.models import Week
from digest.places import Place
from tests.servers.slack import Call, Message, SlackServer, shown
from tests.servers.slack.faults import Dropped, HttpFailure
from tests.sweeps.crash.faults import Point
from tests.sweeps.crash.ground import Answer, Cut, Meet, Met
from tests.sweeps.crash.timeline import Timeline
from tests.sweeps.crash.verdict import Shown, Wanted

_POINTS = {
    "before_store": Point.BEFORE,
    "after_store": Point.AFTER,
    "after_answer": Point.ANSWERED,
}


class OnSlack:
    """`Ground` of a workspace with one channel."""

    async def start(self, timeline: Timeline, meet: Meet) -> None:
        """Listen."""
        self._server = SlackServer(timeline)
        self._team = self._server.workspace()
        self._papers = self._team.channel("papers", self._team.person("mori", admin=True))
        self.place = Place("slack", self._team.id, self._papers.id)
        self._made: list[str] = []
        for name, point in _POINTS.items():
            self._server.faults.at(name, lambda _: True, self._at(point, meet), times=None)
        await self._server.start()

    async def stop(self) -> None:
        """Listen no more."""
        await self._server.stop()

    def lag(self) -> None:
        """Slack shows at once what is new."""

    def _at(self, point: Point, meet: Meet) -> Any:
        async def do(call: Call) -> None:
            if point is Point.AFTER and call.method == "chat.postMessage":
                self._made.append(_mark(call.args.get("metadata")))
            try:
                await meet(Met(self._server.web_api.log.index(call) + 1, call.method, point))
            except Cut:
                raise Dropped from None
            except Answer as answer:
                raise HttpFailure(answer.status, answer.retry_after or None) from None

        return do

    def settings(self) -> str:
        """What a settings file says of it."""
        server = self._server
        return (
            f'[slack]\nbot_token = "{self._team.token}"\napp_token = "{server.app_token}"\n'
            f'api_url = "{server.api_url}"\n'
        )

    def calls(self) -> list[str]:
        """Every call so far."""
        return [f"{call.method} {call.status} {call.error or ''}" for call in self._server.calls()]

    def shown(self, wanted: Wanted, week: Week) -> list[Shown]:
        """What stands in the channel and in its threads."""
        names = self._names(wanted, week)
        roots = self._server.messages(self._papers)
        return [self._one(root, names, self._server.thread(self._papers, root.ts)) for root in roots]

    def made(self, wanted: Wanted, week: Week) -> Mapping[str, int]:
        """How many messages each part ever had."""
        names = self._names(wanted, week)
        return Counter(names[mark] for mark in self._made if mark in names)

    def _names(self, wanted: Wanted, week: Week) -> dict[str, str]:
        """The parts by the marks that their messages carry."""
        return {f"{self.place} {week} {name}": name for name in wanted.names}

    def _one(self, message: Message, names: Mapping[str, str], thread: list[Message]) -> Shown:
        address = f"/archives/{self._papers.id}/p{message.ts.replace('.', '')}"
        links = tuple(
            link[link.index("/archives/") :] for link in _links(message.blocks) if "/archives/" in link
        )
        name = names.get(_mark(message.metadata), "")
        return Shown(name, shown(message), address, links, tuple(self._one(one, names, []) for one in thread))


def _mark(metadata: Any) -> str:
    """The mark in a message's metadata, or in that of a call, which may be a string."""
    told = json.loads(metadata) if isinstance(metadata, str) else metadata
    return str((told or {}).get("event_payload", {}).get("mark", ""))


def _links(value: Any) -> Iterator[str]:
    """The addresses in blocks, in order."""
    if isinstance(value, dict):
        if isinstance(value.get("url"), str):
            yield value["url"]
        for one in value.values():
            yield from _links(one)
    elif isinstance(value, list):
        for one in value:
            yield from _links(one)
