"""Reads the history of one thing, newest first, as lines ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import Role
from app.models.history import MoveRecord

LONGEST = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when (wall clock in Xuchang), who, what, and why."""

    at: str
    who: str
    what: str
    note: str


def of(session: Session, noun: str, subject_id: int, *, with_names: bool = True) -> list[Entry]:
    """The last LONGEST lines of the thing's history; without names, only the organisations that acted."""
    records = session.scalars(
        select(MoveRecord)
        .where(MoveRecord.noun == noun, MoveRecord.subject_id == subject_id)
        .order_by(MoveRecord.id.desc())
        .limit(LONGEST)
    )
    return [
        Entry(
            f"{clock.local(record.at):%Y-%m-%d %H:%M}",
            _who(record, with_names),
            record.label or record.verb,
            record.reason,
        )
        for record in records
    ]


def _who(record: MoveRecord, with_names: bool) -> str:
    place = record.actor_organisation or Role(record.actor_role).label
    return f"{place} {record.actor_name}" if with_names and record.actor_name != place else place
