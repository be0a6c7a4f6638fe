"""The channel in the browser, by its HTTP routes alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from selectolax.lexbor import LexborHTMLParser, LexborNode
from yarl import URL

from bot.app import App
from bot.platforms.local.outlet import local_place
from bot.platforms.local.server import LocalServer, Needs
from bot.platforms.local.sql_messages import SqlMessages
from bot.platforms.local.views import Channel
from digest.places import Place
from tests.clocks import ManualClock
from tests.contracts.stages.stage import OTHER_ROOM, ROOM, Person, Seen, Stage, WatchedTable, a_clock, rinko

ROOMS = (ROOM, OTHER_ROOM)


@dataclass(eq=False)
class Browser:
    """Somebody's browser: it does what the page's script does, and keeps what it was told."""

    http: aiohttp.ClientSession
    base: URL
    token: str = ""
    session: str = ""
    form: dict[str, str] = field(default_factory=dict)
    """What the form that is open would be sent with."""
    known: dict[str, Seen] = field(default_factory=dict)
    controls: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    """Of each message the buttons, with label, action and value."""
    _positions: dict[str, int] = field(default_factory=dict)
    _after: dict[str, int] = field(default_factory=dict)

    async def open(self) -> None:
        """Open the page, which gives a session and the token for acts."""
        async with self.http.get(self.base) as answer:
            page = LexborHTMLParser(await answer.text())
        self.token = _attribute(_first(page, 'meta[name="rinko-token"]'), "content")
        (cookie,) = self.http.cookie_jar.filter_cookies(self.base).values()
        self.session = cookie.value

    async def post(self, act: str, **fields: str) -> dict[str, str]:
        """Send something, which is taken."""
        headers = {"Origin": str(self.base.origin()), "X-Rinko-Token": self.token}
        url = self.base.join(URL(f"/act/{act}"))
        form = aiohttp.FormData(fields, default_to_multipart=True, quote_fields=False)
        async with self.http.post(url, data=form, headers=headers) as answer:
            told: dict[str, str] = await answer.json()
            assert answer.status == 202, told
            return told

    async def refresh(self) -> None:
        """Hear all that changed since."""
        for room in ROOMS:
            url = self.base.join(URL("/events"))
            query = {"channel": room, "after": str(self._after.get(room, 0))}
            async with self.http.get(url.with_query(query)) as answer:
                async for line in answer.content:
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name == "id":
                        self._after[room] = int(value)
                    elif name == "data":
                        self._hear(room, json.loads(value))
                    elif line == b": beat\n":
                        break

    def seen(self) -> list[Seen]:
        """All that is there, oldest first."""
        return sorted(self.known.values(), key=lambda one: self._positions[one.id])

    def _hear(self, room: str, told: dict[str, str]) -> None:
        if told.get("gone"):
            self.known.pop(told["id"], None)
            return
        self._positions[told["id"]] = int(told["position"])
        message = _first(LexborHTMLParser(told["html"]), "li.message")
        body = _first(message, ".body")
        self.controls[told["id"]] = [
            (each.text(strip=True), _attribute(each, "data-action"), _attribute(each, "data-value"))
            for each in message.css("button[data-action]")
        ]
        classes = _attribute(message, "class").split()
        self.known[told["id"]] = Seen(
            told["id"],
            room,
            told["thread"],
            body.text(separator=" "),
            tuple(label for label, _, _ in self.controls[told["id"]]),
            tuple(_attribute(each, "href") for each in body.css("a[href]")),
            private="private" in classes,
            by_rinko="by-rinko" in classes,
        )


def _first(page: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    found = page.css_first(selector)
    assert isinstance(found, LexborNode), selector
    return found


def _attribute(node: LexborNode, name: str) -> str:
    return node.attributes[name] or ""


@dataclass
class LocalStage(Stage):
    """Two pages over the same messages: the admin's own, and one for those who are none."""

    browsers: Mapping[str, Browser] = field(default_factory=dict)

    def _type(self, who: Person, line: str, room: str, under: Seen | None) -> object:
        fields = {"channel": room, "text": line} | ({"thread": under.id} if under else {})
        return self.browsers[who.id].post("say", **fields)

    def _write(self, who: Person, words: str, under: Seen) -> object:
        return self.browsers[who.id].post("say", channel=under.room, text=words, thread=under.id)

    def _tell(self, who: Person, words: str, after: Seen | None) -> object:
        raise NotImplementedError("there are no direct messages")

    def _press(self, who: Person, on: Seen, label: str) -> object:
        return self.browsers[who.id].post("press", **self._control(who, on, label))

    def _control(self, who: Person, on: Seen, label: str) -> dict[str, str]:
        controls = self.browsers[who.id].controls[on.id]
        ((action, value),) = {(action, value) for shown, action, value in controls if shown == label}
        return {"message": on.id, "action": action, "value": value}

    async def opens(self, who: Person, on: Seen, label: str) -> None:
        browser = self.browsers[who.id]
        await browser.refresh()
        browser.form = self._control(who, on, label)
        told = await browser.post("press", **browser.form)
        page = LexborHTMLParser(told["form"])
        for each in page.css("[name^='field.']"):
            value = each.text() if each.tag == "textarea" else _attribute(each, "value")
            browser.form[_attribute(each, "name")] = value

    def _submit(self, who: Person, filled: Mapping[str, str]) -> object:
        browser = self.browsers[who.id]
        fields = {f"field.{name}": value for name, value in filled.items()}
        assert set(fields) <= set(browser.form)
        return browser.post("submit", **{**browser.form, **fields})

    async def completes(self, who: Person, words: str) -> list[str]:
        browser = self.browsers[who.id]
        query = {"channel": ROOM, "text": f"/ask {words}"}
        async with browser.http.get(browser.base.join(URL("/complete")).with_query(query)) as answer:
            return [one["insert"].removeprefix("/ask ").strip() for one in await answer.json()]

    def twice(self) -> AbstractAsyncContextManager[None]:
        raise NotImplementedError("each request is an act of its own")

    def demote(self, who: Person) -> AbstractAsyncContextManager[None]:
        """They go on with what they see, on the page of those who are no admins."""

        @asynccontextmanager
        async def demoted() -> AsyncIterator[None]:
            browser, other = self.browsers[who.id], self.browsers[self.reader.id]
            base, token = browser.base, browser.token
            browser.base, browser.token = other.base, other.token
            cookie = {f"rinko-{other.base.port}": browser.session}
            browser.http.cookie_jar.update_cookies(cookie, other.base)
            try:
                yield
            finally:
                browser.base, browser.token = base, token

        return demoted()

    async def sees(self, who: Person) -> list[Seen]:
        browser = self.browsers[who.id]
        await browser.refresh()
        return browser.seen()

    def place(self, room: str = ROOM) -> Place:
        return local_place(room)

    def address(self, message: Seen) -> str:
        return f"/c/{message.room}#m-{message.id}"

    def called(self) -> list[str]:
        return []


@asynccontextmanager
async def _serving(
    app: App, table: WatchedTable, clock: ManualClock, *, is_admin: bool
) -> AsyncIterator[URL]:
    channels = [Channel(room, room, "ja", "Asia/Tokyo") for room in ROOMS]

    async def offered() -> Sequence[Channel]:
        return channels

    needs = Needs(
        SqlMessages(app.database),
        clock,
        table,
        app.services.phrases,
        offered,
        is_admin=is_admin,
        poll_seconds=0.02,
        heartbeat_seconds=0.01,
    )
    server = LocalServer(needs, port=0)
    try:
        yield URL(await server.start())
    finally:
        await server.stop()


@asynccontextmanager
async def local_stage(folder: Path) -> AsyncIterator[Stage]:
    clock = a_clock()
    async with rinko(folder, clock) as app, AsyncExitStack() as stack:
        table = WatchedTable(app.services)
        own = await stack.enter_async_context(_serving(app, table, clock, is_admin=True))
        others = await stack.enter_async_context(_serving(app, table, clock, is_admin=False))
        browsers: dict[str, Browser] = {}
        people: list[Person] = []
        for name, base in (("ann", own), ("hana", others), ("mori", others)):
            jar = aiohttp.CookieJar(unsafe=True)  # addresses instead of names
            browser = Browser(await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar)), base)
            await browser.open()
            browsers[browser.session] = browser
            people.append(Person(name, browser.session, "ja"))
        stage = LocalStage("local", app.services, table, clock, browsers)
        stage.admin, stage.reader, stage.stranger = people
        yield stage
