"""A database of an earlier version keeps its rows when it is brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.platforms.local.sql_messages import local_messages
from digest.accounts import Usage
from digest.places import Message, PartKey, Subscription
from digest.store.engine import Database, is_current, upgrade
from digest.store.indexes import index_for
from digest.store.ledger import SqlLedger
from digest.store.library import SqlLibrary
from digest.store.others import SqlSpending, SqlSubscriptions
from digest.store.rows import MESSAGE, dump
from digest.store.tables import metadata
from tests.builders import NOON, PLACE, WEEK, writing
from tests.clocks import ManualClock
from tests.databases import tables_of


async def test_the_migrations_make_the_tables_that_the_stores_expect(each_database: Database) -> None:
    assert local_messages.name in metadata.tables

    def differences(connection: Connection) -> list[object]:
        # The full-text index is each engine's own, and no table that the stores know.
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: not str(name).startswith("search_terms")},
        )
        return list(compare_metadata(context, metadata))

    async with each_database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_text_on_postgresql_has_any_length_and_sorts_by_its_characters(
    postgres_database: Database,
) -> None:
    query = text(
        "SELECT table_name, column_name, collation_name, character_maximum_length"
        " FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND data_type IN ('text', 'character varying') AND table_name <> 'alembic_version'"
    )
    async with postgres_database.read() as connection:
        columns = (await connection.execute(query)).all()
    assert {column.table_name for column in columns} >= set(metadata.tables)
    assert {(column.collation_name, column.character_maximum_length) for column in columns} == {("C", None)}


class PlainWriter:
    """As much of a writer as the key of a writing needs."""

    name, model, prompt_version = "plain", "-", "1"


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, database_url: str) -> Iterator[str]:
    """A database that has no tables yet, on each engine in turn."""
    if request.param == "sqlite":
        yield database_url
    else:
        with request.getfixturevalue("postgres").fresh(migrated=False) as url:
            yield url


async def test_calls_and_writings_of_the_first_tables_are_kept(blank_url: str) -> None:
    database = await tables_of("0001", blank_url)
    library = SqlLibrary(database, ManualClock(), index_for(database))
    await library.keep_writing(writing())
    async with database.write() as connection:
        await connection.execute(
            text("INSERT INTO usages VALUES ('call-1', 'answer', 'model', :at, 90, 10, 'ann', 0.5, TRUE)"),
            {"at": NOON.isoformat(timespec="microseconds")},
        )
    assert not await is_current(database)
    await upgrade(database)
    assert await is_current(database)
    kept = await library.writing(writing().paper_key, "v1", "en", PlainWriter())  # type: ignore[arg-type]  # its key alone
    assert kept == writing()
    call = Usage("call-1", "answer", "model", NOON, 90, 10, "ann", 0.5, settled=True)
    assert await SqlSpending(database).costs(NOON) == (call,)
    await database.close()


async def test_channels_and_messages_of_before_chat_are_kept(blank_url: str) -> None:
    """Their parts are found by their messages, and their channels ask for no approval."""
    database = await tables_of("0002", blank_url)
    lease = NOON.isoformat(timespec="microseconds")
    there = Message("m1", PLACE, None, "/m1")
    async with database.write() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO subscriptions (platform, workspace, channel, language, post_at, timezone, layout)"
            " VALUES ('local', '-', 'papers', 'en', 'fri 18:00', 'Europe/Berlin', 'bilingual')"
        )
        for name, state, message in (
            ("header", "sent", dump(MESSAGE, there)),
            ("card/a", "sending", None),
            ("card/b", "retired", dump(MESSAGE, replace(there, id="m2", url=None))),
        ):
            await connection.execute(
                text(
                    "INSERT INTO parts (platform, workspace, channel, week, name, state, content,"
                    " lease_until, holder, message) VALUES"
                    " ('local', '-', 'papers', '2024-W09', :name, :state, 'hash', :lease, 'one', :message)"
                ),
                {"name": name, "state": state, "lease": lease, "message": message},
            )
    await upgrade(database)
    ledger = SqlLedger(database)
    rows = {row.key.name: row for row in await ledger.rows(PLACE, WEEK)}
    assert list(rows) == ["card/a", "card/b", "header"]
    assert (rows["header"].message, rows["card/a"].message) == (there, None)
    assert await ledger.at(PLACE, "m1") == PartKey(PLACE, WEEK, "header")
    assert await ledger.at(PLACE, "m2") == PartKey(PLACE, WEEK, "card/b")
    (channel,) = await SqlSubscriptions(database).all()
    assert channel == Subscription(PLACE, "en", "fri 18:00", "Europe/Berlin", "bilingual")
    await database.close()
