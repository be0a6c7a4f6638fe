"""The gateway: sessions over WebSocket, what each is told, and the ways in which it can fail."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.servers.discord.sessions import Connection, Session, Told, readable, wants
from tests.servers.discord.state import PRIVILEGED, Channel, Guild, Intent, Message
from tests.servers.discord.wire import application_json, guild_created_json, own_user_json, user_json
from tests.servers.discord.world import World

Json = dict[str, Any]

_COMMANDS_A_MINUTE = 120


class Gateway:
    """All sessions; `faults` are given to the next connections in turn.

    A fault is an HTTP status that refuses the handshake, `"silent"` for a connection that says nothing,
    or a text sent in place of HELLO.
    """

    def __init__(self) -> None:
        self.world: World | None = None
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.faults: deque[int | str] = deque()
        self.told: list[tuple[str, Json]] = []
        """Every event, whether or not somebody listened."""
        self.twice: Callable[[str, Json], bool] = lambda _name, _data: False
        """Events that are told twice, as Discord may do."""
        self.identified: list[float] = []
        self.too_soon = 0
        """IDENTIFY that were refused, as the one before was too short a time ago."""
        self.resumed = 0
        self.changed: Callable[[], None] = lambda: None
        self._made = 0
        self._identified_by: dict[int, float] = {}

    # ------------------------------------------------------------------------ faults

    def drop(self, code: int | None = None, shard: int | None = None) -> None:
        """Break all connections or a shard's, with a close frame of this code or with none at all."""
        for connection in list(self.connections):
            if shard is not None and (connection.session is None or connection.session.shard != shard):
                continue
            if code is None:
                transport = connection.request.transport
                if transport:
                    transport.abort()
            else:
                connection.outbox.put_nowait(f"close {code}")

    def deafen(self) -> None:
        """Leave all connections open and say nothing on them any more, heartbeats included."""
        for connection in self.connections:
            connection.deaf = True

    def ask_reconnect(self) -> None:
        """Tell all to come back on a new connection."""
        for connection in self.connections:
            connection.say({"op": 7, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell all that their sessions are no more, or (`resumable`) that they are to resume them."""
        for connection in self.connections:
            if connection.session and not resumable:
                self.sessions.pop(connection.session.id, None)
            connection.say({"op": 9, "d": resumable})

    def send_raw(self, text: str) -> None:
        """Send a frame as it is, such as a broken one."""
        for connection in self.connections:
            connection.outbox.put_nowait(text)

    # ------------------------------------------------------------------------ events

    def dispatch(
        self,
        event: str,
        data: Json,
        *,
        guild: Guild | None = None,
        channel: Channel | None = None,
        message: Message | None = None,
    ) -> None:
        """Tell the sessions that may know of it and have asked to."""
        world = self._the_world()
        self.told.append((event, data))
        for session in list(self.sessions.values()):
            if not wants(world, session, event, guild, channel):
                continue
            shown = data if message is None else readable(world, session, data, message)
            for _ in range(2 if self.twice(event, data) else 1):
                self._tell(session, event, shown)
        self.changed()

    def _tell(self, session: Session, event: str, data: Json) -> None:
        session.seq += 1
        session.told.append(Told(session.seq, event, data))
        if session.connection:
            session.connection.say({"op": 0, "t": event, "s": session.seq, "d": data})

    # ------------------------------------------------------------------- connections

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Speak with one client until it goes."""
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, int):
            return web.Response(status=fault, text="error")
        socket = web.WebSocketResponse(max_msg_size=1 << 20, autoping=True, compress=False)
        await socket.prepare(request)
        connection = Connection(socket, request, deaf=fault == "silent")
        self.connections.append(connection)
        writer = asyncio.create_task(self._write(connection))
        heartbeat = self._the_world().behaviour.heartbeat
        if fault not in (None, "silent"):
            connection.outbox.put_nowait(str(fault))
        connection.say({"op": 10, "d": {"heartbeat_interval": int(heartbeat * 1000), "_trace": []}})
        try:
            await self._read(connection, heartbeat)
        finally:
            self._leave(connection)
            if not connection.closing:
                writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self.changed()
        return socket

    async def _write(self, connection: Connection) -> None:
        while True:
            text = await connection.outbox.get()
            if text.startswith("close "):
                connection.closing = True
                await connection.socket.close(code=int(text.removeprefix("close ")))
                return
            try:
                await connection.socket.send_str(text)
            except ConnectionError:
                return

    async def _read(self, connection: Connection, heartbeat: float) -> None:
        socket = connection.socket
        while not socket.closed:
            try:
                frame = await socket.receive(timeout=heartbeat * 2)
            except TimeoutError:
                await socket.close(code=4009)
                return
            if frame.type is not WSMsgType.TEXT:
                connection.left_for_good = frame.type is WSMsgType.CLOSE and frame.data in (1000, 1001)
                return
            code = self._rate(connection) or self._hear(connection, frame.data)
            if code:
                await socket.close(code=code)
                return
            self.changed()

    def _leave(self, connection: Connection) -> None:
        self.connections.remove(connection)
        session = connection.session
        if session and session.connection is connection:
            session.connection = None
            session.left = self._the_world().now()
            if connection.left_for_good:
                self.sessions.pop(session.id, None)

    def _rate(self, connection: Connection) -> int | None:
        now = time.monotonic()
        connection.received.append(now)
        while connection.received[0] < now - 60:
            connection.received.popleft()
        return 4008 if len(connection.received) > _COMMANDS_A_MINUTE else None

    def _hear(self, connection: Connection, text: str) -> int | None:
        """Act on one frame; the code to close with, where the client is at fault."""
        try:
            payload = json.loads(text)
            op, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError):
            return 4002
        if op == 1:
            connection.heartbeats += 1
            connection.say({"op": 11})
            return None
        if op == 2:
            return self._identify(connection, data)
        if op == 6:
            return self._resume(connection, data)
        if connection.session is None:
            return 4003
        if op == 8:
            self._members(connection.session, data)
            return None
        return None if op in (3, 4) else 4001

    def _identify(self, connection: Connection, data: Json) -> int | None:
        world = self._the_world()
        if connection.session:
            return 4005
        if data.get("token") != world.token:
            return 4004
        shard, shards = data.get("shard") or (0, 1)
        if not 0 <= shard < shards:
            return 4010
        intents = data.get("intents")
        if not isinstance(intents, int) or intents < 0 or intents >= 1 << 26:
            return 4013
        if intents & PRIVILEGED & ~world.privileged:
            return 4014
        now, bucket = time.monotonic(), shard % world.behaviour.max_concurrency
        too_soon = now < self._identified_by.get(bucket, 0.0) + world.behaviour.identify_every
        self._identified_by[bucket] = now
        self.identified.append(now)
        world.behaviour.starts_left -= 1
        if too_soon:
            self.too_soon += 1
            connection.say({"op": 9, "d": False})
            return None
        self._made += 1
        session = Session(f"session{self._made}", shard, shards, Intent(intents), connection=connection)
        self.sessions[session.id] = connection.session = session
        session.connection = connection
        self._ready(session)
        return None

    def _ready(self, session: Session) -> None:
        world = self._the_world()
        mine = [
            g for g in world.guilds.values() if g.has_bot and (g.id >> 22) % session.shards == session.shard
        ]
        ready = {
            "v": 10,
            "user": own_user_json(world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": world.public_url.replace("http", "ws", 1) + "/gw/",
            "shard": [session.shard, session.shards],
            "application": {name: application_json(world)[name] for name in ("id", "flags")},
            "private_channels": [],
            "_trace": [],
        }
        self._tell(session, "READY", ready)
        if session.intents & Intent.GUILDS:
            every = bool(session.intents & Intent.GUILD_MEMBERS)
            for guild in mine:
                if guild.available:
                    self._tell(session, "GUILD_CREATE", guild_created_json(world, guild, every_member=every))

    def _resume(self, connection: Connection, data: Json) -> int | None:
        world = self._the_world()
        if data.get("token") != world.token:
            return 4004
        session = self.sessions.get(str(data.get("session_id")))
        late = session and session.left and world.now() > session.left + world.behaviour.resume_within
        seq = data.get("seq")
        if session is None or late or not isinstance(seq, int) or seq > session.seq:
            connection.say({"op": 9, "d": False})
            return None
        connection.session, session.connection, session.left = session, connection, None
        self.resumed += 1
        for told in session.told:
            if told.seq > seq:
                connection.say({"op": 0, "t": told.name, "s": told.seq, "d": told.data})
        self._tell(session, "RESUMED", {"_trace": []})
        return None

    def _members(self, session: Session, data: Json) -> None:
        guild = self._the_world().guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        wanted = data.get("user_ids")
        ids = {int(each) for each in ([wanted] if isinstance(wanted, str) else wanted or [])}
        everyone = not ids and not data.get("query") and session.intents & Intent.GUILD_MEMBERS
        users = [m.user for m in guild.members.values() if everyone or m.user.id in ids]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [
                {"user": user_json(user), "roles": [], "flags": 0, "joined_at": None} for user in users
            ],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [str(each) for each in ids - {user.id for user in users}],
            "nonce": data.get("nonce"),
        }
        self._tell(session, "GUILD_MEMBERS_CHUNK", chunk)

    def _the_world(self) -> World:
        assert self.world
        return self.world
