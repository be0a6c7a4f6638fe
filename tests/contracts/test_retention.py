"""What has had its time is deleted, a batch at a time, with what hangs on it; the rest stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from digest.accounts import JournalEntry, Usage
from digest.models import Rating
from digest.store.engine import Database
from digest.store.indexes import index_for
from digest.store.library import SqlLibrary
from digest.store.others import SqlExchanges, SqlJournal, SqlSpending
from digest.store.overlays import SqlFeedback
from digest.store.retention import SqlRecords
from digest.store.tables import exchanges, feedback, journal, usages
from tests.builders import NOON, document, exchange, paper, writing
from tests.clocks import ManualClock

OLD, BORDER, YEAR = NOON - timedelta(days=2), NOON - timedelta(days=1), NOON
ANN, BEN = "slack/T1/U1", "slack/T1/U2"


async def count(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        return {
            table.name: int(await connection.scalar(select(func.count()).select_from(table)) or 0)
            for table in (exchanges, feedback, journal, usages)
        }


@pytest.mark.parametrize("batch", [1, 3, 500])
async def test_old_records_go_in_batches_and_the_rest_stays(each_database: Database, batch: int) -> None:
    records = SqlRecords(each_database, batch)
    for number in range(8):
        at = OLD if number < 7 else BORDER
        await SqlExchanges(each_database).keep(exchange(number, at=at))
        await SqlFeedback(each_database).rate(
            Rating(f"exchange-{number}", ANN, "slack/T1/C1", helpful=True, at=NOON)
        )
        await SqlJournal(each_database).record(JournalEntry(at, "-", "ann", "here", str(number)))
        await SqlSpending(each_database).reserve(Usage(f"call-{number}", "answer", "m", at, 1, 1), [])
    assert await records.purge("journal", BORDER) == 7
    assert await records.purge("usages", BORDER) == 7
    assert await count(each_database) == {"exchanges": 8, "feedback": 8, "journal": 1, "usages": 1}
    assert await records.purge("exchanges", BORDER) == 7
    assert await records.purge("exchanges", BORDER) == 0
    assert await count(each_database) == {"exchanges": 1, "feedback": 1, "journal": 1, "usages": 1}
    assert await records.purge("feedback", YEAR) == 0
    assert await records.purge("feedback", YEAR + timedelta(seconds=1)) == 1


async def test_what_a_person_brought_is_forgotten_with_all_made_from_it(
    each_database: Database, clock: ManualClock
) -> None:
    library, asked = SqlLibrary(each_database, clock, index_for(each_database)), SqlExchanges(each_database)
    here = "slack/T1/C1/1700000000.1"
    anns = paper(1, key="file:a", conversation=here, brought_by=(ANN,))
    both = paper(2, key="file:b", conversation=here, brought_by=(ANN, BEN))
    earlier = paper(3, key="file:c", conversation="slack/T1/C2/@U1")
    bens = paper(4, key="file:d", conversation=here, brought_by=(BEN,))
    elsewhere = paper(5, key="file:e", conversation="slack/T2/C1/@U1")
    public = paper(6)
    for one in (anns, both, earlier, bens, elsewhere, public):
        await library.keep_paper(one)
        await library.keep_document(one, document(), NOON)
        await library.keep_writing(replace(writing(one), paper_key=one.key))
    await asked.keep(exchange(1, paper_key=anns.key, asker=BEN, conversation=here))
    await SqlFeedback(each_database).rate(Rating("exchange-1", BEN, "slack/T1/C1", helpful=True, at=NOON))
    assert await library.forget_uploads(ANN) == 3
    assert await library.forget_uploads(ANN) == 0
    for gone in (anns, both, earlier):
        assert await library.paper(gone.key) is None
        assert await library.document(gone) is None
    for kept in (bens, elsewhere, public):
        assert await library.paper(kept.key) == kept
        assert await library.document(kept) is not None
    assert await asked.get("exchange-1") is None, "it quotes what is forgotten"
    assert await SqlFeedback(each_database).of("exchange-1") == ()
