"""Several shards, and several processes: each server and each conversation is heard once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.platforms.discord.outlet import DiscordOutlet
from digest.models import Week
from digest.places import PartKey, Place
from digest.store.platforms import SqlButtonValues
from tests.bot.platforms.discord.script import Script, said
from tests.bot.platforms.discord.support import EVERYWHERE, Circle, circle, make_platform
from tests.servers.discord import Channel, User

SHARDS = 3
Rooms = dict[int, tuple[Channel, User]]
"""A channel and somebody there, by the shard that their server is on."""


@asynccontextmanager
async def sharded(
    folder: Path, apart: float = 0.0
) -> AsyncIterator[tuple[Circle, dict[int, tuple[Channel, User]]]]:
    """Rinko with three shards, and a channel and a reader in a server of each."""
    async with circle(folder, start=False, shards=SHARDS, identify_seconds=apart) as here:
        rooms: Rooms = {}
        while len(rooms) < SHARDS:
            guild = here.server.guild(bot_permissions=EVERYWHERE)
            person = here.server.member(guild, f"p{guild.id}")
            rooms.setdefault((guild.id >> 22) % SHARDS, (here.server.text_channel(guild, "papers"), person))
        yield here, rooms


async def connected(here: Circle) -> None:
    """Wait until every shard has one connection, and no other is open."""
    await here.server.until(lambda: here.platform.state().ok)
    shards = [each.session.shard for each in here.server.gateway.connections if each.session]
    assert sorted(shards) == list(range(SHARDS))


async def test_shards_begin_one_by_one_in_each_bucket(tmp_path: Path) -> None:
    took = {}
    for buckets in (1, 2):
        folder = tmp_path / str(buckets)
        folder.mkdir()
        async with sharded(folder, apart=0.3) as (here, _):
            here.server.behaviour.max_concurrency = buckets
            here.server.behaviour.identify_every = 0.25
            await here.platform.start()
            await connected(here)
            began = here.server.gateway.identified
            assert (len(began), here.server.gateway.too_soon) == (SHARDS, 0)
            took[buckets] = began[-1] - began[0]
    assert took[2] < took[1], "the second shard need not wait for the first where it is of another bucket"


async def test_no_more_sessions_begin_than_discord_lets_begin_in_a_day(tmp_path: Path) -> None:
    async with sharded(tmp_path) as (here, _):
        here.server.behaviour.starts_left, here.server.behaviour.starts_reset = SHARDS - 1, 7200.0
        await here.platform.start()
        await here.server.until(lambda: 7200.0 in here.clock.slept)
        assert "no more sessions" in here.platform.state().detail
        assert here.server.gateway.identified == []
        here.server.behaviour.starts_left = SHARDS
        here.clock.wake.set()
        await connected(here)


async def test_what_is_done_in_a_server_is_heard_once_whichever_shard_it_is_on(tmp_path: Path) -> None:
    async with sharded(tmp_path) as (here, rooms):
        await here.platform.start()
        await connected(here)
        outlet = DiscordOutlet(here.client, here.clock, SqlButtonValues(here.database))
        for number, (channel, person) in rooms.items():
            assert channel.guild
            asked = here.server.slash(person, channel, "papers", words=f"on {number}")
            (page, *_) = await here.shown(asked)
            here.server.press(person, page, "rk:page:2")
            key = PartKey(Place("discord", str(channel.guild.id), str(channel.id)), Week(2024, 9), "header")
            await outlet.send(key, said("A paper"))
            here.server.say(person, channel, f"why on {number}?", mentions_bot=True)
        here.server.say(here.reader, here.server.dm(here.reader), "and here?")
        wanted = [("ask", "and here?")]
        for number in rooms:
            wanted += [("run", f"/papers on {number}"), ("press", "page 2"), ("ask", f"why on {number}?")]
        await here.server.until(lambda: sorted(here.asked()) == sorted(wanted))


async def test_a_shard_that_drops_is_named_and_resumes_while_the_others_go_on(tmp_path: Path) -> None:
    async with sharded(tmp_path) as (here, rooms):
        await here.platform.start()
        await connected(here)
        here.server.gateway.faults.append(503)
        here.server.gateway.drop(shard=1)
        await here.server.until(lambda: not here.platform.state().ok)
        assert here.platform.state().detail == "shard 1 of 3 (counted from 0) away; connecting again"
        for number, (channel, person) in rooms.items():
            here.server.slash(person, channel, "papers", words=f"on {number}")
        await connected(here)
        wanted = sorted(("run", f"/papers on {number}") for number in rooms)
        await here.server.until(lambda: sorted(here.asked()) == wanted)
        assert here.server.gateway.resumed == 1
        assert len(here.server.gateway.identified) == SHARDS


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_shards_that_fail_together_come_back_with_one_connection_each(tmp_path: Path) -> None:
    async with sharded(tmp_path) as (here, rooms):
        await here.platform.start()
        await connected(here)
        here.server.gateway.send_raw("{")
        await here.server.until(lambda: len(here.server.gateway.identified) == 2 * SHARDS)
        await connected(here)
        for number, (channel, person) in rooms.items():
            here.server.slash(person, channel, "papers", words=f"on {number}")
        await here.server.until(lambda: len(here.asked()) == SHARDS)
        assert len(here.server.gateway.identified) == 2 * SHARDS


async def test_two_processes_that_listen_answer_once(tmp_path: Path) -> None:
    async with circle(tmp_path) as here:
        other = Script()
        _, second = make_platform(here.server, here.database, here.clock, other, here.subscribed)
        await second.start()
        await here.server.until(lambda: second.state().ok)
        thread = await here.paper_thread()
        asked = [here.server.slash(here.reader, here.papers, "papers", words=f"{n}") for n in range(5)]
        for number in range(5):
            here.server.say(here.reader, thread, f"why {number}?", mentions_bot=True)
        for each in asked:
            (page, *_) = await here.shown(each)
            here.server.press(here.reader, page, "rk:page:2")
        await here.server.until(lambda: len(here.answers(thread)) == 5)
        await here.server.until(lambda: len(here.asked()) + len(other.asked) == 15)
        await second.stop(1.0)
        every = sorted((kind, words) for kind, words, _ in (*here.table.asked, *other.asked))
        expected = [("run", f"/papers {n}") for n in range(5)] + [("ask", f"why {n}?") for n in range(5)]
        assert every == sorted([*expected, *[("press", "page 2")] * 5])
        assert all(len(here.server.replies(each)) == 1 for each in asked)
        assert len(here.answers(thread)) == 5
