"""Owns the editable lists: counties, industries, venues, and the shape of each year."""

from __future__ import annotations

from datetime import date

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base


class County(Base):
    """县（市、区）or a zone with an administration of its own; `code` is GB/T 2260 where there is one."""

    __tablename__ = "county"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_zone: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class Industry(Base):
    """行业/产业 with the words that mean the same (`aliases`)."""

    __tablename__ = "industry"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    tier: Mapped[str] = mapped_column(String(20), default="")
    position: Mapped[int] = mapped_column(default=0)


class Venue(Base):
    """会场; `capacity` in persons, `tables` for one-to-one talks."""

    __tablename__ = "venue"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    address: Mapped[str] = mapped_column(String(200), default="")
    capacity: Mapped[int] = mapped_column(default=120)
    tables: Mapped[int] = mapped_column(default=15)
    county_id: Mapped[int | None] = mapped_column(ForeignKey("county.id"))
    county: Mapped[County | None] = relationship()


class SpecialDay(Base):
    """A day on which the market works, or does not, against the state's calendar."""

    __tablename__ = "special_day"
    id: Mapped[int] = mapped_column(primary_key=True)
    held_on: Mapped[date] = mapped_column(unique=True)
    is_working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(40), default="")


class ProgrammeYear(Base):
    """One year's 政研企联动创新行动, with its name and period."""

    __tablename__ = "programme_year"
    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(100))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    quotas: Mapped[list[Quota]] = relationship(back_populates="programme_year", order_by="Quota.position")
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="period"),)


class Quota(Base):
    """How many events of a kind the year must see at least, who owns them, and the slogan of the arm.

    `line` is the series or topic code, or empty; `county_id` None means that the city owns the arm.
    """

    __tablename__ = "quota"
    id: Mapped[int] = mapped_column(primary_key=True)
    programme_year_id: Mapped[int] = mapped_column(ForeignKey("programme_year.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    line: Mapped[str] = mapped_column(String(30), default="")
    minimum: Mapped[int]
    slogan: Mapped[str] = mapped_column(String(40), default="")
    owner: Mapped[str] = mapped_column(String(80), default="许昌科技大市场")
    county_id: Mapped[int | None] = mapped_column(ForeignKey("county.id"))
    position: Mapped[int] = mapped_column(default=0)
    programme_year: Mapped[ProgrammeYear] = relationship(back_populates="quotas")
    __table_args__ = (
        UniqueConstraint("programme_year_id", "kind", "line", "county_id"),
        CheckConstraint("minimum >= 0", name="minimum"),
    )
