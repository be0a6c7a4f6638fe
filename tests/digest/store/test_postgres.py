"""A PostgreSQL server that is away, refuses, is full, is stopped; and writers of several processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.platforms.local.messages import Draft
from bot.platforms.local.sql_messages import SqlMessages
from digest.accounts import JournalEntry
from digest.errors import StoreError
from digest.models import Paper
from digest.store.engine import Database, is_current, one_at_a_time, open_database, upgrade
from digest.store.engine_checks import engine_checks
from digest.store.indexes import index_for
from digest.store.library import SqlLibrary
from digest.store.others import SqlJournal
from digest.store.search_postgres import PostgresIndex
from tests.builders import NOON, issue, paper
from tests.clocks import ManualClock
from tests.digest.channel import post
from tests.postgres import PostgresServer

PASSWORD = "kept-secret"


@pytest.fixture
async def two(postgres_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes' connections to one database."""
    both = open_database(postgres_url), open_database(postgres_url)
    yield both
    for one in both:
        await one.close()


@pytest.fixture
async def impatient(postgres_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """The same, of processes that wait for locks for a moment only."""
    both = open_database(postgres_url, 0.3), open_database(postgres_url, 0.3)
    yield both
    for one in both:
        await one.close()


def library(database: Database) -> SqlLibrary:
    return SqlLibrary(database, ManualClock(), PostgresIndex())


async def trouble(database: Database) -> StoreError:
    """What a database that cannot be used says."""
    with pytest.raises(StoreError) as raised:
        await library(database).paper("arxiv:1")
    await database.close()
    return raised.value


# ---------------------------------------------------------------------------- clear errors


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"postgresql://ann:{PASSWORD}@127.0.0.1:1/rinko", "does not answer"),
        (f"postgres://ann:{PASSWORD}@/rinko?host=/nowhere", "does not answer"),
        (f"postgresql+psycopg://ann:{PASSWORD}@no-such-host.invalid/rinko", "does not answer"),
    ],
)
async def test_a_server_that_is_away_is_named(url: str, says: str) -> None:
    error = await trouble(open_database(url))
    assert says in error.message
    assert error.hint
    assert PASSWORD not in repr(error) + repr(error.__cause__)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ann:{PASSWORD}@host:54x2/rinko",
        f"postgresql://ann:{PASSWORD}@{PASSWORD}@host/rinko",
        f"postgresql+asyncpg://ann:{PASSWORD}@host/rinko",
        f"postgresql+psycopg2://ann:{PASSWORD}@host/rinko",
        f"mysql://ann:{PASSWORD}@host/rinko",
        f"ann:{PASSWORD}@host",
    ],
)
def test_a_wrong_address_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_database(url)
    assert raised.value.hint
    assert PASSWORD not in str(raised.value) + repr(raised.value.__cause__)


async def test_who_is_not_let_in_is_told_why(postgres: PostgresServer, postgres_url: str) -> None:
    name = postgres_url.split("@/")[1].split("?")[0]
    with postgres.user("ann", PASSWORD):
        assert "refuses" in (await trouble(open_database(postgres.url(name, "ann", "wrong")))).message
        assert "refuses" in (await trouble(open_database(postgres.url(name, "nobody", PASSWORD)))).message
        missing = await trouble(open_database(postgres.url("nowhere", "ann", PASSWORD)))
        assert "no such database" in missing.message
        lacks = await trouble(open_database(postgres.url(name, "ann", PASSWORD)))
        assert "lacks a right" in lacks.message
        postgres.execute("ALTER ROLE ann CONNECTION LIMIT 0")
        full = await trouble(open_database(postgres.url(name, "ann", PASSWORD)))
        assert "no connection left" in full.message
        for error in (missing, lacks, full):
            assert PASSWORD not in f"{error} {error.__cause__}"


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("53100", "disk of the database is full"),
        ("53200", "out of memory"),
        ("57014", "took too long"),
        ("25006", "takes no writes"),
        ("XX001", "damaged"),
        ("P0001", "The database answered: trouble"),
    ],
)
async def test_what_the_server_answers_is_said_in_words(
    postgres_database: Database, state: str, says: str
) -> None:
    trigger = (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{state}', DETAIL = 'a row'; END $$;"
        " CREATE TRIGGER refuse BEFORE INSERT ON papers EXECUTE FUNCTION refuse()"
    )
    async with postgres_database.write() as connection:
        await connection.exec_driver_sql(trigger)
    with pytest.raises(StoreError, match=says):
        await library(postgres_database).keep_paper(paper(1))


async def test_rows_that_are_refused_are_not_quoted(postgres_database: Database) -> None:
    async with postgres_database.write() as connection:
        await connection.exec_driver_sql("ALTER TABLE papers ADD CHECK (title <> 'secret title')")
    with pytest.raises(StoreError) as raised:
        await library(postgres_database).keep_paper(paper(title="secret title"))
    assert "secret" not in f"{raised.value} {raised.value.__cause__}".replace("papers_title_check", "")


async def test_a_transaction_that_the_server_ends_is_not_kept_and_the_next_one_is(
    postgres: PostgresServer, postgres_url: str
) -> None:
    database = open_database(postgres_url)
    await library(database).keep_paper(paper(1))

    async def cut_off() -> None:
        async with database.write() as connection:
            await connection.execute(text("DELETE FROM papers"))
            number = await connection.scalar(text("SELECT pg_backend_pid()"))
            postgres.execute(f"SELECT pg_terminate_backend({number}, 5000)")
            await connection.execute(text("SELECT 1"))

    with pytest.raises(StoreError, match="connection to the PostgreSQL server was lost; nothing was changed"):
        await cut_off()
    assert await library(database).paper(paper(1).key)
    # Those that wait in the pool may be gone, too.
    postgres.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'rinko' AND pid <> pg_backend_pid()"
    )
    assert await library(database).paper(paper(1).key)
    await database.close()


async def test_a_lock_is_waited_for_only_so_long(impatient: tuple[Database, Database]) -> None:
    one, other = impatient
    await library(one).keep_paper(paper(1))
    async with one.write() as connection:
        await connection.execute(text("UPDATE papers SET title = 'mine'"))
        with pytest.raises(StoreError, match="locked by another program; nothing was changed"):
            await library(other).keep_paper(paper(1))
    await library(other).keep_paper(paper(1))


# -------------------------------------------------------------------- writers side by side


async def test_of_two_transactions_in_each_others_way_both_are_done(two: tuple[Database, Database]) -> None:
    """Each holds what the other wants next; PostgreSQL undoes one, which is then repeated."""
    both_hold = asyncio.Barrier(2)
    tries: list[int] = []

    def locking(first: int, second: int) -> object:
        async def work(connection: AsyncConnection) -> None:
            tries.append(first)
            await connection.execute(text(f"UPDATE papers SET title = title || '+' WHERE key = 'k{first}'"))
            if len(tries) <= 2:
                await both_hold.wait()
            await connection.execute(text(f"UPDATE papers SET title = title || '+' WHERE key = 'k{second}'"))

        return work

    for number in (1, 2):
        await library(two[0]).keep_paper(Paper(f"k{number}", "title", None))
    await asyncio.gather(
        two[0].transact(locking(1, 2)),  # type: ignore[arg-type]
        two[1].transact(locking(2, 1)),  # type: ignore[arg-type]
    )
    assert len(tries) >= 3
    for number in (1, 2):
        kept = await library(two[0]).papers(f"k{number}", 1)
        assert kept
    async with two[0].read() as connection:
        assert list(await connection.scalars(text("SELECT title FROM papers"))) == ["title++", "title++"]


async def test_reading_sees_one_moment(two: tuple[Database, Database]) -> None:
    count = text("SELECT count(*) FROM papers")
    async with two[0].read() as connection:
        assert await connection.scalar(count) == 0
        await library(two[1]).keep_paper(paper(1))
        assert await connection.scalar(count) == 0
        with pytest.raises(StoreError, match="takes no writes"):
            async with two[0].read() as reading:
                await reading.execute(text("DELETE FROM papers"))


async def test_whoever_asks_for_what_came_after_a_message_misses_none(postgres_url: str) -> None:
    databases = [open_database(postgres_url) for _ in range(3)]
    stores = [SqlMessages(one) for one in databases]
    seen: list[int] = []
    done = asyncio.Event()

    async def poll() -> None:
        after = 0
        while True:
            last = done.is_set()
            for kept in await stores[2].changes("papers", after, 1000):
                after = kept.revision
                seen.append(after)
            if last:
                return

    polling = asyncio.create_task(poll())
    await asyncio.gather(
        *(stores[n % 2].insert(Draft(f"m{n}", "papers", "ann", post("hello"), NOON)) for n in range(60))
    )
    done.set()
    await polling
    assert seen == list(range(1, 61))
    for one in databases:
        await one.close()


async def test_an_issue_kept_by_several_at_once_is_found_once(two: tuple[Database, Database]) -> None:
    patient = [library(one) for one in two]
    await asyncio.gather(*(patient[n % 2].keep_issue(issue()) for n in range(6)))
    total, found = await patient[0].search("main", "LampNet", 0, 50)
    assert total == len(found) == len({one.key for one in found}) == len(issue().entries)


async def test_who_brought_a_file_is_remembered_for_each_of_those_who_bring_it_at_once(
    postgres_url: str,
) -> None:
    databases = [open_database(postgres_url) for _ in range(2)]
    brought = Paper("file:1", "Mine", None, conversation="slack/T1/C1")
    people = [f"slack/T1/U{number}" for number in range(8)]
    await asyncio.gather(
        *(
            library(databases[n % 2]).keep_paper(replace(brought, brought_by=(person,)))
            for n, person in enumerate(people)
        )
    )
    kept = await library(databases[0]).paper("file:1")
    assert kept is not None
    assert kept.brought_by == tuple(people)
    for one in databases:
        await one.close()


async def test_one_at_a_time_is_by_name_and_ends_with_the_transaction(
    impatient: tuple[Database, Database],
) -> None:
    async with impatient[0].write() as connection:
        await one_at_a_time(connection, "a")
        async with impatient[1].write() as other:
            await one_at_a_time(other, "b")
        with pytest.raises(StoreError, match="locked"):
            async with impatient[1].write() as other:
                await one_at_a_time(other, "a")
    async with impatient[1].write() as other:
        await one_at_a_time(other, "a")


async def test_processes_that_start_at_once_make_the_tables_once(postgres: PostgresServer) -> None:
    with postgres.fresh(migrated=False) as url:
        databases = [open_database(url) for _ in range(3)]
        await asyncio.gather(*(upgrade(one) for one in databases))
        assert await is_current(databases[0])
        for one in databases:
            await one.close()


async def test_a_process_takes_ten_connections_however_much_it_does_at_once(postgres_url: str) -> None:
    database = open_database(postgres_url)
    most = 0

    async def look() -> None:
        nonlocal most
        async with database.read() as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            most = max(most, await connection.scalar(text(query)) or 0)

    await asyncio.gather(*(look() for _ in range(100)))
    assert most <= 10
    await database.close()


async def test_text_that_no_database_can_hold_is_kept_without_it(each_database: Database) -> None:
    bad = "a\0b\ud800c"
    journal = SqlJournal(each_database)
    await journal.record(JournalEntry(NOON, bad, bad, "here", bad))
    (kept,) = await journal.latest(bad, 5)
    assert (kept.place, kept.actor, kept.detail) == ("abc", "abc", "abc")
    stored = SqlLibrary(each_database, ManualClock(), index_for(each_database))
    await stored.keep_paper(Paper("k", f"title {bad}", None))
    paper_kept = await stored.paper("k")
    assert paper_kept is not None
    assert paper_kept.title.startswith("title a")
    assert await stored.papers("title abc", 5)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_a_database_of_another_encoding_is_told_from_and_left_as_it_is(
    postgres: PostgresServer, encoding: str
) -> None:
    name = f"in_{encoding.lower()}"
    await asyncio.to_thread(
        postgres.execute, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'"
    )
    database = open_database(postgres.url(name))
    try:
        with pytest.raises(StoreError, match=r"UTF-8") as told:
            await upgrade(database)
        assert "--encoding=UTF8" in (told.value.hint or "")
        checked = {one.about: one async for one in engine_checks(database, lambda: NOON)}
        assert not checked["encoding"].ok
    finally:
        await database.close()
        await asyncio.to_thread(postgres.drop, name)
