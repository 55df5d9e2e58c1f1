"""Owns what governs the outbox as a whole: the rules of sending, its present state, budgets, dead addresses, bounces."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, UTCDateTime


class SendingRules(Base):
    """The one row of rules that the desk edits; without it nothing is limited.

    `quiet_from`, `quiet_to`: "HH:MM" in Xuchang, both or neither. Limits count letters; None means no limit.
    `bounces_to_suppress`: how many refusals for good make an address dead.
    """

    __tablename__ = "sending_rules"
    id: Mapped[int] = mapped_column(primary_key=True)
    quiet_from: Mapped[str] = mapped_column(String(5), default="")
    quiet_to: Mapped[str] = mapped_column(String(5), default="")
    working_days_only: Mapped[bool] = mapped_column(default=False)
    per_minute: Mapped[int | None]
    per_day: Mapped[int | None]
    domain_per_minute: Mapped[int | None]
    bounces_to_suppress: Mapped[int] = mapped_column(default=3)
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("bounces_to_suppress > 0", name="bounces"),
    )


class OutboxState(Base):
    """The one row that says how sending goes: paused by whom and why, the server away since when, alerted of what.

    `paused_until` None: until a person resumes. `paused_by` is empty when a quota of the mail server paused it.
    """

    __tablename__ = "outbox_state"
    id: Mapped[int] = mapped_column(primary_key=True)
    paused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    paused_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    paused_by: Mapped[str] = mapped_column(String(120), default="")
    pause_reason: Mapped[str] = mapped_column(Text, default="")
    away_since_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    away_words: Mapped[str] = mapped_column(Text, default="")
    alerted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    alert_words: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class SendingBudget(Base):
    """One bucket of tokens, the same for all workers: `name` is server, day:YYYY-MM-DD or domain:NAME."""

    __tablename__ = "sending_budget"
    name: Mapped[str] = mapped_column(String(270), primary_key=True)
    tokens: Mapped[float]
    filled_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SuppressedAddress(Base):
    """An address to which no letter leaves, in small letters; `reason`: bounced, or hand when a person said so."""

    __tablename__ = "suppressed_address"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(254), unique=True)
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text, default="")
    added_by: Mapped[str] = mapped_column(String(120), default="")
    since_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Bounce(Base):
    """One report that a letter did not reach somebody; `key` is unique, so that reading a mailbox twice counts once.

    `source`: server (refused in the conversation), mailbox (a delivery status notification), hand. `status` is the
    enhanced code such as 5.1.1, if known. Only a report about a letter of ours counts against an address.
    """

    __tablename__ = "bounce"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254), index=True)
    is_permanent: Mapped[bool]
    status: Mapped[str] = mapped_column(String(20), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(20))
    recorded_by: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime)
