"""The library on a database: papers, readings, writings, issues."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.models import Document, Issue, Paper, Week, Writing
from digest.ports import Clock, Writer
from digest.searchtext import fold
from digest.store.engine import Database, one_at_a_time
from digest.store.retention import BATCH, delete_uploads
from digest.store.rows import DOCUMENT, ISSUE, PAPER, WRITING, begins, dump, load, put
from digest.store.search import SearchIndex
from digest.store.tables import documents, issues, papers, search_entries, writings
from digest.stores import Found
from digest.weeks import parse_week


@dataclass(frozen=True)
class SqlLibrary:
    """`digest.stores.Library` on a database."""

    database: Database
    clock: Clock
    index: SearchIndex

    async def paper(self, key: str) -> Paper | None:
        """The paper as last described."""
        async with self.database.read() as connection:
            data = await connection.scalar(select(papers.c.data).where(papers.c.key == key))
        return None if data is None else load(PAPER, data)

    async def keep_paper(self, paper: Paper) -> None:
        """Keep a paper, in place of what was known of it; an upload's days count from the first time."""
        async with self.database.write() as connection:
            brought = None
            if paper.conversation is not None:
                # Two people may bring the same file at once: each is remembered.
                await one_at_a_time(connection, f"upload {paper.key}")
                known = select(papers.c.kept_at, papers.c.data).where(papers.c.key == paper.key)
                if row := (await connection.execute(known)).first():
                    brought = row.kept_at
                    people = {*load(PAPER, row.data).brought_by, *paper.brought_by}
                    paper = replace(paper, brought_by=tuple(sorted(people)))
            await put(
                connection,
                papers,
                {
                    "key": paper.key,
                    "title": paper.title,
                    "folded": fold(f"{paper.title} {paper.key}"),
                    "published": paper.published.isoformat() if paper.published else None,
                    "conversation": paper.conversation,
                    "kept_at": brought or self.clock.now(),
                    "data": dump(PAPER, paper),
                },
            )

    async def papers(self, text: str, limit: int, selection: str | None = None) -> tuple[Paper, ...]:
        """Public papers whose title or key holds `text`, newest first; for completion."""
        query = (
            select(papers.c.data)
            .where(papers.c.conversation.is_(None), papers.c.folded.contains(fold(text), autoescape=True))
            .order_by(papers.c.kept_at.desc(), papers.c.key)
            .limit(limit)
        )
        if selection is not None:
            listed = select(search_entries.c.paper_key).where(search_entries.c.selection == selection)
            query = query.where(papers.c.key.in_(listed))
        async with self.database.read() as connection:
            return tuple(load(PAPER, data) for data in await connection.scalars(query))

    async def document(self, paper: Paper) -> Document | None:
        """The reading of this version of the paper, if it was read."""
        query = select(documents.c.data).where(documents.c.paper_key == paper.key)
        if paper.version is not None:
            query = query.where(documents.c.version == paper.version)
        async with self.database.read() as connection:
            data = await connection.scalar(query.order_by(documents.c.read_at.desc()).limit(1))
        return None if data is None else load(DOCUMENT, data)

    async def keep_document(self, paper: Paper, document: Document, at: datetime) -> None:
        """Keep a reading."""
        async with self.database.write() as connection:
            await put(
                connection,
                documents,
                {
                    "paper_key": paper.key,
                    "version": document.version,
                    "read_at": at,
                    "data": dump(DOCUMENT, document),
                },
            )

    async def writing(self, paper_key: str, version: str, language: str, writer: Writer) -> Writing | None:
        """The stored writing with this natural key."""
        query = select(writings.c.data).where(
            writings.c.paper_key == paper_key,
            writings.c.version == version,
            writings.c.language == language,
            writings.c.writer == writer.name,
            writings.c.model == writer.model,
            writings.c.prompt_version == writer.prompt_version,
        )
        async with self.database.read() as connection:
            data = await connection.scalar(query)
        return None if data is None else load(WRITING, data)

    async def keep_writing(self, writing: Writing) -> None:
        """Keep a writing under its natural key; one that is there already stays."""
        await self._put_writing(writing, keep=True)

    async def replace_writing(self, writing: Writing) -> None:
        """Keep a writing in place of the one with its natural key."""
        await self._put_writing(writing, keep=False)

    async def _put_writing(self, writing: Writing, *, keep: bool) -> None:
        async with self.database.write() as connection:
            await put(
                connection,
                writings,
                {
                    "paper_key": writing.paper_key,
                    "version": writing.version,
                    "language": writing.language,
                    "writer": writing.writer,
                    "model": writing.model,
                    "prompt_version": writing.prompt_version,
                    "data": dump(WRITING, writing),
                },
                keep=keep,
            )

    async def issue(self, selection: str, week: Week, language: str) -> Issue | None:
        """The stored issue with this natural key."""
        query = select(issues.c.data).where(
            issues.c.selection == selection, issues.c.week == str(week), issues.c.language == language
        )
        async with self.database.read() as connection:
            data = await connection.scalar(query)
        return None if data is None else load(ISSUE, data)

    async def keep_issue(self, issue: Issue) -> None:
        """Keep an issue, in place of an earlier state of it, and make it searchable."""
        async with self.database.write() as connection:
            await put(
                connection,
                issues,
                {
                    "selection": issue.selection,
                    "week": str(issue.week),
                    "language": issue.language,
                    "complete": issue.complete,
                    "data": dump(ISSUE, issue),
                },
            )
            await self.index.replace(connection, issue)

    async def weeks(self, selection: str, language: str | None = None) -> tuple[Week, ...]:
        """Weeks that have a stored issue, newest first."""
        query = select(issues.c.week).where(issues.c.selection == selection, issues.c.complete)
        if language is not None:
            query = query.where(issues.c.language == language)
        async with self.database.read() as connection:
            found = await connection.scalars(query.distinct().order_by(issues.c.week.desc()))
            return tuple(parse_week(week) for week in found)

    async def search(
        self, selection: str, query: str, offset: int, limit: int, language: str | None = None
    ) -> tuple[int, tuple[Found, ...]]:
        """How many papers of past weeks match, and one page of them, best first."""
        async with self.database.read() as connection:
            return await self.index.search(connection, selection, query, offset, limit, language)

    async def purge_uploads(self, before: datetime) -> int:
        """Delete uploads brought before a time, with all made from them; how many there were."""
        old = select(papers.c.key).where(papers.c.conversation.is_not(None), papers.c.kept_at < before)

        async def work(connection: AsyncConnection) -> int:
            return await delete_uploads(connection, list(await connection.scalars(old.limit(BATCH))))

        count = 0
        while True:
            deleted = await self.database.transact(work)
            count += deleted
            if deleted < BATCH:
                return count

    async def forget_uploads(self, person: str) -> int:
        """Delete what one person brought, with all made from it; how many uploads there were."""
        workspace, _, name = person.rpartition("/")
        nearby = select(papers.c.key, papers.c.conversation, papers.c.data).where(
            begins(papers.c.conversation, f"{workspace}/")
        )

        async def work(connection: AsyncConnection) -> int:
            keys = [
                row.key
                for row in await connection.execute(nearby)
                # Those from before who brought them was kept are known by their private talk.
                if person in load(PAPER, row.data).brought_by or row.conversation.endswith(f"/@{name}")
            ]
            return await delete_uploads(connection, keys)

        return await self.database.transact(work)
