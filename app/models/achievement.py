"""Owns achievements (科技成果, form 5B)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Numeric, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.lifecycles.achievement import ACHIEVEMENT
from app.domain.permissions import Owner
from app.models.people import Department, Expert, Organisation
from app.models.reference import Industry


class Achievement(Lifecycled, Base):
    """One achievement of one institute. `price` in 万元; `remarks` maps field -> what the reviewer wants changed.

    `form_key` names the form sheet it was first saved from, so that a double click makes one row.
    """

    machine = ACHIEVEMENT
    __tablename__ = "achievement"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(String(30), unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    expert_id: Mapped[int | None] = mapped_column(ForeignKey("expert.id"), index=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    owner_name: Mapped[str] = mapped_column(String(120), default="")
    owner_phone: Mapped[str] = mapped_column(String(40), default="")
    team: Mapped[str] = mapped_column(Text, default="")
    keywords: Mapped[list[str]] = mapped_column(JSON, default=list)
    summary: Mapped[str] = mapped_column(Text, default="")
    indicators: Mapped[str] = mapped_column(Text, default="")
    applications: Mapped[str] = mapped_column(Text, default="")
    market: Mapped[str] = mapped_column(Text, default="")
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    acquisition: Mapped[str] = mapped_column(String(80), default="")
    funding: Mapped[str] = mapped_column(String(200), default="")
    completed_year: Mapped[int | None]
    awards: Mapped[str] = mapped_column(String(200), default="")
    maturity: Mapped[str | None] = mapped_column(String(20))
    level: Mapped[str | None] = mapped_column(String(20))
    ip_status: Mapped[str | None] = mapped_column(String(20))
    patents: Mapped[str] = mapped_column(Text, default="")
    field: Mapped[str | None] = mapped_column(String(30))
    industry_text: Mapped[str] = mapped_column(String(80), default="")
    industry_id: Mapped[int | None] = mapped_column(ForeignKey("industry.id"), index=True)
    willingness: Mapped[str | None] = mapped_column(String(20))
    modes: Mapped[list[str]] = mapped_column(JSON, default=list)
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    price_negotiable: Mapped[bool] = mapped_column(default=False)
    suitable_for: Mapped[str] = mapped_column(Text, default="")
    landed_locally: Mapped[bool | None]
    visibility: Mapped[str] = mapped_column(String(20), default="public")
    contact_name: Mapped[str] = mapped_column(String(40), default="")
    contact_title: Mapped[str] = mapped_column(String(40), default="")
    contact_mobile: Mapped[str] = mapped_column(String(40), default="")
    contact_landline: Mapped[str] = mapped_column(String(40), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(20), default="own")
    remarks: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id"), index=True)
    form_key: Mapped[str | None] = mapped_column(String(60), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    listed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    organisation: Mapped[Organisation] = relationship()
    department: Mapped[Department | None] = relationship()
    expert: Mapped[Expert | None] = relationship()
    industry: Mapped[Industry | None] = relationship()
    __table_args__ = (
        state_check(ACHIEVEMENT),
        CheckConstraint("state NOT IN ('listed', 'transferred') OR listed_at IS NOT NULL", name="listed"),
        CheckConstraint("price IS NULL OR price >= 0", name="price"),
    )

    @property
    def owner(self) -> Owner:
        """Whose it is: the institute's."""
        return self.organisation.owner
