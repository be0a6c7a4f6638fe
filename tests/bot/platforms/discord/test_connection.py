"""Staying connected to Discord: whatever ends the gateway, Rinko comes back and says how it is."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from config.words import load_phrases
from digest.places import Place, Subscription
from digest.store.others import SqlSubscriptions
from digest.store.tables import departures
from tests.bot.platforms.discord.script import ROWS
from tests.bot.platforms.discord.support import LONG, Circle, circle, make_platform
from tests.servers.discord import Intent, on


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Circle]:
    async with circle(tmp_path) as made:
        yield made


async def still_answers(here: Circle) -> None:
    """Show that commands are heard and answered."""
    await here.server.until(lambda: here.platform.state().ok)
    asked = here.server.slash(here.reader, here.papers, "papers", words="many")
    assert len(await here.shown(asked, 3)) == 3


async def test_commands_are_registered_once_in_every_language_and_again_when_changed(here: Circle) -> None:
    def writes() -> int:
        return len(here.server.asked(on("PUT", "/applications/*/commands")))

    def looks() -> int:
        return len(here.server.asked(on("GET", "/applications/*/commands")))

    registered = {one["name"]: one for one in here.server.world.commands[None]}
    assert set(registered) == {"ask", "papers", "digest"}
    assert registered["ask"]["description_localizations"]["ja"] == load_phrases()["ja"]("commands.ask")
    assert registered["digest"]["contexts"] == [0]
    (day, _) = registered["digest"]["options"][0]["options"]
    assert day["choices"][0]["name_localizations"] == {"ja": "月曜日"}
    assert writes() == 1
    for rows, expected in ((ROWS, 1), (ROWS[:2], 2)):
        here.table.rows = rows
        client, again = make_platform(here.server, here.database, here.clock, here.table, {})
        seen = looks() + 1
        await again.start()
        await here.server.until(lambda: looks() == seen and again.state().ok)  # noqa: B023
        await here.server.until(lambda: writes() == expected)  # noqa: B023
        await again.stop()
        assert (looks(), writes()) == (seen, expected)
        assert client.is_closed()


async def test_a_dropped_gateway_is_resumed_and_what_was_missed_is_answered(here: Circle) -> None:
    here.server.gateway.drop()
    asked = here.server.slash(here.reader, here.papers, "papers", words="many")
    assert len(await here.shown(asked, 3)) == 3
    await here.server.until(lambda: here.platform.state().ok)
    assert here.server.gateway.resumed == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broken_frame_is_survived(here: Circle) -> None:
    thread = await here.paper_thread()
    here.server.gateway.send_raw("{")
    await here.server.until(lambda: len(here.server.gateway.identified) == 2)
    await still_answers(here)
    here.server.say(here.reader, thread, "なぜ？", mentions_bot=True)
    await here.server.until(lambda: here.answers(thread))


async def test_a_refused_first_handshake_is_tried_again(tmp_path: Path) -> None:
    async with circle(tmp_path, start=False) as here:
        here.server.gateway.faults.append(503)
        await here.platform.start()
        assert not here.platform.state().ok
        await still_answers(here)
        assert all(seconds <= LONG for seconds in here.clock.slept)


async def test_a_wrong_token_is_said_and_not_tried_in_haste(tmp_path: Path) -> None:
    async with circle(tmp_path, start=False, token="wrong-secret") as here:
        await here.platform.start()
        await here.server.until(lambda: here.clock.slept)
        state = here.platform.state()
        assert not state.ok
        assert "token" in state.detail
        assert "wrong-secret" not in state.detail
        assert here.clock.slept == [900.0]
        assert len(here.server.calls) == 1
        here.clock.wake.set()
        await here.server.until(lambda: len(here.server.calls) == 2)


async def test_an_intent_that_is_switched_off_is_done_without(tmp_path: Path) -> None:
    async with circle(tmp_path, privileged=Intent.MESSAGE_CONTENT) as here:
        assert here.platform.state().detail == "connected"
        here.server.world.privileged = Intent(0)
        here.server.gateway.invalidate()
        await here.server.until(lambda: "Message Content Intent" in here.platform.state().detail, seconds=20)
        await still_answers(here)


async def until_left(here: Circle, *guilds: str) -> None:
    """Wait until these servers, and no others, are recorded as left."""
    left: list[str] = []
    for _ in range(200):
        async with here.database.read() as connection:
            left = list(await connection.scalars(select(departures.c.workspace)))
        if left == list(guilds):
            return
        await here.clock.sleep(0.01)
    raise AssertionError(left)


async def test_servers_that_are_left_and_joined_are_recorded(here: Circle) -> None:
    here.server.remove_bot(here.guild)
    await until_left(here, str(here.guild.id))
    here.guild.has_bot = True
    here.server.member(here.guild, here.server.bot)
    here.server.outage(here.guild, over=True)
    await until_left(here)


async def test_a_server_that_was_left_while_nobody_listened_is_recorded(tmp_path: Path) -> None:
    async with circle(tmp_path, start=False) as here:
        for workspace in ("77", str(here.guild.id), "@5"):
            chosen = Subscription(Place("discord", workspace, "1"), "ja", "tue 09:00", "UTC")
            await SqlSubscriptions(here.database).set(chosen)
        await here.platform.start()
        await until_left(here, "77")


async def test_a_stop_takes_seconds_and_what_was_under_way_says_so(tmp_path: Path) -> None:
    async with circle(tmp_path) as here:
        thread = await here.paper_thread()
        here.table.go_on.clear()
        hidden = here.server.slash(here.reader, here.papers, "ask", paper="a", question="なぜ？")
        here.server.say(here.reader, thread, "どうして？", mentions_bot=True)
        await here.shown(hidden)
        await here.server.until(lambda: here.answers(thread))
        began = time.monotonic()
        await here.platform.stop(0.1)
        assert time.monotonic() - began < 5.0
        for text in (here.server.replies(hidden)[0].text, here.answers(thread)[0]):
            assert "再起動" in text or "restarted" in text
        assert not here.platform.state().ok
        assert not here.server.gateway.connections
