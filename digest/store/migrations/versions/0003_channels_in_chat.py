"""What channels in chat need: approval, overlays, feedback, events, long button values, departures."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables, and the columns of subscriptions and parts."""
    with op.batch_alter_table("subscriptions") as subscriptions:
        subscriptions.add_column(
            sa.Column("approval", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        subscriptions.add_column(
            sa.Column("follow_ups", sa.String(16), nullable=False, server_default="mentions")
        )
        subscriptions.add_column(sa.Column("contact", sa.String(64), nullable=True))
    with op.batch_alter_table("parts") as parts:
        parts.add_column(sa.Column("message_id", sa.String(64), nullable=True))
        parts.create_index("parts_message", ["platform", "workspace", "channel", "message_id"])
    _name_messages()
    _create_tables()


def _name_messages() -> None:
    """Give parts that stand somewhere the id of their message in a column of its own."""
    parts = sa.table("parts", sa.column("message", sa.Text()), sa.column("message_id", sa.String(64)))
    connection = op.get_bind()
    for (message,) in connection.execute(
        sa.select(parts.c.message).where(parts.c.message.is_not(None))
    ).all():
        values = {"message_id": json.loads(message)["id"]}
        connection.execute(parts.update().where(parts.c.message == message).values(**values))


def _place() -> list[sa.Column[str]]:
    return [
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(64), primary_key=True),
    ]


def _create_tables() -> None:
    op.create_table(
        "overlays",
        *_place(),
        sa.Column("week", sa.String(8), primary_key=True),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_table(
        "feedback",
        sa.Column("exchange_id", sa.String(64), primary_key=True),
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_index(op.f("ix_feedback_place"), "feedback", ["place"])
    op.create_table(
        "events",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_index(op.f("ix_events_at"), "events", ["at"])
    op.create_table(
        "button_values",
        sa.Column("token", sa.String(32), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_table(
        "departures",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("workspace", sa.String(64), primary_key=True),
        sa.Column("left_at", sa.String(32), nullable=False),
    )
