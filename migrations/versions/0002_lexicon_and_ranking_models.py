"""Entries of the lexicon with their previews, and trained ranking models."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "lexicon_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("head", sa.String(length=80), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("line", sa.String(length=1000), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('word', 'same', 'narrower', 'related')", name=op.f("ck_lexicon_entry_kind")),
        sa.CheckConstraint("state IN ('draft', 'enabled', 'retired')", name=op.f("ck_lexicon_entry_state")),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_lexicon_entry_replaces")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_lexicon_entry_created_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["lexicon_entry.id"], name=op.f("fk_lexicon_entry_replaces_id_lexicon_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lexicon_entry")),
    )
    op.create_index(op.f("ix_lexicon_entry_state"), "lexicon_entry", ["state"], unique=False)

    op.create_table(
        "ranking_model",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("shipped_pairs", sa.Integer(), nullable=False),
        sa.Column("desk_pairs", sa.Integer(), nullable=False),
        sa.Column("compared_with", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trained_by_id", sa.Integer(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('candidate', 'active', 'former')", name=op.f("ck_ranking_model_state")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_ranking_model_number")),
        sa.ForeignKeyConstraint(
            ["trained_by_id"], ["user_account.id"], name=op.f("fk_ranking_model_trained_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_model")),
        sa.UniqueConstraint("number", name=op.f("uq_ranking_model_number")),
    )
    op.create_index(op.f("ix_ranking_model_state"), "ranking_model", ["state"], unique=False)
    op.create_index(
        "uq_ranking_model_active",
        "ranking_model",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )

    op.create_table(
        "lexicon_preview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(length=20), nullable=False),
        sa.Column("line", sa.String(length=1000), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mark", sa.String(length=200), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("deed IN ('enable', 'retire')", name=op.f("ck_lexicon_preview_deed")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["lexicon_entry.id"],
            name=op.f("fk_lexicon_preview_entry_id_lexicon_entry"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_lexicon_preview_requested_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lexicon_preview")),
    )
    op.create_index(op.f("ix_lexicon_preview_entry_id"), "lexicon_preview", ["entry_id"], unique=False)


def downgrade() -> None:
    """Go one step back."""
    op.drop_index(op.f("ix_lexicon_preview_entry_id"), table_name="lexicon_preview")

    op.drop_table("lexicon_preview")
    op.drop_index(
        "uq_ranking_model_active",
        table_name="ranking_model",
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.drop_index(op.f("ix_ranking_model_state"), table_name="ranking_model")

    op.drop_table("ranking_model")
    op.drop_index(op.f("ix_lexicon_entry_state"), table_name="lexicon_entry")

    op.drop_table("lexicon_entry")
