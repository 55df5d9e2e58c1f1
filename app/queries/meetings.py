"""Reads one-to-one meetings: a guest's own timetable, and the pairings of a session whether they have a slot or not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.models.achievement import Achievement
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Expert

LIVE = ("shortlisted", "introduced", "met")
"""States in which a pairing speaks for inviting both sides to its session."""


def of_event(session: Session, event_id: int) -> Sequence[Meeting]:
    """All meetings of the event with the pairing, both organisations and the expert, by slot and table."""
    return session.scalars(_meetings(event_id)).all()


def of_guest(session: Session, event_id: int, organisation_id: int) -> Sequence[Meeting]:
    """The meetings of one organisation, as the enterprise or as the expert's institute, by slot and table."""
    return session.scalars(
        _meetings(event_id).where(
            or_(Meeting.enterprise_id == organisation_id, Achievement.organisation_id == organisation_id)
        )
    ).all()


def _meetings(event_id: int) -> Select[Meeting]:
    return (
        select(Meeting)
        .join(Meeting.pairing)
        .join(Pairing.need)
        .join(Pairing.achievement)
        .where(Meeting.event_id == event_id)
        .options(
            contains_eager(Meeting.pairing).contains_eager(Pairing.need).joinedload(Need.organisation),
            contains_eager(Meeting.pairing).contains_eager(Pairing.achievement).joinedload(Achievement.organisation),
            joinedload(Meeting.enterprise),
            joinedload(Meeting.expert),
        )
        .order_by(Meeting.slot, Meeting.table_number)
    )


def pairings_of_event(session: Session, event_id: int) -> Sequence[Pairing]:
    """The live pairings that the season plan gave to the event, best first within a need."""
    return session.scalars(_pairings(event_id)).all()


def pairings_of_guest(session: Session, event_id: int, organisation_id: int) -> Sequence[Pairing]:
    """The live pairings of one organisation at the event, on either side."""
    return session.scalars(
        _pairings(event_id).where(
            or_(Need.organisation_id == organisation_id, Achievement.organisation_id == organisation_id)
        )
    ).all()


def _pairings(event_id: int) -> Select[Pairing]:
    return (
        select(Pairing)
        .join(Pairing.need)
        .join(Pairing.achievement)
        .where(Pairing.event_id == event_id, Pairing.state.in_(LIVE))
        .options(
            contains_eager(Pairing.need).joinedload(Need.organisation),
            contains_eager(Pairing.achievement).joinedload(Achievement.organisation),
            contains_eager(Pairing.achievement).joinedload(Achievement.expert).joinedload(Expert.organisation),
        )
        .order_by(Pairing.need_id, Pairing.rank, Pairing.id)
    )
