"""Clears one-to-one meetings when a guest, a pairing or a whole event drops out, so that the tables are free."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.models.meeting import Meeting
from app.models.pairing import Pairing
from app.queries import meetings


def clear_for(session: Session, event_id: int, organisation_id: int, reason: str) -> int:
    """Remove the organisation's meetings at the event; the pairings keep the session and the reason. How many."""
    gone = meetings.of_guest(session, event_id, organisation_id)
    for meeting in gone:
        meeting.pairing.unplaced = reason
        session.delete(meeting)
    session.flush()  # the slots may be given away in the same transaction
    return len(gone)


def clear_event(session: Session, event_id: int) -> int:
    """Remove all meetings of the event; how many there were."""
    gone = session.scalars(
        delete(Meeting)
        .where(Meeting.event_id == event_id)
        .returning(Meeting.id)
        .execution_options(synchronize_session="fetch")
    ).all()
    return len(gone)


def clear_pairing(session: Session, pairing: Pairing, reason: str) -> int:
    """Remove the pairing's meetings wherever they are; how many there were."""
    gone = session.scalars(select(Meeting).where(Meeting.pairing_id == pairing.id)).all()
    for meeting in gone:
        session.delete(meeting)
    if gone:
        pairing.unplaced = reason
    session.flush()  # the slots may be given away in the same transaction
    return len(gone)
