"""What the local Slack keeps, and the one place where identifiers and timestamps are made."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from tests.servers.slack.nouns import (
    Channel,
    File,
    Json,
    Message,
    ResponseUrl,
    Trigger,
    User,
    View,
    Workspace,
)


class Time(Protocol):
    """A clock that can be moved on."""

    def now(self) -> datetime:
        """The time, aware of its zone."""

    def advance(self, **by: float) -> None:
        """Move on by `timedelta(**by)`."""


class SlackError(Exception):
    """An answer with `ok: false`; `more` is merged into it."""

    def __init__(self, error: str, messages: Iterable[str] = (), **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = dict(more)
        if lines := [f"[ERROR] {line}" for line in messages]:
            self.more["response_metadata"] = {"messages": lines}


@dataclass(eq=False)
class State:
    """Everything there is."""

    clock: Time
    app_id: str = "A000000001"
    app_token: str = "xapp-1-A000000001-local"
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    """Modals by id; a closed one is gone."""
    homes: dict[str, View] = field(default_factory=dict)
    """Home tabs by user id."""
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    statuses: dict[tuple[str, str], Json] = field(default_factory=dict)
    """What an agent's thread shows, by channel and `thread_ts`: `status`, `title`, `prompts`, `session`."""
    emit: Callable[[Workspace, str, Json], None] = lambda _team, _subscription, _event: None
    _made: Counter[str] = field(default_factory=Counter)
    _last: int = 0
    _waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def id(self, prefix: str) -> str:
        """A new identifier."""
        self._made[prefix] += 1
        return f"{prefix}{self._made[prefix]:09d}"

    def ts(self) -> str:
        """A new timestamp, later than every one before."""
        self._last = max(int(self.clock.now().timestamp() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def add_workspace(self, name: str) -> Workspace:
        """A workspace in which the app is installed."""
        team_id, bot = self.id("T"), self.id("U")
        team = Workspace(self, team_id, name, f"xoxb-{team_id}-local", bot, self.id("B"))
        self.workspaces[team_id] = team
        self.users[bot] = User(bot, "rinko", team, bot=True)
        return team

    def add_user(self, user: User) -> User:
        """Keep a user."""
        self.users[user.id] = user
        return user

    def add_channel(self, channel: Channel) -> Channel:
        """Keep a channel."""
        self.channels[channel.id] = channel
        return channel

    def im(self, user: User) -> Channel:
        """The direct messages between a person and the bot."""
        for channel in self.channels.values():
            if channel.kind == "im" and user.id in channel.members:
                return channel
        return self.add_channel(Channel(self.id("D"), "", user.team, "im", {user.id, user.team.bot_user}))

    def holds(self, message: Message) -> bool:
        """Whether a message is still there."""
        return message in (self.ephemerals if message.only_for else message.channel.messages.values())

    def trigger(self, user: User) -> str:
        """A new trigger id."""
        name = f"{len(self.triggers) + 1}.{self._last}.{len(self.triggers):032x}"
        self.triggers[name] = Trigger(user, self.clock.now())
        return name

    def older(self, at: datetime, seconds: float) -> bool:
        """Whether more than so many seconds have passed since."""
        return self.clock.now() - at > timedelta(seconds=seconds)

    def changed(self) -> None:
        """Wake those who wait in `until`."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def until(self, condition: Callable[[], object], within: float = 10) -> None:
        """Wait until it holds, looking whenever something happened; TimeoutError after so many seconds."""
        async with asyncio.timeout(within):
            while not condition():
                waiting = asyncio.get_running_loop().create_future()
                self._waiting.append(waiting)
                await waiting
