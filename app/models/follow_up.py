"""Owns follow-ups from intent to landing, and the feedback they come from."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.lifecycles.follow_up import FOLLOW_UP
from app.domain.permissions import Owner
from app.models.pairing import Pairing


class FollowUp(Lifecycled, Base):
    """One intent of one pairing on its way to 签约 and 落地. `amount` in 万元."""

    machine = FOLLOW_UP
    __tablename__ = "follow_up"
    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), unique=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    intent: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    next_on: Mapped[date | None]
    signed_on: Mapped[date | None]
    landed_on: Mapped[date | None]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    pairing: Mapped[Pairing] = relationship()
    __table_args__ = (
        state_check(FOLLOW_UP),
        CheckConstraint("state NOT IN ('signed', 'landed') OR signed_on IS NOT NULL", name="signed"),
        CheckConstraint("state <> 'landed' OR landed_on IS NOT NULL", name="landed"),
    )

    @property
    def owner(self) -> Owner:
        """Whose it is: the pairing's."""
        return self.pairing.owner


class Feedback(Base):
    """参会企业意向反馈: what one guest says of one pairing's talk; `fit` is 匹配度 1..5."""

    __tablename__ = "feedback"
    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id"), index=True)
    pairing_id: Mapped[int | None] = mapped_column(ForeignKey("pairing.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(30), default="")
    fit: Mapped[int | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        UniqueConstraint("invitation_id", "pairing_id"),
        CheckConstraint("fit IS NULL OR fit BETWEEN 1 AND 5", name="fit"),
    )
