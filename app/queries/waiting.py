"""Reads waiting lists: who waits for a seat of an event in which order, and which offers have run out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain.clock import local
from app.domain.offers import LAST_CALL, SHORTEST
from app.domain.replies import ENDED_WORDS, kept_words, room_words, standing_words
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.people import Organisation
from app.queries.guest_pages import SeenInvitation

OPEN = ("scheduled", "announced")


def line(session: Session, event_id: int) -> Sequence[Invitation]:
    """Everybody who waits for a seat of the event, the first in line first."""
    return session.scalars(_in_line(event_id)).all()


def _in_line(event_id: int) -> Select[Invitation]:
    return (
        select(Invitation)
        .where(Invitation.event_id == event_id, Invitation.state == "waiting")
        .options(joinedload(Invitation.organisation).joinedload(Organisation.county))
        .order_by(Invitation.line_number, Invitation.id)
    )


def offered(session: Session, event_id: int) -> Sequence[Invitation]:
    """Everybody for whom a seat of the event is kept, the first to run out first."""
    return session.scalars(
        select(Invitation)
        .where(Invitation.event_id == event_id, Invitation.state == "offered")
        .options(joinedload(Invitation.organisation).joinedload(Organisation.county))
        .order_by(Invitation.offered_until, Invitation.id)
    ).all()


def place(session: Session, invitation: Invitation | SeenInvitation) -> int:
    """Where in the line a waiting guest stands, from 1; 0 for everybody else."""
    if invitation.state != "waiting" or invitation.line_number is None:
        return 0
    before = select(func.count(Invitation.id)).where(
        Invitation.event_id == invitation.event_id,
        Invitation.state == "waiting",
        Invitation.line_number < invitation.line_number,
    )
    return int(session.scalar(before) or 0) + 1


def standing(session: Session, invitation: Invitation | SeenInvitation) -> str:
    """What the guest reads about seat and line, in Chinese; empty for whoever neither waits nor has an offer."""
    event = invitation.event
    if invitation.state == "waiting":
        left = event.capacity - event.seats_taken if event.offer_hours else 0
        return standing_words(place(session, invitation), max(left, 0), invitation.wanted_seats)
    if invitation.state == "offered" and invitation.offered_until is not None:
        return kept_words(invitation.party_size, f"{local(invitation.offered_until):%Y-%m-%d %H:%M}")
    return ENDED_WORDS if invitation.state == "unseated" else ""


def room(session: Session, invitation: Invitation | SeenInvitation) -> str:
    """What the guest reads about the seats of the event before answering; nothing for who waits or has an offer."""
    event = invitation.event
    if invitation.state in ("waiting", "offered"):
        return ""
    left = event.capacity - event.seats_taken
    return room_words(left, 0 if left > 0 else length(session, event.id))


def length(session: Session, event_id: int) -> int:
    """How many wait for a seat of the event."""
    waiting = select(func.count(Invitation.id)).where(Invitation.event_id == event_id, Invitation.state == "waiting")
    return int(session.scalar(waiting) or 0)


def last_number(session: Session, event_id: int) -> int:
    """The highest number the event's line has given out among those who still hold one; 0 before the first."""
    highest = select(func.max(Invitation.line_number)).where(Invitation.event_id == event_id)
    return int(session.scalar(highest) or 0)


def run_out(session: Session, now: datetime) -> Sequence[int]:
    """Ids of the invitations whose offer has run out, or whose event began while they waited."""
    return session.scalars(
        select(Invitation.id)
        .join(Invitation.event)
        .where(
            ((Invitation.state == "offered") & (Invitation.offered_until <= now))
            | (Invitation.state.in_(("waiting", "offered")) & (Event.starts_at <= now))
        )
        .order_by(Invitation.offered_until, Invitation.id)
    ).all()


def with_room(session: Session, now: datetime) -> Sequence[int]:
    """Ids of the coming events that have both a free seat and somebody waiting whose party fits."""
    return session.scalars(
        select(Event.id)
        .where(
            Event.state.in_(OPEN),
            Event.offer_hours > 0,
            Event.starts_at > now + LAST_CALL + SHORTEST,
            select(Invitation.id)
            .where(
                Invitation.event_id == Event.id,
                Invitation.state == "waiting",
                Invitation.wanted_seats <= Event.capacity - Event.seats_taken,
            )
            .exists(),
        )
        .order_by(Event.starts_at, Event.id)
    ).all()
