"""Opens a year: the missing events of 1+10+N with proposed dates, places, slots, themes and hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import Actor
from app.domain.drafts import EventDraft, Schedule
from app.domain.errors import Complaint, Invalid
from app.domain.permissions import Owner, Permission, require
from app.domain.vocabulary import EventKind, OrganisationKind, Series, Topic
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.need import Need
from app.models.people import Organisation
from app.models.reference import County, ProgrammeYear, Quota, Venue
from app.queries import events as queries
from app.services import conduct, events, history, reference
from app.services.steps import Step
from scheduler import programme as shape
from scheduler.calendar import WorkCalendar

THEMES_PER_SESSION = 2
MOST_HOSTS = 4
CAMPUS = "许昌学院"
DOCKING_AGENDA = (
    ("13:30", "签到"),
    ("13:40", "科技成果发布"),
    ("14:30", "企业与专家一对一洽谈"),
)
DOCKING_HOURS = (time(13, 30), time(17, 30), time(14, 30))
OTHER_HOURS = (time(9, 0), time(11, 30), None)
SLOTS, SLOT_MINUTES, TABLES, PAUSES = 8, 20, 15, ((4, 10),)
SUMMARIES = {
    "dialogue": "围绕许昌产业发展的科技需求，与省科技厅会商支持事项。",
    "docking": "面向企业技术需求发布科技成果，企业与专家按时间表一对一洽谈。",
    "policy": "解读科技惠企政策，现场答疑。",
    "training": "培训企业科技业务人员，讲解申报要点。",
    "capacity": "帮助企业提升创新能力，交流研发平台建设经验。",
    "county": "走进县（市、区），面向本地企业开展科技服务。",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a year brought about."""

    year: int
    made: int
    themed: int


def ensure_year(
    session: Session,
    year: int,
    first_on: date,
    actor: Actor,
    now: datetime,
    *,
    last_on: date | None = None,
    announce: bool = True,
) -> Opened:
    """Make the events that the year's quotas still miss, on proposed dates from `first_on` (not before tomorrow) on.

    Until `last_on`, otherwise the end of the programme's period; the period grows where the dates go beyond it. The
    events are scheduled and, with `announce`, announced. Docking sessions ahead without themes or hosts get them from
    the needs and achievements on offer, so that a second call after an import completes the first. Calling it again
    makes nothing more. Raises NotAllowed, or Invalid when there are not enough working days.
    """
    require(actor, Permission.EVENT_PLAN, Owner())
    programme = reference.ensure_year(session, year, now)
    session.refresh(programme, with_for_update=True)
    first = max(first_on, clock.today(now) + timedelta(days=1))
    last = last_on or programme.ends_on
    missing = _missing(session, programme)
    made = []
    if missing:
        taken = {clock.today(starts_at) for starts_at, _id, _title in queries.dates_taken(session, year)}
        try:
            proposals = shape.propose_year(first, last, WorkCalendar(), missing, taken)
        except ValueError as error:
            raise Invalid((Complaint("first_on", str(error)),)) from error
        programme.starts_on = min(programme.starts_on, first)
        programme.ends_on = max(programme.ends_on, last)
        counties = _counties_by_needs(session)
        for proposal in proposals:
            event = events.plan(session, _draft(session, year, proposal, counties), actor, now)
            conduct.carry_out(session, Step(event, "fix"), actor, now)
            if announce:
                conduct.carry_out(session, Step(event, "announce"), actor, now)
            made.append(event)
    themed = complete(session, year, actor, now)
    return Opened(year, len(made), themed)


def _missing(session: Session, programme: ProgrammeYear) -> list[shape.Quota]:
    """What each quota still lacks; cancelled events do not count."""
    rows = session.scalars(select(Event).where(Event.year == programme.year, Event.state != "cancelled")).all()
    there = Counter((row.kind, queries.line_of(row)) for row in rows)
    minimum: Counter[tuple[str, str]] = Counter()
    of_line: dict[tuple[str, str], Quota] = {}
    for quota in programme.quotas:
        minimum[quota.kind, quota.line] += quota.minimum
        of_line.setdefault((quota.kind, quota.line), quota)
    return [
        shape.Quota(kind, line, minimum[kind, line] - there[kind, line], queries.line_label(kind, line), quota.slogan)
        for (kind, line), quota in of_line.items()
        if minimum[kind, line] > there[kind, line]
    ]


def _draft(session: Session, year: int, proposal: shape.Proposal, counties: Sequence[County]) -> EventDraft:
    """One proposed event with its usual hours, place and talks."""
    kind, line = EventKind(proposal.quota.kind), proposal.quota.series
    topic = Topic(line) if kind is EventKind.TOPIC else None
    docking = kind is EventKind.DOCKING
    number = queries.next_number(session, year, kind.value, line)
    county = counties[(number - 1) % len(counties)] if topic is Topic.COUNTY and counties else None
    venue = None if county else _venue(session, CAMPUS if line == Series.XUCHANG_UNIVERSITY.value else "")
    starts, ends, talks_start = DOCKING_HOURS if docking else OTHER_HOURS
    tables = min(TABLES, venue.tables) if docking and venue else TABLES if docking else 0
    return EventDraft(
        year=year,
        kind=kind,
        series=Series(line) if docking else None,
        topic=topic,
        title=_title(year, kind, line, number, county),
        summary=SUMMARIES[topic.value if topic else kind.value],
        schedule=Schedule(
            held_on=proposal.held_on,
            starts=starts,
            ends=ends,
            talks_start=talks_start,
            venue_id=venue.id if venue else None,
            place="" if venue else f"{county.name if county else '许昌市'}（具体会场另行通知）",
        ),
        capacity=min(120, venue.capacity) if venue else 100,
        slot_minutes=SLOT_MINUTES,
        slot_count=SLOTS if docking else 0,
        tables=tables,
        pauses=PAUSES if docking else (),
        agenda=DOCKING_AGENDA if docking else (),
        county_id=county.id if county else None,
    )


def _title(year: int, kind: EventKind, line: str, number: int, county: County | None) -> str:
    if kind is EventKind.DIALOGUE:
        return f"{year} 年{kind.label}" + (f"（第 {number} 场）" if number > 1 else "")
    if kind is EventKind.DOCKING:
        return f"{Series(line).label}科技成果发布对接会（第 {number} 场）"
    return f"{Topic(line).label}专题（{county.name if county else f'第 {number} 期'}）"


def _venue(session: Session, word: str) -> Venue | None:
    """The largest venue whose name holds the word, otherwise the largest of the market's own, or of all."""
    found = session.scalars(select(Venue).order_by(Venue.capacity.desc(), Venue.id)).all()
    for wanted in filter(None, (word, "科技大市场")):
        named = next((venue for venue in found if wanted in venue.name), None)
        if named is not None:
            return named
    return next(iter(found), None)


def _counties_by_needs(session: Session) -> Sequence[County]:
    """The counties, those with most published needs first; zones after counties that have as many."""
    needs = (
        select(Organisation.county_id, func.count(Need.id).label("count"))
        .join(Need, Need.organisation_id == Organisation.id)
        .where(Need.state == "published")
        .group_by(Organisation.county_id)
        .subquery()
    )
    return session.scalars(
        select(County)
        .outerjoin(needs, needs.c.county_id == County.id)
        .order_by(func.coalesce(needs.c.count, 0).desc(), County.is_zone, County.position, County.id)
    ).all()


# Themes and hosts, from what is on offer.


def complete(session: Session, year: int, actor: Actor, now: datetime) -> int:
    """Give themes and hosts to the docking sessions ahead that have none; how many sessions changed."""
    require(actor, Permission.EVENT_PLAN, Owner())
    changed = 0
    for series in Series:
        sessions = session.scalars(
            select(Event)
            .where(
                Event.year == year,
                Event.series == series.value,
                Event.state.in_(("scheduled", "announced")),
                Event.starts_at > now,
            )
            .order_by(Event.starts_at, Event.id)
        ).all()
        offers = _offers(session, series)
        themes = _dealt(_themes(session, offers), len(sessions))
        for place, event in enumerate(sessions):
            before = (len(event.industries), len(event.hosts))
            if not event.industries and themes[place]:
                event.industries = list(queries.industries_of(session, themes[place]))
            if not event.hosts:
                event.hosts = _hosts(offers, {industry.id for industry in event.industries}, place)
            if (len(event.industries), len(event.hosts)) != before:
                changed += 1
                history.record(session, "event", event.id, "edit", actor, now, label="选定主题行业和承办院所")
    return changed


def _offers(session: Session, series: Series) -> dict[Organisation, Counter[int | None]]:
    """The institutes of a series with the number of their listed achievements by industry, most achievements first."""
    rows = session.execute(
        select(Organisation, Achievement.industry_id, func.count(Achievement.id))
        .outerjoin(Achievement, (Achievement.organisation_id == Organisation.id) & (Achievement.state == "listed"))
        .where(Organisation.kind == OrganisationKind.INSTITUTE.value, Organisation.supply_kind == series.value)
        .group_by(Organisation.id, Achievement.industry_id)
        .order_by(Organisation.id)
    ).all()
    found: dict[Organisation, Counter[int | None]] = {}
    for institute, industry_id, number in rows:
        found.setdefault(institute, Counter())[industry_id] += number
    return dict(sorted(found.items(), key=lambda one: (-one[1].total(), one[0].id)))


def _themes(session: Session, offers: Mapping[Organisation, Counter[int | None]]) -> list[int]:
    """Industries with published needs: those that the series has achievements for first, each by number of needs."""
    needs = session.execute(
        select(Need.industry_id, func.count(Need.id))
        .where(Need.state == "published", Need.industry_id.is_not(None))
        .group_by(Need.industry_id)
    ).all()
    offered: Counter[int | None] = sum(offers.values(), Counter())
    return [
        industry_id
        for industry_id, number in sorted(needs, key=lambda row: (offered[row[0]] == 0, -row[1], row[0] or 0))
        if industry_id is not None
    ]


def _dealt(themes: Sequence[int], hands: int) -> list[list[int]]:
    """Themes dealt in turns to so many sessions; when there are few, they go round again."""
    if not themes or not hands:
        return [[] for _ in range(hands)]
    wanted = max(hands * THEMES_PER_SESSION, 1)
    dealt: list[list[int]] = [[] for _ in range(hands)]
    for place in range(wanted):
        hand, theme = dealt[place % hands], themes[place % len(themes)]
        if theme not in hand:
            hand.append(theme)
    return dealt


def _hosts(offers: Mapping[Organisation, Counter[int | None]], themes: set[int], place: int) -> list[Organisation]:
    """Up to MOST_HOSTS institutes: those with most achievements in the themes, then in turns by session."""
    institutes = list(offers)
    turn = place * MOST_HOSTS % len(institutes) if institutes else 0
    order = institutes[turn:] + institutes[:turn]
    fitting = sorted(order, key=lambda one: -sum(offers[one][theme] for theme in themes))
    return fitting[:MOST_HOSTS]
