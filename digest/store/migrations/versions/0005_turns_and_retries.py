"""Work that one process does at a time, and channels whose delivery is tried again later."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "turns",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
    )
    op.create_table(
        "retries",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(64), primary_key=True),
        sa.Column("not_before", sa.String(32), nullable=False),
    )
