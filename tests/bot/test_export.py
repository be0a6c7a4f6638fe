"""A digest as JSON, Markdown and HTML: its contract, the same bytes each time, and hostile words."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from bot import export
from bot.app import App
from digest.models import Coverage, Entry, Extent, Issue, Link, Paper
from digest.places import Layout
from tests.bot.support import WEEK, opened

ENTRY = {
    "key", "title", "title_translated", "authors", "published", "updated", "url", "pdf_url", "categories",
    "gist", "summary", "abstract", "abstract_translated", "tags", "links", "read", "qa", "dropped", "writer",
}  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(1)) **b** `c` ![i](http://x/i.png)\n# h\n> q | &amp; \\"
)


async def latest(app: App, language: str = "ja") -> Issue:
    issue = await app.services.archive.latest(language)
    assert issue
    return issue


def rendered(app: App, issue: Issue, form: str, layout: Layout = "qa") -> str:
    composer = app.services.posting.document_composer(issue.language, layout)
    render = {"json": export.as_json, "markdown": export.as_markdown, "html": export.as_html}[form]
    return render(issue, composer, app.links)


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_json_holds_what_programs_rely_on(app: App, language: str) -> None:
    document = json.loads(rendered(app, await latest(app, language), "json"))
    assert set(document) >= {"week", "start", "end", "language", "overview", "sources", "entries"}
    assert (document["week"], document["start"], document["end"]) == (WEEK, "2026-03-02", "2026-03-08")
    assert document["language"] == language
    assert all(set(source) >= {"name", "ok", "note"} for source in document["sources"])
    assert len(document["entries"]) == 10
    for entry in document["entries"]:
        assert set(entry) >= ENTRY
        assert entry["read"] == "full text"
        assert entry["writer"] == "extractive"
        assert entry["qa"]
        assert entry["updated"] is None or re.fullmatch(r"\d{4}-\d\d-\d\d", entry["updated"])
        assert all(set(link) == {"label", "url"} for link in entry["links"])
        assert all(set(dropped) == {"question", "reason"} for dropped in entry["dropped"])
        for qa in entry["qa"]:
            assert set(qa) == {"question", "answer", "citations"}
            assert qa["citations"]
            for citation in qa["citations"]:
                assert set(citation) == {"page", "section", "quote", "url"}
                assert (citation["page"] is None) == entry["key"].endswith(".html")
    (unknown,) = [entry for entry in document["entries"] if "lost-property" in entry["key"]]
    assert unknown["categories"] is None


async def test_what_is_not_known_is_null_and_said_to_be_unknown(app: App) -> None:
    bare = Entry(Paper("https://example.org/x", "x", None), Coverage(Extent.NOTHING, reason="Damaged"), None)
    issue = replace(await latest(app), entries=(bare,), overview=())
    (entry,) = json.loads(rendered(app, issue, "json"))["entries"]
    empty = {"tags", "links", "qa", "dropped"}
    for name in ENTRY - {"key", "title", "read"}:
        assert entry[name] == ([] if name in empty else None), name
    assert entry["read"] == "not read"
    for form in ("markdown", "html"):
        assert rendered(app, issue, form).count("不明") >= 3
        assert "None" not in rendered(app, issue, form)


@pytest.mark.parametrize(
    ("coverage", "read"),
    [
        (Coverage(Extent.FULL), "full text"),
        (Coverage(Extent.ABSTRACT, reason="Damaged"), "abstract only"),
        (Coverage(Extent.PAGES, 40, 90), "first 40 pages"),
        (Coverage(Extent.NOTHING, reason="NoSuchKind"), "not read"),
    ],
)
async def test_how_much_was_read_is_said(app: App, coverage: Coverage, read: str) -> None:
    issue = await latest(app)
    issue = replace(issue, entries=(replace(issue.entries[0], coverage=coverage),))
    assert json.loads(rendered(app, issue, "json"))["entries"][0]["read"] == read
    assert rendered(app, issue, "markdown")


@pytest.mark.parametrize("layout", ["qa", "bilingual"])
@pytest.mark.parametrize("form", ["json", "markdown", "html"])
async def test_the_same_issue_gives_the_same_bytes(app: App, form: str, layout: Layout) -> None:
    once = rendered(app, await latest(app), form, layout)
    assert once == rendered(app, await latest(app), form, layout)
    assert once.endswith("\n")


def test_two_installations_write_the_same_week_alike(tmp_path: Path) -> None:
    """Also where sets and dictionaries are in another order."""

    def built(seed: str) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RINKO_")}
        own = {
            "PYTHONHASHSEED": seed,
            "RINKO_DATA_DIR": str(tmp_path / seed),
            "RINKO_DIGEST__PAPERS": "4",
            "RINKO_LOCAL__PORT": "0",
        }
        code = "from bot.cli import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", code, "digest", "build", "--json"],
            env={**environment, **own},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
        )

    one, other = [process.communicate(timeout=60)[0] for process in (built("1"), built("2"))]
    assert one == other
    assert len(json.loads(one)["entries"]) == 4


def hostile(issue: Issue) -> Issue:
    entry = issue.entries[0]
    assert entry.writing
    summary = replace(
        entry.writing.summary,
        gist=HOSTILE,
        text=HOSTILE,
        tags=(HOSTILE,),
        title_translated=HOSTILE,
        abstract_translated=HOSTILE,
    )
    paper = replace(
        entry.paper,
        title=HOSTILE,
        url="javascript:alert(1)",
        authors=(HOSTILE,),
        abstract=HOSTILE,
        links=(
            Link(HOSTILE, "javascript:alert(1)"),
            Link("x", 'https://x.example/"><script>alert(1)</script>'),
        ),
    )
    writing = replace(entry.writing, summary=summary)
    return replace(issue, entries=(replace(entry, paper=paper, writing=writing),), overview=(HOSTILE,))


@pytest.mark.parametrize("layout", ["qa", "bilingual"])
async def test_hostile_words_stay_words_in_html(app: App, layout: Layout) -> None:
    page = rendered(app, hostile(await latest(app)), "html", layout)
    tree = LexborHTMLParser(page)
    assert not tree.css("script, img, iframe, object, form")
    for node in tree.css("[href]"):
        assert (node.attributes["href"] or "").startswith(("https://", "http://", "#"))
    assert not re.search(r"<[^>]+\son\w+=", page)


@pytest.mark.parametrize("layout", ["qa", "bilingual"])
async def test_hostile_words_stay_words_in_markdown(app: App, layout: Layout) -> None:
    text = rendered(app, hostile(await latest(app)), "markdown", layout)
    assert "<script" not in re.sub(r"\\<", "", text)
    assert not re.search(r"(?<!\\)\]\(<?javascript", text)
    assert not re.search(r"(?<!\\)!\[", re.sub(r"!\\\[", "", text))
    assert not re.search(r"^# h$", text, re.MULTILINE)
    for address in re.findall(r"(?<!\\)\]\(<(.*?)>\)", text):
        assert address.startswith(("https://", "http://", "#"))


async def test_markdown_links_lead_to_anchors_that_are_there(app: App) -> None:
    text = rendered(app, await latest(app), "markdown")
    anchors = set(re.findall(r'<a id="([^"]+)">', text))
    wanted = set(re.findall(r"\]\(<#([^>]+)>\)", text))
    assert wanted
    assert wanted <= anchors


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_no_markup_and_no_fault_of_a_translation_is_left(app: App, language: str) -> None:
    text = rendered(app, await latest(app, language), "markdown")
    for fault in ("rel=", "nofollow", "&amp;", "&lt;", "{", "}", "None", "�", "￾"):
        assert fault not in text, fault


def test_an_empty_week_can_be_exported(tmp_path: Path, posted_once: Path) -> None:
    assert posted_once

    async def work() -> None:
        async with opened(tmp_path) as (app, _):
            week = await app.services.current_week()
            empty = Issue("main", week, "ja", week.start, week.end, (), (), (), complete=True)
            for form in ("json", "markdown", "html"):
                assert rendered(app, empty, form)

    asyncio.run(work())
