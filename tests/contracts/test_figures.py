"""What each engine tells of how Rinko does."""

from __future__ import annotations

from datetime import timedelta

from digest.accounts import JournalEntry, Usage
from digest.places import Place
from digest.store.engine import Database
from digest.store.figures import Spent, SqlFigures
from digest.store.indexes import index_for
from digest.store.ledger import SqlLedger
from digest.store.library import SqlLibrary
from digest.store.others import SqlJournal, SqlSpending
from digest.store.rows import place_values
from digest.store.tables import parts
from tests.builders import NOON, PLACE, WEEK, issue
from tests.clocks import ManualClock

THERE = Place("slack", "T1", "C1")


async def test_last_successes_are_those_of_the_selection(each_database: Database) -> None:
    store, ledger = SqlFigures(each_database), SqlLedger(each_database)
    library = SqlLibrary(each_database, ManualClock(), index_for(each_database))
    await library.keep_issue(issue())
    await library.keep_issue(issue(week=WEEK.plus(1)))
    await ledger.finish(PLACE, WEEK, NOON)
    await ledger.finish(PLACE, WEEK.plus(1), NOON + timedelta(days=7))
    await ledger.finish(THERE, WEEK, NOON + timedelta(hours=1))
    await ledger.finish(THERE, WEEK.plus(2), NOON + timedelta(days=14))
    assert await store.last_finished("main") == {
        PLACE: NOON + timedelta(days=7),
        THERE: NOON + timedelta(hours=1),
    }
    assert await store.last_finished("sample") == {}


async def test_what_is_being_sent_and_what_was_left_is_told_by_platform(each_database: Database) -> None:
    store = SqlFigures(each_database)
    part = {"week": str(WEEK), "content": "-", "holder": "-"}
    rows = [
        {**place_values(place), **part, "name": str(n), "state": state, "lease_until": NOON + timedelta(n)}
        for n, (place, state) in enumerate([(PLACE, "sending"), (THERE, "sending"), (THERE, "sent")])
    ]
    async with each_database.write() as connection:
        await connection.execute(parts.insert(), rows)
    assert await store.sending(NOON) == {"local": (1, 0), "slack": (1, 0)}
    assert await store.sending(NOON + timedelta(hours=1)) == {"local": (1, 1), "slack": (1, 0)}


async def test_failures_are_told_by_place_and_kind(each_database: Database) -> None:
    store, journal = SqlFigures(each_database), SqlJournal(each_database)
    for detail, failed in (("TooSlow: a", True), ("TooSlow: b", True), ("KeyError", True), ("sent 3", False)):
        await journal.record(JournalEntry(NOON, "here", "rinko", "post", detail, failed))
    await journal.record(JournalEntry(NOON - timedelta(hours=1), "here", "rinko", "post", "TooSlow", True))
    assert await store.failures(NOON) == {("here", "TooSlow"): 2, ("here", "KeyError"): 1}


async def test_what_was_spent_is_told_by_purpose(each_database: Database) -> None:
    store, spending = SqlFigures(each_database), SqlSpending(each_database)
    for number, (purpose, cost) in enumerate([("answer", 0.5), ("answer", None), ("overview", None)]):
        await spending.reserve(Usage(str(number), purpose, "m", NOON, 10, 1, cost=cost), [])
    assert await store.spent(NOON) == {"answer": Spent(2, 20, 2, 0.5), "overview": Spent(1, 10, 1, 0.0)}
    assert await store.spent(NOON + timedelta(seconds=1)) == {}


async def test_a_little_is_written_as_often_as_wanted(each_database: Database) -> None:
    for minutes in range(3):
        await SqlFigures(each_database).write(NOON + timedelta(minutes=minutes))
