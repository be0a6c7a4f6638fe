"""All weeks as a web site: pages that lead to each other, and a feed that readers can read."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import feedparser
from selectolax.lexbor import LexborHTMLParser

from bot.app import App
from bot.site import write_site
from digest.models import Week
from tests.bot.support import opened


async def write(app: App, folder: Path, language: str = "ja") -> int:
    return await write_site(app.services, app.links, language, folder)


async def with_weeks(app: App, count: int) -> None:
    """More weeks with the same papers."""
    issue = await app.services.archive.latest("ja")
    assert issue
    for number in range(1, count):
        week = Week(2026, 10).plus(-number)
        await app.services.library.keep_issue(replace(issue, week=week, start=week.start, end=week.end))


async def test_every_week_has_a_page_and_every_link_between_them_leads_somewhere(
    app: App, tmp_path: Path
) -> None:
    await with_weeks(app, 3)
    folder = tmp_path / "deep" / "site"
    assert await write(app, folder) == 3
    names = {file.name for file in folder.iterdir()}
    assert names == {"index.html", "feed.xml", "2026-W08.html", "2026-W09.html", "2026-W10.html"}
    for page in folder.glob("*.html"):
        tree = LexborHTMLParser(page.read_text(encoding="utf-8"))
        ids = {node.attributes["id"] for node in tree.css("[id]")}
        for link in tree.css("[href]"):
            href = link.attributes["href"] or ""
            assert href.startswith(("https://", "http://", "#")) or href in names, href
            assert not href.startswith("#") or href[1:] in ids, href


async def test_the_feed_lists_the_newest_week_first(app: App, tmp_path: Path) -> None:
    await with_weeks(app, 2)
    await write(app, tmp_path / "site")
    feed = feedparser.parse((tmp_path / "site" / "feed.xml").read_bytes())
    assert not feed.bozo
    assert [entry.link for entry in feed.entries] == ["2026-W10.html", "2026-W09.html"]
    assert len({entry.id for entry in feed.entries}) == 2
    assert feed.feed.updated == feed.entries[0].updated == "2026-03-08T00:00:00+00:00"


async def test_the_same_weeks_give_the_same_bytes(app: App, tmp_path: Path) -> None:
    for name in ("one", "two"):
        await write(app, tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


async def test_hostile_titles_stay_text(app: App, tmp_path: Path) -> None:
    issue = await app.services.archive.latest("ja")
    assert issue
    title = "</title><script>alert(1)</script>\x0b\x00 ]]> & \ud7ff\ufffe"
    paper = replace(issue.entries[0].paper, title=title, url="javascript:alert(1)")
    entries = (replace(issue.entries[0], paper=paper),)
    overview = ("\x01 <b> & \x1f",)
    await app.services.library.keep_issue(replace(issue, entries=entries, overview=overview))
    await write(app, tmp_path / "site")
    for page in (tmp_path / "site").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert not re.search(r'href="javascript', text)
    assert not feedparser.parse((tmp_path / "site" / "feed.xml").read_bytes()).bozo


async def test_a_site_without_weeks_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, _):
        assert await write(app, tmp_path / "site", "en") == 0
    assert "no papers yet" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert not feedparser.parse((tmp_path / "site" / "feed.xml").read_bytes()).bozo
