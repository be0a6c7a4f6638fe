"""What the stores share: nouns to rows and back, and inserting what may be there already."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import ColumnElement, Table, and_, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.errors import StoreError
from digest.models import Document, Exchange, Issue, Paper, Writing
from digest.places import Message, Overlay, Place
from digest.store.storable import storable

T = TypeVar("T")

PAPER = TypeAdapter(Paper)
DOCUMENT = TypeAdapter(Document)
WRITING = TypeAdapter(Writing)
ISSUE = TypeAdapter(Issue)
EXCHANGE = TypeAdapter(Exchange)
MESSAGE = TypeAdapter(Message)
OVERLAY = TypeAdapter(Overlay)


def dump(adapter: TypeAdapter[T], noun: T) -> str:
    """A noun as the JSON text that is stored; without halves of surrogate pairs, which are no text."""
    try:
        return adapter.dump_json(noun).decode()
    except PydanticSerializationError:
        plain = adapter.dump_python(noun, mode="json")
        return storable(json.dumps(plain, ensure_ascii=False, separators=(",", ":")))


def load(adapter: TypeAdapter[T], data: str) -> T:
    """A noun from the JSON text that was stored. Raises `StoreError` where it is not one."""
    try:
        return adapter.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise StoreError(
            f"A row in the database cannot be read ({error.title}: {where}: {first['msg']}).",
            hint="Put back a backup, or install the version of Rinko that wrote it.",
        ) from error


def in_place(table: Table, place: Place) -> ColumnElement[bool]:
    """The rows of one channel."""
    return and_(
        table.c.platform == place.platform,
        table.c.workspace == place.workspace,
        table.c.channel == place.channel,
    )


def begins(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """Whether a text begins so, to the letter: SQLite's LIKE takes large and small letters for the same.

    Both engines compare text by its characters, so an index on the column serves.
    """
    if not prefix:
        return true()
    return and_(column >= prefix, column < prefix[:-1] + chr(ord(prefix[-1]) + 1))


def place_values(place: Place) -> dict[str, str]:
    """A place as the columns that name it."""
    return {"platform": place.platform, "workspace": place.workspace, "channel": place.channel}


async def put(
    connection: AsyncConnection,
    table: Table,
    values: Mapping[str, Any],
    *,
    keep: bool = False,
    key: Sequence[str] | None = None,
    where: ColumnElement[bool] | None = None,
) -> int:
    """Insert a row, or where its key is there change it (or, with `keep`, leave it).

    `where` limits the change to rows that fulfil it. Returns how many rows were written.
    """
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert
    columns = list(key or (column.name for column in table.primary_key))
    statement = insert(table).values(**values)
    if keep:
        statement = statement.on_conflict_do_nothing(index_elements=columns)
    else:
        changed = {name: value for name, value in values.items() if name not in columns}
        statement = statement.on_conflict_do_update(index_elements=columns, set_=changed, where=where)
    # Without the option, SQLAlchemy keeps the count of an insert only where a driver happens to.
    return (await connection.execute(statement, execution_options={"preserve_rowcount": True})).rowcount
