"""Owns personal calendar feeds: one address per membership, known to its owner alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, UTCDateTime


class Feed(Base):
    """One feed. `token_hash` is the SHA-256 of the token in its address, in hex: the token itself is kept nowhere."""

    __tablename__ = "feed"
    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
