"""Owns the running numbers of the ledgers: one row per series, such as the needs of one county in one year."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base


class Serial(Base):
    """The last number given out in a series."""

    __tablename__ = "serial"
    series: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int]
