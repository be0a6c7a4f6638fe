"""Disks that are full and files that others hold, for real: a clear error, and what is there stays whole."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.bot.support import WEEK, settings_in
from tests.servers.slack import SlackServer
from tests.servers.slack.faults import Call

pytestmark = [pytest.mark.sweep, pytest.mark.timeout(300)]

RINKO = Path(sys.executable).with_name("rinko")
WITHIN_RIGHTS = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override") * (not os.geteuid())
"""Has root itself keep to the rights of files."""
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    errors: str

    def said_clearly(self, *words: str) -> None:
        """It failed with one message that says these words, and what to do in the same or the next line."""
        assert self.code == 1, self
        assert "Traceback" not in self.errors, self.errors
        said = [line for line in (self.out + self.errors).splitlines() if line and not line.startswith("20")]
        assert 1 <= len(said) <= 2, said
        assert all(word in said[0] for word in words), said


async def rinko(folder: Path, *words: str, before: Sequence[str] = ()) -> Ended:
    process = await asyncio.create_subprocess_exec(
        *before, RINKO, *words, "--config", folder / "rinko.toml", stdout=-1, stderr=-1
    )
    out, errors = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), errors.decode())


async def sound(folder: Path) -> None:
    """Nothing is wrong with the database but that there is little room."""
    checked = await rinko(folder, "db", "check", "--json")
    wrong = [
        one for one in json.loads(checked.out) if not one["ok"] and one["about"] not in {"disk", "messages"}
    ]
    assert wrong == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB."""
    folder = tmp_path / "data"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "rinko-test", folder], check=False)
    if mounted.returncode:
        pytest.skip("only root can mount a disk")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> None:
    """Take all room that is left."""
    with (folder / "data" / "junk").open("ab", buffering=0) as junk, suppress(OSError):
        while True:
            junk.write(b"\0" * 65536)
    with (folder / "data" / "rest").open("ab", buffering=0) as rest, suppress(OSError):
        while True:
            rest.write(b"\0" * 512)


def make_room(folder: Path) -> None:
    for name in ("junk", "rest"):
        (folder / "data" / name).unlink()


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`rinko run`, and where its page is."""
    process = await asyncio.create_subprocess_exec(
        RINKO, "run", "--config", folder / "rinko.toml", stdout=-1, stderr=-1
    )
    assert process.stdout
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    try:
        yield process, line.split()[4]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()


async def health(address: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{address}healthz") as answer:
        return answer.status, str((await answer.json())["database"])


async def until_health(address: str, status: int, word: str) -> None:
    for _ in range(300):
        found, words = await health(address)
        if found == status and word in words:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{words} all the time")


async def test_on_a_full_disk_a_command_fails_clearly_and_works_once_there_is_room(small_disk: Path) -> None:
    settings_in(small_disk)
    assert (await rinko(small_disk, "db", "upgrade")).code == 0
    fill(small_disk)
    (await rinko(small_disk, "digest", "post", WEEK)).said_clearly("disk", "full")
    make_room(small_disk)
    await sound(small_disk)
    assert (await rinko(small_disk, "digest", "post", WEEK)).code == 0
    await sound(small_disk)


async def test_what_keeps_running_tells_of_a_full_disk_and_goes_on_when_there_is_room(
    small_disk: Path,
) -> None:
    settings_in(small_disk)
    async with running(small_disk) as (process, address):
        fill(small_disk)
        await until_health(address, 503, "disk")
        make_room(small_disk)
        await until_health(address, 200, "ok")
        assert process.returncode is None
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
        assert b"database cannot be used" in errors
        assert b"database can be used again" in errors
        assert b"Traceback" not in errors
    assert (await rinko(small_disk, "digest", "post", WEEK)).code == 0
    await sound(small_disk)


async def test_what_keeps_running_goes_on_after_writes_failed(tmp_path: Path) -> None:
    settings_in(tmp_path)
    async with running(tmp_path) as (process, address):
        await until_health(address, 200, "ok")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        await until_health(address, 503, "disk")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, UNLIMITED)
        await until_health(address, 200, "ok")
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
        assert b"database can be used again" in errors
        assert b"Traceback" not in errors
    await sound(tmp_path)


async def test_a_message_whose_record_could_not_be_written_is_found_and_not_sent_again(
    tmp_path: Path,
) -> None:
    async with SlackServer() as server:
        team = server.workspace()
        papers = team.channel("papers", team.person("hana"))
        tokens = f'bot_token = "{team.token}"\napp_token = "{server.app_token}"\napi_url = "{server.api_url}"'
        channel = f'[[channels]]\nplatform = "slack"\nchannel = "{papers.id}"'
        settings_in(tmp_path, f"[digest]\npapers = 2\n[slack]\n{tokens}\n{channel}")
        process = await asyncio.create_subprocess_exec(
            RINKO, "digest", "post", WEEK, "--config", tmp_path / "rinko.toml", stdout=-1, stderr=-1
        )
        limited: list[str] = []

        def take_the_disk(call: Call) -> None:
            limited.append(call.method)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

        posts = iter(range(100))
        server.faults.at(
            "after_store", lambda call: call.method == "chat.postMessage" and next(posts) == 2, take_the_disk
        )
        out, errors = await process.communicate()
        assert limited == ["chat.postMessage"]
        Ended(process.returncode or 0, out.decode(), errors.decode()).said_clearly("disk")
        stood = [one for one in papers.messages.values() if one.from_bot]
        assert len(stood) == 3

        again = await rinko(tmp_path, "digest", "post", WEEK)
        assert again.code == 0, again
        whole = [one for one in papers.messages.values() if one.from_bot]
        marks = Counter(json.dumps(one.metadata, sort_keys=True) for one in whole)
        assert set(marks.values()) == {1}, "none twice"
        assert len(whole) == 5
        assert stood == whole[:3], "none in place of those that stood"


async def test_a_database_that_another_program_holds_is_told_after_a_while(tmp_path: Path) -> None:
    settings_in(tmp_path)
    assert (await rinko(tmp_path, "db", "upgrade")).code == 0
    other = sqlite3.connect(tmp_path / "data" / "rinko.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    (await rinko(tmp_path, "digest", "post", WEEK)).said_clearly("locked")
    other.execute("ROLLBACK")
    other.close()
    assert (await rinko(tmp_path, "digest", "post", WEEK)).code == 0


@pytest.mark.parametrize("what", ["file", "folder"])
async def test_what_may_not_be_written_is_named(tmp_path: Path, what: str) -> None:
    settings_in(tmp_path)
    assert (await rinko(tmp_path, "db", "upgrade")).code == 0
    folder = tmp_path / "data"
    file = folder / "rinko.db"
    before, rights = file.read_bytes(), (file if what == "file" else folder)
    rights.chmod(0o444 if what == "file" else 0o555)
    try:
        (await rinko(tmp_path, "digest", "post", WEEK, before=WITHIN_RIGHTS)).said_clearly(
            "cannot be written"
        )
        checked = await rinko(tmp_path, "db", "check", "--json", before=WITHIN_RIGHTS)
        assert [one["about"] for one in json.loads(checked.out) if not one["ok"]]
    finally:
        rights.chmod(0o755)
    assert file.read_bytes() == before
    assert (await rinko(tmp_path, "digest", "post", WEEK)).code == 0
