"""A database that is damaged, of the future or gone: one clear line, and the data as they were."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app as cli
from tests.bot.platforms.slack.test_whole import room
from tests.bot.support import TIDE, opened, settings_in
from tests.bot.test_health import figures, served

WAYS = [
    (["digest", "show", "2026-W10"], "digest"),
    (["search", "lamp"], "search"),
    (["db", "upgrade"], "upgrade"),
]


def future(path: Path) -> None:
    with sqlite3.connect(path) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
    plain.close()


def letter(path: Path) -> None:
    path.write_bytes(b"This is a letter, and no database at all.\n" * 300)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 100 * 4096])


def page(path: Path) -> None:
    """The first page of a table that all commands here read, or a part of every page they read."""
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xa5" * (len(whole) - 100))


@pytest.mark.parametrize(
    ("damage", "told"),
    [(future, "newer Rinko"), (letter, "damaged"), (cut, "damaged"), (page, "damaged")],
)
@pytest.mark.parametrize("command", [words for words, _ in WAYS], ids=[name for _, name in WAYS])
def test_a_command_says_in_one_line_what_is_wrong_and_changes_nothing(
    posted: Path, damage: object, told: str, command: list[str]
) -> None:
    settings_in(posted)
    path = posted / "data" / "rinko.db"
    assert callable(damage)
    damage(path)
    before = path.read_bytes()
    result = CliRunner().invoke(cli, [*command, "--config", str(posted / "rinko.toml")])
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    first, *rest = result.stderr.strip().splitlines()
    assert told in first
    assert len(rest) == 1, "and what to do"
    assert "Traceback" not in result.output
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("damage", "row"),
    [
        ("UPDATE deliveries SET finished_at = 'yesterday'", "deliveries local/-/papers/2026-W10"),
        ("UPDATE parts SET lease_until = 'x' WHERE name = 'header'", "parts local/-/papers/2026-W10/header"),
    ],
    ids=["deliveries", "parts"],
)
def test_a_time_that_is_none_is_told_without_a_trace_and_its_row_is_named(
    posted: Path, damage: str, row: str
) -> None:
    settings_in(posted)
    config = ["--config", str(posted / "rinko.toml")]
    with sqlite3.connect(posted / "data" / "rinko.db") as plain:
        plain.execute(damage)
    plain.close()
    post = CliRunner().invoke(cli, ["digest", "post", "2026-W10", *config])
    assert post.exit_code == 1, post.output
    assert "A time in the database is none: " in post.output
    assert "rinko db check" in post.output
    assert "Traceback" not in post.output
    check = CliRunner().invoke(cli, ["db", "check", *config])
    assert check.exit_code == 1
    assert f"cannot be read: {row}" in check.output


def test_a_week_that_a_restored_backup_does_not_know_of_can_be_recorded_as_posted(posted: Path) -> None:
    settings_in(posted)
    path = posted / "data" / "rinko.db"
    with sqlite3.connect(path) as plain:
        plain.execute("DELETE FROM deliveries")
        plain.execute("DELETE FROM parts")
    plain.close()

    def shown() -> int:
        with sqlite3.connect(path) as plain:
            (count,) = plain.execute("SELECT count(*) FROM local_messages WHERE NOT deleted").fetchone()
        plain.close()
        return int(count)

    before, config = shown(), ["--config", str(posted / "rinko.toml")]
    told = CliRunner().invoke(cli, ["digest", "finish", "2026-W10", *config])
    assert told.stdout == "local/-/papers 2026-W10 is recorded as posted.\n"
    again = CliRunner().invoke(cli, ["digest", "finish", "2026-W10", *config])
    assert (again.exit_code, again.stdout) == (0, "")

    async def wake() -> None:
        async with opened(posted) as (app, _):
            await app.schedule.post_what_is_due()

    asyncio.run(wake())
    assert shown() == before


async def test_who_asks_while_the_database_is_gone_reads_a_plain_sentence(posted: Path) -> None:
    async with room(posted) as here:
        data = posted / "data"
        data.rename(posted / "aside")
        here.server.slash(here.admin, here.papers, "/ask", f"{TIDE} How many parameters does it have?")
        await here.alone(here.admin, "The database cannot be used at the moment")
        (posted / "aside").rename(data)
        here.server.slash(here.admin, here.papers, "/ask", f"{TIDE} How many parameters does it have?")
        await here.alone(here.admin, "Show to everyone")


async def test_health_tells_that_the_database_is_gone_and_that_it_is_back(posted: Path) -> None:
    async with opened(posted) as (app, _), served(app) as session:
        assert (await session.get("/healthz")).status == 200
        (posted / "data").rename(posted / "aside")
        answer = await session.get("/healthz")
        assert answer.status == 503
        assert "is gone" in (await answer.json())["database"]
        assert figures(await (await session.get("/metrics")).text())["rinko_up"] == 0
        (posted / "aside").rename(posted / "data")
        assert (await session.get("/healthz")).status == 200
