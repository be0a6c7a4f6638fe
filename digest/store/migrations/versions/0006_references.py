"""Lines of the journal and calls of a model name the act or job in the log that they belong to."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add a column to each, and an index by which old questions are found."""
    with op.batch_alter_table("journal") as journal:
        journal.add_column(sa.Column("reference", sa.String(16), nullable=False, server_default=""))
    with op.batch_alter_table("usages") as usages:
        usages.add_column(sa.Column("reference", sa.String(16), nullable=False, server_default=""))
    op.create_index("ix_exchanges_at", "exchanges", ["at"])
