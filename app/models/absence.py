"""Owns the days on which an organisation or one of its experts cannot come to any session."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, UTCDateTime
from app.models.people import Expert, Organisation


class Absence(Base):
    """From `starts_on` to `ends_on`, both included, nobody of the organisation comes; or one `expert` does not."""

    __tablename__ = "absence"
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    expert_id: Mapped[int | None] = mapped_column(ForeignKey("expert.id", ondelete="CASCADE"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    organisation: Mapped[Organisation] = relationship()
    expert: Mapped[Expert | None] = relationship()
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="period"),)
