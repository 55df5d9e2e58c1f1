"""Owns what the matcher says about one need, or about two texts of one kind: outlooks and resemblances."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, UTCDateTime
from app.models.need import Need
from app.models.people import User


class Outlook(Base):
    """What is to be expected for a published need, as the `rebuild` and `recommend` jobs computed it.

    `help` says what would bring answers while there are none; `covering` lists the institutes and experts that cover the need best, `similar` the
    needs that ask for much the same. `fingerprint` is that of the texts and the ranking it came from.
    """

    __tablename__ = "need_outlook"
    need_id: Mapped[int] = mapped_column(ForeignKey("need.id", ondelete="CASCADE"), primary_key=True)
    help: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    covering: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    similar: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    computed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    need: Mapped[Need] = relationship()


class Resemblance(Base):
    """Two needs, or two achievements (`kind`), that may be one entered twice. `first_id` < `second_id`.

    `likeness` 0..1; `same` names what is equal. `settled_at`: somebody looked and found that they are two.
    """

    __tablename__ = "resemblance"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    first_id: Mapped[int]
    second_id: Mapped[int]
    likeness: Mapped[float]
    same: Mapped[list[str]] = mapped_column(JSON, default=list)
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    settled_by: Mapped[User | None] = relationship()
    __table_args__ = (
        UniqueConstraint("kind", "first_id", "second_id"),
        CheckConstraint("kind IN ('need', 'achievement')", name="kind"),
        CheckConstraint("first_id < second_id", name="ordered"),
        CheckConstraint("likeness >= 0 AND likeness <= 1", name="likeness"),
    )
