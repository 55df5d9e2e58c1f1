"""Owns what is computed to help those who plan: advice on a session's capacity, and plans of a season to look at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, UTCDateTime
from app.models.people import User


class SessionAdvice(Base):
    """What one session could hold, and how many reserve meetings are worth planning (`content`).

    `mark` is the digest of the task that it was computed for.
    """

    __tablename__ = "session_advice"
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(32))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    computed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SeasonPreview(Base):
    """A plan of a year that somebody asked for, computed by the `season` job and not adopted yet.

    `keep_top`, `again` and `min_enterprises` (fewer are not worth a session) are what was asked for, `what_if` a change to try ({} for none). `content` is the plan with
    its timetables, `mark` the digest of what it was made from; `error` says why it could not be made.
    """

    __tablename__ = "season_preview"
    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(index=True)
    keep_top: Mapped[int]
    again: Mapped[bool]
    min_enterprises: Mapped[int] = mapped_column(default=0)
    what_if: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    mark: Mapped[str] = mapped_column(String(32), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str] = mapped_column(String(500), default="")
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    asked_by: Mapped[User | None] = relationship()
    __table_args__ = (
        CheckConstraint("keep_top >= 0", name="keep_top"),
        CheckConstraint("min_enterprises >= 0", name="least"),
    )
