"""What is on its way to the app, and the connections that carry it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aiohttp import web

from tests.servers.slack.nouns import Json, Workspace
from tests.servers.slack.state import State

Kind = Literal["events_api", "slash_commands", "interactive"]


@dataclass(eq=False)
class Connection:
    """One socket. A deaf one stays open, but nothing sent over it arrives and nothing it says is heard."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    deaf: bool = False
    pongs: bool = True
    """Whether it still answers pings, deaf or not."""
    pings: int = 0
    """How many it was sent."""
    retiring: bool = False
    """It was asked to reconnect and is given nothing new."""
    carried: list[Delivery] = field(default_factory=list)


@dataclass(eq=False)
class Delivery:
    """One event or interaction on its way to the app; `answer` is the payload of the acknowledgement."""

    kind: Kind
    payload: Json
    team: Workspace
    attempts: int = 0
    due: datetime | None = None
    """When it is sent again, or given up, unless acknowledged."""
    acknowledged: bool = False
    answer: Json | None = None
    seconds: float | None = None
    """Real seconds from the last sending to the acknowledgement."""
    failed: str | None = None
    """What a person reads instead: `dispatch_failed` (nobody there), `operation_timeout`, or an error."""
    settle: Callable[[Delivery], None] | None = None
    sent_at: float = 0

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.acknowledged or self.failed is not None


def event_payload(state: State, team: Workspace, event: Json) -> Json:
    """An event of a workspace as the app is told of it, with an id of its own."""
    bot: Json = {"team_id": team.id, "user_id": team.bot_user, "is_bot": True, "enterprise_id": None}
    return {
        "token": "local",
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": state.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": state.id("Ev"),
        "event_time": int(state.clock.now().timestamp()),
        "authorizations": [bot | {"is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }
