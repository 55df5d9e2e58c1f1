"""Owns technology needs (技术需求, form 5A) and their indicator rows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.lifecycles.need import NEED
from app.domain.permissions import Owner
from app.models.people import Organisation
from app.models.reference import Industry


class Need(Lifecycled, Base):
    """One technology need of one enterprise. `budget` in 万元; `remarks` maps field -> what the reviewer wants changed.

    `form_key` names the form sheet it was first saved from, so that a double click makes one row.
    """

    machine = NEED
    __tablename__ = "need"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(String(30), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    category: Mapped[str | None] = mapped_column(String(30))
    field: Mapped[str | None] = mapped_column(String(30))
    industry_text: Mapped[str] = mapped_column(String(80), default="")
    industry_id: Mapped[int | None] = mapped_column(ForeignKey("industry.id"), index=True)
    problem: Mapped[str] = mapped_column(Text, default="")
    key_technology: Mapped[str] = mapped_column(Text, default="")
    goal: Mapped[str] = mapped_column(Text, default="")
    basis: Mapped[str] = mapped_column(Text, default="")
    keywords: Mapped[list[str]] = mapped_column(JSON, default=list)
    modes: Mapped[list[str]] = mapped_column(JSON, default=list)
    budget: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    budget_negotiable: Mapped[bool] = mapped_column(default=False)
    wanted_institutes: Mapped[str] = mapped_column(String(200), default="")
    wanted_experts: Mapped[str] = mapped_column(String(200), default="")
    valid_until: Mapped[date | None] = mapped_column(index=True)
    urgency: Mapped[str | None] = mapped_column(String(20))
    visibility: Mapped[str] = mapped_column(String(20), default="public")
    contact_name: Mapped[str] = mapped_column(String(40), default="")
    contact_title: Mapped[str] = mapped_column(String(40), default="")
    contact_mobile: Mapped[str] = mapped_column(String(40), default="")
    contact_landline: Mapped[str] = mapped_column(String(40), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    source: Mapped[str] = mapped_column(String(20), default="own")
    told_by: Mapped[str] = mapped_column(String(80), default="")
    told_how: Mapped[str] = mapped_column(String(200), default="")
    visited_on: Mapped[date | None]
    confirm_nonce: Mapped[str | None] = mapped_column(String(40))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirm_note: Mapped[str] = mapped_column(Text, default="")
    remarks: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id"), index=True)
    form_key: Mapped[str | None] = mapped_column(String(60), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    organisation: Mapped[Organisation] = relationship()
    industry: Mapped[Industry | None] = relationship()
    indicators: Mapped[list[NeedIndicator]] = relationship(
        back_populates="need", order_by="NeedIndicator.position", cascade="all, delete-orphan"
    )
    __table_args__ = (
        state_check(NEED),
        CheckConstraint(
            "state NOT IN ('published', 'settled', 'lapsed') OR published_at IS NOT NULL", name="published"
        ),
        CheckConstraint("budget IS NULL OR budget >= 0", name="budget"),
    )

    @property
    def owner(self) -> Owner:
        """Whose it is: the enterprise's, in its county; and of the holder of the confirm link."""
        of = self.organisation.owner
        return Owner(of.organisations, of.counties, need_id=self.id)


class NeedIndicator(Base):
    """指标 / 现值 / 目标值 / 单位."""

    __tablename__ = "need_indicator"
    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("need.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    present: Mapped[str] = mapped_column(String(60), default="")
    target: Mapped[str] = mapped_column(String(60), default="")
    unit: Mapped[str] = mapped_column(String(20), default="")
    need: Mapped[Need] = relationship(back_populates="indicators")
