from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, ViewportSize, async_playwright

from tests.bot.platforms.local.support import LocalChannel, close_channel, open_channel

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def local(tmp_path: Path) -> AsyncIterator[LocalChannel]:
    channel = await open_channel(tmp_path)
    yield channel
    await close_channel(channel)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own Chromium, for all tests of a process; each opens pages in a context of its own.

    Without one the tests are skipped, but never where CI is set.
    """
    executable = shutil.which("chromium")
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail("these tests need chromium on the path")
        pytest.skip("no chromium on the path")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(chromium: Browser, local: LocalChannel) -> AsyncIterator[OpenPage]:
    """Opens the channel, in a session of its own or beside another page; any fault fails the test."""
    faults: list[str] = []
    opened: list[BrowserContext] = []

    async def open_one(
        path: str = "",
        restarts: bool = False,
        *,
        width: int = 1280,
        height: int = 860,
        scheme: str = "light",
        beside: Page | None = None,
    ) -> Page:
        size = ViewportSize(width=width, height=height)
        context = beside.context if beside else await chromium.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type] # playwright's literals
        if not beside:
            opened.append(context)
        context.set_default_timeout(15_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        if not restarts:  # a server that is away for a moment is told to the console by the browser
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on(
            "request", lambda asked: None if asked.url.startswith(local.url) else faults.append(asked.url)
        )
        await page.goto(local.url.rstrip("/") + (path or "/"))
        return page

    yield open_one
    for context in opened:
        await context.close()
    assert faults == []


def seen(page: Page, words: str) -> Locator:
    """Words on the page itself, not in what is read out to those who hear it."""
    return page.get_by_text(words).and_(page.locator(":not(#live)"))
