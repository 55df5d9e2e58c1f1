"""Owns the outbox: one row, one recipient, one letter, rendered when it was approved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.base import Base, UTCDateTime

_OPEN = text("sent_at IS NULL AND failed_at IS NULL AND cancelled_at IS NULL")
"""What the index of waiting letters holds; a letter that is over costs it nothing."""


class Letter(Base):
    """One letter to one address. `key` is unique: posting twice is posting once.

    A worker owns it while `leased_until` (an instant of the lease clock, see services/outbox) lies ahead and
    `lease_token` is its own. It is over when one of `sent_at`, `failed_at`, `cancelled_at` is set; `bounced_at` says
    that it came back afterwards. `sending_at`: its data may be on the way and nobody knows yet what became of them.
    `uncertain_at`: nobody will know, a person decides. `failure` is a code of queries/letters.FAILURES. `due_at` moves
    with every wait, `first_due_at` stays. `claims` counts leases, `attempts` SMTP tries, `crashes` senders that never
    came back. `priority` 0 goes first; `domain` is the recipient's.
    A waiting letter with `held_at` came out of a backup and stays until a person releases or cancels it.
    """

    __tablename__ = "letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(30), index=True)
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    domain: Mapped[str] = mapped_column(String(254), default="")
    recipient_name: Mapped[str] = mapped_column(String(120), default="")
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text, default="")
    calendar: Mapped[str] = mapped_column(Text, default="")
    calendar_method: Mapped[str] = mapped_column(String(20), default="")
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"), index=True)
    priority: Mapped[int] = mapped_column(default=5)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    first_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    leased_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lease_token: Mapped[str | None] = mapped_column(String(40))
    claims: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    sending_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    uncertain_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    bounced_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failure: Mapped[str] = mapped_column(String(20), default="")
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        Index("ix_letter_waiting", "sent_at", "failed_at", "cancelled_at", "due_at"),
        Index("ix_letter_open", "priority", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class LetterAttempt(Base):
    """One time a letter was brought to the server, or may have been; never changed afterwards.

    `outcome`: sent, retry, failed, away (nothing was handed over), quota, uncertain (a copy may have arrived), bounced.
    """

    __tablename__ = "letter_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text, default="")
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime] = mapped_column(UTCDateTime)


class SkippedReminder(Base):
    """A reminder that was not sent after down time because it was no longer useful, with the reason."""

    __tablename__ = "skipped_reminder"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"))
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
