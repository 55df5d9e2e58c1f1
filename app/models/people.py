"""Owns organisations, the people in them, and the experts they send."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.actor import Role
from app.domain.lifecycles.membership import MEMBERSHIP
from app.domain.permissions import Owner
from app.models.reference import County, Industry


class Organisation(Base):
    """企业, 院所高校, county office, the market or the bureau. `approved_at` None: signed up, not yet admitted."""

    __tablename__ = "organisation"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    supply_kind: Mapped[str | None] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120), index=True)
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)
    county_id: Mapped[int | None] = mapped_column(ForeignKey("county.id"), index=True)
    industry_id: Mapped[int | None] = mapped_column(ForeignKey("industry.id"))
    address: Mapped[str] = mapped_column(String(200), default="")
    legal_person: Mapped[str] = mapped_column(String(40), default="")
    above_scale: Mapped[bool | None]
    has_cooperation: Mapped[bool | None]
    profile: Mapped[str] = mapped_column(Text, default="")
    contact_name: Mapped[str] = mapped_column(String(40), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    county: Mapped[County | None] = relationship()
    industry: Mapped[Industry | None] = relationship()
    departments: Mapped[list[Department]] = relationship(back_populates="organisation", order_by="Department.name")
    memberships: Mapped[list[Membership]] = relationship(back_populates="organisation")

    @property
    def owner(self) -> Owner:
        """Whose it is: its own, and its county's."""
        counties = frozenset({self.county_id}) if self.county_id else frozenset()
        return Owner(frozenset({self.id}), counties)


class Department(Base):
    """院系: a sub-unit of an institute."""

    __tablename__ = "department"
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    organisation: Mapped[Organisation] = relationship(back_populates="departments")
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)


class User(Base):
    """A person who signs in. `session_epoch` rises at sign-out and password change and ends older sessions."""

    __tablename__ = "user_account"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    mobile: Mapped[str] = mapped_column(String(20), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    last_seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    memberships: Mapped[list[Membership]] = relationship(back_populates="user")


class SignInGuard(Base):
    """Failed sign-ins of one address, whether or not somebody has it: nobody can tell the two apart by being locked out.

    `address` is a digest, so that mistyped addresses are not kept.
    """

    __tablename__ = "sign_in_guard"
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    failed_count: Mapped[int] = mapped_column(default=0)
    since_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    locked_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Membership(Lifecycled, Base):
    """One person in one organisation, in one role; approved by the desk."""

    machine = MEMBERSHIP
    __tablename__ = "membership"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(back_populates="memberships")
    __table_args__ = (UniqueConstraint("user_id", "organisation_id", "role"), state_check(MEMBERSHIP))

    @property
    def role_label(self) -> str:
        """What the role is called."""
        return Role(self.role).label

    @property
    def is_active(self) -> bool:
        """Whether the person may act for the organisation now."""
        return self._state == "active"

    @property
    def was_ended(self) -> bool:
        """Whether the person could act for the organisation once."""
        return self._state == "ended"

    @property
    def owner(self) -> Owner:
        """Whose it is: the organisation's."""
        return self.organisation.owner


class Expert(Base):
    """专家: who speaks for an achievement at a table; known by the organisation and the e-mail address."""

    __tablename__ = "expert"
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(40), default="")
    mobile: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254))
    organisation: Mapped[Organisation] = relationship()
    department: Mapped[Department | None] = relationship()
    __table_args__ = (UniqueConstraint("organisation_id", "email"), CheckConstraint("email <> ''", name="email"))
