"""The console script as someone at a terminal, or a program, uses it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import chdir, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner

from bot.cli import app
from config.settings import SAMPLE
from tests.bot.support import TIDE, WEEK
from tests.postgres import PostgresServer
from tests.servers.pages import WebServer

SCRIPT = Path(sys.executable).with_name("rinko")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


@dataclass(frozen=True)
class Terminal:
    """A folder someone works in."""

    folder: Path

    @property
    def own(self) -> dict[str, str]:
        return {"RINKO_LOCAL__PORT": "0", "RINKO_DATA_DIR": str(self.folder / "data"), "COLUMNS": "200"}

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RINKO_")}
        return {**kept, **self.own, **more}

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SCRIPT, *arguments],
            cwd=self.folder,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def script(self, *arguments: str, code: int = 0, **more: str) -> tuple[str, str]:
        """Standard output and standard error of the console script, which leaves with `code`."""
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=60)
        assert process.returncode == code, err
        assert "Traceback" not in err
        return out, err

    def run(self, *arguments: str, code: int = 0, **more: str) -> tuple[str, str]:
        """The same within this process, which need not be started first."""
        with chdir(self.folder):
            done = CliRunner().invoke(app, arguments, prog_name="rinko", env={**self.own, **more})
        assert done.exit_code == code, done.output
        return done.stdout, done.stderr

    def json(self, *arguments: str, **more: str) -> Any:
        """The one JSON document on standard output, with nothing on standard error."""
        out, err = self.run(*arguments, "--json", **more)
        assert err == ""
        return json.loads(out)

    def settings(self, text: str) -> None:
        (self.folder / "rinko.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def terminal(posted: Path) -> Terminal:
    """A folder whose database holds the posted sample week."""
    return Terminal(posted)


@pytest.fixture
def empty(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


# ----------------------------------------------------------------------- the digest


def test_a_week_is_built_shown_and_exported(empty: Terminal) -> None:
    empty.settings("[digest]\npapers = 2\n")
    out, err = empty.run("digest", "export", code=1)
    assert out == ""
    assert "There is no digest of 2026-W10 yet.\nMake it: rinko digest build 2026-W10" in err
    built = empty.json("digest", "build", WEEK, "--language", "en")
    assert (built["week"], built["language"], len(built["entries"])) == (WEEK, "en", 2)
    file = empty.folder / "new" / "week.json"
    out, err = empty.script("digest", "export", "--language", "en", "--format", "json", "-o", str(file))
    assert out == ""
    assert err == f"Wrote {file}\n"
    assert json.loads(file.read_text(encoding="utf-8")) == built
    shown = empty.json("digest", "show", "2026-03-04", "--language", "en")
    assert shown.pop("cost")["calls"] == 0
    assert shown == built


def test_posting_twice_posts_once(terminal: Terminal) -> None:
    (report,) = terminal.json("digest", "post")
    assert report == {
        "place": "local/-/papers",
        "week": WEEK,
        "ok": True,
        "error": None,
        "sent": 0,
        "edited": 0,
        "found": 0,
        "retired": 0,
    }
    out, _ = terminal.script("digest", "repost", WEEK)
    assert out == "✓ local/-/papers 2026-W10: already there, nothing changed\n"


def test_a_channel_that_cannot_be_found_is_not_passed_over_in_silence(terminal: Terminal) -> None:
    terminal.settings(
        '[[channels]]\nplatform = "local"\nchannel = "papers"\n'
        '[[channels]]\nplatform = "slack"\nchannel = "C0123"\n'
    )
    out, _ = terminal.run("digest", "post", "--json", code=1)
    posted, missing = json.loads(out)
    assert posted["ok"] is True
    assert (missing["place"], missing["error"]) == ("slack/?/C0123", "slack is not set up")


def test_posting_a_week_that_is_not_listed_fails(terminal: Terminal) -> None:
    out, err = terminal.run("digest", "post", "2026-W30", "--json", code=1)
    (report,) = json.loads(out)
    assert report["ok"] is False
    assert "2026-W30" in report["error"]
    assert "Traceback" not in err


# ------------------------------------------------------------------ asking, searching


def test_a_file_is_asked(empty: Terminal) -> None:
    shutil.copy(SAMPLE / "birdsong.pdf", empty.folder / "my paper.pdf")
    answer = empty.json("ask", "my paper.pdf", "What accuracy is reached?")
    assert set(answer) >= {"paper", "question", "answer", "grounded", "citations", "writer"}
    assert answer["grounded"] is True
    assert "92.4%" in answer["answer"]
    (first, *_) = answer["citations"]
    assert set(first) == {"page", "section", "quote", "url"}
    assert first["url"].startswith("file:///")
    assert "my%20paper.pdf#page=" in first["url"]


def test_a_paper_is_asked_by_its_title(terminal: Terminal) -> None:
    out, _ = terminal.run("ask", "TideLM", "潮位の平均誤差は?", "--language", "ja")
    assert "TideLM" in out
    assert "5.6 cm" in out


def test_what_the_paper_does_not_say_is_no_answer(terminal: Terminal) -> None:
    answer = terminal.json("ask", TIDE, "Who won the football world cup of 1998?")
    assert answer["grounded"] is False
    assert answer["citations"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ask", "paper.pdf", "What is new?"], 1, "There is no file paper.pdf"),
        (["ask", "no/such/[bold]page[/].HTML", "What?"], 1, "no/such/[bold]page[/].HTML"),
        (["ask", TIDE, "  "], 2, "There is no question."),
        (["ask", "", "What?"], 1, "No paper is known"),
        (["ask", TIDE, "What?", "--language", "xx"], 2, "Rinko does not speak “xx”"),
        (["ask", TIDE], 2, "question"),
        (["ask"], 2, "paper"),
        (["digest", "build", "no-week"], 2, "“no-week” is not a week."),
        (["digest", "build", "2026-W54"], 2, "“2026-W54” is not a week."),
        (["digest", "export", "--format", "pdf"], 2, "json, markdown, html"),
        (["digest", "show", "--layout", "wide"], 2, "qa, bilingual"),
        (["digest", "show", "2020-W01"], 1, "There is no digest of 2020-W01 yet."),
        (["digest", "post", "--language", "en"], 2, "No channel"),
        (["search", "x", "--page", "0"], 2, "--page"),
        (["nonsense"], 2, "nonsense"),
        (["papers", "--config", "nowhere.toml"], 2, "There is no settings file nowhere.toml."),
        (["db", "copy", "nonsense"], 1, "database address"),
        (["db", "copy", "sqlite+aiosqlite:////proc/no/such.db"], 1, "database"),
        (["eval", "retrieval", "nowhere.jsonl"], 1, "There is no file nowhere.jsonl"),
    ],
)
def test_what_is_wrong_is_said_on_standard_error(
    terminal: Terminal, arguments: list[str], code: int, says: str
) -> None:
    out, err = terminal.run(*arguments, code=code)
    assert out == ""
    assert says in err


def test_a_wrong_setting_is_named_by_every_command(terminal: Terminal) -> None:
    terminal.settings('[[sources]]\nkind = "arxiv"\n')
    for work, arguments in ((terminal.run, ["doctor", "--json"]), (terminal.script, ["run"])):
        out, err = work(*arguments, code=2)
        assert out == ""
        assert err == 'rinko.toml: [[sources]] number 1: a source of kind = "arxiv" needs query.\n'


def test_past_weeks_are_searched_by_page(terminal: Terminal) -> None:
    first = terminal.json("search", "the", "--language", "ja")
    assert set(first) == {"query", "page", "pages", "total", "results"}
    assert set(first["results"][0]) == {"key", "title", "week", "snippet", "url"}
    past, err = terminal.run("search", "the", "--page", "99", "--json")
    assert json.loads(past)["page"] == json.loads(past)["pages"]
    assert "99" in err
    nothing = terminal.json("search", "zzzyyy")
    assert (nothing["total"], nothing["page"], nothing["pages"], nothing["results"]) == (0, 1, 1, [])
    papers = terminal.json("papers", "tide")
    assert [paper["key"] for paper in papers] == [TIDE]


def test_sources_show_all_weeks_and_store_nothing(empty: Terminal) -> None:
    (source,) = empty.json("sources", "--all-weeks")
    assert set(source) == {"name", "kind", "ok", "note", "weeks"}
    (week,) = source["weeks"]
    assert (week["week"], week["start"], week["end"], len(week["papers"])) == (
        WEEK,
        "2026-03-02",
        "2026-03-08",
        10,
    )
    assert set(week["papers"][0]) == {"key", "title", "url", "description", "links"}
    assert empty.json("papers") == []


def test_a_source_that_is_down_is_said_to_be(empty: Terminal) -> None:
    empty.settings('[[sources]]\nkind = "list"\npath = "gone.md"\nname = "[Gone]"\n')
    out, _ = empty.run("sources", "--json", code=1)
    (report,) = json.loads(out)
    assert (report["name"], report["ok"], report["weeks"]) == ("[Gone]", False, [])
    assert "gone.md" in report["note"]


# ---------------------------------------------------------- site, doctor, db and eval


def test_site_doctor_and_databases(terminal: Terminal) -> None:
    _, err = terminal.run("site", "pages")
    assert err == "Wrote 1 weeks to pages\n"
    assert {file.name for file in (terminal.folder / "pages").iterdir()} == {
        "index.html",
        "feed.xml",
        f"{WEEK}.html",
    }
    findings = terminal.json("doctor")
    assert all(finding["ok"] for finding in findings)
    _, err = terminal.run("db", "upgrade")
    assert err == "Already up to date.\n"
    copied = f"sqlite+aiosqlite:///{terminal.folder / 'copy.db'}"
    out, _ = terminal.run("db", "copy", copied)
    assert re.search(r"^issues: 2\b", out, re.MULTILINE)
    _, err = terminal.run("db", "copy", copied, code=1)
    assert "not empty" in err
    assert terminal.json("search", "tide", RINKO_DATABASE__URL=copied) == terminal.json("search", "tide")


def test_a_database_moves_to_postgresql_and_back(terminal: Terminal, postgres: PostgresServer) -> None:
    password = "kept-secret"
    with postgres.user("ann", password), postgres.fresh(migrated=False) as url:
        name = url.split("@/")[1].split("?")[0]
        postgres.execute(f"ALTER DATABASE {name} OWNER TO ann")
        there = postgres.url(name, "ann", password)
        back = f"sqlite+aiosqlite:///{terminal.folder / 'back.db'}"
        said = [
            *terminal.run("db", "upgrade", RINKO_DATABASE__URL=there),
            *terminal.run("db", "copy", there),
            *terminal.run("db", "copy", there, code=1),
            *terminal.run("doctor", RINKO_DATABASE__URL=there),
            *terminal.run("db", "copy", back, RINKO_DATABASE__URL=there),
            *terminal.run("db", "copy", there.replace(password, "wrong-secret"), code=1),
        ]
        assert "secret" not in "".join(said)
        for other in (there, back):
            assert terminal.json("search", "tide", RINKO_DATABASE__URL=other) == terminal.json(
                "search", "tide"
            )
        postgres.execute(f"ALTER DATABASE {name} OWNER TO postgres")
        postgres.execute("REASSIGN OWNED BY ann TO postgres", name)


def test_retrieval_is_measured(empty: Terminal) -> None:
    pytest.importorskip("bm25s")
    text = "Corpus\nWe gathered 1,200 evenings from forty homes. Each home had one lamp with a sensor."
    question = {
        "question": "How many evenings?",
        "answers": ["1,200 evenings"],
        "evidence": [{"raw": [text.split("\n")[1]]}],
    }
    file = empty.folder / "papers.jsonl"
    file.write_text(json.dumps({"full_text": text, "qas": [question]}), encoding="utf-8")
    report = empty.json("eval", "retrieval", str(file))
    assert (report["papers"], report["evidence"]["ours"]) == (1, 100.0)


def test_help_and_version_come_without_settings(empty: Terminal) -> None:
    empty.settings("nonsense")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", empty.run("--version")[0])
    assert "digest" in empty.run("--help")[0]
    assert empty.run("papers", code=2)[1].startswith("rinko.toml is not valid TOML")


# ------------------------------------------------------------------------------- run


@contextmanager
def running(terminal: Terminal, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`rinko run`, and the address it prints."""
    process = terminal.start("run", **more)
    assert process.stdout
    try:
        line = process.stdout.readline()
        found = ADDRESS.search(line)
        assert found, line + (process.stderr.read() if process.stderr and process.poll() is not None else "")
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def wait_until_shown(url: str, words: str) -> None:
    """Wait until the page is told of a message with these words."""
    with urllib.request.urlopen(f"{url}events?channel=papers&after=0", timeout=30) as told:
        assert any(words in line.decode() for line in told)


def stopped(process: subprocess.Popen[str]) -> tuple[float, str]:
    """How long a process takes to leave with 0 after SIGTERM, and its standard error."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    return time.monotonic() - began, err


def test_run_posts_the_sample_and_stops_when_told(empty: Terminal) -> None:
    empty.settings("[digest]\npapers = 2\n")
    with running(empty) as (process, address):
        page = get(address)
        assert page.count("kind-card") == 2
        health = json.loads(get(f"{address}healthz"))
        assert health["ok"] is True
        assert 'rinko_last_success_timestamp_seconds{place="local/-/papers"}' in get(f"{address}metrics")
        seconds, err = stopped(process)
    assert seconds < 5
    assert "sample week" in err
    assert "Traceback" not in err


def test_nothing_is_posted_twice_after_a_kill(empty: Terminal) -> None:
    empty.settings("[digest]\npapers = 3\n")
    with running(empty) as (first, address):
        wait_until_shown(address, "kind-card")
        first.kill()
    with closing(sqlite3.connect(empty.folder / "data" / "rinko.db")) as connection, connection:
        # Whoever comes next waits until the lease on what was being sent has ended.
        connection.execute("UPDATE parts SET lease_until = '2020-01-01T00:00:00.000000+00:00'")
        connection.execute("UPDATE turns SET until = '2020-01-01T00:00:00.000000+00:00'")
    with running(empty) as (process, address):
        page = get(address)
        assert page.count("kind-card") == 3
        assert page.count("kind-header") == 1
        stopped(process)


def test_a_port_that_is_taken_is_said_to_be(empty: Terminal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        out, err = empty.script("run", code=1, RINKO_LOCAL__PORT=port)
    assert out == ""
    assert f"Port {port}" in err
    assert "RINKO_LOCAL__PORT" in err


def test_a_source_that_is_down_does_not_keep_the_page_away(empty: Terminal) -> None:
    empty.settings('[[sources]]\nkind = "list"\npath = "gone.md"\n')
    with running(empty) as (process, address):
        assert "<html" in get(address)
        seconds, err = stopped(process)
    assert seconds < 5
    assert "digest not posted" in err
    assert "gone.md" in err
    assert "Traceback" not in err


@pytest.fixture
async def slow_server() -> AsyncIterator[tuple[WebServer, asyncio.Event]]:
    """A site that takes a request and never answers it, and the event of its having one."""
    server, asked = WebServer(), asyncio.Event()
    await server.start()
    over = asyncio.Event()

    async def never(_: web.Request) -> web.Response:
        asked.set()
        await over.wait()
        return web.Response()

    server.pages["/slow.pdf"] = server.pages["/api"] = never
    yield server, asked
    over.set()
    await server.stop()


@pytest.mark.parametrize("waits_for", ["paper", "arxiv"])
async def test_run_stops_in_the_middle_of_a_digest(
    empty: Terminal, slow_server: tuple[WebServer, asyncio.Event], waits_for: str
) -> None:
    server, asked = slow_server
    link = server.url + "/slow.pdf" if waits_for == "paper" else "https://arxiv.org/abs/2402.00001"
    (empty.folder / "list.md").write_text(f"- [A slow paper]({link})\n", encoding="utf-8")
    empty.settings(
        '[[sources]]\nkind = "list"\npath = "list.md"\n'
        "[digest]\ngrace_days = 7\n"
        f'[fetch]\nallow_private = true\n[arxiv]\napi_url = "{server.url}/api"\n'
    )
    process = empty.start("run")
    try:
        async with asyncio.timeout(30):
            await asked.wait()
        seconds, err = await asyncio.to_thread(stopped, process)
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)
    assert seconds < 5, err
    assert "Traceback" not in err
