"""What paid calls were about, and names of models and versions of prompts of any length."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Give usages their subject and how they were counted, and widen the keys of writings."""
    with op.batch_alter_table("usages") as usages:
        usages.alter_column("model", type_=sa.Text(), existing_type=sa.String(128), existing_nullable=False)
        usages.add_column(sa.Column("subject", sa.Text(), nullable=True))
        usages.add_column(sa.Column("cached_tokens", sa.Integer(), nullable=False, server_default="0"))
        usages.add_column(sa.Column("estimated", sa.Boolean(), nullable=False, server_default=sa.false()))
        usages.create_index(usages.f("ix_usages_subject"), ["subject"])
    with op.batch_alter_table("writings") as writings:
        writings.alter_column("model", type_=sa.Text(), existing_type=sa.String(128), existing_nullable=False)
        writings.alter_column(
            "prompt_version", type_=sa.Text(), existing_type=sa.String(32), existing_nullable=False
        )
