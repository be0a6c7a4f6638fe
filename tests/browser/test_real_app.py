"""The whole bot with the sample week, in a browser: posted, read, asked, searched, administered."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from bot import export
from bot.app import App
from bot.platforms.local.outlet import local_place
from config.words import load_phrases
from digest.places import Layout
from tests.bot.support import TIDE, opened
from tests.browser.conftest import seen
from tests.clocks import ManualClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAY = load_phrases()["ja"]
TITLE = "TideLM: A 38-Million-Parameter Language Model"
REPLIES = re.compile(SAY("local.reply_many", count=7).replace("7", r"\d+"))
FAST = 10_000


@dataclass
class Shown:
    """The bot at work, and a browser that looks at it."""

    app: App
    url: str
    browser: Browser
    faults: list[str]

    async def open(self, path: str = "/", *, width: int = 1280, beside: Page | None = None) -> Page:
        size = ViewportSize(width=width, height=900)
        context = beside.context if beside else await self.browser.new_context(viewport=size)
        context.set_default_timeout(FAST)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        await page.goto(self.url.rstrip("/") + path)
        return page


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shown(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> AsyncIterator[Shown]:
    async with AsyncExitStack() as stack:
        clock = ManualClock(datetime.now(UTC))
        app, _ = await stack.enter_async_context(opened(tmp_path_factory.mktemp("app"), clock=clock))
        url = await app.local.start()
        stack.push_async_callback(app.local.stop)
        page = Shown(app, url, chromium, [])
        waiting = await page.open()
        await app.schedule.post_what_is_due()
        # A digest appears on a page that was open before.
        await expect(waiting.locator(".kind-card")).to_have_count(10, timeout=FAST)
        await expect(waiting.locator(".kind-header")).to_have_count(1)
        await waiting.context.close()
        yield page
        assert page.faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(shown: Shown) -> AsyncIterator[Page]:
    opened_page = await shown.open()
    await expect(opened_page.locator(".kind-card")).to_have_count(10)
    yield opened_page
    await opened_page.context.close()


async def say(page: Page, line: str) -> None:
    box = page.get_by_role("combobox", name=SAY("local.write"))
    await box.fill(line)
    await page.keyboard.press("Escape")
    await box.press("Enter")


async def test_a_thread_answers_questions_with_quotes_that_open_the_paper(shown: Shown, page: Page) -> None:
    card = page.locator(".kind-card").filter(has_text=TITLE)
    await card.get_by_role("link", name=REPLIES).click()
    thread = page.locator("#thread")
    await expect(thread.locator(".quote").first).to_be_visible()
    thread_id = page.url.rpartition("/")[2]
    key = await shown.app.services.ledger.at(local_place("papers"), thread_id)
    assert key is not None
    assert key.name == f"card/{TIDE}"
    box = page.get_by_role("combobox", name=SAY("local.ask_here"))
    await box.fill("潮位の平均誤差は何 cm ですか?")
    await box.press("Enter")
    answer = thread.locator(".message").last
    await expect(answer.locator(".quote").first).to_be_visible(timeout=FAST)
    await expect(thread.locator(".growing")).to_have_count(0)
    await expect(answer).to_contain_text("cm")
    link = answer.locator(".quote a").first
    href = await link.get_attribute("href")
    assert href
    assert re.search(r"/sample/tide-lm\.pdf#page=\d+$", href)
    got = await page.request.get(shown.url.rstrip("/") + href.partition("#")[0])
    assert got.status == 200
    assert got.headers["content-type"] == "application/pdf"
    assert (await got.body()).startswith(b"%PDF")


async def test_papers_are_searched_and_only_the_asker_sees_it(shown: Shown, page: Page) -> None:
    await say(page, "/papers 銭湯")
    found = page.locator(".message.private").last
    await expect(found).to_contain_text("推論で湯を沸かす")
    other = await shown.open()
    await expect(other.locator(".kind-card")).to_have_count(10)
    await expect(other.get_by_text("/papers 銭湯")).to_have_count(0)
    await other.context.close()


async def test_status_tells_how_it_stands(page: Page) -> None:
    await say(page, "/digest status")
    await expect(seen(page, SAY("status.heading"))).to_be_visible()
    await expect(page.locator(".message").last).to_contain_text("2026-W10")


async def test_a_wrong_week_is_said_in_japanese(page: Page) -> None:
    await say(page, "/digest post 2026-W99")
    await expect(seen(page, SAY("errors.NotAWeek", text="2026-W99"))).to_be_visible()


async def test_papers_are_completed_after_ask(page: Page) -> None:
    box = page.get_by_role("combobox", name=SAY("local.write"))
    await box.fill("/ask tide")
    option = page.get_by_role("option").filter(has_text=TITLE)
    await expect(option).to_be_visible()
    await option.click()
    await expect(box).to_have_value(f"/ask {TIDE} ")


async def test_reloading_shows_the_same_and_posting_again_changes_nothing(shown: Shown, page: Page) -> None:
    before = await page.locator(".kind-card, .kind-header").all_inner_texts()
    await say(page, "/digest post")
    await expect(seen(page, SAY("post.unchanged", week="2026-W10"))).to_be_visible(timeout=FAST)
    await page.reload()
    await expect(page.locator(".kind-card")).to_have_count(10)
    assert await page.locator(".kind-card, .kind-header").all_inner_texts() == before


async def test_two_tabs_show_a_question_at_once(shown: Shown, page: Page) -> None:
    card = page.locator(".kind-card").filter(has_text="Purl: Type Checking")
    await card.get_by_role("link", name=REPLIES).click()
    await expect(page).to_have_url(re.compile("/thread/"))
    other = await shown.open(page.url.partition(shown.url.rstrip("/"))[2], beside=page)
    await expect(other.locator("#thread .quote").first).to_be_visible()
    before = await page.locator("#thread .message").count()
    box = page.get_by_role("combobox", name=SAY("local.ask_here"))
    await box.fill("How many errors does Purl find?")
    await box.press("Enter")
    for one in (page, other):
        thread = one.locator("#thread")
        await expect(thread.locator(".message")).to_have_count(before + 2, timeout=FAST)  # and the answer
        await expect(thread.locator(".growing")).to_have_count(0, timeout=FAST)
    assert (
        await other.locator("#thread .message").all_inner_texts()
        == await page.locator("#thread .message").all_inner_texts()
    )


@pytest.mark.parametrize("layout", ["qa", "bilingual"])
async def test_an_exported_page_has_no_sideways_scroll_on_the_narrowest_phone(
    shown: Shown, layout: Layout, tmp_path: Path
) -> None:
    issue = await shown.app.services.archive.latest("ja")
    assert issue
    composer = shown.app.services.posting.document_composer("ja", layout)
    file = tmp_path / "week.html"
    file.write_text(export.as_html(issue, composer, shown.app.links), encoding="utf-8")
    context = await shown.browser.new_context(viewport=ViewportSize(width=320, height=640))
    narrow = await context.new_page()
    await narrow.goto(file.as_uri())
    wide = await narrow.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0
    assert await narrow.locator("h2").count() >= 10
    await context.close()


async def test_the_channel_has_no_sideways_scroll_on_the_narrowest_phone(shown: Shown) -> None:
    narrow = await shown.open(width=320)
    await expect(narrow.locator(".kind-card")).to_have_count(10)
    wide = await narrow.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0
    await narrow.context.close()
