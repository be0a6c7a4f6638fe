"""Lets Alembic run its migrations on a connection that Rinko has opened."""

from itertools import groupby

import sqlalchemy as sa
from alembic import context

_OTHERWISE = sa.text("""
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying')
    AND (collation_name IS DISTINCT FROM 'C' OR character_maximum_length IS NOT NULL)
    AND table_name <> 'alembic_version' AND table_name NOT LIKE 'procrastinate%'
ORDER BY table_name, ordinal_position
""")


def keep_text_as_sqlite_does(connection: sa.Connection) -> None:
    """On PostgreSQL, let text of any length be stored, and let it sort by its characters.

    A server sorts as its language does, unless told otherwise: times, weeks and keys, which are
    compared as text, would come in another order there.
    """
    quote = connection.dialect.identifier_preparer.quote
    for table, columns in groupby(connection.execute(_OTHERWISE).all(), lambda row: row.table_name):
        changes = (
            f'ALTER COLUMN {quote(row.column_name)} TYPE {row.data_type} COLLATE "C"' for row in columns
        )
        connection.exec_driver_sql(f"ALTER TABLE {quote(table)} {', '.join(changes)}")


opened = context.config.attributes["connection"]
context.configure(connection=opened, transactional_ddl=False)
context.run_migrations()
if opened.dialect.name == "postgresql":
    keep_text_as_sqlite_does(opened)
