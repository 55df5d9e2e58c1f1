"""Attempts, bounces, dead addresses, rules and budgets of the outbox; letters of which nobody knows; special days."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPEN = sa.text("sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL")
DEFAULTED = ("domain", "crashes", "failure")
INSTANTS = ("first_due_at", "sending_at", "uncertain_at", "bounced_at")


def instant(name: str, *, nullable: bool = True) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Go one step forward."""
    with op.batch_alter_table("letter") as table:
        for name in INSTANTS:
            table.add_column(instant(name))
        table.add_column(sa.Column("domain", sa.String(length=254), nullable=False, server_default=""))
        table.add_column(sa.Column("crashes", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("failure", sa.String(length=20), nullable=False, server_default=""))
    with op.batch_alter_table("letter") as table:
        for name in DEFAULTED:
            table.alter_column(name, server_default=None)
    position = "instr(recipient, '@')" if op.get_bind().dialect.name == "sqlite" else "strpos(recipient, '@')"
    op.execute(f"UPDATE letter SET first_due_at = due_at, domain = lower(substr(recipient, {position} + 1))")  # noqa: S608
    op.execute("UPDATE letter SET failure = 'refused' WHERE failed_at IS NOT NULL")
    op.create_index("ix_letter_open", "letter", ["priority", "due_at", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    _create_tables_of_letters()
    _create_tables_of_the_outbox()
    op.create_table(
        "special_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_day")),
        sa.UniqueConstraint("held_on", name=op.f("uq_special_day_held_on")),
    )


def _create_tables_of_letters() -> None:
    op.create_table(
        "letter_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        instant("began_at", nullable=False),
        instant("ended_at", nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_letter_attempt_letter_id_letter"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_attempt")),
    )
    op.create_index(op.f("ix_letter_attempt_letter_id"), "letter_attempt", ["letter_id"])
    op.create_table(
        "bounce",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("is_permanent", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        instant("at", nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_bounce_letter_id_letter"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounce")),
        sa.UniqueConstraint("key", name=op.f("uq_bounce_key")),
    )
    op.create_index(op.f("ix_bounce_letter_id"), "bounce", ["letter_id"])
    op.create_index(op.f("ix_bounce_address"), "bounce", ["address"])
    op.create_table(
        "suppressed_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("added_by", sa.String(length=120), nullable=False),
        instant("since_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressed_address")),
        sa.UniqueConstraint("address", name=op.f("uq_suppressed_address_address")),
    )


def _create_tables_of_the_outbox() -> None:
    op.create_table(
        "sending_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=False),
        sa.Column("quiet_to", sa.String(length=5), nullable=False),
        sa.Column("working_days_only", sa.Boolean(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("domain_per_minute", sa.Integer(), nullable=True),
        sa.Column("bounces_to_suppress", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sending_rules_single")),
        sa.CheckConstraint("bounces_to_suppress > 0", name=op.f("ck_sending_rules_bounces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_rules")),
    )
    op.create_table(
        "outbox_state",
        sa.Column("id", sa.Integer(), nullable=False),
        instant("paused_at"),
        instant("paused_until"),
        sa.Column("paused_by", sa.String(length=120), nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=False),
        instant("away_since_at"),
        sa.Column("away_words", sa.Text(), nullable=False),
        instant("alerted_at"),
        sa.Column("alert_words", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_outbox_state_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_state")),
    )
    op.create_table(
        "sending_budget",
        sa.Column("name", sa.String(length=270), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        instant("filled_at", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sending_budget")),
    )


def downgrade() -> None:
    """Go one step back. What is uncertain would be sent again: it is failed, for a person to look at."""
    op.execute(
        "UPDATE letter SET failed_at = uncertain_at WHERE uncertain_at IS NOT NULL AND sent_at IS NULL"
        " AND cancelled_at IS NULL"
    )
    for name in ("special_day", "sending_budget", "outbox_state", "sending_rules", "suppressed_address"):
        op.drop_table(name)
    op.drop_index(op.f("ix_bounce_address"), table_name="bounce")
    op.drop_index(op.f("ix_bounce_letter_id"), table_name="bounce")
    op.drop_table("bounce")
    op.drop_index(op.f("ix_letter_attempt_letter_id"), table_name="letter_attempt")
    op.drop_table("letter_attempt")
    op.drop_index("ix_letter_open", table_name="letter")
    with op.batch_alter_table("letter") as table:
        for name in (*DEFAULTED, *INSTANTS):
            table.drop_column(name)
