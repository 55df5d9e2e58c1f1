"""Owns uploaded spreadsheets: the bytes, what was found in them, what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.lifecycles.upload import UPLOAD
from app.domain.permissions import Owner
from app.models.people import Organisation


class Upload(Lifecycled, Base):
    """One uploaded sheet. `report` holds the dry run: counts, complaints with cells, notices, duplicates.

    `organisation_id` is the uploader's organisation, `county_id` set for a county office's upload.
    """

    machine = UPLOAD
    __tablename__ = "upload"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    county_id: Mapped[int | None] = mapped_column(ForeignKey("county.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    organisation: Mapped[Organisation | None] = relationship()
    __table_args__ = (state_check(UPLOAD),)

    @property
    def owner(self) -> Owner:
        """Whose it is: the uploader's organisation, and its county for a county office."""
        organisations = frozenset({self.organisation_id}) if self.organisation_id else frozenset()
        return Owner(organisations, frozenset({self.county_id}) if self.county_id else frozenset())
