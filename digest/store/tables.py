"""The tables, as SQLAlchemy sees them on every engine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from digest.errors import StoreError

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """A time in UTC, kept as text that sorts by time and reads alike on every engine."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Any) -> str | None:
        """Write an aware time; a naive one is a fault and raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone cannot be stored")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, _: Any) -> datetime | None:
        """Read it back, aware. Raises `StoreError` where it is no such time."""
        return None if value is None else moment(value)


def moment(value: str) -> datetime:
    """A time as it is stored. Raises `StoreError` for what Rinko never wrote."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):  # SQLite keeps whatever was put into a column, also bytes
        found = None
    if found is None or found.tzinfo is None:
        hint = "Put back a backup, or put it right by hand; `rinko db check` names the row."
        raise StoreError(f"A time in the database is none: {value!r}.", hint=hint)
    return found


def _place() -> list[Column[Any]]:
    """The columns that name a channel, first in every key."""
    return [
        Column("platform", String, primary_key=True),
        Column("workspace", String, primary_key=True),
        Column("channel", String, primary_key=True),
    ]


papers = Table(
    "papers",
    metadata,
    Column("key", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("published", String),
    Column("conversation", Text, index=True),
    Column("kept_at", Moment, nullable=False),
    Column("data", Text, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("paper_key", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("read_at", Moment, nullable=False),
    Column("data", Text, nullable=False),
)

writings = Table(
    "writings",
    metadata,
    Column("paper_key", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("language", String, primary_key=True),
    Column("writer", String, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("prompt_version", Text, primary_key=True),
    Column("data", Text, nullable=False),
)

issues = Table(
    "issues",
    metadata,
    Column("selection", String, primary_key=True),
    Column("week", String, primary_key=True),
    Column("language", String, primary_key=True),
    Column("complete", Boolean, nullable=False),
    Column("data", Text, nullable=False),
)

search_entries = Table(
    "search_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("selection", String, nullable=False),
    Column("week", String, nullable=False),
    Column("language", String, nullable=False),
    Column("paper_key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("url", Text),
    UniqueConstraint("selection", "week", "language", "paper_key"),
)

parts = Table(
    "parts",
    metadata,
    *_place(),
    Column("week", String, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("state", String, nullable=False),
    Column("content", String, nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("holder", String, nullable=False),
    Column("message_id", String),
    Column("message", Text),
    Index("parts_message", "platform", "workspace", "channel", "message_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    *_place(),
    Column("week", String, primary_key=True),
    Column("finished_at", Moment, nullable=False),
    Index("deliveries_week", "week"),
)

doubts = Table(
    "doubts",
    metadata,
    *_place(),
    Column("week", String, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", Moment, nullable=False),
)

retries = Table(
    "retries",
    metadata,
    *_place(),
    Column("not_before", Moment, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    *_place(),
    Column("language", String, nullable=False),
    Column("post_at", String, nullable=False),
    Column("timezone", String, nullable=False),
    Column("layout", String, nullable=False),
    Column("since", Moment),
    Column("moved_at", Moment),
    Column("approval", Boolean, nullable=False),
    Column("follow_ups", String, nullable=False),
    Column("contact", String),
    Column("paused", Boolean, nullable=False),
)

overlays = Table(
    "overlays",
    metadata,
    *_place(),
    Column("week", String, primary_key=True),
    Column("data", Text, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("exchange_id", String, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("place", Text, nullable=False, index=True),
    Column("helpful", Boolean, nullable=False),
    Column("why", Text),
    Column("at", Moment, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)

button_values = Table(
    "button_values",
    metadata,
    Column("token", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

departures = Table(
    "departures",
    metadata,
    Column("platform", String, primary_key=True),
    Column("workspace", String, primary_key=True),
    Column("left_at", Moment, nullable=False),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", String, primary_key=True),
    Column("paper_key", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("asker", Text, nullable=False, index=True),
    Column("at", Moment, nullable=False, index=True),
    Column("shareable", Boolean, nullable=False),
    Column("from_store", Boolean, nullable=False),
    Column("folded", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("basis", Text, nullable=False),
    Column("data", Text, nullable=False),
    Index("exchanges_thread", "conversation", "paper_key", "at"),
    Index("exchanges_shared", "paper_key", "folded"),
)

usages = Table(
    "usages",
    metadata,
    Column("id", String, primary_key=True),
    Column("purpose", String, nullable=False),
    Column("model", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("asker", Text),
    Column("cost", Float),
    Column("subject", Text, index=True),
    Column("cached_tokens", Integer, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("reference", String, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("place", Text, nullable=False, index=True),
    Column("week", String),
    Column("actor", Text, nullable=False),
    Column("act", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("reference", String, nullable=False),
)
