"""What platforms need remembered, over each database it can stand on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.accounts import JournalEntry, Usage
from digest.models import Paper
from digest.places import Message, PartKey, PartRow, PartState, Place, Subscription
from digest.store.engine import Database
from digest.store.indexes import index_for
from digest.store.ledger import SqlLedger
from digest.store.library import SqlLibrary
from digest.store.others import SqlExchanges, SqlJournal, SqlSpending, SqlSubscriptions
from digest.store.platforms import SqlButtonValues, SqlEvents, SqlWorkspaces
from digest.stores import (
    ButtonValues,
    Events,
    Exchanges,
    Journal,
    Ledger,
    Library,
    Spending,
    Subscriptions,
    Workspaces,
)
from tests.builders import NOON, WEEK, document, exchange, paper, writing
from tests.clocks import ManualClock

LATER = NOON + timedelta(days=40)
LEFT, OTHER = Place("slack", "T1", "C1"), Place("slack", "T10", "C1")
"""A workspace that was left, and one whose name begins alike."""


@dataclass(frozen=True)
class Stores:
    """One store behind each port, on one database."""

    events: Events
    button_values: ButtonValues
    workspaces: Workspaces
    ledger: Ledger
    exchanges: Exchanges
    subscriptions: Subscriptions
    journal: Journal
    spending: Spending
    library: Library


@pytest.fixture
def stores(each_database: Database) -> Stores:
    return Stores(
        SqlEvents(each_database),
        SqlButtonValues(each_database),
        SqlWorkspaces(each_database),
        SqlLedger(each_database),
        SqlExchanges(each_database),
        SqlSubscriptions(each_database),
        SqlJournal(each_database),
        SqlSpending(each_database),
        SqlLibrary(each_database, ManualClock(NOON), index_for(each_database)),
    )


# ------------------------------------------------------------- events and button values


async def test_an_event_is_taken_up_once_however_many_ask(stores: Stores) -> None:
    taken = await asyncio.gather(*(stores.events.once("Ev1", NOON) for _ in range(12)))
    assert sum(taken) == 1
    assert await stores.events.once("Ev2", NOON)
    assert not await stores.events.once("Ev1", LATER)
    await stores.events.give_back("Ev1")
    assert await stores.events.once("Ev1", LATER)


async def test_old_events_are_forgotten_and_new_ones_are_not(stores: Stores) -> None:
    await stores.events.once("old", NOON)
    await stores.events.once("new", LATER)
    await stores.events.tidy(NOON + timedelta(seconds=1))
    assert await stores.events.once("old", LATER)
    assert not await stores.events.once("new", LATER)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    values=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=4)
)
async def test_a_token_stands_for_its_value_alone(stores: Stores, values: list[str]) -> None:
    tokens = [await stores.button_values.keep(value, NOON) for value in values]
    assert len(set(tokens)) == len(set(values))
    for token, value in zip(tokens, values, strict=True):
        assert len(token) == 32
        assert await stores.button_values.get(token) == value
        assert await stores.button_values.keep(value, LATER) == token
    assert await stores.button_values.get("no such token") is None


# ------------------------------------------------------------------------- workspaces


async def fill(stores: Stores, place: Place) -> Paper:
    """Something of every kind that belongs to a workspace; the paper brought to it."""
    mine = f"{place.platform}/{place.workspace}/U1"
    brought = paper(
        key=f"upload:{place.workspace}", version="v1", conversation=f"{place}/@U1", title="Ours alone"
    )
    key = PartKey(place, WEEK, "header")
    await stores.ledger.mark_sending(PartRow(key, PartState.SENDING, "hash", NOON, "one"))
    await stores.ledger.mark_sent(key, "hash", Message("m1", place))
    await stores.ledger.finish(place, WEEK, NOON)
    await stores.subscriptions.set(Subscription(place, "ja", "tue 09:00", "Asia/Tokyo"))
    await stores.library.keep_paper(brought)
    await stores.library.keep_document(brought, document(), NOON)
    await stores.library.keep_writing(writing(brought))
    asked = exchange(asker=mine, conversation=f"{place}/@U1", shareable=True, basis="plain 1")
    await stores.exchanges.keep(replace(asked, id=f"public {place.workspace}"))
    await stores.exchanges.keep(replace(asked, id=f"own {place.workspace}", paper_key=brought.key))
    await stores.journal.record(JournalEntry(NOON, str(place), "U1", "post", ""))
    await stores.spending.reserve(Usage(f"call {place.workspace}", "answer", "m", NOON, 1, 1, mine), ())
    return brought


async def held(stores: Stores, place: Place, brought: Paper) -> list[bool]:
    """Of each kind, whether it is there."""
    mine = f"{place.platform}/{place.workspace}/U1"
    return [
        bool(await stores.ledger.rows(place, WEEK)),
        await stores.ledger.finished(place, WEEK) is not None,
        any(one.place == place for one in await stores.subscriptions.all()),
        await stores.library.paper(brought.key) is not None,
        await stores.library.document(brought) is not None,
        await stores.exchanges.get(f"public {place.workspace}") is not None,
        await stores.exchanges.get(f"own {place.workspace}") is not None,
        bool(await stores.journal.latest(str(place), 9)),
        await stores.spending.tokens(NOON, mine) > 0,
    ]


async def test_all_of_a_workspace_goes_some_time_after_it_was_left(stores: Stores) -> None:
    brought, other = await fill(stores, LEFT), await fill(stores, OTHER)
    await stores.workspaces.leave("slack", "T1", NOON)
    await stores.workspaces.leave("slack", "T1", LATER)
    assert await stores.workspaces.purge(NOON) == ()
    assert all(await held(stores, LEFT, brought))
    assert await stores.workspaces.purge(NOON + timedelta(seconds=1)) == ("slack/T1",), (
        "the first time counts"
    )
    assert not any(await held(stores, LEFT, brought))
    assert all(await held(stores, OTHER, other))
    assert await stores.workspaces.purge(LATER) == ()


async def test_workspaces_are_known_by_what_was_posted_and_set_in_them(stores: Stores) -> None:
    assert await stores.workspaces.known("slack") == ()
    for place in (OTHER, LEFT, replace(LEFT, channel="C9")):
        await stores.subscriptions.set(Subscription(place, "ja", "tue 09:00", "UTC"))
    row = PartRow(PartKey(replace(LEFT, workspace="T0"), WEEK, "header"), PartState.SENDING, "h", NOON, "one")
    await stores.ledger.mark_sending(row)
    assert await stores.workspaces.known("slack") == ("T0", "T1", OTHER.workspace)
    assert await stores.workspaces.known("discord") == ()


async def test_what_came_back_is_kept(stores: Stores) -> None:
    brought = await fill(stores, LEFT)
    await stores.workspaces.leave("slack", "T1", NOON)
    await stores.workspaces.come_back("slack", "T1")
    assert await stores.workspaces.purge(LATER) == ()
    assert all(await held(stores, LEFT, brought))
    await stores.workspaces.leave("slack", "T1", LATER)
    assert await stores.workspaces.purge(LATER) == ()


# ----------------------------------------------------------- which part a message is


async def test_a_message_is_known_as_the_part_that_it_is(stores: Stores) -> None:
    for place in (LEFT, OTHER):
        for name, message in (("header", "m1"), ("card/arxiv:2402.00001", "m2")):
            key = PartKey(place, WEEK, name)
            row = PartRow(key, PartState.SENDING, "hash", NOON, "one")
            await stores.ledger.mark_sending(row)
            assert await stores.ledger.at(place, message) is None
            await stores.ledger.mark_sent(key, "hash", Message(message, place))
    assert await stores.ledger.at(LEFT, "m2") == PartKey(LEFT, WEEK, "card/arxiv:2402.00001")
    assert await stores.ledger.at(OTHER, "m1") == PartKey(OTHER, WEEK, "header")
    assert await stores.ledger.at(replace(LEFT, channel="C2"), "m1") is None
    await stores.ledger.forget(PartKey(LEFT, WEEK, "header"))
    assert await stores.ledger.at(LEFT, "m1") is None


# ------------------------------------------------------------------ who asked how much


async def test_questions_are_counted_by_person_and_by_workspace(stores: Stores) -> None:
    for number, asker in enumerate(
        ("slack/T1/U1", "slack/T1/U1", "slack/T1/U2", "slack/T10/U1", "slack/T1_/U1")
    ):
        await stores.exchanges.keep(exchange(number, asker=asker))
    await stores.exchanges.keep(exchange(30, asker="slack/T1/U1", at=NOON - timedelta(hours=2)))
    since = NOON - timedelta(hours=1)
    assert await stores.exchanges.count("slack/T1/U1", since) == 2
    assert await stores.exchanges.count("slack/T1/", since) == 3
    assert await stores.exchanges.count("slack/T1/U", since) == 0
    assert await stores.exchanges.count("slack/T1_/", since) == 1
    assert await stores.exchanges.count("slack/T1/", NOON - timedelta(hours=3)) == 4


async def test_a_conversation_is_about_the_paper_asked_of_last(stores: Stores) -> None:
    assert await stores.exchanges.latest_paper("slack/T1/C1/1.2") is None
    for number, key in enumerate(("arxiv:1", "arxiv:2", "arxiv:1", "arxiv:3")):
        await stores.exchanges.keep(exchange(number, conversation="slack/T1/C1/1.2", paper_key=key))
    await stores.exchanges.keep(exchange(9, conversation="slack/T1/C1/1.3", paper_key="arxiv:9"))
    assert await stores.exchanges.latest_paper("slack/T1/C1/1.2") == "arxiv:3"
    talk = "slack/T1/C1/1.4"
    await stores.exchanges.keep(exchange(40, conversation=talk, paper_key="arxiv:4", at=NOON - timedelta(1)))
    await stores.library.keep_paper(Paper("file:1", "Mine", None, conversation=talk))
    assert await stores.exchanges.latest_paper(talk) == "file:1", "what was brought last"
    await stores.exchanges.keep(
        exchange(41, conversation=talk, paper_key="arxiv:4", at=NOON + timedelta(hours=1))
    )
    assert await stores.exchanges.latest_paper(talk) == "arxiv:4"
