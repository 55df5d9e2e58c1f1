"""Owns one-to-one meetings with their slot and table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, UTCDateTime
from app.models.event import Event
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation


class Meeting(Base):
    """One talk of one enterprise with one expert about one pairing. `slot` and `table_number` count from 0.

    `edition` is the published version of the timetable since which it stands there.
    """

    __tablename__ = "meeting"
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"), index=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    expert_id: Mapped[int] = mapped_column(ForeignKey("expert.id"), index=True)
    slot: Mapped[int]
    table_number: Mapped[int]
    is_locked: Mapped[bool] = mapped_column(default=False)
    edition: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    event: Mapped[Event] = relationship()
    pairing: Mapped[Pairing] = relationship()
    enterprise: Mapped[Organisation] = relationship()
    expert: Mapped[Expert] = relationship()
    __table_args__ = (
        UniqueConstraint("event_id", "pairing_id"),
        UniqueConstraint("event_id", "slot", "enterprise_id"),
        UniqueConstraint("event_id", "slot", "expert_id"),
        UniqueConstraint("event_id", "slot", "table_number"),
        CheckConstraint("slot >= 0 AND table_number >= 0", name="seat"),
    )
