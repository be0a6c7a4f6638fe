"""Search finds the same on SQLite and on PostgreSQL, in the same order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.models import Issue
from digest.store.engine import Database
from digest.store.indexes import index_for
from digest.store.library import SqlLibrary
from digest.stores import Found
from tests.builders import entry, issue
from tests.clocks import ManualClock

LATIN = ["lamp", "lamps", "lampnet", "net", "gpt", "4", "GPT-4", "café", "CAFÉ", "1.5B", "１２", "x", "ß"]
WORDS = [*LATIN, "の", "評価", "ランプ", "ランプの評価", "大規模言語モデル", "モデル"]
PARTS = ["lam", "評", "言語", "ne", "caf", "'", '"', "ランプ の"]
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
QUERIES = st.lists(st.sampled_from([*WORDS, *PARTS]), max_size=3)


def library(database: Database) -> SqlLibrary:
    return SqlLibrary(database, ManualClock(), index_for(database))


async def found(stored: SqlLibrary, query: str, limit: int = 50) -> tuple[int, tuple[Found, ...]]:
    return await stored.search("main", query, 0, limit)


def issue_of(texts: list[tuple[str, str]]) -> Issue:
    """An issue whose papers have these titles and summaries."""
    entries = []
    for number, (title, body) in enumerate(texts):
        one = entry(number)
        assert one.writing is not None
        summary = replace(one.writing.summary, title_translated=None, gist=body, text=body, tags=())
        writing = replace(one.writing, summary=summary, qa=())
        entries.append(replace(one, paper=replace(one.paper, title=title), writing=writing))
    return replace(issue(), entries=tuple(entries))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)
@given(
    st.lists(st.tuples(SENTENCES, SENTENCES), max_size=8),
    st.lists(QUERIES.map(" ".join), min_size=1, max_size=5),
)
async def test_both_engines_find_and_rank_alike(
    database: Database, postgres_database: Database, texts: list[tuple[str, str]], queries: list[str]
) -> None:
    one, other = library(database), library(postgres_database)
    for stored in (one, other):
        await stored.keep_issue(issue_of(texts))
    for query in queries:
        assert await found(one, query) == await found(other, query), query


async def test_what_is_long_is_found_on_both(database: Database, postgres_database: Database) -> None:
    """Terms longer than an index of PostgreSQL holds, phrases after more terms than it counts."""
    endless, far = "あ" + "x" * 3000, "word " * 20_000 + "needle in haystack"
    for stored in (library(database), library(postgres_database)):
        await stored.keep_issue(
            issue_of([("one", "x" * 3000), ("two", far), ("three", "needle far in haystack")])
        )
        for query, keys in (
            ("x" * 3000, 1),
            ("x" * 2999 + "y", 0),
            ("x" * 2500, 1),
            ("needle-in-haystack", 1),
            ("needle haystack", 2),
            (endless, 0),
            ("word " * 200, 1),
        ):
            total, _ = await found(stored, query)
            assert total == keys, query[:20]
