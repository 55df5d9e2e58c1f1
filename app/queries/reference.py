"""Reads the editable lists: counties, industries, venues, years."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.errors import Missing
from app.models.reference import County, Industry, ProgrammeYear, SpecialDay, Venue
from scheduler.calendar import WorkCalendar


def counties(session: Session) -> list[County]:
    """Counties and zones in the order of the list."""
    return list(session.scalars(select(County).order_by(County.position, County.id)))


def county_names(session: Session) -> dict[str, str]:
    """Every accepted spelling of a county or zone, and the name it stands for."""
    return {word: row.name for row in counties(session) for word in (*row.aliases, row.name)}


def venues(session: Session) -> list[Venue]:
    """All venues by name."""
    return list(session.scalars(select(Venue).options(joinedload(Venue.county)).order_by(Venue.name)))


def years(session: Session) -> list[ProgrammeYear]:
    """All years with their quotas, newest first."""
    chosen = select(ProgrammeYear).options(selectinload(ProgrammeYear.quotas)).order_by(ProgrammeYear.year.desc())
    return list(session.scalars(chosen))


def special_days(session: Session) -> list[SpecialDay]:
    """The days that differ from the state's calendar, the newest first."""
    return list(session.scalars(select(SpecialDay).order_by(SpecialDay.held_on.desc())))


def working_days(session: Session) -> WorkCalendar:
    """The state's calendar with the market's own days, which win."""
    return WorkCalendar({day.held_on: day.is_working for day in special_days(session)})


def year(session: Session, wanted: int) -> ProgrammeYear:
    """One year with its quotas; Missing when it was not opened."""
    chosen = select(ProgrammeYear).where(ProgrammeYear.year == wanted)
    found = session.scalar(chosen.options(selectinload(ProgrammeYear.quotas)))
    if found is None:
        raise Missing("这个年度还没有开设。")
    return found


def county(session: Session, county_id: int) -> County:
    """One county; Missing for an unknown id."""
    found = session.get(County, county_id)
    if found is None:
        raise Missing
    return found


def industry(session: Session, industry_id: int) -> Industry:
    """One industry; Missing for an unknown id."""
    found = session.get(Industry, industry_id)
    if found is None:
        raise Missing
    return found


def venue(session: Session, venue_id: int) -> Venue:
    """One venue; Missing for an unknown id."""
    found = session.get(Venue, venue_id)
    if found is None:
        raise Missing
    return found
