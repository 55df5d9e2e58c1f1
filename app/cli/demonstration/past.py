"""Plays a docking session of the year before: planned, invited, held, with attendance; the last of its season."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demonstration import answers
from app.cli.demonstration.loading import Season
from app.cli.demonstration.story import Story
from app.domain import clock
from app.domain.actor import PROGRAMME, Actor
from app.domain.drafts import EventDraft, Schedule
from app.domain.profiles import YearDraft
from app.domain.vocabulary import EventKind, Series, SupplyKind
from app.extensions import writing
from app.models.event import Event
from app.models.invitation import Invitation
from app.models.pairing import Pairing
from app.models.reference import Venue
from app.queries import meetings
from app.services import conduct, editions, events, invitations, inviting, reference
from app.services.steps import Step
from scheduler.calendar import WorkCalendar

TITLE = "中科院专题科技成果发布对接会（年度收官场）"
SUMMARY = "本年度最后一场中科院专题：企业与专家按时间表一对一洽谈。"
AGO = timedelta(days=14)
PLANNED, INVITED, ANSWERED = (timedelta(days=days) for days in (18, 15, 12))
"""How long before the session each was done."""

TALKS = 8
"""How many pairings meet."""

MANNERS = ("accept", "accept", "accept", "phone", "accept", "decline", "accept", "open")
"""How the guests answer, in turns."""


def play(story: Story, season: Season, now: datetime, desk: Actor, chance: Random) -> str:
    """Hold the session, all in one transaction; what came of it."""
    held_on = _working_day(clock.today(now) - AGO)
    begins = datetime.combine(held_on, time(13, 30), clock.LOCAL)
    with writing() as session:
        event = _plan(session, season.year - 1, held_on, desk, begins - PLANNED)
        chosen = _choose(session, event, desk, begins - PLANNED)
        editions.build(session, event, desk, begins - PLANNED)
        invitations.draft_for(session, event, desk, begins - INVITED)
        inviting.send_all(session, event, desk, begins - INVITED)
        session.flush()  # the guests below are read from the tables
        guests = session.scalars(
            select(Invitation).where(Invitation.event_id == event.id).order_by(Invitation.id)
        ).all()
        for number, invitation in enumerate(guests):
            at = begins - ANSWERED + timedelta(hours=3 * number)
            answers.answer(session, invitation, MANNERS[number % len(MANNERS)], story, desk, at, chance)
        came, missed = _attend(session, event, guests, desk, begins)
        met = _meet(session, event, desk, begins + timedelta(hours=4))
        conduct.carry_out(session, Step(event, "hold"), desk, begins + timedelta(hours=5))
        title = event.title
    return f"“{title}”（{held_on}）{len(chosen)} 个配对，到会 {came} 家，缺席 {missed} 家，洽谈 {met} 场"


def _working_day(day: date) -> date:
    calendar = WorkCalendar()
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return day


def _plan(session: Session, year: int, held_on: date, desk: Actor, then: datetime) -> Event:
    """The session, announced, in a programme year that ends with it."""
    programme = reference.ensure_year(session, year, then)
    starts_on = min(programme.starts_on, held_on)
    period = YearDraft(programme.name, starts_on, held_on, programme.note)
    reference.save_year(session, year, period, desk, then)
    venue = session.scalars(select(Venue).order_by(Venue.tables.desc(), Venue.id).limit(1)).one()
    draft = EventDraft(
        year=year,
        kind=EventKind.DOCKING,
        series=Series.CAS,
        title=TITLE,
        summary=SUMMARY,
        schedule=Schedule(held_on, time(13, 30), time(17, 30), time(14, 30), venue.id),
        capacity=min(60, venue.capacity),
        slot_minutes=20,
        slot_count=8,
        tables=min(6, venue.tables),
    )
    event = events.plan(session, draft, desk, then)
    for move in ("fix", "announce"):
        conduct.carry_out(session, Step(event, move), desk, then)
    return event


def _choose(session: Session, event: Event, desk: Actor, then: datetime) -> list[Pairing]:
    """Keep the second recommendations of some needs for the session: the best are left to the year's plan."""
    chosen: dict[int, Pairing] = {}
    for pairing in session.scalars(answers.suggested_of_rank(2)):
        firm = pairing.need.organisation_id
        if pairing.achievement.organisation.supply_kind == SupplyKind.CAS.value and firm not in chosen:
            chosen[firm] = pairing
        if len(chosen) == TALKS:
            break
    for pairing in chosen.values():
        conduct.carry_out(session, Step(pairing, "keep"), desk, then)
        pairing.event_id = event.id
    event.hosts = sorted({one.achievement.organisation for one in chosen.values()}, key=lambda host: host.name)[:4]
    event.industries = sorted(
        {one.need.industry for one in chosen.values() if one.need.industry}, key=lambda industry: industry.position
    )[:3]
    session.flush()  # the timetable is made of what stands in the tables
    return list(chosen.values())


def _attend(
    session: Session, event: Event, guests: Sequence[Invitation], desk: Actor, begins: datetime
) -> tuple[int, int]:
    """Register who came: of those who accepted all but the last; one who had not answered came as well."""
    coming = [one for one in guests if one.state == "accepted"]
    open_ones = [one for one in guests if one.state == "sent"]
    for invitation in [*coming[:-1], *open_ones[:1]]:
        conduct.carry_out(session, Step(invitation, "attend"), desk, begins)
    for invitation in coming[-1:]:
        conduct.carry_out(session, Step(invitation, "miss"), desk, begins + timedelta(hours=4))
    for invitation in open_ones[1:]:
        conduct.carry_out(session, Step(invitation, "lapse"), PROGRAMME, begins)
    return len(coming[:-1]) + len(open_ones[:1]), len(coming[-1:])


def _meet(session: Session, event: Event, desk: Actor, then: datetime) -> int:
    """Register the talks whose two sides both came."""
    present = set(
        session.scalars(
            select(Invitation.organisation_id).where(Invitation.event_id == event.id, Invitation.state == "attended")
        )
    )
    talked = [
        meeting.pairing
        for meeting in meetings.of_event(session, event.id)
        if {meeting.enterprise_id, meeting.expert.organisation_id} <= present
    ]
    for pairing in talked:
        conduct.carry_out(session, Step(pairing, "meet"), desk, then)
    return len(talked)
