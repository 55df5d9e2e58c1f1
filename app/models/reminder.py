"""Owns what the desk has decided about reminders: the programme's switches and wordings, and those of single events."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, UTCDateTime


class ReminderDefault(Base):
    """One reminder for the whole programme. Empty `subject` and `body` stand for the standard wording."""

    __tablename__ = "reminder_default"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(30), unique=True)
    is_on: Mapped[bool] = mapped_column(default=True)
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ReminderChoice(Base):
    """One reminder at one event. `is_on` None and empty wordings stand for the programme's."""

    __tablename__ = "reminder_choice"
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(30))
    is_on: Mapped[bool | None]
    subject: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (UniqueConstraint("event_id", "code"),)
