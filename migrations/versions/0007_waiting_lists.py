"""Waiting lists: who waits for a seat, until when one is kept for whom, and how many one enterprise may take."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = {
    "state": "state IN ('draft', 'sent', 'accepted', 'declined', 'attended', 'absent', 'lapsed', 'void')",
    "sent": "state NOT IN ('sent', 'accepted', 'declined', 'lapsed') OR sent_at IS NOT NULL",
}
AFTER = {
    "state": "state IN ('draft', 'sent', 'accepted', 'waiting', 'offered', 'declined', 'unseated', 'attended', 'absent', "
    "'lapsed', 'void')",
    "sent": "state NOT IN ('sent', 'accepted', 'waiting', 'offered', 'declined', 'unseated', 'lapsed') "
    "OR sent_at IS NOT NULL",
}
NEW = {
    "line": "state <> 'waiting' OR (wanted_seats > 0 AND line_number IS NOT NULL)",
    "offer": "state <> 'offered' OR (party_size > 0 AND offered_until IS NOT NULL)",
}


def upgrade() -> None:
    """Go one step forward."""
    with op.batch_alter_table("event") as table:
        table.add_column(sa.Column("seats_per_firm", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("offer_hours", sa.Integer(), nullable=False, server_default="48"))
    with op.batch_alter_table("event") as table:
        table.alter_column("seats_per_firm", server_default=None)
        table.alter_column("offer_hours", server_default=None)
        table.create_check_constraint(op.f("ck_event_offers"), "seats_per_firm >= 0 AND offer_hours >= 0")

    with op.batch_alter_table("invitation") as table:
        for name in BEFORE:
            table.drop_constraint(op.f(f"ck_invitation_{name}"), type_="check")
        table.add_column(sa.Column("wanted_seats", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("line_number", sa.Integer(), nullable=True))
        table.add_column(sa.Column("offers", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("invitation") as table:
        table.alter_column("wanted_seats", server_default=None)
        table.alter_column("offers", server_default=None)
        for name, rule in (AFTER | NEW).items():
            table.create_check_constraint(op.f(f"ck_invitation_{name}"), rule)


def downgrade() -> None:
    """Go one step back: who waits has not answered, a seat that was kept is free, whoever got none has declined."""
    op.execute(
        "UPDATE event SET seats_taken = seats_taken - (SELECT COALESCE(SUM(party_size), 0) FROM invitation "
        "WHERE invitation.event_id = event.id AND invitation.state = 'offered')"
    )
    with op.batch_alter_table("invitation") as table:
        for name in (*AFTER, *NEW):
            table.drop_constraint(op.f(f"ck_invitation_{name}"), type_="check")
    op.execute("UPDATE invitation SET state = 'sent', party_size = 0 WHERE state IN ('waiting', 'offered')")
    op.execute("UPDATE invitation SET state = 'declined' WHERE state = 'unseated'")
    with op.batch_alter_table("invitation") as table:
        for name in ("offered_until", "offers", "line_number", "wanted_seats"):
            table.drop_column(name)
        for name, rule in BEFORE.items():
            table.create_check_constraint(op.f(f"ck_invitation_{name}"), rule)
    with op.batch_alter_table("event") as table:
        table.drop_constraint(op.f("ck_event_offers"), type_="check")
        table.drop_column("offer_hours")
        table.drop_column("seats_per_firm")
