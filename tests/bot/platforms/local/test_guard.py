from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.app import open_app
from bot.platforms.local.guard import Caller, from_here, objection, own_hosts
from config.settings import load_settings
from digest.errors import SettingsError
from tests.bot.support import opened, settings_in
from tests.clocks import ManualClock

HOSTS = own_hosts(8080, frozenset({"rinko.internal:80"}))
PAGE = Caller("GET", "127.0.0.1:8080", None, "none", "navigate", None)
ACT = Caller("POST", "127.0.0.1:8080", "http://127.0.0.1:8080", "same-origin", "cors", "secret")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8080", "localhost:8080", "LocalHost:8080", "[::1]:8080", "rinko.internal:80"],
)
def test_the_page_answers_to_its_own_names(host: str) -> None:
    assert objection(replace(PAGE, host=host), HOSTS, "secret") is None


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example:8080",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:8080.evil.example",
        "a@localhost:8080",
    ],
)
def test_another_name_is_refused_even_if_it_leads_here(host: str | None) -> None:
    assert objection(replace(PAGE, host=host), HOSTS, "secret") == "host"


def test_names_without_a_port_are_only_right_on_port_80() -> None:
    assert objection(replace(PAGE, host="localhost"), own_hosts(80), "secret") is None


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "https://127.0.0.1:8080", "http://127.0.0.1:3000", ""],
)
def test_another_origin_is_refused_for_reading_and_acting(origin: str) -> None:
    assert objection(replace(ACT, origin=origin), HOSTS, "secret") == "origin"
    assert objection(replace(PAGE, origin=origin), HOSTS, "secret") == "origin"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_website_may_link_here_and_no_more(site: str) -> None:
    assert objection(replace(PAGE, site=site), HOSTS, "secret") is None
    assert objection(replace(PAGE, site=site, mode="no-cors"), HOSTS, "secret") == "origin"
    assert objection(replace(PAGE, site=site, mode=None), HOSTS, "secret") == "origin"


def test_an_act_needs_its_origin_and_the_token() -> None:
    assert objection(ACT, HOSTS, "secret") is None
    assert objection(replace(ACT, origin=None), HOSTS, "secret") == "origin"
    assert objection(replace(ACT, token=None), HOSTS, "secret") == "token"
    assert objection(replace(ACT, token="secrets"), HOSTS, "secret") == "token"
    assert objection(replace(ACT, token="ｓ"), HOSTS, "secret") == "token"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_no_other_method_is_taken(method: str) -> None:
    assert objection(replace(ACT, method=method), HOSTS, "secret") == "origin"


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_known_by_its_address(peer: str) -> None:
    assert from_here(peer)


@pytest.mark.parametrize("peer", [None, "", "10.0.0.5", "172.17.0.1", "::ffff:10.0.0.5", "fe80::1%eth0", "x"])
def test_every_other_machine_is_another(peer: str | None) -> None:
    assert not from_here(peer)


def own_address() -> str:
    """An address of this machine that is not the loopback's; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no other address")
        return str(probe.getsockname()[0])


async def test_other_machines_are_told_how_rinko_is_and_nothing_else(tmp_path: Path) -> None:
    outside = own_address()
    settings = settings_in(tmp_path)
    everywhere = settings.local.model_copy(update={"address": "0.0.0.0"})
    async with open_app(settings.model_copy(update={"local": everywhere}), ManualClock()) as app:
        inside = await app.local.start()
        try:
            async with aiohttp.ClientSession() as session:
                port = inside.rstrip("/").rpartition(":")[2]
                for path in ("/healthz", "/metrics"):
                    for host in (f"{outside}:{port}", "rinko:8377"):
                        url = f"http://{outside}:{port}{path}"
                        answer = await session.get(url, headers={"Host": host})
                        assert answer.status == 200
                for path in ("/", "/c/papers", "/events", "/static/channel.js", "/sample/tide-lm.pdf"):
                    answer = await session.get(f"http://{outside}:{port}{path}")
                    assert answer.status == 403
                    assert "own machine only" in await answer.text()
                assert (await session.post(f"http://{outside}:{port}/healthz")).status == 403
                assert (await session.get(inside)).status == 200
        finally:
            await app.local.stop()


async def test_only_this_machine_is_answered_unless_told_otherwise(tmp_path: Path) -> None:
    outside = own_address()
    async with opened(tmp_path) as (app, _):
        port = (await app.local.start()).rstrip("/").rpartition(":")[2]
        try:
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((outside, int(port)), timeout=5)
        finally:
            await app.local.stop()


@pytest.mark.parametrize("address", ["everywhere", "", "rinko.example", "1.2.3"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    file = tmp_path / "rinko.toml"
    file.write_text(f'[local]\naddress = "{address}"', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"local\.address: it should be an address"):
        load_settings(file)
