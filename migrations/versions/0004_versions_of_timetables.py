"""Versions of timetables; what stands at the tables becomes the first."""

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

event = sa.table("event", *(sa.column(name) for name in ("id", "edition")), sa.column("timetable", sa.JSON()))
meeting = sa.table(
    "meeting",
    *(sa.column(name) for name in ("event_id", "pairing_id", "slot", "table_number", "expert_id", "edition")),
    sa.column("is_locked", sa.Boolean()),
    sa.column("created_at", sa.DateTime(timezone=True)),
)
pairing = sa.table("pairing", *(sa.column(name) for name in ("id", "event_id", "unplaced")))


def upgrade() -> None:
    """Go one step forward: every event that has meetings gets them as its first published version."""
    versions = op.create_table(
        "timetable_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("base_number", sa.Integer(), nullable=True),
        sa.Column("placements", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "number >= 1 AND (edition IS NULL OR edition >= 1)", name=op.f("ck_timetable_version_numbers")
        ),
        sa.CheckConstraint("(edition IS NULL) = (published_at IS NULL)", name=op.f("ck_timetable_version_published")),
        sa.CheckConstraint("edition IS NULL OR discarded_at IS NULL", name=op.f("ck_timetable_version_discarded")),
        sa.CheckConstraint(
            "origin IN ('season', 'computed', 'hand', 'repair', 'restored', 'taken')",
            name=op.f("ck_timetable_version_origin"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_timetable_version_event_id_event"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_timetable_version_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["user_account.id"], name=op.f("fk_timetable_version_published_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_version")),
        sa.UniqueConstraint("event_id", "edition", name=op.f("uq_timetable_version_event_id_edition")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_timetable_version_event_id_number")),
    )
    op.create_index(op.f("ix_timetable_version_event_id"), "timetable_version", ["event_id"])

    for name in ("event", "meeting"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
        with op.batch_alter_table(name) as table:
            table.alter_column("edition", server_default=None)

    if not context.is_offline_mode():
        _take(versions)


def _take(versions: sa.Table) -> None:
    connection = op.get_bind()
    held: dict[int, list[sa.Row[tuple[object, ...]]]] = {}
    for row in connection.execute(sa.select(meeting).order_by(meeting.c.slot, meeting.c.table_number)):
        held.setdefault(row.event_id, []).append(row)
    for event_id, rows in sorted(held.items()):
        kept = connection.scalar(sa.select(event.c.timetable).where(event.c.id == event_id)) or {}
        figures = dict(kept.get("figures", {})) | {key: kept[key] for key in ("bound", "status", "seed") if key in kept}
        reasons = connection.execute(
            sa.select(pairing.c.id, pairing.c.unplaced).where(pairing.c.event_id == event_id, pairing.c.unplaced != "")
        )
        since = max(row.created_at for row in rows)
        connection.execute(
            sa.insert(versions).values(
                event_id=event_id, number=1, edition=1, origin="taken", note="", placements=[
                    [row.pairing_id, row.slot, row.table_number, row.expert_id, int(row.is_locked)] for row in rows
                ], reasons={str(one): reason for one, reason in reasons}, conditions=[], figures=figures,
                mark=str(kept.get("mark", "")), made_at=since, published_at=since,
            )
        )  # fmt: skip
        connection.execute(sa.update(event).where(event.c.id == event_id).values(edition=1))
        connection.execute(sa.update(meeting).where(meeting.c.event_id == event_id).values(edition=1))


def downgrade() -> None:
    """Go one step back; the meetings stay as they were published last."""
    for name in ("meeting", "event"):
        with op.batch_alter_table(name) as table:
            table.drop_column("edition")

    op.drop_index(op.f("ix_timetable_version_event_id"), table_name="timetable_version")
    op.drop_table("timetable_version")
