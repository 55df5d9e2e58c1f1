"""Owns what the desk adds to the lexicon of the matcher, and the previews of what an entry would change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.base import Base, Lifecycled, UTCDateTime, state_check
from app.domain.lifecycles.lexicon_entry import LEXICON_ENTRY
from app.domain.permissions import Owner
from app.domain.vocabulary import TermKind
from app.models.people import User

LONGEST_LINE = 1000


class LexiconEntry(Lifecycled, Base):
    """One word, or one relation between `head` and `terms`; `line` is the entry as a line of a thesaurus file.

    `replaces_id` names the enabled entry that this one is the new wording of: it yields when this one is enabled.
    """

    machine = LEXICON_ENTRY
    __tablename__ = "lexicon_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    head: Mapped[str] = mapped_column(String(80))
    terms: Mapped[list[str]] = mapped_column(JSON, default=list)
    line: Mapped[str] = mapped_column(String(LONGEST_LINE))
    note: Mapped[str] = mapped_column(Text, default="")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("lexicon_entry.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    enabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_by: Mapped[User | None] = relationship()
    replaces: Mapped[LexiconEntry | None] = relationship(remote_side="LexiconEntry.id")
    __table_args__ = (
        state_check(LEXICON_ENTRY),
        CheckConstraint("kind IN ('word', 'same', 'narrower', 'related')", name="kind"),
        CheckConstraint("replaces_id <> id", name="replaces"),
    )

    @property
    def owner(self) -> Owner:
        """Whose it is: the city's."""
        return Owner()

    @property
    def kind_label(self) -> str:
        """What people call the kind."""
        return TermKind(self.kind).label


class LexiconPreview(Base):
    """Which pairings would change by a deed to an entry: asked for by a person, computed by the `preview` job.

    `deed` is `enable` or `retire`, `line` the entry's wording then. `figures` counts, `changes` lists the changed pairings
    as {need, achievement, kind, old, new} where old and new are {rank, score, level} or None; `mark` says of what state
    of the offer and the ranking they were computed. `error`: why there is none.
    """

    __tablename__ = "lexicon_preview"
    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("lexicon_entry.id", ondelete="CASCADE"), index=True)
    deed: Mapped[str] = mapped_column(String(20))
    line: Mapped[str] = mapped_column(String(LONGEST_LINE))
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mark: Mapped[str] = mapped_column(String(200), default="")
    figures: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    error: Mapped[str] = mapped_column(Text, default="")
    entry: Mapped[LexiconEntry] = relationship()
    __table_args__ = (CheckConstraint("deed IN ('enable', 'retire')", name="deed"),)
