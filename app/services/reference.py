"""Keeps the editable lists: loads the first rows, opens a year, and writes what the desk changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain import xuchang
from app.domain.actor import PROGRAMME, Actor
from app.domain.entries import fold
from app.domain.errors import Complaint, Invalid, Missing
from app.domain.permissions import Permission, require
from app.domain.profiles import VenueDraft, WordDraft, YearDraft
from app.models.reference import County, Industry, ProgrammeYear, Quota, Venue
from app.services import history

AnyRow = County | Industry | Venue
Row = TypeVar("Row", County, Industry, Venue, ProgrammeYear)


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows of each list were new."""

    counties: int
    industries: int
    venues: int


def load(session: Session, now: datetime) -> Loaded:
    """Add the counties, industries and venues that are not there yet; rows that are there stay as the desk left them."""
    names = {model: set(session.scalars(select(model.name))) for model in (County, Industry, Venue)}
    counties: list[AnyRow] = [
        County(code=seed.code, name=seed.name, aliases=list(seed.aliases), is_zone=seed.is_zone, position=number)
        for number, seed in enumerate(xuchang.COUNTIES, start=1)
        if seed.name not in names[County]
    ]
    industries: list[AnyRow] = [
        Industry(name=seed.name, tier=seed.tier, aliases=list(seed.aliases), position=number)
        for number, seed in enumerate(xuchang.INDUSTRIES, start=1)
        if seed.name not in names[Industry]
    ]
    venues: list[AnyRow] = [
        Venue(name=seed.name, address=seed.address, capacity=seed.capacity, tables=seed.tables)
        for seed in xuchang.VENUES
        if seed.name not in names[Venue]
    ]
    session.add_all([*counties, *industries, *venues])
    session.flush()  # the caller looks the rows up by name
    loaded = Loaded(len(counties), len(industries), len(venues))
    if counties or industries or venues:
        history.record(session, "reference", None, "load", PROGRAMME, now, label="载入基础资料",
                       details={"counties": loaded.counties, "industries": loaded.industries,
                                "venues": loaded.venues})  # fmt: skip
    return loaded


def ensure_year(session: Session, year: int, now: datetime) -> ProgrammeYear:
    """The programme of the year, opened with the shape of the action plan if it is not there yet."""
    found = session.scalar(select(ProgrammeYear).where(ProgrammeYear.year == year))
    if found is not None:
        return found
    opened = ProgrammeYear(
        year=year, name=xuchang.year_name(year), starts_on=date(year, 1, 1), ends_on=date(year, 12, 31)
    )
    opened.quotas = [
        Quota(
            kind=seed.kind, line=seed.line, minimum=seed.minimum, slogan=seed.slogan, owner=seed.owner, position=number
        )
        for number, seed in enumerate(xuchang.QUOTAS, start=1)
    ]
    session.add(opened)
    session.flush()  # history names the year by id
    history.record(session, "programme_year", opened.id, "open", PROGRAMME, now, label="开设年度")
    return opened


def open_year(session: Session, year: int, actor: Actor, now: datetime) -> ProgrammeYear:
    """The desk opens a year."""
    require(actor, Permission.REFERENCE_EDIT)
    if not 2000 <= year <= 2100:
        raise Invalid((Complaint("year", "请填 2000 至 2100 之间的年份。"),))
    return ensure_year(session, year, now)


def save_county(session: Session, county_id: int | None, draft: WordDraft, actor: Actor, now: datetime) -> County:
    """Change a county, or add one with None."""
    require(actor, Permission.REFERENCE_EDIT)
    row = _row(session, County, county_id)
    _refuse_double_words(session, County, row, draft)
    if session.scalar(select(County.id).where(County.code == draft.code, County.id != (county_id or 0))):
        raise Invalid((Complaint("code", "这个代码已经用于另一个县（市、区）。"),))
    values = {"code": draft.code, "name": draft.name, "aliases": list(draft.aliases), "is_zone": draft.is_zone}
    return _write(session, row or County(), "county", values | {"position": draft.position}, actor, now)


def save_industry(session: Session, industry_id: int | None, draft: WordDraft, actor: Actor, now: datetime) -> Industry:
    """Change an industry, or add one with None."""
    require(actor, Permission.REFERENCE_EDIT)
    row = _row(session, Industry, industry_id)
    _refuse_double_words(session, Industry, row, draft)
    values = {"name": draft.name, "aliases": list(draft.aliases), "tier": draft.tier, "position": draft.position}
    return _write(session, row or Industry(), "industry", values, actor, now)


def save_venue(session: Session, venue_id: int | None, draft: VenueDraft, actor: Actor, now: datetime) -> Venue:
    """Change a venue, or add one with None."""
    require(actor, Permission.REFERENCE_EDIT)
    row = _row(session, Venue, venue_id)
    if session.scalar(select(Venue.id).where(Venue.name == draft.name, Venue.id != (venue_id or 0))):
        raise Invalid((Complaint("name", "已经有同名的会场。"),))
    county = session.scalar(select(County.id).where(County.name == draft.county)) if draft.county else None
    values = {"name": draft.name, "address": draft.address, "capacity": draft.capacity, "tables": draft.tables}
    return _write(session, row or Venue(), "venue", values | {"county_id": county}, actor, now)


def save_year(session: Session, year: int, draft: YearDraft, actor: Actor, now: datetime) -> ProgrammeYear:
    """Change a year's name, period, note and minimums."""
    require(actor, Permission.REFERENCE_EDIT)
    row = session.scalar(select(ProgrammeYear).where(ProgrammeYear.year == year))
    if row is None:
        raise Missing
    if draft.ends_on < draft.starts_on:
        raise Invalid((Complaint("ends_on", "结束日期不能早于开始日期。"),))
    minimums = dict(draft.minimums)
    for quota in row.quotas:
        quota.minimum = minimums.get(quota.id, quota.minimum)
    values = {"name": draft.name, "starts_on": draft.starts_on, "ends_on": draft.ends_on, "note": draft.note}
    return _write(session, row, "programme_year", values, actor, now)


def _row(session: Session, model: type[Row], row_id: int | None) -> Row | None:
    if row_id is None:
        return None
    row = session.get(model, row_id)
    if row is None:
        raise Missing
    return row


def _refuse_double_words(
    session: Session, model: type[County | Industry], row: County | Industry | None, draft: WordDraft
) -> None:
    """A name or alias must lead to one row only, or sheets could not tell which is meant."""
    taken: dict[str, str] = {}
    chosen: Select[Any] = select(model)
    others: Sequence[County | Industry] = session.scalars(chosen).all()
    for other in others:
        if row is None or other.id != row.id:
            taken.update({fold(word).casefold(): other.name for word in (other.name, *other.aliases)})
    for field, words in (("name", (draft.name,)), ("aliases", draft.aliases)):
        for word in words:
            if fold(word).casefold() in taken:
                raise Invalid((Complaint(field, f"“{word}”已经是“{taken[fold(word).casefold()]}”的名称或别名。"),))


def _write(session: Session, row: Row, noun: str, values: dict[str, Any], actor: Actor, now: datetime) -> Row:
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()  # history names the row by id
    history.record(session, noun, row.id, "edit", actor, now, label="修改基础资料", details={"fields": changed})
    return row
