"""Owns the versions of sessions' timetables: every one that was computed or changed by hand, and which were published."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, UTCDateTime
from app.domain.placements import Condition, Placement, read_conditions, read_placements
from app.models.event import Event
from app.models.people import User

ORIGINS = {
    "season": "年度排期",
    "computed": "自动编排",
    "hand": "手工调整",
    "repair": "现场变化",
    "restored": "恢复旧版",
    "taken": "沿用原有安排",
}
"""How a version came about, and what people call that."""


class TimetableVersion(Base):
    """One timetable of one event. `number` counts all versions (稿), `edition` those that were published (版).

    The published timetable is the one with the highest edition; the meetings are its rows, less those of guests who
    dropped out since. The working draft is the newest version that was not discarded, if it was not published.
    `placements` is what app.domain.placements writes, `reasons` says by pairing id why it has no place, `conditions`
    what has happened that no invitation says. `figures`: scheduled, score, bound, status, breaks, waiting_slots,
    participants_without_meeting, expert_table_moves, seconds, seed, options. `mark` is the digest of the task it
    was computed for.
    """

    __tablename__ = "timetable_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    edition: Mapped[int | None]
    origin: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(300), default="")
    base_number: Mapped[int | None]
    placements: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    reasons: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    mark: Mapped[str] = mapped_column(String(32), default="")
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    discarded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    event: Mapped[Event] = relationship()
    made_by: Mapped[User | None] = relationship(foreign_keys=[made_by_id])
    published_by: Mapped[User | None] = relationship(foreign_keys=[published_by_id])
    __table_args__ = (
        UniqueConstraint("event_id", "number"),
        UniqueConstraint("event_id", "edition"),
        CheckConstraint("number >= 1 AND (edition IS NULL OR edition >= 1)", name="numbers"),
        CheckConstraint("(edition IS NULL) = (published_at IS NULL)", name="published"),
        CheckConstraint("edition IS NULL OR discarded_at IS NULL", name="discarded"),
        CheckConstraint(
            "origin IN ('season', 'computed', 'hand', 'repair', 'restored', 'taken')",
            name="origin",
        ),
    )

    @property
    def name(self) -> str:
        """第 3 版, or 第 5 稿 while it was not published."""
        return f"第 {self.edition} 版" if self.edition else f"第 {self.number} 稿"

    @property
    def origin_label(self) -> str:
        """How it came about."""
        return ORIGINS[self.origin]

    @property
    def places(self) -> tuple[Placement, ...]:
        """Where its talks stand."""
        return read_placements(self.placements)

    @property
    def happened(self) -> tuple[Condition, ...]:
        """What has happened on the day."""
        return read_conditions(self.conditions)

    @property
    def proof(self) -> str:
        """What is known about its value, in words: proven best, or how far from the proven limit at most."""
        return proof_of(self.figures)


def proof_of(figures: dict[str, Any]) -> str:
    """已证明最优, 距上界 0.3 %, or why neither can be said; empty without figures."""
    score, bound = figures.get("score"), figures.get("bound")
    if figures.get("status") == "incomplete":
        return "有必须满足的要求没有满足"
    if score is None or bound is None:
        return ""
    if score >= bound:
        return "已证明最优"
    return f"距上界 {(bound - score) / bound:.1%}".replace("%", " %") if bound > 0 else ""
