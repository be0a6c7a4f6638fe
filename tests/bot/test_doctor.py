"""What `rinko doctor` finds, and that each trouble says what to do."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bot.doctor.examine import examine
from bot.doctor.findings import Finding
from digest.places import Place, Subscription
from tests.bot.support import opened, settings_in


async def found(folder: Path, extra: str = "") -> dict[str, Finding]:
    return {finding.about: finding for finding in await examine(settings_in(folder, extra))}


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


async def test_a_damaged_database_ends_the_examination(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rinko.db").write_bytes(b"no database at all" * 100)
    findings = await examine(settings_in(tmp_path))
    assert findings[-1].about == "database"
    assert not findings[-1].ok
    assert "damaged" in findings[-1].detail
    assert findings[-1].hint


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    findings = await examine(settings_in(tmp_path))
    (folder,) = [one for one in findings if one.about == "data folder"]
    assert not folder.ok
    assert str(tmp_path / "data") in folder.detail
