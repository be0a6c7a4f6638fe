from __future__ import annotations

from dataclasses import replace

import pytest

from bot.platforms.local.guard import Caller, objection, own_hosts

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
