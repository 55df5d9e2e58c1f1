"""Reads invitations: what is in whose sight, guest lists with filters, and how many answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.actor import CITY, Actor, Role
from app.domain.lifecycles.invitation import INVITATION
from app.domain.vocabulary import OrganisationKind
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.people import Organisation
from app.queries import events as event_queries
from app.queries.paging import Page, page_of

PAGE_SIZE = 50
OPEN_EVENTS = ("scheduled", "announced")
ANSWERED = ("accepted", "waiting", "offered", "declined", "unseated", "attended", "absent")
ASKED = (*ANSWERED, "sent", "lapsed")
COMING = ("accepted", "attended")
SORTS = {
    "organisation": Organisation.name,
    "side": Invitation.side,
    "state": Invitation.state,
    "sent": Invitation.sent_at,
    "replied": Invitation.replied_at,
    "party": Invitation.party_size,
}


@dataclass(frozen=True, slots=True)
class GuestFilter:
    """What a guest list is narrowed to; `sort`: a key of SORTS, "-" for down."""

    text: str = ""
    state: str = ""
    side: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Replies:
    """An event and its invitations in figures. `rate` is the share of those asked who answered, None if nobody was."""

    event: Event
    drafts: int
    asked: int
    accepted: int
    declined: int
    unanswered: int
    void: int
    persons: int
    waiting: int

    @property
    def answered(self) -> int:
        """How many answered, one way or the other."""
        return self.asked - self.unanswered

    @property
    def rate(self) -> float | None:
        """Answered of asked."""
        return self.answered / self.asked if self.asked else None

    @property
    def total(self) -> int:
        """All invitations that are not void."""
        return self.drafts + self.asked


def visible_to(actor: Actor) -> Select[Invitation]:
    """The invitations in the actor's sight: the city's all, a county office's own firms', a guest's own once sent."""
    return select(Invitation).where(_in_sight(actor))


def _in_sight(actor: Actor) -> ColumnElement[bool]:
    if actor.role in CITY or actor.role is Role.PROGRAMME:
        return Invitation.id.is_not(None)
    if actor.role is Role.COUNTY_OFFICE and actor.county_id is not None:
        return Invitation.organisation.has(Organisation.county_id == actor.county_id)
    if actor.role in (Role.ENTERPRISE, Role.INSTITUTE) and actor.organisation_id is not None:
        return (Invitation.organisation_id == actor.organisation_id) & Invitation.sent_at.is_not(None)
    if actor.role is Role.GUEST and actor.invitation_id is not None:
        return Invitation.id == actor.invitation_id
    return false()


def one(session: Session, actor: Actor, invitation_id: int) -> Invitation | None:
    """The invitation with its event and organisation, or None when it is not in sight."""
    return session.scalar(
        visible_to(actor)
        .where(Invitation.id == invitation_id)
        .options(joinedload(Invitation.event).joinedload(Event.venue), joinedload(Invitation.organisation))
    )


def of_organisation(session: Session, actor: Actor) -> Sequence[Invitation]:
    """A portal's own invitations, the latest event first."""
    return session.scalars(
        visible_to(actor)
        .join(Invitation.event)
        .options(joinedload(Invitation.event).joinedload(Event.venue))
        .order_by(Event.starts_at.desc(), Invitation.id)
    ).all()


def guests(session: Session, actor: Actor, event_id: int, wanted: GuestFilter, page: int) -> Page[Invitation]:
    """One page of an event's guest list."""
    return page_of(session, guest_list(actor, event_id, wanted), page, PAGE_SIZE)


def guest_list(actor: Actor, event_id: int, wanted: GuestFilter) -> Select[Invitation]:
    """An event's guest list, narrowed and sorted, with the organisations."""
    chosen = (
        visible_to(actor)
        .join(Invitation.organisation)
        .where(Invitation.event_id == event_id)
        .options(joinedload(Invitation.organisation).joinedload(Organisation.county))
    )
    if wanted.state in INVITATION.codes:
        chosen = chosen.where(Invitation.state == wanted.state)
    if wanted.side:
        chosen = chosen.where(Invitation.side == wanted.side)
    if wanted.text:
        text = wanted.text[:100]
        chosen = chosen.where(
            or_(
                Organisation.name.icontains(text, autoescape=True),
                Invitation.contact_name.icontains(text, autoescape=True),
                Invitation.contact_email.icontains(text, autoescape=True),
            )
        )
    column = SORTS.get(wanted.sort.removeprefix("-"))
    if column is not None:
        chosen = chosen.order_by(column.desc() if wanted.sort.startswith("-") else column.asc())
    return chosen.order_by(Invitation.side, Organisation.name, Invitation.id)


def of_event(session: Session, event_id: int) -> Sequence[Invitation]:
    """All invitations to the event."""
    return session.scalars(select(Invitation).where(Invitation.event_id == event_id).order_by(Invitation.id)).all()


def drafts(session: Session, event_id: int) -> Sequence[Invitation]:
    """The invitations of the event that have not been sent, in the order of the guest list."""
    return session.scalars(
        select(Invitation)
        .join(Invitation.organisation)
        .where(Invitation.event_id == event_id, Invitation.state == "draft")
        .options(joinedload(Invitation.organisation))
        .order_by(Invitation.side, Organisation.name, Invitation.id)
    ).all()


def replies(session: Session, actor: Actor, events: Sequence[Event]) -> list[Replies]:
    """The figures of these events, as far as the actor sees their guests; one query for all."""
    rows = session.execute(
        select(Invitation.event_id, Invitation.state, func.count(), func.coalesce(func.sum(Invitation.party_size), 0))
        .where(Invitation.event_id.in_([event.id for event in events]), _in_sight(actor))
        .group_by(Invitation.event_id, Invitation.state)
    )
    counts: dict[int, dict[str, tuple[int, int]]] = {}
    for event_id, state, count, persons in rows:
        counts.setdefault(event_id, {})[state] = (count, int(persons))
    return [_figures(event, counts.get(event.id, {})) for event in events]


def _figures(event: Event, by_state: dict[str, tuple[int, int]]) -> Replies:
    def sum_of(*states: str, at: int = 0) -> int:
        return sum(by_state.get(state, (0, 0))[at] for state in states)

    return Replies(
        event=event,
        drafts=sum_of("draft"),
        asked=sum_of(*ASKED),
        accepted=sum_of("accepted", "attended", "absent"),
        declined=sum_of("declined"),
        unanswered=sum_of("sent", "lapsed"),
        void=sum_of("void"),
        persons=sum_of(*COMING, at=1),
        waiting=sum_of("waiting", "offered"),
    )


def events_of_year(session: Session, actor: Actor, year: int) -> Sequence[Event]:
    """The events in sight of the year that guests are invited to or could be: those with a date, by date."""
    return session.scalars(
        event_queries.visible_to(actor)
        .where(Event.year == year, Event.starts_at.is_not(None))
        .options(joinedload(Event.venue))
        .order_by(Event.starts_at, Event.id)
    ).all()


def years(session: Session) -> list[int]:
    """The years that have events, the latest first."""
    return list(session.scalars(select(Event.year).distinct().order_by(Event.year.desc())))


def docking_sessions(session: Session, year: int) -> Sequence[Event]:
    """The year's docking sessions that have a date and were not cancelled, by date."""
    return session.scalars(
        select(Event)
        .where(
            Event.year == year,
            Event.kind == "docking",
            Event.starts_at.is_not(None),
            Event.state.not_in(("planned", "cancelled")),
        )
        .order_by(Event.starts_at, Event.id)
    ).all()


def overdue(session: Session, now: datetime) -> Sequence[int]:
    """Ids of the invitations without an answer whose event has begun."""
    return session.scalars(
        select(Invitation.id)
        .join(Invitation.event)
        .where(Invitation.state == "sent", Event.starts_at <= now)
        .order_by(Invitation.id)
    ).all()


def desk(session: Session) -> Organisation | None:
    """The market's own organisation: whom guests ask."""
    return session.scalar(
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.MARKET.value)
        .order_by(Organisation.id)
        .limit(1)
    )
