from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from selectolax.lexbor import LexborHTMLParser
from structlog.testing import capture_logs
from yarl import URL

from bot.platforms.local.events import Watch
from bot.platforms.local.messages import Draft, Kept, Messages
from bot.platforms.local.outlet import new_id
from bot.platforms.local.server import LocalServer, PortTaken
from digest.errors import StoreError
from digest.posts import Block, BlockKind, Post, Span
from tests.bot.platforms.local.support import PAPERS, LocalChannel

CARD = f"card/{PAPERS[1][0]}"


@dataclass
class Browser:
    """A client that does what the page's script does."""

    http: aiohttp.ClientSession
    base: URL
    token: str = ""

    async def page(self, path: str = "/", **headers: str) -> LexborHTMLParser:
        async with self.http.get(self.base.join(URL(path)), headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            page = LexborHTMLParser(await answer.text())
        if found := page.css_first('meta[name="rinko-token"]'):
            self.token = found.attributes["content"] or ""
        return page

    async def act(self, what: str, _files: dict[str, bytes] | None = None, **fields: str) -> tuple[int, Any]:
        form = aiohttp.FormData(
            {"channel": "papers", **fields}, default_to_multipart=True, quote_fields=False
        )
        for name, data in (_files or {}).items():
            form.add_field("file", BytesIO(data), filename=name)
        headers = {"Origin": str(self.base.origin()), "X-Rinko-Token": self.token}
        async with self.http.post(self.base.join(URL(f"/act/{what}")), data=form, headers=headers) as answer:
            as_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if as_json else await answer.text()

    async def act_status(self, what: str, **fields: str) -> int:
        return (await self.act(what, **fields))[0]

    @asynccontextmanager
    async def events(self, after: int = 0, channel: str = "papers", **headers: str) -> AsyncIterator[Events]:
        url = self.base.join(URL("/events")).with_query(channel=channel, after=str(after))
        async with self.http.get(url, headers=headers) as answer:
            assert answer.content_type == "text/event-stream"
            yield Events(answer)


class Events:
    """The events of one connection, in order."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def next(self) -> dict[str, Any]:
        """The next event's data, with its number as `number` and its name as `name`."""
        found: dict[str, Any] = {}
        async with asyncio.timeout(10):
            async for line in self._answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "data":
                    found.update(json.loads(value))
                elif name == "id":
                    found["number"] = int(value)
                elif name == "event":
                    found["name"] = value
                elif not name and found:
                    return found
        raise AssertionError("the stream ended")

    async def until(self, text: str) -> dict[str, Any]:
        """The first event that shows a text."""
        while text not in (told := await self.next()).get("html", ""):
            continue
        return told


@asynccontextmanager
async def new_browser(local: LocalChannel) -> AsyncIterator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True)  # addresses instead of names
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        browser = Browser(http, URL(local.url))
        await browser.page()
        yield browser


@pytest.fixture
async def browser(local: LocalChannel) -> AsyncIterator[Browser]:
    async with new_browser(local) as opened:
        yield opened


async def all_of(local: LocalChannel, session: str = "") -> tuple[Kept, ...]:
    return await local.messages.channel("papers", session, 100)


# ---------------------------------------------------------------------------- pages


async def test_the_channel_shows_the_digest_in_order(local: LocalChannel, browser: Browser) -> None:
    await local.post_digest()
    page = await browser.page()
    titles = [node.text() for node in page.css("#channel .kind-card .title")]
    assert titles == [title for _, title, _ in PAPERS]
    assert page.css_first("html").attributes["lang"] == "ja"
    link = page.css_first(".kind-header .items a")
    assert link.attributes["href"].startswith("/c/papers#m-")
    assert page.css_first(link.attributes["href"].partition("papers")[2]) is not None


async def test_a_thread_has_an_address_of_its_own(local: LocalChannel, browser: Browser) -> None:
    sent = await local.post_digest(2)
    page = await browser.page(f"/thread/{sent[CARD].id}")
    assert page.css_first("#thread .root .title").text() == PAPERS[1][1]
    assert len(page.css("#thread .quote")) == 3
    assert page.css_first("#thread .replies").text().strip() == "1件の返信"
    panel = await browser.page(f"/thread/{sent[CARD].id}?part=panel")
    assert panel.css_first("#channel") is None
    assert panel.css_first(".scroll") is not None


async def test_a_page_in_english_speaks_english(local: LocalChannel, browser: Browser) -> None:
    page = await browser.page("/c/reading")
    assert page.css_first("html").attributes["lang"] == "en"
    assert "Nothing has been posted yet" in page.text()


@pytest.mark.parametrize("path", ["/c/nothing", "/thread/nothing", "/thread/%2e%2e"])
async def test_what_is_not_there_is_said_to_be_missing(browser: Browser, path: str) -> None:
    async with browser.http.get(browser.base.join(URL(path, encoded=True))) as answer:
        assert answer.status == 404
        assert "ページが見つかりません" in await answer.text()


async def test_older_messages_are_a_page_away(local: LocalChannel, browser: Browser) -> None:
    for number in range(70):
        post = Post("ja", (Block(BlockKind.TEXT, (Span(f"第{number}回"),)),))
        await local.outlet.send(local.key(f"header/{number}"), post)
    page = await browser.page()
    assert [node.text() for node in page.css(".text")][:1] == ["第10回"]
    older = page.css_first(".earlier a").attributes["href"]
    runs = await browser.page(f"{older}&part=list")
    assert [node.text() for node in runs.css(".text")] == [f"第{number}回" for number in range(10)]
    assert runs.css_first(".earlier") is None


async def test_answers_carry_strict_headers(browser: Browser) -> None:
    async with browser.http.get(browser.base) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with aiohttp.ClientSession() as fresh, fresh.get(browser.base) as answer:
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie


async def test_the_page_names_no_other_host(local: LocalChannel, browser: Browser) -> None:
    page = await browser.page()
    assets = [
        node.attributes.get("src") or node.attributes.get("href") for node in page.css("script[src], link")
    ]
    assert assets
    for path in assets:
        assert str(path).startswith("/static/")
        async with browser.http.get(browser.base.join(URL(str(path)))) as answer:
            assert answer.status == 200
            text = await answer.text()
            assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text)


# ------------------------------------------------------------------------- security


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/", "/events?channel=papers", "/complete?channel=papers&text=/", "/healthz"]
)
async def test_foreign_requests_are_refused(browser: Browser, headers: dict[str, str], path: str) -> None:
    async with browser.http.get(browser.base.join(URL(path)), headers=headers) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("missing", ["Origin", "X-Rinko-Token", "Cookie"])
async def test_acts_need_origin_token_and_session(
    local: LocalChannel, browser: Browser, missing: str
) -> None:
    headers = {"Origin": str(browser.base.origin()), "X-Rinko-Token": browser.token}
    headers.pop(missing, None)
    if missing == "Cookie":
        browser.http.cookie_jar.clear()
    url = browser.base.join(URL("/act/say"))
    async with browser.http.post(
        url, data={"channel": "papers", "text": "/papers"}, headers=headers
    ) as answer:
        assert answer.status == 403
    assert local.table.asked == []


async def test_the_port_being_taken_is_said_clearly(local: LocalChannel) -> None:
    second = LocalServer(local.needs, port=URL(local.url).port or 0)
    with pytest.raises(PortTaken, match="RINKO_LOCAL__PORT"):
        await second.start()


# ----------------------------------------------------------------------------- acts


async def test_a_question_in_a_thread_is_seen_and_answered(local: LocalChannel, browser: Browser) -> None:
    sent = await local.post_digest(2)
    local.table.go_on.clear()
    thread = sent[CARD].id
    async with browser.events(await local.messages.revision()) as events:
        assert (await browser.act("say", thread=thread, text="どのデータですか。"))[0] == 202
        question = await events.next()
        assert (question["thread"], question["mine"]) == (thread, True)
        assert "件の返信" in question["link"]
        growing = await events.next()
        assert "growing" in growing["html"]
        assert growing["spoken"] == ""
        local.table.go_on.set()
        done = await events.until("七つの公開ベンチマーク")
        assert "growing" not in done["html"]
        assert done["spoken"].startswith("Rinko：")
    kind, text, request = local.table.asked[0]
    assert (kind, text, request.thread) == ("ask", "どのデータですか。", thread)
    async with new_browser(local) as other:
        page = await other.page(f"/thread/{thread}")
        assert "どのデータですか。" in page.text()
        assert page.css_first("#thread .by-other .who").text() == "ほかの参加者"


async def test_a_command_in_the_channel_is_answered_to_its_giver_only(
    local: LocalChannel, browser: Browser
) -> None:
    async with browser.events() as events:
        assert (await browser.act("say", text="／papers"))[0] == 202
        assert "あなただけに表示" in (await events.until("論文一覧(1ページ)"))["html"]
    assert "論文一覧(1ページ)" in (await browser.page()).text()
    async with new_browser(local) as other:
        assert "論文一覧" not in (await other.page()).text()
        async with other.events() as events:
            await local.outlet.send(
                local.key("header"), Post("ja", (Block(BlockKind.TEXT, (Span("公開"),)),))
            )
            assert "公開" in (await events.next())["html"]  # the private ones were passed over


async def test_buttons_turn_pages_in_place_and_show_to_all(local: LocalChannel, browser: Browser) -> None:
    async with browser.events() as events:
        await browser.act("say", text="/papers")
        first = await events.until("論文一覧(1ページ)")
        status, _ = await browser.act("press", message=first["id"], action="page", value="2")
        assert status == 202
        assert (await events.until("論文一覧(2ページ)"))["id"] == first["id"]
        await browser.act("press", message=first["id"], action="share", value="1")
        shared = await events.until("みんなに見える回答")
        assert shared["mine"] is False
        status, said = await browser.act("press", message=first["id"], action="page", value="99")
        assert (status, "再読み込み" in said["error"]) == (409, True)
        async with new_browser(local) as other:
            assert "みんなに見える回答" in (await other.page()).text()
            assert (await other.act_status("press", message=first["id"], action="page", value="3")) == 404
        await browser.act("dismiss", message=first["id"])
        while not (told := await events.next()).get("gone"):
            continue
        assert told["id"] == first["id"]


async def test_nobody_dismisses_what_all_see(local: LocalChannel, browser: Browser) -> None:
    sent = await local.post_digest(1)
    await browser.act("dismiss", message=sent["header"].id)
    kept = await local.messages.get(sent["header"].id)
    assert kept is not None
    assert not kept.deleted


async def test_a_question_from_a_card_is_asked_in_its_thread(local: LocalChannel, browser: Browser) -> None:
    card = (await local.post_digest(2))[CARD].id
    pressed = {"message": card, "action": "ask", "value": PAPERS[1][0]}
    status, said = await browser.act("press", **pressed)
    form = LexborHTMLParser(said["form"])
    assert (status, form.css_first("h2").text()) == (202, "この論文に質問する")
    assert form.css_first(".about").text() == PAPERS[1][1]
    box = form.css_first("textarea")
    assert form.css_first(f"label[for={box.attributes['id']}]").text().strip() == "質問"
    assert local.table.asked == []
    async with browser.events(await local.messages.revision()) as events:
        status, said = await browser.act("submit", **pressed, **{"field.question": "/なぜですか"})
        assert (status, said["thread"]) == (202, card)
        asked = await events.until("/なぜですか")
        assert (asked["thread"], asked["mine"]) == (card, True)
        assert (await events.until("七つの公開ベンチマーク"))["thread"] == card
    kind, text, request = local.table.asked[0]
    assert (kind, text) == ("submit", f"ask {PAPERS[1][0]} {{'question': '/なぜですか'}}")
    assert request.thread == card


async def test_a_form_is_filled_in_where_its_button_stands(local: LocalChannel, browser: Browser) -> None:
    async with browser.events() as events:
        await browser.act("say", text="/digest status")
        panel = (await events.until("次の投稿"))["id"]
        pressed = {"message": panel, "action": "amend", "value": PAPERS[1][0]}
        form = LexborHTMLParser((await browser.act("press", **pressed))[1]["form"])
        answer, reason = form.css("textarea, input")
        assert answer.text().strip() == "正答率は\n半精度と並びます。"
        assert [box.attributes.get("required", "no") for box in (answer, reason)] == [None, "no"]
        assert "(任意)" in form.css_first(f"label[for={reason.attributes['id']}]").text()
        written = {"field.answer": " 訂正した答え ", "field.secret": "not asked for"}
        for wrong, status in (
            ({"field.answer": " "}, 409),  # what is required is missing
            ({"field.answer": "長" * 4_001}, 409),
            ({**written, "value": "arxiv:another"}, 409),  # no such button stands there
            ({**written, "action": "pause", "value": "1"}, 409),  # a button without a form
            ({**written, "message": "none"}, 404),
        ):
            assert await browser.act_status("submit", **{**pressed, **wrong}) == status
        async with new_browser(local) as other:  # to whom the panel is not shown
            assert await other.act_status("press", **pressed) == 404
            assert await other.act_status("submit", **pressed, **written) == 404
        assert [kind for kind, _, _ in local.table.asked] == ["run"]
        assert await browser.act("submit", **pressed, **written) == (202, {"ok": True, "thread": ""})
        assert (await events.until("訂正しました"))["id"] == panel  # a private reply's place is taken
        await browser.act("say", text="/digest status")
        panel = (await events.until("次の投稿"))["id"]
        await browser.act("press", message=panel, action="pause", value="1")
        assert (await events.until("一時停止しました"))["id"] != panel  # what is used again stays
    filled = {"answer": "訂正した答え", "reason": ""}
    assert local.table.asked[1][:2] == ("submit", f"amend {PAPERS[1][0]} {filled}")


async def test_a_pdf_is_handed_to_ask(local: LocalChannel, browser: Browser) -> None:
    pdf = b"%PDF-1.7 something"
    async with browser.events() as events:
        assert (await browser.act("say", {"論文.pdf": pdf}, text="要点は何ですか。"))[0] == 202
        assert "添付：論文.pdf" in (await events.next())["html"]
    kind, line, request = local.table.asked[0]
    assert (kind, line) == ("run", "/ask 要点は何ですか。")
    assert request.upload is not None
    assert (request.upload.filename, request.upload.data) == ("論文.pdf", pdf)


async def test_a_file_that_is_no_pdf_or_too_large_is_refused(local: LocalChannel, browser: Browser) -> None:
    status, said = await browser.act("say", {"a.pdf": b"MZ program"}, text="?")
    assert (status, said["error"]) == (415, "添付できるのはPDFファイルだけです。")
    large = b"%PDF-" + b"0" * local.needs.upload_bytes
    status, said = await browser.act("say", {"a.pdf": large}, text="?")
    assert status == 413
    assert "30 MB" in said["error"]
    assert local.table.asked == []


@pytest.mark.parametrize(("fields", "status"), [
    ({"text": ""}, 400), ({"text": " / "}, 400), ({"text": "長" * 9_000}, 400),
    ({"text": "x", "channel": "none"}, 404), ({"text": "x", "thread": "none"}, 404),
])  # fmt: skip
async def test_acts_that_cannot_be(browser: Browser, fields: dict[str, str], status: int) -> None:
    assert await browser.act_status("say", **fields) == status


async def test_a_fault_reaches_the_page_as_one_calm_line(local: LocalChannel, browser: Browser) -> None:
    async with browser.events() as events:
        await browser.act("say", text="/fail")
        told = await events.until("問題が起きたため")
        assert "始めました。" in told["html"]
        assert "growing" not in told["html"]
        assert "secret" not in told["html"]
        await browser.act("say", text="/crash")
        assert "secret" not in (await events.until("問題が起きたため"))["html"]


async def test_no_session_keeps_the_server_all_to_itself(local: LocalChannel, browser: Browser) -> None:
    local.table.go_on.clear()
    for _ in range(6):
        assert (await browser.act("say", text="/ask x"))[0] == 202
    status, said = await browser.act("say", text="/ask x")
    assert (status, "処理中" in said["error"]) == (409, True)
    async with new_browser(local) as other:
        assert (await other.act("say", text="/ask x"))[0] == 202


async def test_lines_are_completed(browser: Browser) -> None:
    async def complete(text: str) -> list[dict[str, str]]:
        url = browser.base.join(URL("/complete")).with_query(channel="papers", text=text)
        async with browser.http.get(url) as answer:
            found: list[dict[str, str]] = await answer.json()
            return found

    assert (await complete("／pa"))[0]["insert"] == "/papers "
    assert (await complete("/ask small"))[0] == {
        "insert": "/ask arxiv:2402.91002 ",
        "label": PAPERS[1][1],
        "detail": PAPERS[1][0],
    }


# --------------------------------------------------------------------------- events


async def test_a_page_that_comes_back_is_told_what_it_missed(local: LocalChannel, browser: Browser) -> None:
    sent = await local.post_digest(1)
    async with browser.events() as events:
        number = (await events.next())["number"]
    await local.outlet.remove(sent["header"])
    async with browser.events(**{"Last-Event-ID": str(number)}) as events:
        told = await events.next()
    assert told["number"] > number
    assert (told["id"], told["gone"]) == (sent["header"].id, True)


async def test_posts_of_another_process_appear(local: LocalChannel, browser: Browser) -> None:
    async with browser.events() as events:
        post = Post("ja", (Block(BlockKind.TEXT, (Span("別のプロセスから"),)),))
        await local.other_process().send(local.key("header"), post)
        assert "別のプロセスから" in (await events.next())["html"]


async def test_a_page_from_another_database_is_made_anew(browser: Browser) -> None:
    async with browser.events(after=999) as events:
        assert (await events.next())["name"] == "reset"


async def test_a_removed_card_stays_as_long_as_people_replied_to_it(
    local: LocalChannel, browser: Browser
) -> None:
    sent = await local.post_digest(2)
    await browser.act("say", thread=sent[CARD].id, text="残したい質問")
    async with browser.events(await local.messages.revision()) as events:
        await local.outlet.remove(sent[CARD])
        await local.outlet.remove(sent[f"card/{PAPERS[0][0]}"])
        assert (await events.until("削除されました"))["id"] == sent[CARD].id
        while not (told := await events.next()).get("gone"):
            continue
    assert told["id"] == sent[f"card/{PAPERS[0][0]}"].id
    assert "残したい質問" in (await browser.page(f"/thread/{sent[CARD].id}")).text()


async def test_stopping_ends_answers_and_connections(local: LocalChannel, browser: Browser) -> None:
    local.table.go_on.clear()
    async with browser.events() as events:
        await browser.act("say", text="/ask x")
        await events.until("探しています")
        async with asyncio.timeout(5):
            await local.server.stop()
    latest = (await local.messages.changes("papers", 0, 100))[-1]
    assert not latest.growing
    assert "Rinkoが停止したため" in latest.post.text


async def test_a_start_settles_what_a_crash_left(local: LocalChannel) -> None:
    post = Post("ja", (Block(BlockKind.TEXT, (Span("途中"),)),))
    now = local.clock.now()
    old = now - timedelta(days=2)
    growing = await local.messages.insert(Draft(new_id(), "papers", "rinko", post, now, growing=True))
    stale = await local.messages.insert(Draft(new_id(), "papers", "rinko", post, old, only_for="gone"))
    await local.server.stop()
    await local.server.start()
    settled = await local.messages.get(growing.id)
    assert settled is not None
    assert not settled.growing
    assert "途中で終わっています" in settled.post.text
    dropped = await local.messages.get(stale.id)
    assert dropped is not None
    assert dropped.deleted


# ------------------------------------------------------- samples, health and metrics


async def test_samples_are_served_and_nothing_beside_them(browser: Browser, samples: Path) -> None:
    async with browser.http.get(browser.base.join(URL("/sample/paper-01.pdf"))) as answer:
        assert (answer.status, answer.content_type) == (200, "application/pdf")
    async with browser.http.get(browser.base.join(URL("/sample/page.html"))) as answer:
        assert answer.content_type == "text/html"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    for name in (
        "notes.txt",
        "none.pdf",
        "linked.pdf",
        "..%2fsecret.pdf",
        "%2e%2e/secret.pdf",
        ".hidden.pdf",
        "a%00.pdf",
    ):
        async with browser.http.get(browser.base.join(URL(f"/sample/{name}", encoded=True))) as answer:
            assert answer.status == 404, name


async def test_health_and_metrics_answer(browser: Browser) -> None:
    async with browser.http.get(browser.base.join(URL("/healthz"))) as answer:
        assert (answer.status, await answer.json()) == (200, {"ok": True})
    async with browser.http.get(browser.base.join(URL("/metrics"))) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"


# ------------------------------------------------------------------- a database that is away


@contextmanager
def database_away(local: LocalChannel) -> Iterator[None]:
    file = Path(local.database.engine.url.database or "")
    elsewhere = file.rename(file.with_name("moved.db"))
    yield
    elsewhere.rename(file)


async def test_while_its_database_is_away_the_page_says_so_and_then_goes_on(
    local: LocalChannel, browser: Browser
) -> None:
    told = {"ja,en;q=0.5": "データベースを利用できません", "fr": "cannot be used right now"}
    with database_away(local):
        for accepted, words in told.items():
            async with browser.http.get(browser.base, headers={"Accept-Language": accepted}) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
                assert words in await answer.text()
        status, said = await browser.act("press", action="status")
        assert status == 503
        assert "error" in said
    assert (await browser.page()).css_first("#channel") is not None


@dataclass
class Unsteady:
    """Messages whose database is away and back again, look by look."""

    looks: list[bool]
    over: asyncio.Event = field(default_factory=asyncio.Event)
    on_change: object = None

    async def revision(self) -> int:
        if not self.looks:
            self.over.set()
        if self.looks and not self.looks.pop(0):
            raise StoreError("away")
        return 1


async def test_an_outage_is_logged_once_however_long_it_lasts() -> None:
    messages = Unsteady([False, False, False, True, False, False])
    watch = Watch(cast(Messages, messages), 0.001)
    with capture_logs() as lines:
        async with watch.running():
            await asyncio.wait_for(messages.over.wait(), 10)
    assert len([one for one in lines if one["event"] == "page cannot follow the database"]) == 2
