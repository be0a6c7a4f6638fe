"""What channels changed and what people think of answers, on real databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from digest.editions import correct, drop_answer, drop_paper
from digest.errors import StoreError
from digest.models import Correction, Rating
from digest.places import Approval, Overlay, Place
from digest.store.engine import Database
from digest.store.others import SqlExchanges
from digest.store.overlays import SqlFeedback, SqlOverlays
from tests.builders import NOON, PLACE, WEEK, exchange

ELSEWHERE = (replace(PLACE, workspace="T2"), replace(PLACE, channel="other"), Place("slack", "-", "papers"))
GOOD = Rating("exchange-1", "local/-/ann", "local/-/papers", True, NOON)


async def test_an_overlay_is_kept_whole_for_its_place_and_week_alone(each_database: Database) -> None:
    overlays = SqlOverlays(each_database)
    whole = Overlay(
        ("arxiv:1",),
        (("arxiv:2", "なぜ?"),),
        (("arxiv:3", Correction("It’s 3.", date(2024, 3, 5), "U1")),),
        ("Trends.",),
        "basis",
        "seen",
        Approval("content", "U1", NOON),
    )
    assert await overlays.change(PLACE, WEEK, lambda _: whole) == whole
    assert await overlays.get(PLACE, WEEK) == whole
    assert await overlays.get(PLACE, WEEK.plus(1)) == Overlay()
    for place in ELSEWHERE:
        assert await overlays.get(place, WEEK) == Overlay()
    other = await overlays.change(ELSEWHERE[0], WEEK, partial(drop_paper, key="arxiv:9"))
    assert await overlays.of_week(WEEK) == {PLACE: whole, ELSEWHERE[0]: other}
    assert await overlays.of_week(WEEK.plus(1)) == {}


async def test_changes_at_once_are_all_kept(each_database: Database) -> None:
    overlays = SqlOverlays(each_database)
    changes = [partial(drop_paper, key=f"arxiv:{n}") for n in range(10)]
    changes += [partial(drop_answer, key="arxiv:x", question=f"{n}?") for n in range(10)]
    await asyncio.gather(*(overlays.change(PLACE, WEEK, change) for change in changes))
    kept = await overlays.get(PLACE, WEEK)
    assert len(kept.dropped_papers) == len(kept.dropped_answers) == 10


async def test_a_change_that_fails_changes_nothing(each_database: Database) -> None:
    overlays = SqlOverlays(each_database)
    await overlays.change(PLACE, WEEK, partial(drop_paper, key="arxiv:1"))

    def fail(_: Overlay) -> Overlay:
        raise StoreError

    with pytest.raises(StoreError):
        await overlays.change(PLACE, WEEK, fail)
    assert (await overlays.get(PLACE, WEEK)).dropped_papers == ("arxiv:1",)
    assert await overlays.change(PLACE, WEEK, partial(correct, key="arxiv:1", correction=None))


async def test_a_person_rates_once_and_may_think_again(each_database: Database) -> None:
    feedback = SqlFeedback(each_database)
    bad = replace(GOOD, helpful=False, why="数値が違う", at=NOON + timedelta(minutes=1))
    for rating in (GOOD, bad, replace(GOOD, person="local/-/ben"), replace(GOOD, exchange_id="exchange-2")):
        await feedback.rate(rating)
    assert await feedback.of("exchange-1") == (replace(GOOD, person="local/-/ben"), bad)
    assert await feedback.of("none") == ()


async def test_forgetting_forgets_what_was_said_of_it_and_by_whom(each_database: Database) -> None:
    feedback, exchanges = SqlFeedback(each_database), SqlExchanges(each_database)
    await exchanges.keep(exchange(1, asker="local/-/ann"))
    await exchanges.keep(exchange(2, asker="local/-/ben"))
    by_ben = replace(GOOD, person="local/-/ben")
    for rating in (
        GOOD,
        by_ben,
        replace(GOOD, exchange_id="exchange-2"),
        replace(by_ben, exchange_id="exchange-2"),
    ):
        await feedback.rate(rating)
    assert await exchanges.forget("local/-/ann") == 1
    assert await feedback.of("exchange-1") == ()
    assert await feedback.of("exchange-2") == (replace(by_ben, exchange_id="exchange-2"),)


async def test_answers_from_store_count_on_nobodys_quota(each_database: Database) -> None:
    exchanges = SqlExchanges(each_database)
    await exchanges.keep(exchange(1, asker="slack/T1/U1", at=NOON))
    await exchanges.keep(exchange(2, asker="slack/T1/U1", at=NOON, from_store=True))
    await exchanges.keep(exchange(3, asker="slack/T1/U2", at=NOON))
    await exchanges.keep(exchange(4, asker="slack/T10/U1", at=NOON))
    assert await exchanges.count("slack/T1/U1", NOON) == 1
    assert await exchanges.count("slack/T1/", NOON) == 2
    assert await exchanges.count("slack/T1/", NOON + timedelta(seconds=1)) == 0


async def test_an_answer_is_shared_in_its_own_workspace_only(each_database: Database) -> None:
    exchanges = SqlExchanges(each_database)
    asked = exchange(1, asker="slack/T1/U1", shareable=True, basis="plain 1")
    await exchanges.keep(asked)
    question = (asked.paper_key, asked.question, "en", "plain 1")
    assert await exchanges.shared(*question, "slack/T1/") == asked
    for other in ("slack/T10/", "slack/T2/", "discord/T1/", "slack/T_/"):
        assert await exchanges.shared(*question, other) is None
