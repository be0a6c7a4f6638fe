"""The table of the local channel's messages, and keeping them in Rinko's database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.platforms.local.messages import RINKO, Count, Draft, Kept
from digest.errors import StoreError
from digest.posts import Post
from digest.store.engine import Database, one_at_a_time
from digest.store.tables import Moment, metadata

local_messages = Table(
    "local_messages",
    metadata,
    Column("id", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("revision", Integer, nullable=False, unique=True),
    Column("channel", String, nullable=False),
    Column("thread", String),
    Column("mark", Text, index=True),
    Column("part", Text),
    Column("author", String, nullable=False),
    Column("only_for", String),
    Column("post", Text, nullable=False),
    Column("growing", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("created", Moment, nullable=False),
    Column("edited", Moment),
    Index("local_messages_order", "channel", "thread", "position"),
    Index("local_messages_thread", "thread", "position"),
)

_T = local_messages.c


class SqlMessages:
    """Messages in Rinko's database. `on_change` is called after every change made here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.on_change: Callable[[], None] = lambda: None

    async def insert(self, draft: Draft) -> Kept:
        """Keep a new message, after all others."""
        values = {
            "id": draft.id, "channel": draft.channel, "thread": draft.thread, "mark": draft.mark,
            "part": draft.part, "author": draft.author, "only_for": draft.only_for,
            "post": _dump(draft.post), "growing": draft.growing, "deleted": False,
            "created": draft.created, "edited": None,
        }  # fmt: skip

        async def work(connection: AsyncConnection, revision: int) -> Kept | None:
            statement = insert(local_messages).values(**values, position=revision, revision=revision)
            return _kept((await connection.execute(statement.returning(local_messages))).one())

        kept = await self._write(work)
        if kept is None:  # an insert either raises or returns its row
            raise StoreError
        return kept

    async def update(self, message: str, post: Post, at: datetime, *, growing: bool = False) -> Kept | None:
        """Show another post in a message; None if it is gone."""
        return await self._change(message, post=_dump(post), growing=growing, edited=at)

    async def delete(self, message: str, at: datetime) -> None:
        """Delete a message; what is left of it only tells open pages to drop it."""
        empty = _dump(Post("", ()))
        await self._change(message, post=empty, growing=False, deleted=True, edited=at, mark=None)

    async def get(self, message: str) -> Kept | None:
        """A message, also one that was deleted."""
        found = await self._all(select(local_messages).where(_T.id == message))
        return found[0] if found else None

    async def marked(self, marks: Collection[str], thread: str | None = None) -> tuple[Kept, ...]:
        """Messages that carry one of these marks (in a thread, if given), oldest first."""
        query = select(local_messages).where(_T.mark.in_(marks), _T.deleted.is_(False))
        if thread is not None:
            query = query.where(_T.thread == thread)
        return await self._all(query.order_by(_T.position))

    async def channel(
        self, channel: str, session: str, limit: int, before: int | None = None
    ) -> tuple[Kept, ...]:
        """The latest messages outside threads before a position, oldest first."""
        replies = local_messages.alias("replies")
        answered = exists().where(
            replies.c.thread == _T.id, replies.c.author != RINKO, replies.c.deleted.is_(False)
        )
        query = select(local_messages).where(
            _T.channel == channel,
            _T.thread.is_(None),
            _seen_by(session),
            or_(_T.deleted.is_(False), answered),
        )
        if before is not None:
            query = query.where(_T.position < before)
        latest = await self._all(query.order_by(_T.position.desc()).limit(limit))
        return latest[::-1]

    async def thread(self, root: str, session: str) -> tuple[Kept, ...]:
        """All messages of a thread without its root, oldest first."""
        query = select(local_messages).where(_T.thread == root, _T.deleted.is_(False), _seen_by(session))
        return await self._all(query.order_by(_T.position))

    async def changes(self, channel: str, after: int, limit: int) -> tuple[Kept, ...]:
        """Messages of a channel that changed since a revision, deleted ones too, in order."""
        query = select(local_messages).where(_T.channel == channel, _T.revision > after)
        return await self._all(query.order_by(_T.revision).limit(limit))

    async def counts(self, roots: Sequence[str]) -> Mapping[str, Count]:
        """What stands in the threads under these messages."""
        if not roots:
            return {}
        people = func.sum(case((_T.author != RINKO, 1), else_=0))
        query = (
            select(_T.thread, func.count(), people)
            .where(_T.thread.in_(roots), _T.deleted.is_(False), _T.only_for.is_(None))
            .group_by(_T.thread)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {thread: Count(total, by_people) for thread, total, by_people in rows}

    async def growing(self) -> tuple[Kept, ...]:
        """Messages still under way."""
        return await self._all(select(local_messages).where(_T.growing.is_(True)))

    async def private_before(self, time: datetime) -> tuple[Kept, ...]:
        """Messages for one session only that were made before a time."""
        old = and_(_T.only_for.is_not(None), _T.deleted.is_(False), _T.created < time)
        return await self._all(select(local_messages).where(old))

    async def revision(self) -> int:
        """The highest revision; 0 when nothing was ever kept."""
        async with self._database.read() as connection:
            return await _highest(connection)

    async def _all(self, query: Select[Any]) -> tuple[Kept, ...]:
        async with self._database.read() as connection:
            return tuple(_kept(row) for row in await connection.execute(query))

    async def _change(self, message: str, **values: object) -> Kept | None:
        async def work(connection: AsyncConnection, revision: int) -> Kept | None:
            statement = (
                update(local_messages)
                .where(_T.id == message, _T.deleted.is_(False))
                .values(**values, revision=revision)
                .returning(local_messages)
            )
            row = (await connection.execute(statement)).one_or_none()
            return None if row is None else _kept(row)

        return await self._write(work)

    async def _write(self, work: Callable[[AsyncConnection, int], Any]) -> Kept | None:
        """Carry a change out under the next revision.

        One change at a time, whichever process makes it: a revision is seen only after all before it,
        so whoever asks for what came after one misses none.
        """
        async with self._database.write() as connection:
            await one_at_a_time(connection, "local messages")
            kept: Kept | None = await work(connection, await _highest(connection) + 1)
        self.on_change()
        return kept


async def _highest(connection: AsyncConnection) -> int:
    return int(await connection.scalar(select(func.coalesce(func.max(_T.revision), 0))) or 0)


def _seen_by(session: str) -> ColumnElement[bool]:
    return or_(_T.only_for.is_(None), _T.only_for == session)


@cache
def _adapter() -> TypeAdapter[Post]:
    return TypeAdapter(Post)


def _dump(post: Post) -> str:
    return _adapter().dump_json(post).decode()


def _kept(row: Row[Any]) -> Kept:
    """A row as a message. Raises `StoreError` where its post cannot be understood."""
    values = dict(row._mapping)
    try:
        values["post"] = _adapter().validate_json(values["post"])
    except ValidationError as error:
        raise StoreError(f"The message {values['id']} in the database cannot be read.") from error
    return Kept(**values)
