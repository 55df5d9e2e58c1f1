"""Events (活动): planning, changing and rescheduling them, what they show; and what must hold before their moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.actor import Actor, Role
from app.domain.drafts import EventDraft, Schedule
from app.domain.errors import Complaint, IllegalMove, Invalid, NotAllowed
from app.domain.events import Room, check_event, check_schedule, instant
from app.domain.permissions import Owner, Permission, require
from app.domain.vocabulary import EventKind, OrganisationKind, Series, Topic
from app.models.achievement import Achievement
from app.models.event import Event
from app.models.pairing import Pairing
from app.models.people import Organisation
from app.models.reference import Industry, ProgrammeYear, Venue
from app.queries import events as queries
from app.services import history, seats
from app.services.steps import Step
from scheduler.calendar import WorkCalendar

OPEN = frozenset({"planned", "scheduled", "announced"})
"""States in which an event's data may still change."""

DATED = frozenset({"scheduled", "announced"})


def plan(session: Session, draft: EventDraft, actor: Actor, now: datetime) -> Event:
    """Enter an event as planned; flushed, so that it has its id.

    A county office plans topic events of its own county only. Raises NotAllowed, or Invalid with what is wrong.
    """
    require(actor, Permission.EVENT_PLAN, _owner(draft.county_id))
    if actor.role is Role.COUNTY_OFFICE and draft.kind is not EventKind.TOPIC:
        raise NotAllowed("县（市、区）只能安排本县（市、区）的惠企专题活动；对话会和对接会由许昌科技大市场安排。")
    _refuse(check_event(draft, _room(session, draft.schedule)))
    assert draft.kind is not None
    year = session.scalar(select(ProgrammeYear).where(ProgrammeYear.year == draft.year).with_for_update())
    if year is None:
        raise Invalid((Complaint("year", f"{draft.year} 年度还没有开设，请先在基础资料里开设。"),))
    line = draft.series or draft.topic
    event = Event(
        year=draft.year,
        number=queries.next_number(session, draft.year, draft.kind.value, line.value if line else ""),
        kind=draft.kind.value,
        series=draft.series.value if draft.series else None,
        topic=draft.topic.value if draft.topic else None,
        county_id=draft.county_id,
        created_at=now,
        changed_at=now,
        **_plain(draft),
        **_times(draft.schedule),
    )
    session.add(event)
    _connect(session, event, draft)
    session.flush()  # history names the event by id
    history.record(session, "event", event.id, "plan", actor, now, label="安排活动")
    return event


def change(session: Session, event: Event, draft: EventDraft, actor: Actor, now: datetime) -> None:
    """Change an event's data; its year, kind, line and county stay.

    Guests who were told a date and a place must hear of a new one: that is for `reschedule` and the move "postpone",
    and refused here. Raises NotAllowed, IllegalMove for an event that is over, or Invalid with what is wrong.
    """
    require(actor, Permission.EVENT_PLAN, event.owner)
    seats.lock(session, event.id)
    if event.state not in OPEN:
        raise IllegalMove(f"活动现在是“{event.state_label}”，资料不能再改。")
    draft = replace(
        draft,
        year=event.year,
        kind=EventKind(event.kind),
        series=Series(event.series) if event.series else None,
        topic=Topic(event.topic) if event.topic else None,
        county_id=event.county_id,
    )
    taken = queries.taken(session, event)
    complaints = list(check_event(draft, _room(session, draft.schedule), taken))
    if event.state in DATED and draft.schedule.held_on is None:
        complaints.append(Complaint("held_on", "活动已经排期，日期不能清空；确实不办了请用“取消活动”。"))
    if taken.told and schedule_of(event) != draft.schedule:
        message = f"已有 {taken.told} 家单位收到邀请：改时间或地点请用“改期”，系统会逐一通知。"
        complaints.append(Complaint("held_on", message))
    _refuse(tuple(complaints))
    before = _facts(event)
    for name, value in (_plain(draft) | _times(draft.schedule)).items():
        setattr(event, name, value)
    _connect(session, event, draft)
    event.changed_at = now
    changed = sorted(name for name, value in _facts(event).items() if value != before[name])
    history.record(session, "event", event.id, "edit", actor, now, label="修改活动", details={"fields": changed})


def reschedule(session: Session, event: Event, schedule: Schedule, actor: Actor, now: datetime) -> None:
    """Write a new date or place, without telling anybody: the caller then makes the move "postpone".

    Raises NotAllowed, or Invalid with what is wrong, such as slots that no longer fit the day.
    """
    require(actor, Permission.EVENT_PLAN, event.owner)
    seats.lock(session, event.id)
    complaints = list(check_schedule(schedule))
    if schedule.held_on is None:
        complaints.append(Complaint("held_on", "请选择新的举办日期。"))
    if schedule.venue_id is None and not schedule.place:
        complaints.append(Complaint("venue", "请选择会场，或写明地点。"))
    if schedule == schedule_of(event):
        complaints.append(Complaint("held_on", "时间和地点都没有变化，不需要改期。"))
    if not complaints:
        whole = replace(draft_of(event), schedule=schedule)
        complaints += check_event(whole, _room(session, schedule), queries.taken(session, event))
    _refuse(tuple(complaints))
    for name, value in _times(schedule).items():
        setattr(event, name, value)
    event.changed_at = now


def release(session: Session, event: Event, achievement_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Say which listed achievements are shown at the event; those not named any more are taken off."""
    require(actor, Permission.EVENT_PLAN, event.owner)
    seats.lock(session, event.id)
    if event.state not in OPEN:
        raise IllegalMove(f"活动现在是“{event.state_label}”，发布的成果不能再改。")
    found = session.scalars(
        select(Achievement).where(Achievement.id.in_(achievement_ids), Achievement.state == "listed")
    ).all()
    if len(found) != len(set(achievement_ids)):
        raise Invalid((Complaint("releases", "有的成果已不在库中，请重新选择。"),))
    event.releases = list(found)
    event.changed_at = now
    history.record(session, "event", event.id, "release", actor, now, label="选定发布成果",
                   details={"achievements": sorted(achievement_ids)})  # fmt: skip


# Reading an event back as the values of its form.


def schedule_of(event: Event) -> Schedule:
    """When and where the event is held, as its form says it."""
    starts = None if event.starts_at is None else clock.local(event.starts_at)
    return Schedule(
        held_on=starts.date() if starts else None,
        starts=_hour(event.starts_at),
        ends=_hour(event.ends_at),
        talks_start=_hour(event.talks_start_at),
        venue_id=event.venue_id,
        place=event.place,
    )


def draft_of(event: Event) -> EventDraft:
    """The event as its form says it."""
    return EventDraft(
        year=event.year,
        kind=EventKind(event.kind),
        series=Series(event.series) if event.series else None,
        topic=Topic(event.topic) if event.topic else None,
        title=event.title,
        summary=event.summary,
        schedule=schedule_of(event),
        capacity=event.capacity,
        seats_per_firm=event.seats_per_firm,
        offer_hours=event.offer_hours,
        slot_minutes=event.slot_minutes,
        slot_count=event.slot_count,
        tables=event.tables,
        pauses=tuple((slot, minutes) for slot, minutes in event.pauses),
        agenda=tuple((str(row.get("time", "")), str(row.get("title", ""))) for row in event.agenda),
        county_id=event.county_id,
        industry_ids=tuple(sorted(industry.id for industry in event.industries)),
        host_ids=tuple(sorted(host.id for host in event.hosts)),
    )


def warnings(session: Session, held_on: date | None, year: int, event_id: int | None = None) -> list[str]:
    """What speaks against a day without forbidding it: holidays, weekends, another event, a date outside the year."""
    if held_on is None:
        return []
    calendar, found = WorkCalendar(), []
    day = f"{held_on.year}年{held_on.month}月{held_on.day}日"
    holiday = calendar.holiday_name(held_on)
    if holiday:
        found.append(f"{day}是法定节假日（{holiday}），请确认。")
    elif not calendar.is_working(held_on):
        found.append(f"{day}是周末，请确认。")
    elif held_on.weekday() >= 5:
        found.append(f"{day}是周末调休上班日，请确认。")
    if not calendar.is_final(held_on.year):
        found.append(f"{held_on.year} 年的调休安排尚未公布，临近节假日的日期请再核对。")
    for starts_at, other_id, title in queries.dates_taken(session, year):
        if other_id != event_id and clock.today(starts_at) == held_on:
            found.append(f"同一天还有“{title}”。")
    programme = session.scalar(select(ProgrammeYear).where(ProgrammeYear.year == year))
    if programme is not None and not programme.starts_on <= held_on <= programme.ends_on:
        found.append(f"{day}不在{programme.name}的期限内（{programme.starts_on}至{programme.ends_on}）。")
    return found


# What must hold before a move, and what follows from it.


def fixable(session: Session, event: Event, now: datetime) -> None:
    """Before `fix`: a date with its hours, and a place."""
    schedule = schedule_of(event)
    complaints = list(check_schedule(schedule))
    if schedule.held_on is None:
        complaints.append(Complaint("held_on", "还没有日期：请先在“修改资料”里填写日期和时间。"))
    if event.venue_id is None and not event.place:
        complaints.append(Complaint("venue", "还没有地点：请先选择会场或写明地点。"))
    _refuse(tuple(complaints))


def announceable(session: Session, event: Event, now: datetime) -> None:
    """Before `announce`: it lies ahead."""
    if event.starts_at is not None and event.starts_at <= now:
        raise Invalid("活动时间已过，不能再公告；如需重办，请先改期。")


def postponable(session: Session, event: Event, now: datetime) -> None:
    """Before `postpone`, with the new date written already: it lies ahead."""
    if event.starts_at is None or event.starts_at <= now:
        raise Invalid((Complaint("held_on", "新的时间已经过去，请选择以后的日期。"),))


def holdable(session: Session, event: Event, now: datetime) -> None:
    """Before `hold`: it has begun."""
    if event.starts_at is None or event.starts_at > now:
        raise Invalid("活动还没有开始，不能登记已举办。")


def cancellable(session: Session, event: Event, now: datetime) -> None:
    """Before `cancel`: it has not taken place."""
    if event.ends_at is not None and event.ends_at <= now:
        raise Invalid("活动时间已过：办过了请登记“已举办”，没有办请改期。")


def cancelled(session: Session, step: Step, _actor: Actor, _now: datetime) -> Iterable[Step]:
    """After `cancel`: its pairings are free for another session."""
    event: Event = step.subject
    event.timetable = {}
    for pairing in session.scalars(select(Pairing).where(Pairing.event_id == event.id)).all():
        pairing.event_id = None
        pairing.unplaced = f"“{event.title}”已取消，请重新排期"
    return ()


def _owner(county_id: int | None) -> Owner:
    return Owner(counties=frozenset({county_id}) if county_id else frozenset())


def _refuse(complaints: tuple[Complaint, ...]) -> None:
    if complaints:
        raise Invalid(complaints)


def _room(session: Session, schedule: Schedule) -> Room | None:
    if schedule.venue_id is None:
        return None
    venue = session.get(Venue, schedule.venue_id)
    if venue is None:
        raise Invalid((Complaint("venue", "这个会场已不在名单中，请重新选择。"),))
    return Room(venue.name, venue.capacity, venue.tables)


def _plain(draft: EventDraft) -> dict[str, Any]:
    """The columns that are neither times nor links."""
    return {
        "title": draft.title,
        "summary": draft.summary,
        "capacity": draft.capacity,
        "seats_per_firm": draft.seats_per_firm,
        "offer_hours": draft.offer_hours,
        "slot_minutes": draft.slot_minutes,
        "slot_count": draft.slot_count,
        "tables": draft.tables,
        "pauses": [[slot, minutes] for slot, minutes in draft.pauses],
        "agenda": [{"time": at, "title": what} for at, what in draft.agenda],
    }


def _times(schedule: Schedule) -> dict[str, Any]:
    """The columns that say when and where."""
    return {
        "starts_at": instant(schedule, schedule.starts),
        "ends_at": instant(schedule, schedule.ends),
        "talks_start_at": instant(schedule, schedule.talks_start),
        "venue_id": schedule.venue_id,
        "place": schedule.place,
    }


def _connect(session: Session, event: Event, draft: EventDraft) -> None:
    """Themes and hosts by id; unknown ids are refused, hosts are institutes."""
    themes = session.scalars(select(Industry).where(Industry.id.in_(draft.industry_ids))).all()
    hosts = session.scalars(
        select(Organisation).where(
            Organisation.id.in_(draft.host_ids), Organisation.kind == OrganisationKind.INSTITUTE.value
        )
    ).all()
    if len(themes) != len(set(draft.industry_ids)):
        raise Invalid((Complaint("industries", "有的行业已不在名单中，请重新选择。"),))
    if len(hosts) != len(set(draft.host_ids)):
        raise Invalid((Complaint("hosts", "有的院所已不在名单中，请重新选择。"),))
    event.industries = list(themes)
    event.hosts = list(hosts)


def _facts(event: Event) -> dict[str, Any]:
    names = ("title", "summary", "starts_at", "ends_at", "talks_start_at", "venue_id", "place", "capacity",
             "seats_per_firm", "offer_hours", "slot_minutes", "slot_count", "tables", "pauses", "agenda")  # fmt: skip
    return {name: getattr(event, name) for name in names} | {
        "industries": sorted(industry.id for industry in event.industries),
        "hosts": sorted(host.id for host in event.hosts),
    }


def _hour(instant_: datetime | None) -> time | None:
    return None if instant_ is None else clock.local(instant_).time().replace(second=0, microsecond=0)
