"""Owns the events of the year: the dialogue, the docking sessions, the topic events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.lifecycles.event import EVENT
from app.domain.offers import USUAL_HOURS
from app.domain.permissions import Owner
from app.models.achievement import Achievement
from app.models.people import Organisation
from app.models.reference import County, Industry, Venue

event_industry = Table(
    "event_industry",
    Base.metadata,
    Column("event_id", ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    Column("industry_id", ForeignKey("industry.id"), primary_key=True),
)
event_host = Table(
    "event_host",
    Base.metadata,
    Column("event_id", ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), primary_key=True),
)
event_release = Table(
    "event_release",
    Base.metadata,
    Column("event_id", ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    Column("achievement_id", ForeignKey("achievement.id", ondelete="CASCADE"), primary_key=True),
)


class Event(Lifecycled, Base):
    """One event. Slots: `slot_count` talks of `slot_minutes` from `talks_start_at`, at `tables` tables.

    `pauses` lists [slot index, minutes] breaks before a slot; `seats_taken` counts accepted persons and never exceeds
    `capacity`; a free seat is kept `offer_hours` for the first of the waiting list, 0 when the desk offers by hand;
    `seats_per_firm` limits what one enterprise may take, 0 for no limit; `sequence` rises with each change guests must hear of (iCalendar SEQUENCE). `edition` is the number of
    the timetable that was published last, 0 before the first.
    """

    machine = EVENT
    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(index=True)
    number: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    series: Mapped[str | None] = mapped_column(String(30))
    topic: Mapped[str | None] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    place: Mapped[str] = mapped_column(String(200), default="")
    capacity: Mapped[int] = mapped_column(default=100)
    seats_taken: Mapped[int] = mapped_column(default=0)
    seats_per_firm: Mapped[int] = mapped_column(default=0)
    offer_hours: Mapped[int] = mapped_column(default=USUAL_HOURS)
    talks_start_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    slot_minutes: Mapped[int] = mapped_column(default=20)
    slot_count: Mapped[int] = mapped_column(default=0)
    tables: Mapped[int] = mapped_column(default=0)
    pauses: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    agenda: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    county_id: Mapped[int | None] = mapped_column(ForeignKey("county.id"), index=True)
    sequence: Mapped[int] = mapped_column(default=0)
    timetable: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    edition: Mapped[int] = mapped_column(default=0)
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    venue: Mapped[Venue | None] = relationship()
    county: Mapped[County | None] = relationship()
    industries: Mapped[list[Industry]] = relationship(secondary=event_industry, order_by=Industry.position)
    hosts: Mapped[list[Organisation]] = relationship(secondary=event_host, order_by=Organisation.name)
    releases: Mapped[list[Achievement]] = relationship(secondary=event_release, order_by=Achievement.title)
    __table_args__ = (
        state_check(EVENT),
        CheckConstraint("state IN ('planned', 'cancelled') OR starts_at IS NOT NULL", name="dated"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="period"),
        CheckConstraint("(state IN ('held', 'reported')) = (held_at IS NOT NULL)", name="held"),
        CheckConstraint("seats_taken >= 0 AND seats_taken <= capacity", name="seats"),
        CheckConstraint("seats_per_firm >= 0 AND offer_hours >= 0", name="offers"),
        CheckConstraint("slot_minutes > 0 AND slot_count >= 0 AND tables >= 0", name="slots"),
    )

    @property
    def owner(self) -> Owner:
        """Whose it is: the city's, or one county's; host institutes may look, not touch."""
        return Owner(counties=frozenset({self.county_id}) if self.county_id else frozenset())
