"""Owns leases: one row per job, so that one worker at a time runs it; and the heartbeat health looks at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, UTCDateTime


class Lease(Base):
    """One job. `requested_at` set: somebody asked for it to run, and no run has begun to answer yet.

    `ticked_at` says when a process last looked whether something was due; `started_at` and `finished_at` tell of runs.
    `done_mark` holds what the last run worked on (a mark of what was on offer), so that the same is not done again.
    """

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(80))
    leased_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    requested_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ticked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_mark: Mapped[str] = mapped_column(String(160), default="")
    last_error: Mapped[str] = mapped_column(Text, default="")
