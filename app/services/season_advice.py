"""Proposes days and themes for the year's docking sessions that have none, and names days that need a second look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import clock
from app.domain.errors import Invalid
from app.models.event import Event
from app.models.reference import ProgrammeYear
from app.queries import events as queries
from app.services import planning
from app.services.planning import Scene
from scheduler.calendar import WorkCalendar
from scheduler.programme import Planned, crowded
from scheduler.season import SeasonSpec
from scheduler.season_dates import with_dates, with_themes

THEMES = 2
NOTHING_MISSING = "今年的对接会都有日期和主题，没有要补的。"


def completed(session: Session, scene: Scene, year: int, now: datetime) -> SeasonSpec:
    """The season with its undated sessions, a day for each of them, and themes for every session without any.

    Raises Invalid when nothing is missing or the working days left do not suffice.
    """
    spec = with_undated(session, scene, year)
    if all(one.held_on is not None and one.themes for one in spec.sessions):
        raise Invalid(NOTHING_MISSING)
    programme = session.scalar(select(ProgrammeYear).where(ProgrammeYear.year == year))
    last = programme.ends_on if programme else date(year, 12, 31)
    taken = {clock.today(starts_at) for starts_at, _id, _title in queries.dates_taken(session, year)}
    try:
        dated = with_dates(spec, clock.today(now) + timedelta(days=1), last, WorkCalendar(), taken)
    except ValueError as error:
        raise Invalid(str(error)) from error
    return with_themes(dated, THEMES)


def with_undated(session: Session, scene: Scene, year: int) -> SeasonSpec:
    """The season with the sessions that have no day yet."""
    found = select(Event).where(
        Event.year == year, Event.kind == "docking", Event.state == "planned", Event.starts_at.is_(None)
    )
    undated = [planning.session_of(event) for event in session.scalars(found.order_by(Event.id))]
    return replace(scene.spec, sessions=(*scene.spec.sessions, *undated))


def differences(before: SeasonSpec, after: SeasonSpec) -> list[dict[str, Any]]:
    """What is proposed, as JSON values: {event, day (None: it has one), themes (ids of industries)} per session."""
    known = {one.id: one for one in before.sessions}
    found = []
    for one in after.sessions:
        was = known[one.id]
        day = one.held_on.isoformat() if one.held_on and was.held_on is None else None
        themes = [] if was.themes else sorted(int(theme) for theme in one.themes)
        if day or themes:
            found.append({"event": int(one.id), "day": day, "themes": themes})
    return found


def troubles(session: Session, year: int, now: datetime) -> list[str]:
    """Days ahead of the year's events that need a second look, in Chinese: not worked, or with more than one event."""
    today = clock.today(now)
    taken = [(clock.today(starts_at), title) for starts_at, _id, title in queries.dates_taken(session, year)]
    days = [(day, title) for day, title in taken if day.year == year and day >= today]
    calendar = WorkCalendar()
    found = [
        f"{day} 有 {sum(one == day for one, _title in days)} 场活动："
        + "、".join(title for one, title in days if one == day)
        for day in crowded([Planned("", "", day) for day, _title in days])
    ]
    found += [
        f"{day} 是{calendar.holiday_name(day) or '周末'}，不是工作日：{title}"
        for day, title in days
        if not calendar.is_working(day)
    ]
    return found
