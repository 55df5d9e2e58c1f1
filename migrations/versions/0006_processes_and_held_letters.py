"""The register of running processes, the last tick of each job, and letters held after a restore."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "process",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("host", sa.String(length=80), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("revision", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process")),
    )
    op.add_column("lease", sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("letter", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go one step back. What was held would leave: it is cancelled."""
    op.execute(
        "UPDATE letter SET cancelled_at = held_at WHERE held_at IS NOT NULL AND sent_at IS NULL AND failed_at IS NULL"
    )
    op.drop_column("letter", "held_at")
    op.drop_column("lease", "ticked_at")
    op.drop_table("process")
