"""When a channel's schedule was last moved, and an index by which a week's digests are found."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add both."""
    with op.batch_alter_table("subscriptions") as subscriptions:
        subscriptions.add_column(sa.Column("moved_at", sa.String(32)))
    op.create_index("deliveries_week", "deliveries", ["week"])
