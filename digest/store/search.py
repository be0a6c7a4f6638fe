"""Search over past weeks: a full-text index of our own terms, which the engine only stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.models import Entry, Issue
from digest.searchtext import index_terms, query_phrases, snippet
from digest.store.tables import search_entries
from digest.stores import Found
from digest.weeks import parse_week

TITLE_WEIGHT = 4.0
_AT_ONCE = 200

# bm25() works only beside the MATCH itself, hence the materialised first step.
_HITS = """
WITH hits AS MATERIALIZED (
    SELECT rowid AS id, bm25(search_terms, :weight) AS score
    FROM search_terms WHERE search_terms MATCH :match
), ranked AS (
    SELECT e.*, h.score,
        row_number() OVER (PARTITION BY e.paper_key, e.week ORDER BY h.score, e.id) AS nth
    FROM hits h JOIN search_entries e ON e.id = h.id
    WHERE e.selection = :selection AND (:language IS NULL OR e.language = :language)
)
"""
_SEARCH = text(
    _HITS
    + """
SELECT *, count(*) OVER () AS total FROM ranked WHERE nth = 1
ORDER BY score, week DESC, paper_key LIMIT :limit OFFSET :offset
"""
)
_COUNT = text(f"{_HITS} SELECT count(*) FROM ranked WHERE nth = 1")  # noqa: S608 - constants only
_ADD = text("INSERT INTO search_terms(rowid, title, body) VALUES (:id, :title, :body)")
_FORGET = text(
    "INSERT INTO search_terms(search_terms, rowid, title, body) VALUES ('delete', :id, :title, :body)"
)


class SearchIndex(Protocol):
    """One engine's full-text index."""

    async def replace(self, connection: AsyncConnection, issue: Issue) -> None:
        """Index an issue in place of what was indexed for its week and language."""
        ...

    async def rebuild(self, connection: AsyncConnection) -> None:
        """Index all entries anew, as they stand in `search_entries`."""
        ...

    async def search(
        self,
        connection: AsyncConnection,
        selection: str,
        query: str,
        offset: int,
        limit: int,
        language: str | None,
    ) -> tuple[int, tuple[Found, ...]]:
        """How many papers match, and one page of them, best first."""
        ...


def searchable(entry: Entry) -> tuple[str, str]:
    """The title and the body under which an entry is found."""
    paper, writing = entry.paper, entry.writing
    titles, body = [paper.title], []
    if writing is not None:
        if writing.summary.title_translated:
            titles.insert(0, writing.summary.title_translated)
        body += [writing.summary.gist, writing.summary.text, *writing.summary.tags]
        for qa in writing.qa:
            body += [qa.question, qa.answer]
    body += [*(paper.authors or ()), paper.arxiv_id or ""]
    return " / ".join(titles), "\n".join(piece for piece in body if piece)


def of_issue(issue: Issue) -> tuple[ColumnElement[bool], ...]:
    """Which entries are those of an issue."""
    return (
        search_entries.c.selection == issue.selection,
        search_entries.c.week == str(issue.week),
        search_entries.c.language == issue.language,
    )


def entry_values(issue: Issue) -> list[dict[str, Any]]:
    """The rows of `search_entries` that an issue has, without their ids."""
    rows = []
    for entry in issue.entries:
        title, body = searchable(entry)
        rows.append(
            {
                "selection": issue.selection,
                "week": str(issue.week),
                "language": issue.language,
                "paper_key": entry.paper.key,
                "title": title,
                "body": body,
                "url": entry.paper.url,
            }
        )
    return rows


async def all_entries(connection: AsyncConnection) -> AsyncIterator[Sequence[Row[int, str, str]]]:
    """Id, title and body of every entry, some at a time."""
    columns = (search_entries.c.id, search_entries.c.title, search_entries.c.body)
    last = 0
    while True:
        some = select(*columns).where(columns[0] > last).order_by(columns[0]).limit(_AT_ONCE)
        rows = (await connection.execute(some)).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id


def as_found(rows: Sequence[Row[Any]], query: str) -> tuple[Found, ...]:
    """Rows of entries as they are told to readers."""
    return tuple(
        Found(
            row.paper_key,
            row.title,
            parse_week(row.week),
            snippet(" ".join(row.body.split()), query),
            row.url,
        )
        for row in rows
    )


class SqliteIndex:
    """FTS5 without content, over terms of our own: <https://sqlite.org/fts5.html>."""

    async def replace(self, connection: AsyncConnection, issue: Issue) -> None:
        """Index an issue in place of what was indexed for its week and language."""
        for row in await connection.execute(select(search_entries).where(*of_issue(issue))):
            # A contentless table forgets a row only when told what stood in it.
            await connection.execute(_FORGET, _terms(row.id, row.title, row.body))
        await connection.execute(search_entries.delete().where(*of_issue(issue)))
        for values in entry_values(issue):
            added = await connection.execute(search_entries.insert().values(**values))
            await connection.execute(_ADD, _terms(added.lastrowid, values["title"], values["body"]))

    async def rebuild(self, connection: AsyncConnection) -> None:
        """Index all entries anew, as they stand in `search_entries`."""
        await connection.execute(text("INSERT INTO search_terms(search_terms) VALUES ('delete-all')"))
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
        match = " ".join(
            '"' + " ".join(terms) + '"' + (" *" if beginning else "")
            for terms, beginning in query_phrases(query)
        )
        if not match:
            return 0, ()
        values = {
            "match": match,
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
    return {"id": number, "title": index_terms(title), "body": index_terms(body)}
