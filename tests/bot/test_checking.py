"""`rinko db check`: what is wrong is told with what to do, and nothing is changed by looking."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app as cli
from tests.bot.support import settings_in


def check(folder: Path, extra: str = "") -> tuple[int, list[dict[str, object]]]:
    settings_in(folder, extra)
    result = CliRunner().invoke(cli, ["db", "check", "--json", "--config", str(folder / "rinko.toml")])
    assert "Traceback" not in result.output
    return result.exit_code, json.loads(result.stdout)


def test_looking_changes_no_byte_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "data" / "rinko.db"
    path.parent.mkdir()
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE mine (a)")
    plain.close()
    before = path.read_bytes()
    code, findings = check(tmp_path)
    assert code == 1
    assert [one["about"] for one in findings if not one["ok"]] == ["revision"]
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["rinko.db"]


@pytest.mark.parametrize(
    ("name", "told", "hint"),
    [
        ("typo.db", "There is no database file", "db upgrade"),
        ("", "is a folder", "path to rinko.db"),
        ("rinko.toml/rinko.db", "cannot be read (Not a directory)", "rights"),
        ("x" * 300, "cannot be read (File name too long)", "rights"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named_and_not_made(
    tmp_path: Path, name: str, told: str, hint: str
) -> None:
    code, findings = check(tmp_path, f'[database]\nurl = "sqlite+aiosqlite:///{tmp_path / name}"')
    assert code == 1
    (finding,) = findings
    assert told in str(finding["detail"])
    assert str(tmp_path / name) in str(finding["detail"])
    assert hint in str(finding["hint"])
    assert [one.name for one in tmp_path.iterdir()] == ["rinko.toml"]


def page_of(path: Path, table: str) -> int:
    """The first page of a table, counted from 0."""
    with sqlite3.connect(path) as plain:
        (number,) = plain.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
    plain.close()
    return int(number) - 1


@pytest.mark.parametrize("damage", ["none", "missing", "not a database", "cut", "index", "page", "text"])
def test_a_damaged_file_is_named_by_one_line_and_what_to_do(posted: Path, damage: str) -> None:
    path = posted / "data" / "rinko.db"
    whole = path.read_bytes()
    match damage:
        case "missing":
            path.unlink()
        case "not a database":
            path.write_bytes(b"This is a letter, and no database at all.\n" * 300)
        case "cut":
            path.write_bytes(whole[: len(whole) // 2 // 4096 * 4096])
        case "index":
            with sqlite3.connect(path) as plain:
                plain.execute("UPDATE search_terms_data SET block = x'0102' WHERE id > 10")
            plain.close()
        case "page":
            begin = page_of(path, "writings") * 4096
            path.write_bytes(whole[:begin] + b"\xa5" * 4096 + whole[begin + 4096 :])
        case "text":
            path.write_bytes(whole.replace(b'"text_language"', b'"text\xa5\xa5anguage"'))
    damaged = path.read_bytes() if path.exists() else b""
    code, findings = check(posted)
    broken = [one for one in findings if not one["ok"]]
    assert code == (0 if damage == "none" else 1), findings
    assert bool(broken) == (damage != "none")
    assert all(one["hint"] for one in broken)
    assert (path.read_bytes() if path.exists() else b"") == damaged


def test_a_channel_that_waits_for_its_digest_is_named(posted: Path) -> None:
    channel = '[[channels]]\nplatform = "local"\nchannel = "papers"\n[[sources]]\nkind = "dair"\n'
    code, findings = check(posted, channel)
    assert code == 1
    (late,) = [one for one in findings if not one["ok"]]
    assert late["about"] == "channel local/-/papers"
    assert "rinko digest post" in str(late["hint"])
