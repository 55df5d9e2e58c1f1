"""Levels and evidence of pairings, outlooks of needs, resemblances."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward. Rows that are there get level and evidence when the job computes them next."""
    with op.batch_alter_table("pairing") as table:
        table.add_column(sa.Column("level", sa.String(length=10), nullable=True))
        table.add_column(sa.Column("evidence", sa.JSON(), nullable=False, server_default="{}"))
        table.create_check_constraint(op.f("ck_pairing_level"), "level IN ('strong', 'fair', 'weak', 'none')")
    with op.batch_alter_table("pairing") as table:
        table.alter_column("evidence", server_default=None)

    op.create_table(
        "need_outlook",
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("help", sa.JSON(), nullable=False),
        sa.Column("covering", sa.JSON(), nullable=False),
        sa.Column("similar", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["need_id"], ["need.id"], name=op.f("fk_need_outlook_need_id_need"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("need_id", name=op.f("pk_need_outlook")),
    )

    op.create_table(
        "resemblance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("likeness", sa.Double(), nullable=False),
        sa.Column("same", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('need', 'achievement')", name=op.f("ck_resemblance_kind")),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_resemblance_ordered")),
        sa.CheckConstraint("likeness >= 0 AND likeness <= 1", name=op.f("ck_resemblance_likeness")),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["user_account.id"], name=op.f("fk_resemblance_settled_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resemblance")),
        sa.UniqueConstraint("kind", "first_id", "second_id", name=op.f("uq_resemblance_kind_first_id_second_id")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("resemblance")

    op.drop_table("need_outlook")

    with op.batch_alter_table("pairing") as table:
        table.drop_constraint(op.f("ck_pairing_level"), type_="check")
        table.drop_column("evidence")
        table.drop_column("level")
