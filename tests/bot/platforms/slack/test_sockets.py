"""The connection to Slack: watched, renewed, opened again, and closed."""

from __future__ import annotations

from pathlib import Path

from digest.places import Subscription
from digest.store.others import SqlSubscriptions
from tests.bot.platforms.answering import ANSWER, WORKING, AnsweringTable
from tests.bot.platforms.slack.support import Scene, another, opened
from tests.servers.slack import Call
from tests.servers.slack.state import SlackError

FAST = 0.1
"""Seconds between pings: the SDK measures them by its own clock."""


async def answered(scene: Scene, words: str) -> None:
    """Show that a question still comes through."""
    scene.server.dm(scene.mori, words)
    await scene.until(lambda: words in scene.table.words())


async def test_a_connection_that_is_cut_is_opened_again(tmp_path: Path) -> None:
    async with opened(tmp_path, ping_seconds=FAST) as scene:
        state = scene.platform.state()
        assert (state.name, state.ok, state.detail) == ("slack", True, "connected")
        for number in range(2):
            (before,) = scene.server.sockets.connections
            scene.server.sockets.drop()
            await scene.until(lambda gone=before: gone not in scene.server.sockets.connections)  # type: ignore[misc]
            await scene.server.sockets.connected()
            await answered(scene, f"after {number}")
        assert scene.platform.state().ok
        assert scene.platform.state().since > state.since


async def test_a_deaf_connection_is_replaced(tmp_path: Path) -> None:
    async with opened(tmp_path, ping_seconds=FAST) as scene:
        (deaf,) = scene.server.sockets.connections
        scene.server.sockets.deafen()
        asked = scene.server.dm(scene.mori, "heard?")
        await scene.until(lambda: deaf not in scene.server.sockets.connections)
        await scene.server.sockets.connected()
        scene.server.sockets.redeliver()  # as Slack does for what nobody acknowledged
        await scene.until(lambda: "heard?" in scene.table.words())
        assert asked.ts


async def test_a_connection_that_is_deaf_and_still_answers_pings_is_replaced(tmp_path: Path) -> None:
    async with opened(tmp_path, quiet_seconds=0.3) as scene:
        (deaf,) = scene.server.sockets.connections
        scene.server.sockets.deafen(pongs=True)
        await scene.until(lambda: deaf not in scene.server.sockets.connections)
        await answered(scene, "heard")


async def test_a_connection_is_renewed_when_slack_asks_and_nothing_is_lost_meanwhile(
    scene: Scene,
) -> None:
    since = scene.platform.state().since
    (before,) = scene.server.sockets.connections
    await scene.server.sockets.refresh()
    for number in range(5):
        scene.server.dm(scene.mori, f"{number}")
    await scene.until(lambda: before not in scene.server.sockets.connections)
    scene.clock.advance(seconds=3)  # what found no connection comes again then
    await scene.until(lambda: len(scene.table.asked) == 5)
    await scene.server.sockets.settled()
    assert scene.platform.state().ok
    assert scene.platform.state().since == since
    assert sorted(scene.table.words()) == [str(number) for number in range(5)]


async def test_it_goes_on_trying_while_slack_refuses_and_says_why(tmp_path: Path) -> None:
    async with opened(tmp_path, ping_seconds=FAST) as scene:
        reasons = set()

        def refuse(_: Call) -> None:
            reasons.add(scene.platform.state().detail)
            raise SlackError("invalid_auth")

        refused = scene.server.faults.at("before_store", "apps.connections.open", refuse, times=5)
        scene.clock.slept.clear()
        scene.server.sockets.drop()
        await scene.until(lambda: refused.done == 5)
        await scene.connected()
        await answered(scene, "again")
        assert "invalid_auth" in reasons
        assert sorted(scene.clock.slept) == scene.clock.slept  # ever longer
        assert scene.clock.slept[-1] >= 8
        assert scene.platform.state().ok


async def test_a_start_while_slack_is_down_is_a_start(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.platform.stop()
        assert scene.platform.state().detail == "stopped"
        assert not scene.platform.state().ok
        refused = scene.server.faults.status("apps.connections.open", 503, times=3)
        await scene.platform.start()
        await scene.until(lambda: refused.done == 3)
        await scene.connected()
        await answered(scene, "up")


async def test_a_stop_lets_finish_what_is_under_way(scene: Scene) -> None:
    said = scene.server.dm(scene.mori, "wait")
    await scene.until(lambda: scene.table.asked)
    scene.table.go_on.set()
    await scene.platform.stop()
    assert scene.thread(said.ts, said.channel) == [f"{ANSWER} wait"]
    assert scene.server.sockets.connections == []


async def test_a_stop_ends_with_a_line_what_takes_too_long(scene: Scene) -> None:
    server = scene.server
    said = server.dm(scene.mori, "wait")
    server.slash(scene.mori, scene.papers, "/ask", "wait")
    await scene.until(lambda: len(scene.table.asked) == 2 and scene.private())
    await scene.platform.stop(seconds=0.05)
    (threaded,), alone = scene.thread(said.ts, said.channel), scene.private()[-1]
    for told in (threaded, alone):
        assert WORKING in told
        assert "再起動" in told


async def test_leaving_and_coming_back_are_recorded(scene: Scene) -> None:
    scene.server.uninstall(scene.team)
    await scene.server.sockets.settled()
    await scene.left(True)
    await scene.until(lambda: scene.platform.state().detail == "account_inactive")
    assert not scene.platform.state().ok
    scene.team.installed = True
    await scene.platform.stop()
    await scene.platform.start()
    await scene.server.sockets.connected()
    await scene.left(False)


async def test_a_removal_while_nobody_listened_is_recorded_at_the_next_start(scene: Scene) -> None:
    await SqlSubscriptions(scene.database).set(Subscription(scene.place, "ja", "tue 09:00", "UTC"))
    await scene.platform.stop()
    scene.server.uninstall(scene.team)
    again = another(scene, scene.table)
    await again.start()
    await scene.left(True)
    assert again.state().detail == "account_inactive"
    await again.stop()


async def test_two_processes_that_listen_answer_once(scene: Scene) -> None:
    table = AnsweringTable()
    second = another(scene, table)
    await second.start()
    await scene.server.sockets.connected(2)
    posted = await scene.post()
    scene.server.limits.enforced = False
    scene.server.sockets.twice = True  # each of the two hears each event
    for number in range(4):
        scene.server.say(scene.mori, scene.papers, f"{scene.mention} {number}", thread=posted)
    press = scene.server.press(scene.mori, posted, "rinko:drop")
    scene.server.sockets.repeat(press)
    await scene.until(lambda: len(scene.thread(posted.ts)) == 4 and scene.private())
    await scene.server.sockets.settled()
    await second.stop()
    every = [*scene.table.words(), *table.words()]
    assert sorted(every)[:4] == ["0", "1", "2", "3"]
    assert len(every) == 5
    assert len(scene.thread(posted.ts)) == 4
