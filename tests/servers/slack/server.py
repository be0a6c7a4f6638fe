"""The local Slack as one thing: start it, furnish it, act in it, look at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web

from tests.clocks import RunningClock
from tests.servers.slack.deliveries import Delivery
from tests.servers.slack.faults import Call, Faults
from tests.servers.slack.limits import Limits
from tests.servers.slack.nouns import Channel, Json, Message, User, View, Workspace
from tests.servers.slack.people import People
from tests.servers.slack.sockets import Sockets
from tests.servers.slack.state import State, Time
from tests.servers.slack.web_api import WebApi

SUBSCRIPTIONS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "channel_left",
        "member_joined_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "reaction_added",
        "tokens_revoked",
    }
)


class SlackServer(People):
    """A Slack of one's own, on the loopback. The package's first page says how it is used."""

    def __init__(self, clock: Time | None = None, port: int = 0) -> None:
        state = State(clock or RunningClock())
        self._port = port
        self.faults = Faults()
        self.limits = Limits(state.clock)
        self.clock = state.clock
        """What was given, or real time that can be advanced."""
        sockets = Sockets(state)
        super().__init__(state, sockets, WebApi(state, self.limits, self.faults, sockets))
        self.subscriptions = set(SUBSCRIPTIONS)
        """The events that the app asked for."""
        state.emit = self._emit
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> SlackServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, routes: Sequence[web.RouteDef] = ()) -> None:
        """Listen on the loopback, on a free port unless one was named; `routes` are answered too."""
        app = web.Application(client_max_size=10_000_000)
        app.router.add_routes(routes)
        self.web_api.routes(app)
        app.router.add_get("/link/", self.sockets.accept)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.web_api.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.sockets.start()

    async def stop(self) -> None:
        """Stop listening, and cut whoever is there."""
        assert self._runner
        await self.sockets.stop()
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """What `AsyncWebClient(base_url=…)` and `RINKO_SLACK__API_URL` take."""
        return f"{self.web_api.url}/api/"

    @property
    def app_token(self) -> str:
        """The token for Socket Mode, one for all workspaces."""
        return self.state.app_token

    def workspace(self, name: str = "輪講会") -> Workspace:
        """One more workspace with the app in it."""
        return self.state.add_workspace(name)

    # ------------------------------------------------------------------- what can be seen

    def messages(self, channel: Channel) -> list[Message]:
        """What stands in a channel itself, oldest first."""
        return [each for each in channel.messages.values() if not each.is_reply]

    def thread(self, channel: Channel, ts: str) -> list[Message]:
        """The replies under a message, oldest first."""
        return [each for each in channel.messages.values() if each.thread_ts == ts and each.is_reply]

    def ephemerals(self, user: User) -> list[Message]:
        """What only this person sees, oldest first."""
        return [each for each in self.state.ephemerals if each.only_for == user.id]

    @property
    def views(self) -> list[View]:
        """The modals on people's screens, the topmost last."""
        return list(self.state.views.values())

    def home(self, user: User) -> View | None:
        """Somebody's home tab."""
        return self.state.homes.get(user.id)

    def calls(self, method: str | None = None) -> list[Call]:
        """Every request so far, or those to one method."""
        return [each for each in self.web_api.log if method in (None, each.method)]

    @property
    def limited(self) -> int:
        """How many requests were answered with 429."""
        return sum(each.status == 429 for each in self.web_api.log)

    def pinged(self) -> dict[str, set[str]]:
        """Whom each of the bot's messages notified, by `ts`; empty if nobody ever was."""
        stored = [each for channel in self.state.channels.values() for each in channel.messages.values()]
        return {
            each.ts: each.pings for each in [*stored, *self.state.ephemerals] if each.from_bot and each.pings
        }

    # ------------------------------------------------------------------------ waiting

    async def until(self, condition: Callable[[], object], within: float = 10) -> None:
        """Wait until something holds here; TimeoutError after so many real seconds."""
        await self.state.until(condition, within)

    async def over(self, delivery: Delivery, within: float = 10) -> Delivery:
        """Wait until something sent was acknowledged or failed."""
        await self.state.until(lambda: delivery.over, within)
        return delivery

    def _emit(self, team: Workspace, subscription: str, event: Json) -> None:
        last = ("tokens_revoked", "app_uninstalled")
        if subscription in self.subscriptions and (team.installed or subscription in last):
            self.sockets.event(team, event)
