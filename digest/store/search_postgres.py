"""Search on PostgreSQL: the same terms, matches and ranking as on SQLite, without any extension."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float, bindparam, insert, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Text

from digest.models import Issue
from digest.searchtext import index_terms, query_phrases
from digest.store.search import TITLE_WEIGHT, all_entries, as_found, entry_values, of_issue
from digest.store.tables import search_entries
from digest.stores import Found

_LEXEME = 500
"""How much of a term the index holds: PostgreSQL takes 2,046 bytes. The rest is compared afterwards."""

# `title` and `body` hold their terms in order, each between two spaces of its own, so that any
# number of terms in a row is found by looking for one piece of text; `vector` has every term once,
# for an index to say which rows to look at. So phrases are exact however long a text is, which the
# positions of a tsvector are not: they end at 16,383, and at 256 for each term.
_ADD = text(
    "INSERT INTO search_terms (id, title, body, length, vector)"
    " VALUES (:id, :title, :body, :length, array_to_tsvector(:lexemes))"
).bindparams(bindparam("lexemes", type_=ARRAY(Text)))

# BM25 as SQLite's FTS5 has it, so that both rank alike: https://sqlite.org/fts5.html#the_bm25_function
_HITS = """
WITH phrases AS (
    SELECT * FROM unnest(:pieces, :queries) WITH ORDINALITY AS p(piece, query, nth)
), known AS (
    SELECT count(*)::float8 AS rows, avg(length)::float8 AS mean FROM search_terms
), wanted AS (
    SELECT piece, nth, ln((rows - found + 0.5) / (found + 0.5)) AS rarity
    FROM phrases, known, LATERAL (
        SELECT count(*)::float8 AS found FROM search_terms
        WHERE vector @@ query::tsquery AND (strpos(title, piece) > 0 OR strpos(body, piece) > 0)
    ) AS counted
), counts AS (
    SELECT id, nth, greatest(rarity, 0.000001) AS rarity, length / mean AS share,
        :weight * (length(title) - length(replace(title, piece, ''))) / length(piece)
        + (length(body) - length(replace(body, piece, ''))) / length(piece) AS times
    FROM search_terms, wanted, known WHERE vector @@ CAST(:all AS tsquery)
), hits AS (
    SELECT id, -sum(rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * share)) ORDER BY nth) AS score
    FROM counts GROUP BY id HAVING min(times) > 0
), ranked AS (
    SELECT e.*, h.score,
        row_number() OVER (PARTITION BY e.paper_key, e.week ORDER BY h.score, e.id) AS nth
    FROM hits h JOIN search_entries e ON e.id = h.id
    WHERE e.selection = :selection AND (CAST(:language AS text) IS NULL OR e.language = :language)
)
"""
_BINDS = (
    bindparam("pieces", type_=ARRAY(Text)),
    bindparam("queries", type_=ARRAY(Text)),
    bindparam("weight", type_=Float),
)
_SEARCH = text(
    _HITS
    + """
SELECT *, count(*) OVER () AS total FROM ranked WHERE nth = 1
ORDER BY score, week DESC, paper_key LIMIT :limit OFFSET :offset
"""
).bindparams(*_BINDS)
_COUNT = text(f"{_HITS} SELECT count(*) FROM ranked WHERE nth = 1").bindparams(*_BINDS)  # noqa: S608 - constants only


class PostgresIndex:
    """A table of terms with a GIN index: <https://www.postgresql.org/docs/current/textsearch-indexes.html>."""

    async def replace(self, connection: AsyncConnection, issue: Issue) -> None:
        """Index an issue in place of what was indexed for its week and language."""
        await connection.execute(search_entries.delete().where(*of_issue(issue)))
        if values := entry_values(issue):
            columns = (search_entries.c.id, search_entries.c.title, search_entries.c.body)
            added = await connection.execute(insert(search_entries).returning(*columns), values)
            await connection.execute(_ADD, [_terms(*row) for row in added])

    async def rebuild(self, connection: AsyncConnection) -> None:
        """Index all entries anew, as they stand in `search_entries`."""
        await connection.execute(text("DELETE FROM search_terms"))
        async for rows in all_entries(connection):
            await connection.execute(_ADD, [_terms(*row) for row in rows])

    async def search(
        self,
        connection: AsyncConnection,
        selection: str,
        query: str,
        offset: int,
        limit: int,
        language: str | None,
    ) -> tuple[int, tuple[Found, ...]]:
        """How many papers match, and one page of them, best first.

        A paper that stands in a week in several languages is found once.
        """
        phrases = query_phrases(query)
        if not phrases:
            return 0, ()
        queries = [_tsquery(*phrase) for phrase in phrases]
        values = {
            "pieces": [_piece(*phrase) for phrase in phrases],
            "queries": queries,
            "all": " & ".join(dict.fromkeys(queries)),
            "weight": TITLE_WEIGHT,
            "selection": selection,
            "language": language,
            "limit": limit,
            "offset": offset,
        }
        rows = (await connection.execute(_SEARCH, values)).all()
        total = rows[0].total if rows else await connection.scalar(_COUNT, values)
        return int(total or 0), as_found(rows, query)


def _terms(number: int, title: str, body: str) -> dict[str, Any]:
    titles, bodies = index_terms(title).split(), index_terms(body).split()
    return {
        "id": number,
        "title": "".join(f" {term} " for term in titles),
        "body": "".join(f" {term} " for term in bodies),
        "length": len(titles) + len(bodies),
        "lexemes": sorted({term[:_LEXEME] for term in (*titles, *bodies)}),
    }


def _piece(terms: tuple[str, ...], beginning: bool) -> str:
    """What stands in a text that holds these terms in a row."""
    piece = "".join(f" {term} " for term in terms)
    return piece.removesuffix(" ") if beginning else piece


def _tsquery(terms: tuple[str, ...], beginning: bool) -> str:
    """A query for rows that hold all these terms, in any order; terms hold no quotes."""
    quoted = [f"'{term[:_LEXEME]}'" for term in terms]
    if beginning:
        quoted[-1] += ":*"
    return " & ".join(quoted)
