"""Counts what anyone may see of needs and achievements: by industry, by county, and in all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.people import Organisation
from app.models.reference import County, Industry
from app.queries.catalogue import public_achievements, public_needs


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter with the number of entries behind it."""

    id: int
    name: str
    count: int


def need_industries(session: Session, today: date) -> list[Choice]:
    """The industries of the public needs, with how many each has."""
    return _industries(session, public_needs(today).subquery())


def achievement_industries(session: Session) -> list[Choice]:
    """The industries of the public achievements, with how many each has."""
    return _industries(session, public_achievements().subquery())


def _industries(session: Session, shown: Any) -> list[Choice]:
    rows = session.execute(
        select(Industry.id, Industry.name, func.count(shown.c.id))
        .join(shown, shown.c.industry_id == Industry.id)
        .group_by(Industry.id, Industry.name, Industry.position)
        .order_by(Industry.position, Industry.id)
    )
    return [Choice(number, name, count) for number, name, count in rows]


def need_counties(session: Session, today: date) -> list[Choice]:
    """The counties of the public needs, with how many each has."""
    shown = public_needs(today).subquery()
    rows = session.execute(
        select(County.id, County.name, func.count(shown.c.id))
        .join(Organisation, Organisation.county_id == County.id)
        .join(shown, shown.c.organisation_id == Organisation.id)
        .group_by(County.id, County.name, County.position)
        .order_by(County.position, County.id)
    )
    return [Choice(number, name, count) for number, name, count in rows]


@dataclass(frozen=True, slots=True)
class Totals:
    """What the front page counts."""

    needs: int
    achievements: int
    enterprises: int
    institutes: int


def totals(session: Session, today: date) -> Totals:
    """How much there is to find, and how many organisations stand behind it; hidden ones count, too."""
    needs_shown, achievements_shown = public_needs(today).subquery(), public_achievements().subquery()

    def number(what: Any) -> int:
        return int(session.scalar(select(what)) or 0)

    return Totals(
        number(func.count(needs_shown.c.id)),
        number(func.count(achievements_shown.c.id)),
        number(func.count(needs_shown.c.organisation_id.distinct())),
        number(func.count(achievements_shown.c.organisation_id.distinct())),
    )
