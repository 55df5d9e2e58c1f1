"""Owns invitations: one organisation, one event, one letter, one reply."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.lifecycles.invitation import INVITATION
from app.domain.permissions import Owner
from app.models.event import Event
from app.models.people import Organisation


class Invitation(Lifecycled, Base):
    """One organisation's invitation. The reply: who comes, how many, from when to when, or why not.

    `subject`/`body` hold the organizer's edited text, empty while the standard letter stands; `nonce` is what a signed
    link must carry, so that a new nonce ends the old links; `arrives_at`/`leaves_at` are "HH:MM" of the event's day.
    `replied_at` is when the answer was given, which may be before it was written down.

    `party_size` counts the seats the guest holds, accepted or kept for an offer. On the waiting list `wanted_seats` says
    how many are asked for, `line_number` orders the line, `offers` counts the offers made so far, and the present one
    stands until `offered_until`.
    """

    machine = INVITATION
    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    side: Mapped[str] = mapped_column(String(20))
    contact_name: Mapped[str] = mapped_column(String(40), default="")
    contact_email: Mapped[str] = mapped_column(String(254))
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    nonce: Mapped[str] = mapped_column(String(40))
    sequence: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    replied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    replied_via: Mapped[str | None] = mapped_column(String(20))
    replied_note: Mapped[str] = mapped_column(String(200), default="")
    attendees: Mapped[str] = mapped_column(Text, default="")
    party_size: Mapped[int] = mapped_column(default=0)
    arrives_at: Mapped[str | None] = mapped_column(String(5))
    leaves_at: Mapped[str | None] = mapped_column(String(5))
    reason: Mapped[str] = mapped_column(Text, default="")
    wanted_seats: Mapped[int] = mapped_column(default=0)
    line_number: Mapped[int | None] = mapped_column()
    offers: Mapped[int] = mapped_column(default=0)
    offered_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    event: Mapped[Event] = relationship()
    organisation: Mapped[Organisation] = relationship()
    __table_args__ = (
        UniqueConstraint("event_id", "organisation_id"),
        state_check(INVITATION),
        CheckConstraint(
            "state NOT IN ('sent', 'accepted', 'waiting', 'offered', 'declined', 'unseated', 'lapsed')"
            " OR sent_at IS NOT NULL",
            name="sent",
        ),
        CheckConstraint("state <> 'accepted' OR party_size > 0", name="party"),
        CheckConstraint("state <> 'waiting' OR (wanted_seats > 0 AND line_number IS NOT NULL)", name="line"),
        CheckConstraint("state <> 'offered' OR (party_size > 0 AND offered_until IS NOT NULL)", name="offer"),
    )

    @property
    def owner(self) -> Owner:
        """Whose it is: the guest organisation's, its county's, and of the holder of its link."""
        of = self.organisation.owner
        return Owner(of.organisations, of.counties, invitation_id=self.id)
