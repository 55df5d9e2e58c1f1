"""Reads what a timetable is made from: the pairings of a session with both sides, its meetings, its guests' answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, distinct, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.models.achievement import Achievement
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.need import Need
from app.models.pairing import Pairing
from app.models.people import Expert, Organisation
from app.queries.pairings import OFFERED_ACHIEVEMENT, OFFERED_NEED

KEPT = ("shortlisted", "introduced")
OUT = {"declined": "已谢绝邀请", "void": "的邀请已撤回", "absent": "没有到会", "unseated": "候补未入席"}
"""States of invitations whose guests cannot be timetabled, as a reason says it after the guest's name."""

ASKED = ("sent", "accepted", "waiting", "offered", "lapsed", "attended", "absent")
"""States of invitations that have reached their guests."""

OVER = ("held", "reported")
MOST_SHOWN = 300
MOST_OFFERED = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """How an organisation's invitation to one event stands; hours are "HH:MM" of the event's day."""

    state: str
    arrives_at: str | None
    leaves_at: str | None


def _with_sides(chosen: Select[Pairing]) -> Select[Pairing]:
    return (
        chosen.join(Pairing.need)
        .join(Pairing.achievement)
        .options(
            contains_eager(Pairing.need).joinedload(Need.organisation).joinedload(Organisation.county),
            contains_eager(Pairing.need).joinedload(Need.industry),
            contains_eager(Pairing.achievement).joinedload(Achievement.organisation),
            contains_eager(Pairing.achievement).joinedload(Achievement.expert),
        )
    )


def of_event(session: Session, event_id: int) -> Sequence[Pairing]:
    """The kept pairings of the event, and those with a meeting at it, in the order of ids."""
    has_meeting = exists().where(Meeting.pairing_id == Pairing.id, Meeting.event_id == event_id)
    chosen = _with_sides(select(Pairing)).where(
        or_(and_(Pairing.event_id == event_id, Pairing.state.in_(KEPT)), has_meeting)
    )
    return session.scalars(chosen.order_by(Pairing.id)).unique().all()


def for_season(session: Session, year: int, more: Sequence[int], now: datetime) -> Sequence[Pairing]:
    """The kept pairings that a plan of the year's sessions may assign, and `more` (ids) that are about to be kept.

    Left out are those with a meeting at an event that has begun, those assigned to an event of another year that lies
    ahead, and those that have no session yet while a side is no longer on offer.
    """
    begun = or_(Event.state.in_(OVER), Event.starts_at <= now)
    talked = exists().where(Meeting.pairing_id == Pairing.id, Meeting.event_id == Event.id, begun)
    elsewhere = exists().where(
        Event.id == Pairing.event_id,
        Event.year != year,
        Event.state.not_in(("cancelled", *OVER)),
        Event.starts_at > now,
    )
    on_offer = and_(Need.state == OFFERED_NEED, Achievement.state == OFFERED_ACHIEVEMENT)
    chosen = _with_sides(select(Pairing)).where(
        or_(Pairing.state.in_(KEPT), Pairing.id.in_(more)),
        or_(Pairing.event_id.is_not(None), on_offer),
        ~talked,
        ~elsewhere,
    )
    return session.scalars(chosen.order_by(Pairing.id)).unique().all()


def sessions_ahead(session: Session, year: int, now: datetime) -> Sequence[Event]:
    """The year's docking sessions that can still be planned: with a date ahead, slots and tables; by date."""
    return session.scalars(
        select(Event)
        .where(
            Event.year == year,
            Event.kind == "docking",
            Event.state.in_(("scheduled", "announced")),
            Event.starts_at > now,
            Event.slot_count > 0,
            Event.tables > 0,
        )
        .options(joinedload(Event.venue))
        .order_by(Event.starts_at, Event.id)
    ).all()


def meetings(session: Session, event_ids: Sequence[int]) -> dict[int, list[Meeting]]:
    """The meetings of these events by event, by slot and table."""
    rows = session.scalars(
        select(Meeting)
        .where(Meeting.event_id.in_(event_ids))
        .options(joinedload(Meeting.expert), joinedload(Meeting.enterprise))
        .order_by(Meeting.slot, Meeting.table_number)
    ).all()
    found: dict[int, list[Meeting]] = {event_id: [] for event_id in event_ids}
    for row in rows:
        found[row.event_id].append(row)
    return found


def answers(session: Session, event_ids: Sequence[int]) -> dict[int, dict[int, Answer]]:
    """How every invitation to these events stands, by event and organisation."""
    rows = session.execute(
        select(
            Invitation.event_id,
            Invitation.organisation_id,
            Invitation.state,
            Invitation.arrives_at,
            Invitation.leaves_at,
        ).where(Invitation.event_id.in_(event_ids))
    ).all()
    found: dict[int, dict[int, Answer]] = {event_id: {} for event_id in event_ids}
    for event_id, organisation_id, state, arrives_at, leaves_at in rows:
        found[event_id][organisation_id] = Answer(state, arrives_at, leaves_at)
    return found


def was_asked(answered: Mapping[int, Answer]) -> bool:
    """Whether any guest has received an invitation, and with it the times of the talks."""
    return any(answer.state in ASKED for answer in answered.values())


def experts(session: Session, wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Expert]:
    """The experts known by organisation and e-mail address."""
    organisations = {organisation_id for organisation_id, _email in wanted}
    rows = session.scalars(select(Expert).where(Expert.organisation_id.in_(organisations))).all()
    return {(row.organisation_id, row.email): row for row in rows}


def experts_by_id(session: Session, ids: Sequence[int]) -> dict[int, Expert]:
    """These experts by id."""
    return {row.id: row for row in session.scalars(select(Expert).where(Expert.id.in_(ids)))}


def could_join(session: Session, event_id: int) -> Sequence[Pairing]:
    """Pairings without a session whose sides are both guests of the event, and kept ones of either, best first."""
    guests = (
        select(Need.organisation_id)
        .join(Pairing.need)
        .where(Pairing.event_id == event_id)
        .union(
            select(Achievement.organisation_id).join(Pairing.achievement).where(Pairing.event_id == event_id),
            select(Invitation.organisation_id).where(Invitation.event_id == event_id, Invitation.state.in_(ASKED)),
        )
    )
    demand, supply = Need.organisation_id.in_(guests), Achievement.organisation_id.in_(guests)
    chosen = _with_sides(select(Pairing)).where(
        Pairing.event_id.is_(None),
        Need.state == OFFERED_NEED,
        Achievement.state == OFFERED_ACHIEVEMENT,
        or_(
            and_(Pairing.state.in_(KEPT), or_(demand, supply)),
            and_(Pairing.state == "suggested", demand, supply),
        ),
    )
    return session.scalars(chosen.order_by(Pairing.score.desc(), Pairing.id).limit(MOST_OFFERED)).unique().all()


@dataclass(frozen=True, slots=True)
class Standing:
    """How one session of the year stands. `places` are its slots times its tables."""

    event: Event
    pairings: int
    enterprises: int
    institutes: int
    meetings: int
    asked: int

    @property
    def places(self) -> int:
        """How many talks it has room for."""
        return self.event.slot_count * self.event.tables


def standings(session: Session, year: int) -> list[Standing]:
    """Every docking session of the year that was not cancelled, by date."""
    events = session.scalars(
        select(Event)
        .where(Event.year == year, Event.kind == "docking", Event.state != "cancelled")
        .options(joinedload(Event.venue))
        .order_by(Event.starts_at.is_(None), Event.starts_at, Event.id)
    ).all()
    ids = [event.id for event in events]
    assigned = {
        row[0]: (row[1], row[2], row[3])
        for row in session.execute(
            select(
                Pairing.event_id,
                func.count(),
                func.count(distinct(Need.organisation_id)),
                func.count(distinct(Achievement.organisation_id)),
            )
            .join(Pairing.need)
            .join(Pairing.achievement)
            .where(Pairing.event_id.in_(ids), Pairing.state.in_((*KEPT, "met")))
            .group_by(Pairing.event_id)
        )
    }
    held = _counted(
        session, select(Meeting.event_id, func.count()).where(Meeting.event_id.in_(ids)).group_by(Meeting.event_id)
    )
    asked = _counted(
        session,
        select(Invitation.event_id, func.count())
        .where(Invitation.event_id.in_(ids), Invitation.state.in_((*ASKED, "declined")))
        .group_by(Invitation.event_id),
    )
    return [
        Standing(event, *assigned.get(event.id, (0, 0, 0)), held.get(event.id, 0), asked.get(event.id, 0))
        for event in events
    ]


def _counted(session: Session, chosen: Select[*tuple[Any, ...]]) -> dict[int, int]:
    return {row[0]: row[1] for row in session.execute(chosen)}


def waiting(session: Session, year: int) -> Sequence[Pairing]:
    """The kept pairings without a session, or without a place in one of the year's: with the reason, by need."""
    placed = exists().where(Meeting.pairing_id == Pairing.id)
    this_year = exists().where(Event.id == Pairing.event_id, Event.year == year)
    chosen = _with_sides(select(Pairing)).where(
        Pairing.state.in_(KEPT), ~placed, or_(Pairing.event_id.is_(None), this_year)
    )
    rows = session.scalars(
        chosen.options(joinedload(Pairing.event)).order_by(Pairing.need_id, Pairing.id).limit(MOST_SHOWN)
    )
    return rows.unique().all()


def named(session: Session, pairing_ids: Sequence[int]) -> dict[int, Pairing]:
    """These pairings with both sides, by id."""
    rows = session.scalars(_with_sides(select(Pairing)).where(Pairing.id.in_(pairing_ids))).unique()
    return {row.id: row for row in rows}
