"""Socket Mode: envelopes go out over what connections there are, and come again until acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import WSCloseCode, WSMsgType, web

from tests.servers.slack.deliveries import Connection, Delivery, event_payload
from tests.servers.slack.nouns import Json, Workspace
from tests.servers.slack.state import SlackError, State

ACKNOWLEDGE_SECONDS = 3
_RETRIES = (0, 60, 300)
"""Seconds from the failure of one attempt to the next attempt: at once, after a minute, after five."""
MOST_CONNECTIONS = 10


@dataclass(eq=False)
class Sockets:
    """The app's connections and all that was sent over them."""

    state: State
    connections: list[Connection] = field(default_factory=list)
    log: list[Delivery] = field(default_factory=list)
    twice: bool = False
    """Send every event twice, with the same `event_id`."""
    server_pings: float = 10
    """Seconds between the pings that the server sends by itself."""
    _tickets: set[str] = field(default_factory=set)
    _envelopes: dict[str, Delivery] = field(default_factory=dict)
    _queue: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _under_way: list[Delivery] = field(default_factory=list)
    _turn: int = -1
    _made: int = 0

    def start(self) -> None:
        """Begin to send and to watch for what was not acknowledged."""
        self._tasks = [asyncio.create_task(each()) for each in (self._pump, self._watch, self._ping)]

    async def stop(self) -> None:
        """Close everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self.connections):
            with contextlib.suppress(ConnectionError):
                await connection.socket.close(code=WSCloseCode.GOING_AWAY, drain=False)

    # ------------------------------------------------------------------- what a test asks

    @property
    def unacknowledged(self) -> list[Delivery]:
        """What is still on its way."""
        return [each for each in self._under_way if not each.over]

    def events(self, kind: str) -> list[Json]:
        """The events of a type that were sent so far, once each."""
        sent = {id(each.payload): each.payload for each in self.log if each.kind == "events_api"}
        return [payload["event"] for payload in sent.values() if payload["event"]["type"] == kind]

    async def connected(self, count: int = 1) -> None:
        """Wait until there are so many connections to send over."""
        await self.state.until(lambda: len(self._open()) >= count)

    async def settled(self) -> None:
        """Wait until everything sent was acknowledged, or failed."""
        await self.state.until(lambda: not self.unacknowledged)

    def redeliver(self) -> None:
        """Send every unacknowledged event again now, as Slack does after three seconds, a minute and five."""
        for delivery in self.unacknowledged:
            if delivery.kind == "events_api" and delivery.attempts:
                self._queue.put_nowait(delivery)

    def repeat(self, delivery: Delivery) -> Delivery:
        """Send an event once more though it was acknowledged."""
        again = Delivery(delivery.kind, delivery.payload, delivery.team, delivery.attempts)
        return self.send(again)

    async def refresh(self, connection: Connection | None = None, reason: str = "refresh_requested") -> None:
        """Ask for a new connection: `warning`, `refresh_requested` or `link_disabled`."""
        for each in [connection] if connection else self._open():
            each.retiring = True
            await each.socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}
            )

    def drop(self, connection: Connection | None = None) -> None:
        """Cut connections as a broken network does: no close frame."""
        for each in [connection] if connection else list(self.connections):
            each.retiring = True
            if each.request.transport:
                each.request.transport.abort()

    def deafen(self, connection: Connection | None = None, pongs: bool = False) -> None:
        """Let connections go deaf, with or without still answering pings."""
        for each in [connection] if connection else list(self.connections):
            each.deaf, each.pongs = True, pongs

    # -------------------------------------------------------------------------- sending

    def send(self, delivery: Delivery) -> Delivery:
        """Put something on its way."""
        self.log.append(delivery)
        self._under_way.append(delivery)
        self._queue.put_nowait(delivery)
        return delivery

    def event(self, team: Workspace, event: Json) -> None:
        """Send an event of a workspace."""
        first = self.send(Delivery("events_api", event_payload(self.state, team, event), team))
        if self.twice:
            self.repeat(first)

    def _open(self) -> list[Connection]:
        return [each for each in self.connections if not each.retiring and not each.socket.closed]

    async def _pump(self) -> None:
        while True:
            delivery = await self._queue.get()
            if not delivery.over:
                await self._send(delivery)
            self.state.changed()

    async def _send(self, delivery: Delivery) -> None:
        connection = self._next()
        if connection is None and delivery.kind != "events_api":
            delivery.failed = "dispatch_failed"
            return
        envelope_id = f"{self._made:08x}-{id(delivery):x}"
        self._made += 1
        self._envelopes[envelope_id] = delivery
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            reason = "timeout" if delivery.attempts else ""
            envelope |= {"retry_attempt": delivery.attempts, "retry_reason": reason}
        wait = ACKNOWLEDGE_SECONDS + (*_RETRIES, 0)[min(delivery.attempts, len(_RETRIES))]
        delivery.attempts += 1
        delivery.due = self.state.clock.now() + timedelta(seconds=wait)
        delivery.sent_at = time.perf_counter()
        if connection:
            connection.carried.append(delivery)
            if not connection.deaf:
                with contextlib.suppress(ConnectionError):
                    await connection.socket.send_json(envelope)

    def _next(self) -> Connection | None:
        """Each in turn, so that all carry the same."""
        if not (open_ones := self._open()):
            return None
        self._turn += 1
        return open_ones[self._turn % len(open_ones)]

    async def _watch(self) -> None:
        """Look for what is due; the clock may be one that a test turns by hand."""
        while True:
            await asyncio.sleep(0.02)
            self._under_way = [each for each in self._under_way if not each.over]
            for delivery in self._under_way:
                if delivery.due and delivery.due <= self.state.clock.now():
                    self._overdue(delivery)

    def _overdue(self, delivery: Delivery) -> None:
        delivery.due = None
        if delivery.kind != "events_api":
            delivery.failed = "operation_timeout"
        elif delivery.attempts > len(_RETRIES):
            delivery.failed = "given up"
        else:
            self._queue.put_nowait(delivery)
        self.state.changed()

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self.server_pings)
            for connection in self._open():
                if connection.pongs:
                    with contextlib.suppress(ConnectionError):
                        await connection.socket.ping(b"Ping from applink-1")

    # ------------------------------------------------------------------------ receiving

    def ticket(self) -> str:
        """What opens one connection."""
        ticket = f"ticket-{len(self._tickets)}-{self._made}-{time.monotonic_ns()}"
        self._tickets.add(ticket)
        return ticket

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="The ticket was used, or never given.")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self._made += 1
        connection = Connection(self._made, socket, request)
        if len(self._open()) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self.connections.append(connection)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._open()),
                "connection_info": {"app_id": self.state.app_id},
                "debug_info": {"host": "applink-1", "build_number": 1, "approximate_connection_time": 18060},
            }
        )
        self.state.changed()
        try:
            await self._listen(connection)
        finally:
            self.connections.remove(connection)
            self.state.changed()
        return socket

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is WSMsgType.PING:
                connection.pings += 1
                if connection.pongs:
                    await connection.socket.pong(message.data)
                self.state.changed()
            elif message.type is WSMsgType.TEXT and not connection.deaf:
                self._acknowledge(json.loads(message.data))

    def _acknowledge(self, said: Json) -> None:
        delivery = self._envelopes.get(said.get("envelope_id", ""))
        if delivery is None or delivery.over:
            return  # too late: the person has read that it failed, or the event came again and was taken
        delivery.acknowledged = True
        delivery.seconds = time.perf_counter() - delivery.sent_at
        delivery.answer = said.get("payload")
        if delivery.settle:
            try:
                delivery.settle(delivery)
            except SlackError as error:
                delivery.failed = error.error
        self.state.changed()
