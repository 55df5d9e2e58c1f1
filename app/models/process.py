"""Owns the register of running processes: who serves pages or does background work, and when it was last seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, UTCDateTime


class Process(Base):
    """One process that does background work. It says that it lives every quarter of a minute, and takes its row along.

    A row that is not renewed is that of a process that was killed, stopped or cut off; `tidy` removes it after a day.
    """

    __tablename__ = "process"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    host: Mapped[str] = mapped_column(String(80))
    pid: Mapped[int]
    revision: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
