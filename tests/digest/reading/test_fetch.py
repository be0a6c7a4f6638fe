from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from aiohttp import web as aio

from digest.errors import (
    AddressRefused,
    FetchError,
    NotThere,
    TooLarge,
    TooSlow,
    TryLater,
    Unreachable,
)
from digest.reading.fetch import BackgroundWeb, FetchLimits, SafeWeb, retry_after, shown
from digest.reading.transport import is_public
from tests.digest.reading.conftest import TestClock
from tests.servers.pages import WebServer

AGENT = "rinko-tests"


@pytest.fixture
async def strict(clock: TestClock, server: WebServer, quick_retries: None) -> AsyncIterator[SafeWeb]:
    """The web with private addresses refused, and the test server's port allowed."""
    limits = FetchLimits(AGENT, total_seconds=10, ports=frozenset({80, 443, server.port}))
    async with SafeWeb(limits, clock) as web:
        yield web


async def test_gives_body_type_and_final_address(web: SafeWeb, server: WebServer) -> None:
    server.give("/paper", "hello", "text/html; charset=utf-8")
    server.redirect("/a", "/b")
    server.redirect("/b", "paper#section")
    fetched = await web.get(server.url + "/a")
    assert fetched.body == b"hello"
    assert fetched.url == server.url + "/paper"
    assert fetched.content_type == "text/html; charset=utf-8"
    assert server.headers[0]["User-Agent"] == AGENT


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "017700000001",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::a00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[ff02::1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "localhost",
        "１２７.0.0.1",
    ],
)
async def test_refuses_every_spelling_of_a_private_address(
    strict: SafeWeb, server: WebServer, host: str
) -> None:
    server.give("/", "secret")
    with pytest.raises(AddressRefused):
        await strict.get(f"http://{host}:{server.port}/")
    assert not server.asked


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "file:///etc/passwd",
        "gopher://example.org",
        "http://user:hunter2@example.org/",
        "http://example.org:22/",
        "http://example.org:99999/",
        "http:///path",
        "javascript:alert(1)",
        "http://[::1",
        "",
    ],
)
async def test_refuses_what_is_no_plain_web_address(clock: TestClock, url: str) -> None:
    async with SafeWeb(FetchLimits(AGENT), clock) as web:
        with pytest.raises(AddressRefused) as caught:
            await web.get(url)
    assert "hunter2" not in str(caught.value)


async def test_refuses_a_redirect_to_a_private_address(
    clock: TestClock, server: WebServer, quick_retries: None
) -> None:
    """127.0.0.1 stands here for a public server, which tries to lead inward."""
    limits = FetchLimits(AGENT, ports=frozenset({80, server.port}))
    async with SafeWeb(limits, clock, may_reach=lambda address: address == "127.0.0.1") as web:
        for inward in ("http://169.254.169.254/latest/meta-data/", f"http://127.0.0.2:{server.port}/x"):
            with pytest.raises(AddressRefused, match="public internet"):
                await web.get(server.redirect("/out", inward))
    assert set(server.asked) == {"/out"}


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x.org/", "http://a:b@x.org/", "//[bad"])
async def test_refuses_a_redirect_off_the_web(web: SafeWeb, server: WebServer, target: str) -> None:
    server.redirect("/out", target)
    with pytest.raises(AddressRefused):
        await web.get(server.url + "/out")


async def test_checks_every_dns_answer_anew(clock: TestClock, server: WebServer, quick_retries: None) -> None:
    """A name that is public when first asked and private the second time is refused then."""
    answers = [["10.0.0.1", "127.0.0.1"], ["127.0.0.2"]]

    async def resolve(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    server.give("/", "hello", Connection="close")
    limits = FetchLimits(AGENT, ports=frozenset({server.port}))
    async with SafeWeb(limits, clock, resolve, lambda address: address == "127.0.0.1") as web:
        url = f"http://rebinding.test:{server.port}/"
        assert (await web.get(url)).body == b"hello"
        with pytest.raises(AddressRefused):
            await web.get(url)
    assert not answers
    assert server.asked["/"] == 1


async def test_connects_to_the_checked_address_and_keeps_the_host(
    clock: TestClock, server: WebServer
) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    server.give("/", "hello")
    async with SafeWeb(FetchLimits(AGENT, allow_private=True), clock, resolve) as web:
        await web.get(f"http://papers.test:{server.port}/")
    assert server.headers[0]["Host"] == f"papers.test:{server.port}"


async def test_unknown_name_is_unreachable(clock: TestClock, quick_retries: None) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    async with SafeWeb(FetchLimits(AGENT), clock, resolve) as web:
        with pytest.raises(Unreachable):
            await web.get("http://nowhere.test/?token=hunter2")


async def test_ignores_proxies_of_the_environment(
    web: SafeWeb, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert (await web.get(server.give("/", "hello"))).body == b"hello"


async def test_keeps_no_cookies(web: SafeWeb, server: WebServer) -> None:
    url = server.give("/", "hello", **{"Set-Cookie": "id=1; Path=/"})
    await web.get(url)
    await web.get(url)
    assert all("Cookie" not in headers for headers in server.headers)


async def test_too_many_redirects(web: SafeWeb, server: WebServer) -> None:
    server.redirect("/loop", "/loop")
    with pytest.raises(FetchError, match="redirects"):
        await web.get(server.url + "/loop")
    assert server.asked["/loop"] == 6


async def test_cap_counts_decompressed_bytes(web: SafeWeb, server: WebServer) -> None:
    with pytest.raises(TooLarge):
        await web.get(server.bomb("/bomb", 300))
    assert len((await web.get(server.bomb("/small", 1))).body) == 1_000_000


async def test_cap_can_be_lowered_and_raised(web: SafeWeb, server: WebServer) -> None:
    url = server.give("/", b"x" * 3_000_000)
    with pytest.raises(TooLarge):
        await web.get(url)
    assert len((await web.get(url, max_bytes=4_000_000)).body) == 3_000_000
    with pytest.raises(TooLarge):
        await web.get(url, max_bytes=10)


async def test_cap_holds_without_a_declared_length(web: SafeWeb, server: WebServer) -> None:
    async def endless(request: aio.Request) -> aio.StreamResponse:
        response = aio.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    server.pages["/endless"] = endless
    with pytest.raises(TooLarge):
        await web.get(server.url + "/endless")


async def test_a_server_that_drips_is_too_slow(
    clock: TestClock, server: WebServer, quick_retries: None
) -> None:
    gone = asyncio.Event()

    async def drip(request: aio.Request) -> aio.StreamResponse:
        response = aio.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await gone.wait()
        return response

    server.pages["/drip"] = drip
    async with SafeWeb(FetchLimits(AGENT, total_seconds=0.3, allow_private=True), clock) as web:
        with pytest.raises(TooSlow, match=r"0\.3 seconds"):
            await web.get(server.url + "/drip")
    gone.set()


@pytest.mark.parametrize(("status", "error"), [(404, NotThere), (410, NotThere), (403, FetchError)])
async def test_statuses_that_stay_are_asked_once(
    web: SafeWeb, server: WebServer, status: int, error: type[FetchError]
) -> None:
    with pytest.raises(error):
        await web.get(server.fail("/x", status))
    assert server.asked["/x"] == 1


async def test_server_faults_are_tried_again(web: SafeWeb, server: WebServer) -> None:
    assert (await web.get(server.fail("/x", 500, 502, 200))).body == b"ok"
    with pytest.raises(FetchError, match="500"):
        await web.get(server.fail("/y", 500))
    assert server.asked["/y"] == 3


async def test_broken_connections_are_tried_again(web: SafeWeb, server: WebServer) -> None:
    async def broken(request: aio.Request) -> aio.StreamResponse:
        assert request.transport
        request.transport.close()
        return aio.Response()

    server.pages["/x"] = broken
    with pytest.raises(Unreachable):
        await web.get(server.url + "/x?key=hunter2")
    assert server.asked["/x"] == 3


async def test_retry_after_is_obeyed_up_to_a_bound(web: SafeWeb, server: WebServer, clock: TestClock) -> None:
    server.fail("/busy", 429, 200, **{"Retry-After": "7"})
    assert (await web.get(server.url + "/busy")).body == b"ok"
    assert 7.0 in clock.slept
    server.fail("/gone", 503, **{"Retry-After": "3600"})
    with pytest.raises(TryLater) as caught:
        await web.get(server.url + "/gone")
    assert caught.value.after == 3600
    assert server.asked["/gone"] == 1


async def test_requests_to_one_host_are_spaced_and_few_at_once(server: WebServer, clock: TestClock) -> None:
    at_once = 0
    most = 0

    async def count(_: aio.Request) -> aio.Response:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return aio.Response(text="ok")

    server.pages["/x"] = count
    limits = FetchLimits(AGENT, allow_private=True, host_requests=2, host_interval=1.5)
    async with SafeWeb(limits, clock) as web:
        await asyncio.gather(*(web.get(server.url + "/x") for _ in range(6)))
    assert most <= 2
    assert sum(clock.slept) >= 1.5


async def test_damaged_compression_is_a_fetch_error(web: SafeWeb, server: WebServer) -> None:
    async def lie(_: aio.Request) -> aio.Response:
        return aio.Response(body=b"not gzip", headers={"Content-Encoding": "gzip"})

    server.pages["/x"] = lie
    with pytest.raises(FetchError, match="damaged"):
        await web.get(server.url + "/x")


def test_shown_addresses_hold_no_secrets() -> None:
    assert shown("https://me:pw@Example.org:8443/a?token=1#x") == "https://example.org:8443/a"


def test_retry_after_reads_seconds_and_dates() -> None:
    now = datetime(2024, 3, 1, tzinfo=UTC)
    assert retry_after("12", now) == 12
    assert retry_after("Fri, 01 Mar 2024 00:01:00 GMT", now) == 60
    assert retry_after("Fri, 01 Mar 2023 00:01:00 GMT", now) == 0
    assert retry_after("soon", now) is None
    assert retry_after(None, now) is None


async def test_who_waits_for_a_page_does_not_stand_in_line_with_a_digest(
    server: WebServer, clock: TestClock
) -> None:
    held, released = asyncio.Event(), asyncio.Event()

    async def hold(_: aio.Request) -> aio.Response:
        held.set()
        await released.wait()
        return aio.Response(text="ok")

    server.pages["/listed"] = hold
    asked = server.give("/asked", "hello")
    limits = FetchLimits(AGENT, allow_private=True, host_requests=2, host_interval=1.5)
    async with SafeWeb(limits, clock) as web:
        digest = [
            asyncio.create_task(BackgroundWeb(web).get(server.url + "/listed", max_bytes=10))
            for _ in range(10)
        ]
        await held.wait()
        began = clock.now()
        assert (await web.get(asked)).body == b"hello"
        assert (clock.now() - began).total_seconds() <= 2 * limits.host_interval
        released.set()
        assert {fetched.body for fetched in await asyncio.gather(*digest)} == {b"ok"}
    assert sum(clock.slept) == 10 * limits.host_interval  # nobody was let in out of time
