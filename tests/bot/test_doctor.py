"""What `rinko doctor` finds, and that each trouble says what to do."""

from __future__ import annotations

import re
import socket
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.doctor.examine import examine
from bot.doctor.findings import Finding
from digest.places import Place, Subscription
from tests.bot.support import opened, settings_in
from tests.databases import tables_of, with_tables
from tests.postgres import PostgresServer


async def found(folder: Path, extra: str = "") -> dict[str, Finding]:
    return {finding.about: finding for finding in await examine(settings_in(folder, extra))}


def names(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


async def test_a_fresh_installation_is_well(tmp_path: Path) -> None:
    findings = await found(tmp_path)
    assert all(finding.ok for finding in findings.values())
    assert "sample week" in findings["settings"].detail
    assert "[[sources]]" in (findings["settings"].hint or "")
    assert "10 papers for 2026-W10" in str(findings)


async def test_a_broken_source_is_named_with_what_to_do(tmp_path: Path) -> None:
    findings = await found(tmp_path, '[[sources]]\nkind = "list"\npath = "gone.md"\nname = "Ours"')
    assert not findings["Ours"].ok
    assert findings["Ours"].hint
    assert findings["channels"].ok


async def test_a_channel_set_twice_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path, "channels = []") as (app, _):
        own = Subscription(Place("local", "-", "papers"), "ja", "tue 09:00", "UTC")
        await app.services.channels.set(own)
        await app.services.channels.set(replace(own, place=Place("local", "-", "other")))
    findings = await examine(settings_in(tmp_path, '[[channels]]\nplatform = "local"\nchannel = "papers"'))
    (overlap,) = [one for one in findings if one.about == "channels" and not one.ok]
    assert "local/-/papers" in overlap.detail
    assert overlap.hint


async def test_every_channel_is_told_with_what_comes_next(tmp_path: Path) -> None:
    named = [f'[[channels]]\nplatform = "local"\nchannel = "c{number:02}"\n' for number in range(12)]
    source = '[[sources]]\nkind = "list"\npath = "gone.md"\n'
    detail = (await found(tmp_path, source + "".join(named)))["channels"].detail
    assert re.search(r"local/-/c00 \(20\d\d-W\d\d (at|due since) 20\d\d-\d\d-\d\d 09:00 Asia/Tokyo\)", detail)
    assert detail.endswith(", 2 more")


async def test_a_port_in_use_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("RINKO_LOCAL__PORT", str(taken.getsockname()[1]))
        finding = (await found(tmp_path))["local page"]
    assert "in use" in finding.detail
    assert "RINKO_LOCAL__PORT" in (finding.hint or "")


async def test_a_damaged_database_is_told_beside_all_that_needs_none(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rinko.db").write_bytes(b"no database at all" * 100)
    findings = await found(tmp_path)
    assert not findings["database"].ok
    assert "damaged" in findings["database"].detail
    assert findings["database"].hint
    assert findings["model"].ok
    assert "channels" not in findings


@pytest.mark.parametrize(
    ("revision", "hint"), [("0007", "rinko db upgrade"), ("9999", "Install the newer Rinko")]
)
async def test_a_database_of_another_version_is_told_and_left_as_it_is(
    tmp_path: Path, revision: str, hint: str
) -> None:
    file = tmp_path / "data" / "rinko.db"
    file.parent.mkdir()
    if revision == "0007":
        await (await tables_of(revision, f"sqlite+aiosqlite:///{file}")).close()
    else:
        with_tables(file)
        with sqlite3.connect(file) as plain:
            plain.execute("UPDATE alembic_version SET version_num = ?", [revision])
        plain.close()
    before = file.read_bytes()
    findings = await found(tmp_path)
    assert not findings["database"].ok
    assert revision in findings["database"].detail
    assert hint in (findings["database"].hint or "")
    assert {"model", "local page"} < set(findings)
    assert all(finding.ok for about, finding in findings.items() if about != "database")
    assert file.read_bytes() == before
    assert names(file.parent) == ["rinko.db"]


async def test_a_database_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    findings = await found(tmp_path)
    assert findings["database"].ok
    assert str(tmp_path / "data" / "rinko.db") in findings["database"].detail
    assert "database.url" in (findings["database"].hint or "")
    assert names(tmp_path) == ["rinko.toml"]


@pytest.mark.parametrize("migrated", [False, True])
async def test_no_tables_are_made_on_a_server(
    tmp_path: Path, postgres: PostgresServer, migrated: bool
) -> None:
    """Neither Rinko's, nor those of the job queue."""
    with postgres.fresh(migrated=migrated) as url:
        name, tables = url.split("@/")[1].split("?")[0], "SELECT relname FROM pg_class"
        before = postgres.execute(tables, name)
        findings = await found(tmp_path, f'[database]\nurl = "{url}"')
        assert findings["database"].ok is not migrated
        assert ("rinko db upgrade" in (findings["database"].hint or "")) is migrated
        assert postgres.execute(tables, name) == before


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    findings = await examine(settings_in(tmp_path))
    (folder,) = [one for one in findings if one.about == "data folder"]
    assert not folder.ok
    assert str(tmp_path / "data") in folder.detail
