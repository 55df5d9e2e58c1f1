"""Owns the files attached to needs and achievements: pictures and PDF, kept in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, UTCDateTime


class Attachment(Base):
    """One file of one need or one achievement; `content` is loaded only when it is served."""

    __tablename__ = "attachment"
    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id", ondelete="CASCADE"), index=True)
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (CheckConstraint("(need_id IS NULL) <> (achievement_id IS NULL)", name="one_owner"),)
