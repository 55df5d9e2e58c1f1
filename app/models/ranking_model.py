"""Owns the trained ranking models: their weights, what they were trained on, and how they compared."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.lifecycles.ranking_model import RANKING_MODEL
from app.domain.permissions import Owner
from app.models.people import User


class RankingModel(Lifecycled, Base):
    """One trained model. `number` counts up from 1; `content` is the model as JSON (`matching.reranker`).

    `figures` are those of the comparison with model `compared_with` (0: the shipped one) on needs the training did not
    see: needs, ndcg, ndcg_other, auc, auc_other (or None), p_value.
    """

    machine = RANKING_MODEL
    __tablename__ = "ranking_model"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    content: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    shipped_pairs: Mapped[int]
    desk_pairs: Mapped[int]
    compared_with: Mapped[int]
    figures: Mapped[dict[str, float | None]] = mapped_column(JSON, default=dict)
    trained_at: Mapped[datetime] = mapped_column(UTCDateTime)
    trained_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    activated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    trained_by: Mapped[User | None] = relationship()
    __table_args__ = (
        state_check(RANKING_MODEL),
        CheckConstraint("number >= 1", name="number"),
        Index(
            "uq_ranking_model_active",
            "state",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )

    @property
    def owner(self) -> Owner:
        """Whose it is: the city's."""
        return Owner()
