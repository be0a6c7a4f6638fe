"""What is wrong with a database is found and named, on each engine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from digest.models import Rating
from digest.places import Message
from digest.store.checked import Checked
from digest.store.checking import Checking
from digest.store.engine import Database
from digest.store.engine_checks import _clocks
from digest.store.indexes import index_for
from digest.store.library import SqlLibrary
from digest.store.others import SqlExchanges
from digest.store.overlays import SqlFeedback
from digest.store.rows import MESSAGE, dump, place_values
from digest.store.tables import parts
from tests.builders import NOON, PLACE, WEEK, document, exchange, issue, paper, writing
from tests.clocks import ManualClock


async def filled(database: Database) -> None:
    """What a channel with one digest and one question leaves behind."""
    library = SqlLibrary(database, ManualClock(), index_for(database))
    for number in (1, 2, 3):
        await library.keep_paper(paper(number))
    await library.keep_document(paper(), document(), NOON)
    await library.keep_writing(writing())
    await library.keep_issue(issue())
    await SqlExchanges(database).keep(exchange())
    await SqlFeedback(database).rate(Rating("exchange-1", "local/-/ann", str(PLACE), helpful=True, at=NOON))
    part = {"week": str(WEEK), "name": "header", "state": "sent", "content": "-", "holder": "-"}
    message = {"message_id": "1", "message": dump(MESSAGE, Message("1", PLACE)), "lease_until": NOON}
    async with database.write() as connection:
        await connection.execute(insert(parts).values(**place_values(PLACE), **part, **message))


async def found(database: Database) -> dict[str, Checked]:
    checking = Checking(database, lambda: NOON + timedelta(days=1))
    return {one.about: one async for one in checking.findings() if one.about != "clocks"}


async def wrong(database: Database) -> list[str]:
    return [f"{one.about}: {one.detail}" for one in (await found(database)).values() if not one.ok]


async def test_a_sound_database_is_found_to_be(each_database: Database) -> None:
    await filled(each_database)
    looked = await found(each_database)
    assert [one for one in looked.values() if not one.ok] == []
    assert looked["rows"].detail == "all 9 can be read"
    assert looked["search index"].detail == "in step with 1 issues, 3 entries"
    assert ("PostgreSQL" if each_database.is_postgresql else "SQLite") in looked["database"].detail
    assert "MB" in looked["size"].detail


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE issues SET data = '{}'", "rows: 1 of 9 cannot be read: issues main/2024-W09/en"),
        (
            "UPDATE parts SET message = '[]'",
            f"rows: 1 of 9 cannot be read: parts local/-/papers/{WEEK}/header",
        ),
        (
            "UPDATE parts SET lease_until = 'x'",
            f"rows: 1 of 9 cannot be read: parts local/-/papers/{WEEK}/header",
        ),
        (
            "UPDATE feedback SET at = '2024-03-01'",  # of no zone
            "rows: 1 of 9 cannot be read: feedback exchange-1/local/-/ann",
        ),
        (
            "DELETE FROM papers WHERE key LIKE '%1'",
            "references: 1 readings of no paper; 1 writings of no paper",
        ),
        ("DELETE FROM exchanges", "references: 1 ratings of no answer"),
        ("UPDATE search_entries SET body = 'else'", "search index: out of step: 2024-W09 (en)"),
        ("DELETE FROM issues", "search index: out of step: 3 entries of no issue"),
        ("UPDATE parts SET state = 'sending'", "messages: 1 may or may not have been posted: local - papers"),
        (
            "UPDATE alembic_version SET version_num = '0001'",
            "revision: 0001, and this version of Rinko needs",
        ),
        (
            "UPDATE alembic_version SET version_num = '9999'",
            "revision: 9999, and this version of Rinko needs",
        ),
    ],
)
async def test_what_is_wrong_is_named(each_database: Database, damage: str, told: str) -> None:
    await filled(each_database)
    async with each_database.write() as connection:
        await connection.execute(text(damage))
    assert any(line.startswith(told) for line in await wrong(each_database)), await wrong(each_database)


async def test_an_entry_that_the_index_lacks_is_found(each_database: Database) -> None:
    await filled(each_database)
    async with each_database.write() as connection:
        everything = "DELETE FROM search_terms"
        if not each_database.is_postgresql:
            everything = "INSERT INTO search_terms(search_terms) VALUES ('delete-all')"
        await connection.execute(text(everything))
    assert await wrong(each_database) == [
        "search index: out of step: 3 entries that the index lacks or has too many"
    ]


@pytest.mark.parametrize("seconds", [-60, -4, 0, 4, 60])
def test_clocks_that_differ_are_found(seconds: int) -> None:
    looked = _clocks(NOON, NOON + timedelta(seconds=seconds - 1), NOON + timedelta(seconds=seconds + 1))
    assert looked.ok is (abs(seconds) < 5)
    if not looked.ok:
        assert ("ahead" if seconds > 0 else "behind") in looked.detail
