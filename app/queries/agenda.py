"""Reads what anyone may see of the year: announced events, one event's page, and how far 1+10+N has come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain import clock
from app.domain.errors import Missing
from app.domain.masking import without_contacts, without_name
from app.domain.vocabulary import EventKind, Maturity, Series, Topic, Visibility
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.history import MoveRecord
from app.models.reference import ProgrammeYear

HELD = ("held", "reported")
DATED = ("scheduled", "announced")


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """One event on the public agenda. `seats_left` is None once there is nothing left to book."""

    id: int
    title: str
    summary: str
    kind: str
    kind_label: str
    line_label: str
    starts_at: datetime
    ends_at: datetime
    place: str
    county: str
    hosts: tuple[str, ...]
    industries: tuple[str, ...]
    is_docking: bool
    is_cancelled: bool
    is_over: bool
    state_label: str
    state_tone: str
    capacity: int
    seats_left: int | None
    sequence: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Released:
    """An achievement shown at an event; `organisation` is None where it stays hidden."""

    id: int
    title: str
    organisation: str | None
    maturity: str


@dataclass(frozen=True, slots=True)
class EventDetail:
    """An event's page: the agenda entry, where it is, its programme of the day, and what is released there."""

    entry: AgendaEntry
    venue: str
    address: str
    agenda: tuple[tuple[str, str], ...]
    talks: str
    releases: tuple[Released, ...]


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of 1+10+N: how many events the year wants at least, how many were held, how many have a date."""

    kind: str
    sign: str
    title: str
    slogan: str
    quota: int
    held: int
    dated: int
    note: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A programme year and its arms."""

    year: int
    name: str
    arms: tuple[Arm, ...]


def public_events() -> Select[Event]:
    """Events that anyone may see: announced or held; and those announced once and then postponed or cancelled."""
    announced_once = (
        select(MoveRecord.id)
        .where(MoveRecord.noun == "event", MoveRecord.subject_id == Event.id, MoveRecord.verb == "announce")
        .exists()
    )
    shown: ColumnElement[bool] = or_(
        Event.state.in_(("announced", *HELD)),
        and_(Event.state.in_(("scheduled", "cancelled")), announced_once),
    )
    return (
        select(Event)
        .where(shown, Event.starts_at.is_not(None))
        .options(
            joinedload(Event.venue), joinedload(Event.county), selectinload(Event.hosts), selectinload(Event.industries)
        )
        .order_by(Event.starts_at, Event.id)
    )


def agenda(
    session: Session,
    now: datetime,
    *,
    year: int,
    month: int | None = None,
    kind: EventKind | None = None,
    line: Series | Topic | None = None,
) -> list[AgendaEntry]:
    """The public events of a programme year in order of time, narrowed to a month, a kind, a series or a topic."""
    chosen = public_events().where(Event.year == year)
    if kind is not None:
        chosen = chosen.where(Event.kind == kind.value)
    if isinstance(line, Series):
        chosen = chosen.where(Event.series == line.value)
    if isinstance(line, Topic):
        chosen = chosen.where(Event.topic == line.value)
    entries = _entries(session.scalars(chosen), now)
    return [one for one in entries if month is None or clock.local(one.starts_at).month == month]


def coming(session: Session, now: datetime, limit: int) -> list[AgendaEntry]:
    """The next public events that are neither over nor cancelled."""
    chosen = public_events().where(Event.starts_at > now - timedelta(hours=12), Event.state.in_(DATED))
    entries = _entries(session.scalars(chosen.limit(limit + 5)), now)
    return [one for one in entries if not one.is_over][:limit]


def event(session: Session, event_id: int, now: datetime) -> EventDetail:
    """One public event's page; Missing when anyone may not see it."""
    found = session.scalar(
        public_events()
        .where(Event.id == event_id)
        .options(selectinload(Event.releases).joinedload(Achievement.organisation))
    )
    if found is None:
        raise Missing("没有这场公开的活动：可能还没有对外公告，也可能地址有误。")
    entry = next(iter(_entries([found], now)))
    return EventDetail(
        entry=entry,
        venue=found.venue.name if found.venue else "",
        address=found.place or (found.venue.address if found.venue else ""),
        agenda=tuple((str(row.get("time", "")), str(row.get("title", ""))) for row in found.agenda),
        talks=_talks(found),
        releases=tuple(_released(one) for one in found.releases if _is_public(one)),
    )


def years(session: Session) -> list[int]:
    """The programme years that exist, newest first."""
    return list(session.scalars(select(ProgrammeYear.year).order_by(ProgrammeYear.year.desc())))


def present_year(session: Session, today: date) -> int:
    """The programme year of today: the running one, else the next one, else the last one; today's year without any."""
    running = session.scalar(
        select(ProgrammeYear.year).where(ProgrammeYear.ends_on >= today).order_by(ProgrammeYear.starts_on).limit(1)
    )
    last = session.scalar(select(func.max(ProgrammeYear.year)))
    return running or last or today.year


def progress(session: Session, year: int) -> Progress | None:
    """How far the year has come, arm by arm; None when the year is not set up."""
    programme = session.scalar(
        select(ProgrammeYear).where(ProgrammeYear.year == year).options(selectinload(ProgrammeYear.quotas))
    )
    if programme is None:
        return None
    counted: dict[tuple[str, str, bool], int] = {}
    rows = session.execute(
        select(Event.kind, Event.series, Event.topic, Event.state, func.count())
        .where(Event.year == year, Event.state.in_(HELD + DATED))
        .group_by(Event.kind, Event.series, Event.topic, Event.state)
    )
    for kind, series, topic, state, number in rows:
        key = (kind, series or topic or "", state in HELD)
        counted[key] = counted.get(key, 0) + number
    arms = []
    for kind in EventKind:
        quotas = [quota for quota in programme.quotas if quota.kind == kind.value]
        minimum = sum(quota.minimum for quota in quotas)
        slogan = next((quota.slogan for quota in quotas if quota.slogan), "")
        arms.append(_arm(kind, minimum, slogan, counted))
    return Progress(programme.year, programme.name, tuple(arms))


def _arm(kind: EventKind, minimum: int, slogan: str, counted: dict[tuple[str, str, bool], int]) -> Arm:
    def number(held: bool, line: str | None = None) -> int:
        return sum(
            count
            for (of, at, done), count in counted.items()
            if of == kind.value and done is held and line in (None, at)
        )

    lines: Iterable[Series | Topic] = {EventKind.DOCKING: Series, EventKind.TOPIC: Topic}.get(kind, ())
    parts = [f"{line.label} {number(True, line.value) + number(False, line.value)} 场" for line in lines]
    return Arm(
        kind=kind.value,
        sign="N" if kind is EventKind.TOPIC else str(minimum or 1),
        title=kind.label,
        slogan=slogan,
        quota=minimum,
        held=number(True),
        dated=number(False),
        note="其中" + "、".join(parts) if parts else "",
    )


def _entries(events: Iterable[Event], now: datetime) -> list[AgendaEntry]:
    return [_entry(one, one.starts_at, now) for one in events if one.starts_at is not None]


def _entry(found: Event, starts_at: datetime, now: datetime) -> AgendaEntry:
    ends_at = found.ends_at or starts_at + timedelta(hours=3)
    is_cancelled = found.state == "cancelled"
    is_over = ends_at <= now or found.state in HELD
    line = Series(found.series).label if found.series else (Topic(found.topic).label if found.topic else "")
    venue = found.venue.name if found.venue else ""
    return AgendaEntry(
        id=found.id,
        title=found.title,
        summary=without_contacts(found.summary),
        kind=found.kind,
        kind_label=EventKind(found.kind).label,
        line_label=line,
        starts_at=starts_at,
        ends_at=ends_at,
        place=venue or found.place,
        county=found.county.name if found.county else "",
        hosts=tuple(host.name for host in found.hosts),
        industries=tuple(industry.name for industry in found.industries),
        is_docking=found.kind == EventKind.DOCKING.value,
        is_cancelled=is_cancelled,
        is_over=is_over,
        state_label=found.state_label,
        state_tone=found.state_tone,
        capacity=found.capacity,
        seats_left=None if is_over or is_cancelled else max(0, found.capacity - found.seats_taken),
        sequence=found.sequence,
        changed_at=found.changed_at,
    )


def _talks(found: Event) -> str:
    """One sentence on the one-to-one talks, empty when there are none."""
    if not (found.slot_count and found.tables):
        return ""
    return f"设 {found.tables} 张洽谈桌，{found.slot_count} 个时段，每场一对一洽谈 {found.slot_minutes} 分钟"


def _is_public(found: Achievement) -> bool:
    return found.state == "listed" and found.visibility in (Visibility.PUBLIC.value, Visibility.ANONYMOUS.value)


def _released(found: Achievement) -> Released:
    hidden = found.visibility == Visibility.ANONYMOUS.value
    title = without_contacts(found.title)
    return Released(
        id=found.id,
        title=without_name(title, found.organisation.name) if hidden else title,
        organisation=None if hidden else found.organisation.name,
        maturity=Maturity(found.maturity).label if found.maturity else "",
    )
