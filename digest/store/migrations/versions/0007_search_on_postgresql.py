"""Search on PostgreSQL: a table of terms beside the entries, as SQLite has its full-text index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table on PostgreSQL; SQLite has its index since the first tables."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_table(
        "search_terms",
        sa.Column(
            "id", sa.Integer(), sa.ForeignKey("search_entries.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("vector", postgresql.TSVECTOR(), nullable=False),
    )
    op.create_index("search_terms_vector", "search_terms", ["vector"], postgresql_using="gin")
