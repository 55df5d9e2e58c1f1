"""Days on which organisations and experts cannot come, and how many enterprises a planned session needs."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absence_period")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"],
                                name=op.f("fk_absence_organisation_id_organisation"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_absence_expert_id_expert"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )  # fmt: skip
    op.create_index(op.f("ix_absence_organisation_id"), "absence", ["organisation_id"])
    with op.batch_alter_table("season_preview") as table:
        table.add_column(sa.Column("min_enterprises", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("season_preview") as table:
        table.alter_column("min_enterprises", server_default=None)
        table.create_check_constraint(op.f("ck_season_preview_least"), "min_enterprises >= 0")


def downgrade() -> None:
    """Go one step back: the absences are forgotten."""
    with op.batch_alter_table("season_preview") as table:
        table.drop_constraint(op.f("ck_season_preview_least"), type_="check")
        table.drop_column("min_enterprises")
    op.drop_index(op.f("ix_absence_organisation_id"), table_name="absence")
    op.drop_table("absence")
