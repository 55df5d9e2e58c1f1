"""Reads the events of the year: what is in whose sight, the board 1+10+N, one event and what stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain import clock
from app.domain.actor import CITY, Actor, Role
from app.domain.errors import Missing
from app.domain.events import Taken, code_of, read_code
from app.domain.vocabulary import EventKind, OrganisationKind, Series, Topic
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.meeting import Meeting
from app.models.people import Organisation
from app.models.reference import Industry, ProgrammeYear, Quota

HELD = ("held", "reported")
DATED = ("scheduled", "announced")
MOST_RELEASABLE = 300
TOLD = ("sent", "accepted", "waiting", "offered", "lapsed")
"""States of invitations whose guests count on the date and the place they were told."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the board: a kind with its series or topic. `missing` counts up to the minimum."""

    kind: str
    line: str
    label: str
    owner: str
    slogan: str
    minimum: int
    planned: int
    dated: int
    held: int

    @property
    def missing(self) -> int:
        """How many events are still to be planned."""
        return max(0, self.minimum - self.planned - self.dated - self.held)

    @property
    def total(self) -> int:
        """All events that were not cancelled."""
        return self.planned + self.dated + self.held


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What the list of events is narrowed to; `line` is a series or a topic, `state` a state's code."""

    year: int
    kind: str = ""
    line: str = ""
    state: str = ""
    county: str = ""


def visible_to(actor: Actor) -> Select[Event]:
    """The city sees all events, a county office the city's and its own county's, everybody else none of the plan."""
    chosen = select(Event)
    if actor.role in CITY or actor.role is Role.PROGRAMME:
        return chosen
    if actor.role is Role.COUNTY_OFFICE and actor.county_id is not None:
        return chosen.where(or_(Event.county_id.is_(None), Event.county_id == actor.county_id))
    return chosen.where(false())


def event(session: Session, actor: Actor, event_id: int) -> Event:
    """One event in sight with all that its page shows; Missing for any other."""
    found = session.scalar(
        visible_to(actor)
        .where(Event.id == event_id)
        .options(
            joinedload(Event.venue),
            joinedload(Event.county),
            selectinload(Event.industries),
            selectinload(Event.hosts),
            selectinload(Event.releases),
        )
    )
    if found is None:
        raise Missing
    return found


def locked(session: Session, actor: Actor, event_id: int) -> Event:
    """One event in sight, read afresh and locked for changes; Missing for any other."""
    found = session.scalar(
        visible_to(actor).where(Event.id == event_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise Missing
    return found


def named(session: Session, actor: Actor, name: str) -> Event:
    """The event with this id or code (2022-CAS-1); Missing when there is none in sight."""
    code = read_code(name)
    chosen = visible_to(actor)
    if code is not None:
        year, kind, line, number = code
        chosen = chosen.where(
            Event.year == year,
            Event.kind == kind,
            func.coalesce(Event.series, Event.topic, "") == line,
            Event.number == number,
        )
    elif name.isascii() and name.isdecimal() and len(name) < 10:
        chosen = chosen.where(Event.id == int(name))
    else:
        raise Missing(f"“{name}”不是活动编号：请写活动的序号，或形如 2022-CAS-1 的编号。")
    found = session.scalar(chosen.order_by(Event.id.desc()).limit(1))
    if found is None:
        raise Missing(f"没有编号为 {name} 的活动。")
    return found


def code(found: Event) -> str:
    """2022-CAS-1."""
    return code_of(found.year, found.kind, line_of(found), found.number)


def line_of(found: Event) -> str:
    """The event's series or topic, or nothing."""
    return found.series or found.topic or ""


def line_label(kind: str, line: str) -> str:
    """What a kind with its series or topic is called."""
    if kind == EventKind.DOCKING.value and line:
        return Series(line).label
    if kind == EventKind.TOPIC.value and line:
        return Topic(line).label
    return EventKind(kind).label


def in_year(session: Session, actor: Actor, wanted: EventFilter) -> Sequence[Event]:
    """The events of the year in sight, those without a date last."""
    chosen = visible_to(actor).where(Event.year == wanted.year)
    if wanted.kind:
        chosen = chosen.where(Event.kind == wanted.kind)
    if wanted.line:
        chosen = chosen.where(or_(Event.series == wanted.line, Event.topic == wanted.line))
    if wanted.state:
        chosen = chosen.where(Event.state == wanted.state)
    if wanted.county:
        chosen = chosen.where(Event.county.has(code=wanted.county))
    return session.scalars(
        chosen.options(joinedload(Event.venue), joinedload(Event.county), selectinload(Event.industries)).order_by(
            Event.starts_at.is_(None), Event.starts_at, Event.kind, Event.number, Event.id
        )
    ).all()


def years(session: Session, today_year: int) -> list[int]:
    """The years that were opened or have events, and the present one, newest first."""
    opened = session.scalars(select(ProgrammeYear.year)).all()
    used = session.scalars(select(Event.year).distinct()).all()
    return sorted({*opened, *used, today_year}, reverse=True)


def years_with_events(session: Session) -> list[int]:
    """The years that have events, newest first."""
    return list(session.scalars(select(Event.year).distinct().order_by(Event.year.desc())))


def meeting_counts(session: Session, event_ids: Sequence[int]) -> dict[int, int]:
    """How many meetings each of these events has; those without any are not named."""
    rows = session.execute(
        select(Meeting.event_id, func.count()).where(Meeting.event_id.in_(event_ids)).group_by(Meeting.event_id)
    ).all()
    return {row[0]: row[1] for row in rows}


def institutes(session: Session) -> Sequence[Organisation]:
    """All institutes by series and name."""
    return session.scalars(
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.INSTITUTE.value)
        .order_by(Organisation.supply_kind, Organisation.name)
    ).all()


def releasable(session: Session, found: Event) -> Sequence[Achievement]:
    """The listed achievements that the event may show: of its hosts, or of its series when it has none; by title."""
    chosen = select(Achievement).join(Achievement.organisation).where(Achievement.state == "listed")
    if found.hosts:
        chosen = chosen.where(Achievement.organisation_id.in_([host.id for host in found.hosts]))
    elif found.series:
        chosen = chosen.where(Organisation.supply_kind == found.series)
    shown = [one.id for one in found.releases]
    rows = session.scalars(
        chosen.options(joinedload(Achievement.organisation), joinedload(Achievement.industry))
        .order_by(Achievement.id.not_in(shown), Organisation.name, Achievement.title)
        .limit(MOST_RELEASABLE)
    )
    return rows.all()


def board(session: Session, year: int) -> list[Line]:
    """The year's quotas with what is planned, dated and held; cancelled events do not count. The figures are public."""
    quotas = session.scalars(
        select(Quota).join(Quota.programme_year).where(ProgrammeYear.year == year).order_by(Quota.position, Quota.id)
    ).all()
    counts: dict[tuple[str, str, str], int] = {}
    rows = session.execute(
        select(Event.kind, func.coalesce(Event.series, Event.topic, ""), Event.state, func.count())
        .where(Event.year == year)
        .group_by(Event.kind, Event.series, Event.topic, Event.state)
    )
    for kind, line, state, number in rows:
        stage = "held" if state in HELD else "dated" if state in DATED else state
        counts[kind, line, stage] = counts.get((kind, line, stage), 0) + number
    return [
        Line(
            kind=quota.kind,
            line=quota.line,
            label=line_label(quota.kind, quota.line),
            owner=quota.owner,
            slogan=quota.slogan,
            minimum=quota.minimum,
            planned=counts.get((quota.kind, quota.line, "planned"), 0),
            dated=counts.get((quota.kind, quota.line, "dated"), 0),
            held=counts.get((quota.kind, quota.line, "held"), 0),
        )
        for quota in quotas
    ]


def dates_taken(session: Session, year: int) -> list[tuple[datetime, int, str]]:
    """(beginning, id, title) of the dated events that were not cancelled, of the year and its neighbours."""
    rows = session.execute(
        select(Event.starts_at, Event.id, Event.title)
        .where(Event.year.in_((year - 1, year, year + 1)), Event.starts_at.is_not(None), Event.state != "cancelled")
        .order_by(Event.starts_at)
    ).all()
    return [(starts_at, event_id, title) for starts_at, event_id, title in rows if starts_at is not None]


def taken(session: Session, found: Event) -> Taken:
    """What already stands on the event."""
    slots = session.scalar(select(func.max(Meeting.slot) + 1).where(Meeting.event_id == found.id))
    tables = session.scalar(select(func.max(Meeting.table_number) + 1).where(Meeting.event_id == found.id))
    told = session.scalar(
        select(func.count(Invitation.id)).where(Invitation.event_id == found.id, Invitation.state.in_(TOLD))
    )
    kept = select(func.sum(Invitation.party_size)).where(Invitation.event_id == found.id, Invitation.state == "offered")
    return Taken(
        seats=found.seats_taken,
        kept=session.scalar(kept) or 0,
        slots=slots or 0,
        tables=tables or 0,
        told=told or 0,
    )


def next_number(session: Session, year: int, kind: str, line: str) -> int:
    """The number of the next event of this kind and line; numbers of cancelled events are not used again."""
    last = session.scalar(
        select(func.max(Event.number)).where(
            Event.year == year, Event.kind == kind, func.coalesce(Event.series, Event.topic, "") == line
        )
    )
    return (last or 0) + 1


def industries_of(session: Session, industry_ids: Sequence[int]) -> Sequence[Industry]:
    """The industries with these ids, in the order of the list."""
    return session.scalars(select(Industry).where(Industry.id.in_(industry_ids)).order_by(Industry.position)).all()


def is_over(found: Event, now: datetime) -> bool:
    """Whether the event lies behind us, or has begun."""
    return found.state in (*HELD, "cancelled") or (found.starts_at is not None and found.starts_at <= now)


def month_of(found: Event) -> tuple[int, int] | None:
    """(year, month) on the wall clock, None without a date."""
    if found.starts_at is None:
        return None
    on = clock.today(found.starts_at)
    return on.year, on.month
