"""The full-text index of each engine."""

from __future__ import annotations

from digest.store.engine import Database
from digest.store.search import SearchIndex, SqliteIndex
from digest.store.search_postgres import PostgresIndex


def index_for(database: Database) -> SearchIndex:
    """The index that a database has."""
    return PostgresIndex() if database.is_postgresql else SqliteIndex()
