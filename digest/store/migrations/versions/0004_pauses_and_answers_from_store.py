"""Channels can be paused, and questions answered from store are told from others."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add a column to subscriptions and one to exchanges."""
    with op.batch_alter_table("subscriptions") as subscriptions:
        subscriptions.add_column(sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("exchanges") as exchanges:
        exchanges.add_column(sa.Column("from_store", sa.Boolean(), nullable=False, server_default=sa.false()))
