"""Owns pairings of a need and an achievement, with score, reasons and the fingerprint of what they came from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.lifecycles.pairing import PAIRING
from app.domain.permissions import Owner
from app.domain.vocabulary import PairingLevel, PairingOrigin
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.need import Need


class Pairing(Lifecycled, Base):
    """One need, one achievement. `score` 0..1; `reasons` is a list of {kind, label, weight, detail} that add up to it.

    `rank` counts from 1 within the need; `level` says how likely it is an answer, NULL until it was computed; `evidence`
    is the matcher's explanation with the places in both texts; `event_id` is the docking session the season plan gave it.
    """

    machine = PAIRING
    __tablename__ = "pairing"
    id: Mapped[int] = mapped_column(primary_key=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("need.id", ondelete="CASCADE"))
    achievement_id: Mapped[int] = mapped_column(ForeignKey("achievement.id", ondelete="CASCADE"), index=True)
    score: Mapped[float]
    rank: Mapped[int | None]
    level: Mapped[str | None] = mapped_column(String(10))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    sentence: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    origin: Mapped[str] = mapped_column(String(20), default="matcher")
    decision: Mapped[str] = mapped_column(Text, default="")
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    unplaced: Mapped[str] = mapped_column(Text, default="")
    computed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    need: Mapped[Need] = relationship()
    achievement: Mapped[Achievement] = relationship()
    event: Mapped[Event | None] = relationship()
    __table_args__ = (
        UniqueConstraint("need_id", "achievement_id"),
        Index("ix_pairing_need_rank", "need_id", "rank"),
        state_check(PAIRING),
        CheckConstraint("score >= 0 AND score <= 1", name="score"),
        CheckConstraint("level IN ('strong', 'fair', 'weak', 'none')", name="level"),
    )

    @property
    def level_label(self) -> str:
        """What people call the level; empty until it was computed."""
        return PairingLevel(self.level).label if self.level else ""

    @property
    def is_by_hand(self) -> bool:
        """Whether a person put the two together, so that the sentence is theirs."""
        return bool(self.origin == PairingOrigin.HAND.value)

    @property
    def owner(self) -> Owner:
        """Whose it is: both sides', in the need's county."""
        need, achievement = self.need.organisation.owner, self.achievement.organisation.owner
        return Owner(need.organisations | achievement.organisations, need.counties)
