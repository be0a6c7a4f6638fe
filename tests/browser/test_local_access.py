# ruff: noqa: E501 - scripts for the page stand as they run
"""The local channel for everyone: contrast, keyboard, names, small screens; and for no other site."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from digest.posts import Block, BlockKind, Post, Span
from tests.bot.platforms.local.support import ADMIN_BUTTONS, PAPERS, LocalChannel
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = f"card/{PAPERS[1][0]}"

CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const behind = (element) => {
    if (!element) return [255, 255, 255, 1];
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(element.parentElement));
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  const check = (element, colour, text) => {
    const under = behind(element);
    found.push([ratio(over(rgba(colour), under), under), text.trim().slice(0, 30), element.className]);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const [text, element] = [walker.currentNode.data, walker.currentNode.parentElement];
    if (!text.trim() || element.closest("script") || !element.checkVisibility({ visibilityProperty: true })) continue;
    check(element, getComputedStyle(element).color, text);
  }
  for (const box of document.querySelectorAll("textarea")) {
    if (box.checkVisibility() && box.placeholder) check(box, getComputedStyle(box, "::placeholder").color, box.placeholder);
  }
  for (const line of document.querySelectorAll(".line, dialog textarea, dialog input")) {
    if (!line.checkVisibility()) continue; // the edge of a control needs 3 to 1
    found.push([ratio(rgba(getComputedStyle(line).borderTopColor), behind(line.parentElement)) * 1.5, "edge", ""]);
  }
  return found;
}"""

SIDEWAYS = """() => {
  const wide = [...document.querySelectorAll("html, body, .scroll, .bar, .composer, .sheet, dialog")]
    .filter((box) => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1 && !box.matches(".channels"));
  return wide.map((box) => `${box.tagName}.${box.className} ${box.scrollWidth} > ${box.clientWidth}`);
}"""

CONTROLS = """() => {
  const controls = [...document.querySelectorAll("a[href], button, textarea, input, [tabindex='0']")]
    .filter((control) => control.checkVisibility({ visibilityProperty: true }) && !control.closest("[inert]") && !control.disabled);
  controls.forEach((control, index) => { control.dataset.control = index; });
  return controls.length;
}"""

FOCUS = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const ringed = (element) => element && getComputedStyle(element).outlineStyle !== "none";
  const lit = (element) => element && getComputedStyle(element).boxShadow !== "none";
  const seen = ringed(here) || ringed(here.closest(".attach")) || lit(here.closest(".line"));
  return [Number(here.dataset.control ?? -1), Boolean(seen), here.outerHTML.slice(0, 120)];
}"""


async def busy_page(local: LocalChannel, open_page: OpenPage, **options: Any) -> Page:
    """A page with a bit of everything on it: digest, thread, private replies, an answer under way."""
    sent = await local.post_digest(3)
    hostile = "https://example.org/" + "long" * 40
    post = Post(
        "ja",
        (
            Block(BlockKind.TITLE, (Span("A" * 120),)),
            Block(BlockKind.FACT, (Span("見出しの長い項目" * 3, strong=True), Span(hostile, url=hostile))),
            Block(BlockKind.QUOTE, (Span("x" * 200, language="en"), Span("(p. 1)", url=hostile))),
            Block(BlockKind.TEXT, (Span("$" + "y" * 150 + "$"),)),
        ),
    )
    await local.outlet.send(local.key("odd"), replace(post, buttons=ADMIN_BUTTONS))
    page = await open_page(f"/thread/{sent[CARD].id}", **options)
    box = page.locator("#thread-text")
    await box.fill("/papers")
    await page.keyboard.press("Escape")
    await box.press("Enter")
    await expect(page.locator("#thread .private.by-rinko")).to_be_visible()
    local.table.go_on.clear()
    await box.fill("答えの途中を見たい。")
    await box.press("Enter")
    await expect(page.locator("#thread .growing")).to_be_visible()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_text_can_be_read(local: LocalChannel, open_page: OpenPage, scheme: str) -> None:
    page = await busy_page(local, open_page, scheme=scheme)
    await page.locator("#text").press_sequentially("/ask s")
    await expect(page.locator("#text-choices")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#text-choices [aria-selected=true]")).to_be_visible()
    found = await page.evaluate(CONTRASTS)
    await page.keyboard.press("Escape")
    for action in ("ask", "amend"):
        await page.locator(f"#channel [data-action={action}]").first.click()
        await expect(page.locator("dialog")).to_be_visible()
        await page.evaluate("document.querySelector('dialog .trouble').hidden = false")
        found += await page.evaluate(CONTRASTS)
        await page.keyboard.press("Escape")
    assert len(found) > 100
    assert [row for row in found if row[0] < 4.5] == []


@pytest.mark.parametrize("width", [320, 390, 1024, 1280])
async def test_nothing_scrolls_sideways(local: LocalChannel, open_page: OpenPage, width: int) -> None:
    page = await busy_page(local, open_page, width=width, height=640)
    assert await page.evaluate(SIDEWAYS) == []
    await page.keyboard.press("Escape")
    await expect(page.locator("#channel")).to_be_visible()
    assert await page.evaluate(SIDEWAYS) == []
    await page.locator("#channel [data-action=amend]").first.click()
    await expect(page.locator("dialog")).to_be_visible()
    assert await page.evaluate(SIDEWAYS) == []
    await page.keyboard.press("Escape")
    await page.locator("#text").fill("/ask s")
    await expect(page.locator("#text-choices")).to_be_visible()
    assert await page.evaluate(SIDEWAYS) == []
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize("width", [390, 1280])
async def test_every_control_is_reached_by_tab_and_shows_it(
    local: LocalChannel, open_page: OpenPage, width: int
) -> None:
    page = await busy_page(local, open_page, width=width)
    await page.evaluate("document.activeElement.blur()")
    count = await page.evaluate(CONTROLS)
    reached: set[int] = set()
    for _ in range(count + 5):
        await page.keyboard.press("Tab")
        focus = await page.evaluate(FOCUS)
        if focus is None:
            continue
        assert focus[1], f"no focus ring on {focus[2]}"
        reached.add(focus[0])
    assert set(range(count)) <= reached


async def test_every_control_has_a_name_of_its_own(local: LocalChannel, open_page: OpenPage) -> None:
    page = await busy_page(local, open_page)
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Accessibility.getFullAXTree")
    roles = {"button", "link", "textbox", "combobox", "listbox", "option", "dialog", "region", "navigation", "article", "complementary"}  # fmt: skip
    named: dict[str, list[str]] = {}
    for node in tree["nodes"]:
        role = node.get("role", {}).get("value")
        if role in roles and not node.get("ignored"):
            name = node.get("name", {}).get("value", "")
            assert name.strip(), node
            named.setdefault(role, []).append(name)
    asks = [name for name in named["button"] if "に質問する" in name]
    assert len(asks) == len(set(asks)) == 3


async def test_targets_are_large_enough_for_a_finger(chromium: Browser, local: LocalChannel) -> None:
    await local.post_digest(2)
    context = await chromium.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    await page.goto(local.url)
    for control in await page.locator("button, .thread-link, .channels a, textarea, .attach").all():
        box = await control.bounding_box()
        if box is not None:
            assert box["height"] >= 43.9, await control.evaluate("node => node.outerHTML")
    await context.close()


async def test_nothing_moves_where_that_is_not_wanted(local: LocalChannel, open_page: OpenPage) -> None:
    page = await busy_page(local, open_page)
    moving = "document.getAnimations().filter(one => one.playState === 'running').length"
    assert await page.evaluate(moving) > 0
    await page.emulate_media(reduced_motion="reduce")
    assert await page.evaluate(moving) == 0


async def test_paper_shows_the_words_and_no_controls(local: LocalChannel, open_page: OpenPage) -> None:
    await local.post_digest(2)
    page = await open_page()
    await page.emulate_media(media="print")
    await expect(page.locator("#channel .composer")).to_be_hidden()
    await expect(page.locator(".kind-card .title").last).to_be_visible()
    height = await page.locator("#channel .scroll").evaluate("box => box.scrollHeight - box.clientHeight")
    assert height <= 1


async def test_without_its_script_the_page_can_still_be_read(chromium: Browser, local: LocalChannel) -> None:
    await local.post_digest(2)
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(local.url)
    await page.get_by_role("link", name="1件の返信").click()
    await expect(page.locator("#thread .quote")).to_have_count(3)
    await context.close()


# ------------------------------------------------------------------- other websites


@pytest_asyncio.fixture(loop_scope="session")
async def elsewhere() -> AsyncIterator[str]:
    """Another website on this machine: same site to the browser, another origin to us."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>elsewhere</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


ATTACK = """async (base) => {
  const tried = {};
  const attempt = async (name, work) => { tried[name] = await work().then(String, () => "refused"); };
  const text = async (answer) => (await answer).text();
  await attempt("read", () => text(fetch(base)));
  await attempt("complete", () => text(fetch(base + "complete?channel=papers&text=/")));
  const form = new FormData();
  form.append("channel", "papers");
  form.append("text", "/papers");
  await attempt("act", () => text(fetch(base + "act/say", { method: "POST", body: form, mode: "no-cors", credentials: "include" })));
  await attempt("token", () => text(fetch(base + "act/say", { method: "POST", body: form, headers: { "X-Rinko-Token": "x" } })));
  await attempt("events", () => new Promise((resolve, reject) => {
    const source = new EventSource(base + "events?channel=papers");
    source.onopen = () => resolve("open");
    source.onerror = () => { source.close(); reject(new Error()); };
  }));
  await attempt("script", () => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = base + "static/channel.js";
    script.onload = () => resolve("loaded");
    script.onerror = reject;
    document.head.append(script);
  }));
  const frame = document.createElement("iframe");
  frame.src = base;
  const loaded = new Promise((resolve) => { frame.onload = resolve; });
  document.body.append(frame);
  await loaded;
  return tried;
}"""


async def test_no_other_website_can_use_the_page(
    chromium: Browser, local: LocalChannel, open_page: OpenPage, elsewhere: str
) -> None:
    await local.post_digest(1)
    reader = await open_page()
    page = await reader.context.new_page()
    await page.goto(elsewhere)
    tried = await page.evaluate(ATTACK, local.url)
    assert set(tried.values()) == {"refused"}
    frame = page.frames[-1]
    assert "論文輪講" not in await frame.content()
    assert local.table.asked == []
    assert await local.messages.revision() == 3  # header, card, the header's links: nothing since
