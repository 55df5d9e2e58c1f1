"""Reads what waits on the desk today and how the next events stand: a fixed number of queries, whatever the size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from app.domain.actor import CITY, Actor
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.letter import Letter
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Membership, Organisation

NEXT_EVENTS = 6
SOON = timedelta(days=14)
OPEN_EVENTS = ("planned", "scheduled", "announced")
SUGGESTED = ("suggested",)
KEPT = ("shortlisted", "introduced", "met")
ANSWERED = ("accepted", "waiting", "offered", "declined", "unseated", "attended", "absent")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things wait for somebody.

    `pairings`: needs with recommendations and none kept yet; `drafted` and `unanswered`: invitations to coming events;
    `stuck`: letters that failed.
    """

    memberships: int
    needs: int
    achievements: int
    pairings: int
    drafted: int
    unanswered: int
    stuck: int
    queued: int


@dataclass(frozen=True, slots=True)
class NextEvent:
    """A coming event with its replies: invited organisations, answered, accepted, and planned meetings."""

    id: int
    title: str
    starts_at: datetime
    state_label: str
    state_tone: str
    invited: int
    answered: int
    accepted: int
    declined: int
    meetings: int

    @property
    def rate(self) -> float | None:
        """The share that answered, 0..1; None when nobody was invited yet."""
        return self.answered / self.invited if self.invited else None


@dataclass(frozen=True, slots=True)
class Stock:
    """What the programme has to work with, in the asker's sight."""

    enterprises: int
    institutes: int
    published_needs: int
    listed_achievements: int
    kept_pairings: int
    signed_up_soon: int


def waiting(session: Session, actor: Actor, now: datetime) -> Waiting:
    """The queues in the asker's sight; a county office counts its own county only, and no letters."""
    coming = Event.starts_at > now
    sent = _count(Invitation).join(Event).where(Invitation.state == "sent", coming)
    drafted = _count(Invitation).join(Event).where(Invitation.state == "draft", coming)
    requests = _count(Membership).where(Membership.state == "requested")
    queries = {
        "memberships": _in_sight(requests.join(Membership.organisation), actor),
        "needs": _in_sight(_count(Need).where(Need.state == "submitted").join(Need.organisation), actor),
        "achievements": _in_sight(
            _count(Achievement).where(Achievement.state == "submitted").join(Achievement.organisation), actor
        ),
        "pairings": _in_sight(
            _count(Need).where(Need.state == "published", _paired(SUGGESTED), ~_paired(KEPT)).join(Need.organisation),
            actor,
        ),
        "drafted": _in_sight(drafted.join(Invitation.organisation), actor),
        "unanswered": _in_sight(sent.join(Invitation.organisation), actor),
    }
    counted = {name: int(session.scalar(query) or 0) for name, query in queries.items()}
    stuck, queued = _letters(session) if actor.role in CITY else (0, 0)
    return Waiting(**counted, stuck=stuck, queued=queued)


def stock(session: Session, actor: Actor, now: datetime) -> Stock:
    """Organisations admitted, needs, achievements and pairings kept; `signed_up_soon`: accepted guests of 14 days."""
    admitted = Organisation.approved_at.is_not(None)
    need_firm = (Organisation, Need.organisation_id == Organisation.id)
    soon = Event.starts_at.between(now, now + SOON)
    queries = {
        "enterprises": _count(Organisation).where(Organisation.kind == "enterprise", admitted),
        "institutes": _count(Organisation).where(Organisation.kind == "institute", admitted),
        "published_needs": _count(Need).where(Need.state == "published").join(*need_firm),
        "listed_achievements": _count(Achievement).where(Achievement.state == "listed").join(Achievement.organisation),
        "kept_pairings": _count(Pairing).where(Pairing.state.in_(KEPT)).join(Pairing.need).join(*need_firm),
        "signed_up_soon": _count(Invitation)
        .where(Invitation.state == "accepted", soon)
        .join(Event)
        .join(Invitation.organisation),
    }
    return Stock(**{name: int(session.scalar(_in_sight(query, actor)) or 0) for name, query in queries.items()})


def next_events(session: Session, actor: Actor, now: datetime) -> list[NextEvent]:
    """The coming dated events with their replies; a county office sees the city's and its own, and its own guests."""
    chosen = (
        select(Event)
        .where(Event.starts_at > now - timedelta(hours=12), Event.state.in_(OPEN_EVENTS))
        .order_by(Event.starts_at, Event.id)
        .limit(NEXT_EVENTS)
    )
    if actor.role not in CITY:
        chosen = chosen.where(or_(Event.county_id.is_(None), Event.county_id == actor.county_id))
    events = [event for event in session.scalars(chosen) if event.starts_at is not None]
    ids = [event.id for event in events]
    replies = _replies(session, ids, actor)
    rows = session.execute(
        select(Meeting.event_id, func.count()).where(Meeting.event_id.in_(ids)).group_by(Meeting.event_id)
    )
    meetings = {event_id: number for event_id, number in rows}  # noqa: C416 - dict() takes a result for a mapping
    return [
        NextEvent(
            event.id,
            event.title,
            event.starts_at or now,
            event.state_label,
            event.state_tone,
            *replies.get(event.id, (0, 0, 0, 0)),
            meetings=meetings.get(event.id, 0),
        )
        for event in events
    ]


def _replies(session: Session, ids: list[int], actor: Actor) -> dict[int, tuple[int, int, int, int]]:
    """By event: invited, answered, accepted, declined."""

    def number(*states: str) -> Any:
        return func.coalesce(func.sum(case((Invitation.state.in_(states), 1), else_=0)), 0)

    query: Select[Any] = (
        select(
            Invitation.event_id,
            number("sent", "lapsed", *ANSWERED),
            number(*ANSWERED),
            number("accepted", "attended"),
            number("declined"),
        )
        .join(Invitation.organisation)
        .where(Invitation.event_id.in_(ids))
        .group_by(Invitation.event_id)
    )
    rows = session.execute(_in_sight(query, actor))
    return {row[0]: (int(row[1]), int(row[2]), int(row[3]), int(row[4])) for row in rows}


def _paired(states: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether the need has a pairing in one of these states."""
    return select(Pairing.id).where(Pairing.need_id == Need.id, Pairing.state.in_(states)).exists()


def _letters(session: Session) -> tuple[int, int]:
    over = Letter.sent_at.is_(None) & Letter.cancelled_at.is_(None)
    row = session.execute(
        select(
            func.coalesce(func.sum(case((Letter.failed_at.is_not(None), 1), else_=0)), 0),
            func.coalesce(func.sum(case((Letter.failed_at.is_(None), 1), else_=0)), 0),
        ).where(over)
    ).one()
    return int(row[0]), int(row[1])


def _count(model: Any) -> Select[Any]:
    return select(func.count(model.id)).select_from(model)


def _in_sight(query: Select[Any], actor: Actor) -> Select[Any]:
    """Narrow a query that knows Organisation to the asker's county, for county offices."""
    return query if actor.role in CITY else query.where(Organisation.county_id == actor.county_id)
